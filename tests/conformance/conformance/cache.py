"""Where components live: installed once from a lock, in the user's cache, complete or not at all.

A component's folder is named after everything that decides what is in it, so a changed lock or another Python gets a
folder of its own. It is filled under another name and renamed when it is complete: an installation that was stopped
half-way is never mistaken for a component.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from . import process
from .result import CannotRun

LOCKS = Path(__file__).resolve().parent.parent / "locks"
INSTALL_SECONDS = 600


def root() -> Path:
    """The folder of all components."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "keywright" / "conformance"


def installed(component: str, decisive: Iterable[Path | str], install: Callable[[Path], None]) -> Path:
    """The component's folder; `install` fills it when it is not there.

    `decisive`: lock files, and words such as the version of an interpreter, that decide what `install` makes.
    """
    digest = hashlib.sha256()
    for item in decisive:
        content = item.read_bytes() if isinstance(item, Path) else item.encode()
        digest.update(hashlib.sha256(content).digest())
    try:
        root().mkdir(parents=True, exist_ok=True)
        folder = root() / f"{component}-{digest.hexdigest()[:16]}"
        if folder.exists():
            return folder
        with open(root() / f"{component}.lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two runs at once install once
            if not folder.exists():
                fill(component, folder, install)
    except OSError as error:
        raise CannotRun(component, f"cannot be installed: {error}") from error
    return folder


def fill(component: str, folder: Path, install: Callable[[Path], None]) -> None:
    for stale in root().glob(f"{component}.part-*"):  # of a run that was killed; the lock is ours
        shutil.rmtree(stale, ignore_errors=True)
    print(f"{component}: installing into {folder}", file=sys.stderr, flush=True)
    part = Path(tempfile.mkdtemp(prefix=f"{component}.part-", dir=root()))
    try:
        install(part)
        part.chmod(0o755)
        part.rename(folder)
    finally:
        with contextlib.suppress(OSError):
            shutil.rmtree(part)


def run_installer(component: str, command: process.Command, **options) -> None:
    """Runs a step of an installation; it must succeed."""
    done = process.run(component, command, seconds=INSTALL_SECONDS, **options)
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()[-15:]
        raise CannotRun(component, "cannot be installed\n" + "\n".join(words))


def python(component: str, also: Callable[[Path], None] | None = None) -> Path:
    """The Python of a virtual environment with the packages of `locks/<component>.txt`.

    Programs are run as `python bin/NAME`: what the scripts in `bin/` name as their interpreter is a folder that is gone.
    `also` may add more to the folder.
    """
    lock = LOCKS / f"{component}.txt"

    def install(folder: Path) -> None:
        run_installer(component, [sys.executable, "-m", "venv", folder / "venv"])
        pip = [folder / "venv" / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "--no-input"]
        run_installer(component, [*pip, "install", "--quiet", "--no-deps", "--requirement", lock])
        run_installer(component, [*pip, "check"])
        if also:
            also(folder)

    decisive = [lock, sys.version, sysconfig.get_platform()]
    return installed(component, decisive, install) / "venv" / "bin" / "python"


def python_with_yaml() -> Path:
    """A Python with PyYAML, which the standard library has no like of: that of cfn-lint."""
    return python("cfn-lint")


def locked_version(component: str, package: str) -> str:
    """The version of a package that `locks/<component>.txt` pins."""
    for line in (LOCKS / f"{component}.txt").read_text(encoding="utf-8").splitlines():
        name, _, version = line.partition("==")
        if name.strip().lower().replace("_", "-") == package.lower():
            return version.split(";")[0].strip()
    raise CannotRun(component, f"its lock does not pin {package}")

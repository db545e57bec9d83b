"""terraform-fmt: every .tf file is exactly as `terraform fmt` writes it."""

from . import terraform_core
from .cases import Cases
from .result import Result
from .tools import Tools

NAME = "terraform-fmt"


def version(_tools: Tools) -> str:
    return terraform_core.version()


def check(cases: Cases, _tools: Tools) -> Result:
    result = Result()
    for workspace in cases.workspaces:
        root = workspace.output / "terraform"
        files = list(root.rglob("*.tf"))
        if not files:
            result.problems.append(f"{workspace.name}: no .tf file below {root}")
            continue
        done = terraform_core.run(None, "fmt", "-check", "-diff", "-recursive", "-no-color", str(root))
        result.cases += len(files)
        if done.returncode:
            lines = (done.stdout + done.stderr).splitlines()
            result.problems += lines or [f"terraform fmt ended with status {done.returncode}"]
    return result

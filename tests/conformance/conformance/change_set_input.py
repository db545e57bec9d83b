"""change-set-input: the AWS CLI takes every file that imports keys as the input of `create-change-set`.

The CLI of LocalStack's installation is version 1, which reads JSON only; version 2 reads the same members from YAML. It
holds the input against the service's model and sends nothing.
"""

import json
import os
from pathlib import Path

from . import cache, process
from .cases import Cases
from .cfn_lint import is_import
from .result import Result
from .tools import Tools

NAME = "change-set-input"
COMPONENT = "localstack"
SECONDS = 60
TO_JSON = "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1], encoding='utf-8')), sys.stdout)"


def version(_tools: Tools) -> str:
    return f"AWS CLI {cache.locked_version(COMPONENT, 'awscli')}"


def check(cases: Cases, tools: Tools) -> Result:
    result = Result()
    for workspace in cases.workspaces:
        files = [file for file in sorted((workspace.output / "cloudformation").rglob("*.yaml")) if is_import(file)]
        for file in files:
            result.cases += 1
            given = read(file)
            problems = taken(given, tools)
            # The same tool must see a mistake.
            given["ResourcesToImport"][0].pop("LogicalResourceId")
            if not problems and not taken(given, tools):
                problems = ["the AWS CLI does not miss a logical id"]
            result.problems += [f"{workspace.name}: {file.name}: {problem}" for problem in problems]
    if not result.cases:
        result.notes.append("no stack imports a key")
    return result


def read(file: Path) -> dict:
    done = process.run(NAME, [cache.python(COMPONENT), "-c", TO_JSON, file], seconds=SECONDS)
    return json.loads(done.stdout)


def taken(given: dict, tools: Tools) -> list[str]:
    """What the CLI has against an input."""
    file = tools.folder(NAME) / "input.json"
    file.write_text(json.dumps(given), encoding="utf-8")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    command = [
        cache.python(COMPONENT), "-m", "awscli", "cloudformation", "create-change-set", "--stack-name", "pay",
        "--cli-input-json", f"file://{file}", "--generate-cli-skeleton", "output",
    ]  # fmt: skip
    env = inherited | {"AWS_DEFAULT_REGION": "eu-central-1", "AWS_CONFIG_FILE": os.devnull}
    done = process.run(NAME, command, seconds=SECONDS, env=env)
    return (done.stdout + done.stderr).splitlines() if done.returncode else []

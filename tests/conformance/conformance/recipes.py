"""The recipes of services as their files say them, filled in here: what a service may do, and under which conditions.

A second reading of `src/kms/services/*.yaml`, which hold what AWS's pages say, independent of the one in the library.
"""

import itertools
import json
import re
from pathlib import Path

from . import process
from .result import CannotRun

GAP = re.compile(r"\{\{|\}\}|\{([a-z_.]+)\}")

# The files are YAML, for which the standard library has no reader; a component's environment has one.
READ = """
import json, pathlib, sys, yaml
read = lambda file: yaml.safe_load(file.read_text(encoding="utf-8"))
folder = pathlib.Path(sys.argv[1])
services = {file.stem: read(file) for file in folder.glob("services/*.yaml")}
json.dump({"services": services, "via": read(folder / "via.yaml")}, sys.stdout)
"""


class Recipes:
    def __init__(self, python: Path, repository: Path):
        done = process.run("recipes", [python, "-c", READ, repository / "src/kms"], seconds=60)
        if done.returncode:
            raise CannotRun("recipes", done.stderr.strip())
        self.services: dict[str, dict] = json.loads(done.stdout)["services"]

    def via_names(self, name: str) -> list[str]:
        """The names in `kms:ViaService` for a name under `via`."""
        return one_or_many(self.services.get(name, {}).get("via", name))

    def grants(self, name: str) -> str | None:
        return self.services.get(name, {}).get("grants")

    def grants_when(self, name: str) -> list[tuple[str, str, list[str]]]:
        conditions = self.services.get(name, {}).get("grants_when", {})
        return [(operator, key, one_or_many(values)) for operator, keys in conditions.items() for key, values in keys.items()]

    def term(self, name: str, term: str) -> dict:
        """The `actions` that a term of `access` stands for, and whether `grants` come with them."""
        needed = self.services[name]["use"][term]
        return {"actions": needed, "grants": False} if isinstance(needed, list) else needed

    def statements(self, name: str, parameters: dict[str, list[str]], deployed: dict[str, str]) -> list[dict]:
        """What a service may do: `callers` (services or one role), `actions`, `conditions` as operator, key, values."""
        recipe = self.services[name]["service"]
        values = {}
        for parameter, declared in recipe.get("parameters", {}).items():
            given = [resolve(declared, parameter, text, deployed) for text in parameters.get(parameter, [])]
            if not given and "default" in declared:
                given = [described(fill(declared["default"], deployed))]
            values[parameter] = given
        callers = one_or_many(recipe.get("role") or recipe["principal"])
        return [
            {
                "kind": "role" if "role" in recipe else "service",
                "callers": list(itertools.chain(*(fill_all(caller, values, deployed) for caller in callers))),
                "actions": statement["actions"],
                "conditions": [
                    (operator, key, filled)
                    for operator, keys in statement.get("conditions", {}).items()
                    for named, templates in keys.items()
                    for key in fill_all(named, values, deployed)
                    # A condition on a parameter that was left out falls away.
                    if (filled := [v for template in one_or_many(templates) for v in fill_all(template, values, deployed)])
                ],
            }
            for statement in recipe["statements"]
        ]


def one_or_many(value) -> list:
    return value if isinstance(value, list) else [value]


def fill(template: str, values: dict[str, str]) -> str:
    return GAP.sub(lambda found: values[found[1]] if found[1] else found[0][0], template)


def described(value: str, name: str | None = None) -> dict[str, str]:
    parts = value.split(":", 5)
    return {"": value, ".account": parts[4] if len(parts) == 6 else "", ".name": name or value}


def resolve(declared: dict, parameter: str, text: str, deployed: dict[str, str]) -> dict[str, str]:
    """A value as the spec gives it, a name or an ARN: itself, its account, its bare name."""
    becomes = declared.get("becomes")
    if "one_of" in declared:
        return described(declared["one_of"][text], text)
    if becomes is None:
        return described(text)
    if not (text.startswith("arn:") and becomes.startswith("arn:")):
        return described(fill(becomes, {**deployed, parameter: text}), text)
    _, before, after = re.match(rf"(.*):([^:]*)\{{{parameter}\}}(.*)$", becomes).groups()
    bare = re.search(rf":{re.escape(before)}(.*){re.escape(after)}$", text)
    return described(text, bare and bare[1])


def fill_all(template: str, values: dict[str, list[dict[str, str]]], deployed: dict[str, str]) -> list[str]:
    """A text for every choice of values of the parameters that it mentions."""
    mentioned = {gap.partition(".")[0] for gap in GAP.findall(template) if gap} & values.keys()
    names = sorted(mentioned)
    texts = []
    for chosen in itertools.product(*(values[name] for name in names)):
        gaps = {name + suffix: text for name, one in zip(names, chosen) for suffix, text in one.items()}
        texts.append(fill(template, {**deployed, **gaps}))
    return texts

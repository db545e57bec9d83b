"""Asks cfripper about templates, one after the other, as its command does: a template that it cannot read ends no run.

A program for cfripper's Python: standard input is {"files", "account", "principals"}, standard output for each file
{"failures": [[rule, message, [resource]]]} or {"error": text}.
"""

import json
import logging
import sys
import warnings

from cfripper.cli import analyse_template, get_cfmodel, init_cfripper


def main() -> None:
    warnings.simplefilter("ignore")
    logging.disable()
    asked = json.load(sys.stdin)
    config, rules = init_cfripper(None, None, asked["account"], asked["principals"])
    answers = []
    for file in asked["files"]:
        try:
            with open(file, encoding="utf-8") as template:
                model = get_cfmodel(template).resolve({"AWS::AccountId": asked["account"]})
            failures = analyse_template(model, rules, config).failures
            answers.append({"failures": [[each.rule, each.reason, sorted(each.resource_ids or ())] for each in failures]})
        except Exception as error:
            answers.append({"error": f"{type(error).__name__}: {error}"})
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()

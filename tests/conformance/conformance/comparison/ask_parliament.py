"""Asks parliament about policies: standard input is a list of JSON texts, standard output for each [[issue, detail]].

A program for parliament's Python. The auditors of its community, which it brings along, are asked too.
"""

import json
import sys
import warnings

warnings.simplefilter("ignore")
import parliament  # noqa: E402 - it imports a package that warns of its own end


def main() -> None:
    answers = []
    for text in json.load(sys.stdin):
        try:
            policy = parliament.analyze_policy_string(text, include_community_auditors=True)
            answers.append({"issues": [[finding.issue, str(finding.detail)] for finding in policy.findings]})
        except Exception as error:
            answers.append({"error": f"{type(error).__name__}: {error}"})
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()

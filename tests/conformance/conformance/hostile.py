#!/usr/bin/env python3
"""Writes a workspace whose texts mean something to everything that reads them; the same for the same seed.

    tests/conformance/conformance/hostile.py DIR [SEED] [KEYS]
"""

import json
import random
import re
import sys
import unicodedata
from pathlib import Path

FRAGMENTS = [
    "${", "}", "{", "$", "$$", "$${", "%{", "%%{", "%{ if true }", "${AWS::AccountId}", "${AWS::Region}", "${Dollar}",
    "${!AWS::Region}", "${local.region}", "${aws:username}", "${$}", "${ AWS::Region }", "{{", "}}", "{{ key.policy }}",
    "{account}", '"', "'", "\\", "\\n", "\\u0041", "\n", "\r\n", "\r", "\t", " ", "  ", "yes", "null", "~", "1:30", "0x1F", "012",
    "2012-10-17", "!Sub x", "*a", "&a", "- ", ": ", " #", "---\n", "...\n", "|", ">", "<<", "<<EOT\n", "\nEOT\n", "=",
    "?", "@", "`", "%", ",", "[", "]", "Ref", "Fn::Sub", "é", "ÿ", "\u00a0", "\u00ad", "x", "role", "*", "//", "/*", "<&>",
]  # fmt: skip
# What only texts outside of policies can hold.
WIDE = ["\u2028", "\u2029", "\ufeff", "\u200f", "\ufffe", "\U0001f600", "日本", "e\u0301", "\ue000", "Å"]


class Texts:
    def __init__(self, seed: int):
        self.random = random.Random(seed)

    def text(self, fragments: list[str], longest: int = 60) -> str:
        while True:
            parts = self.random.choices(fragments, k=self.random.randint(1, 8))
            text = unicodedata.normalize("NFC", "".join(parts))[:longest]
            if text.strip() and "{{resolve:" not in text and text == unicodedata.normalize("NFC", text):
                return text

    def value(self, fragments: list[str]) -> str:
        """A text in which placeholders stand for values."""
        parts = [self.text(fragments, 30).replace("{", "{{").replace("}", "}}") for _ in range(self.random.randint(1, 2))]
        for name in self.random.sample(["{account}", "{partition}", "{region}", "{environment}"], self.random.randint(0, 2)):
            parts.insert(self.random.randint(0, len(parts)), name)
        text = "".join(parts)
        return text if text.strip() else "x" + text

    def user(self, number: int) -> dict:
        entry: dict = self.random.choice([
            {"role": f"team/R+=,.@-{number}"},
            {"role": f"Reader{number}", "match": "condition"},
            {"role": f"Reader{number}", "account": "210987654321"},
            {"permission_set": f"Set_{number}+=,.@-"},
            {"user": f"alice{number}"},
            {"arn": f"arn:aws:iam::210987654321:role/path/r{number}"},
        ])  # fmt: skip
        entry = dict(entry)
        if self.random.random() < 0.7:
            keys = {self.text(FRAGMENTS).strip() or "k" for _ in range(self.random.randint(1, 2))}
            entry["context"] = {min(keys): self.value(FRAGMENTS)}
        if self.random.random() < 0.3:
            entry["via"] = self.random.choice([["s3"], ["secretsmanager", "ssm"], ["ec2"]])
        if self.random.random() < 0.3:
            entry["access"] = [self.random.choice(["encrypt", "decrypt"])]
        return entry

    def key(self, number: int) -> dict:
        tags = {}
        for _ in range(self.random.randint(0, 3)):
            name = re.sub(r"[\n\r\t]", "", self.text(FRAGMENTS + WIDE)) + "."
            if not name.lower().startswith(("aws:", "keywright:", "%")):
                tags[name] = self.value(FRAGMENTS + WIDE)
        key = {
            "alias": f"hostile/{{environment}}/key-{number}",
            "id": f"Hostile{number}",
            "purpose": self.text(FRAGMENTS + WIDE, 200),
            "users": [self.user(index) for index in range(self.random.randint(1, 4))],
            "aliases": [f"more/{{region}}/{number}"] if number % 5 == 0 else None,
            "tags": tags or None,
            "enabled": number % 7 != 0,
            "deletion_window_days": self.random.randint(7, 30),
            "rotation": {"period_days": self.random.randint(90, 2560)} if number % 3 == 0 else None,
        }
        return {name: value for name, value in key.items() if value is not None}


def write(folder: Path, seed: int = 1, keys: int = 20) -> None:
    texts = Texts(seed)
    spec = {
        "environments": ["production", "development"],
        "tags": {"${AWS::Region}": "{partition}:${{AWS::Region}}"},
        "keys": [texts.key(number) for number in range(keys)],
    }
    (folder / "specs").mkdir(parents=True)
    # JSON is YAML; escaped throughout, so that no reader's idea of a line matters.
    (folder / "specs" / "hostile.yaml").write_text(json.dumps(spec, indent=1, ensure_ascii=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]), *map(int, sys.argv[2:4]))

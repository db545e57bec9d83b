"""Real tools judge what keywright writes; `tests/conformance/run` is the command, docs/conformance.md says what it proves."""

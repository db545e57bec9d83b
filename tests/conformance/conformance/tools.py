"""What every component gets: the repository, keywright itself, a scratch folder, and what others have made already."""

import contextlib
import itertools
import subprocess
import threading
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import TypeVar

from . import process

T = TypeVar("T")

REPOSITORY = Path(__file__).resolve().parents[3]
BUILD_SECONDS = 600


class Tools:
    """One run of the suite."""

    def __init__(self, scratch: Path, repository: Path = REPOSITORY):
        self.repository = repository
        self.scratch = scratch
        self._made: dict[Hashable, object] = {}
        self._lock = threading.RLock()

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives, made once a run: a running endpoint, a finished deployment."""
        with self._lock:
            if key not in self._made:
                self._made[key] = make()
            return self._made[key]

    def folder(self, name: str) -> Path:
        """A new folder, gone when the run is over; a second one of the name gets a number."""
        for number in itertools.count():
            folder = self.scratch / (f"{name}-{number}" if number else name)
            with contextlib.suppress(FileExistsError):
                folder.mkdir(parents=True)
                return folder
        raise AssertionError("numbers do not end")

    def cargo(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs cargo in the repository: what it runs is built from the sources as they stand."""
        return process.run("cargo", ["cargo", *arguments], seconds=BUILD_SECONDS, cwd=self.repository)

    def keywright(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs keywright."""
        return self.cargo("run", "--quiet", "--bin", "keywright", "--", *arguments)

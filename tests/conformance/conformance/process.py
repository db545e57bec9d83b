"""Processes that this suite starts, each with its own process group, all of them ended when the suite ends.

Nothing else is ever touched: a process is ended by the group that it was started as the head of.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from .result import CannotRun

Command = Sequence[str | Path]

# What a group gets to end by itself.
GRACE_SECONDS = 5.0

_running: dict[int, subprocess.Popen] = {}
# Reentrant: a signal may interrupt its holder.
_lock = threading.RLock()


def _start(command: Command, **options) -> subprocess.Popen:
    with _lock:
        process = subprocess.Popen([str(word) for word in command], start_new_session=True, **options)
        _running[process.pid] = process
    return process


def _signal_group(process: subprocess.Popen, number: int) -> bool:
    """Whether the group still had somebody to signal."""
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def end(process: subprocess.Popen) -> None:
    """Ends a process with everything that it started."""
    if _signal_group(process, signal.SIGTERM):
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline:
            process.poll()  # a zombie would keep its group alive
            if not _signal_group(process, 0):
                break
            time.sleep(0.02)
        else:
            _signal_group(process, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(GRACE_SECONDS)
    with _lock:
        _running.pop(process.pid, None)


def end_all() -> None:
    """Ends every process that is still there."""
    with _lock:
        left = list(_running.values())
    for process in left:
        end(process)


@contextlib.contextmanager
def owned() -> Iterator[None]:
    """Leaves no process behind, however the block ends: also by a signal, which becomes an exit."""

    def leave(number: int, _frame) -> None:
        # At once: threads that wait for an answer get none, and do not hold up the end.
        with _lock:
            left = list(_running.values())
        for process in left:
            _signal_group(process, signal.SIGTERM)
        raise SystemExit(128 + number)

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, leave) for number in numbers}
    try:
        yield
    finally:
        # A second Ctrl-C must not stop the clean-up half-way.
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        end_all()
        for number, handler in before.items():
            signal.signal(number, handler)


def run(
    component: str,
    command: Command,
    *,
    seconds: float,
    cwd: str | Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end; whatever status it ends with.

    Raises CannotRun in the component's name when it cannot be started or takes longer than it may.
    """
    text = {"text": True, "encoding": "utf-8", "errors": "replace"}
    given = subprocess.DEVNULL if stdin is None else subprocess.PIPE
    try:
        process = _start(
            command, cwd=cwd, env=env, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **text
        )
    except OSError as error:
        raise CannotRun(component, f"`{command[0]}` cannot be started: {error.strerror or error}") from error
    try:
        out, err = process.communicate(stdin, timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise CannotRun(component, f"`{Path(command[0]).name}` was not done after {seconds:.0f} s") from error
    finally:
        end(process)
        for pipe in filter(None, (process.stdin, process.stdout, process.stderr)):
            with contextlib.suppress(OSError):
                pipe.close()
    return subprocess.CompletedProcess(list(command), process.returncode, out, err)


class Server:
    """A server of the suite's own on a loopback port, with a log file that messages quote from."""

    def __init__(self, component: str, port: int, process: subprocess.Popen, log: Path):
        self.component = component
        self.port = port
        self.process = process
        self.log = log

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def died(self) -> bool:
        return self.process.poll() is not None

    def last_words(self, lines: int = 15) -> str:
        try:
            text = self.log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def check(self) -> None:
        """Raises CannotRun when the server is not there any more."""
        if self.died():
            raise CannotRun(
                self.component, f"the endpoint died with status {self.process.returncode}\n{self.last_words()}"
            )

    def lost(self, error: Exception) -> CannotRun:
        """What to raise when it does not answer any more; dying takes a moment to show."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(2)
            return CannotRun(
                self.component, f"the endpoint died with status {self.process.returncode}\n{self.last_words()}"
            )
        return CannotRun(self.component, f"the endpoint does not answer: {error}\n{self.last_words()}")

    def end(self) -> None:
        end(self.process)


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serve(
    component: str,
    command: Callable[[int], tuple[Command, Mapping[str, str]]],
    *,
    health: str,
    log: Path,
    cwd: Path,
    seconds: float = 60,
    attempts: int = 3,
) -> Server:
    """Starts a server and waits until its health page answers.

    `command` gives the command and its environment for a port. Between looking for a free port and listening on it
    somebody else may take it: then another one is tried.
    """
    for attempt in range(1, attempts + 1):
        port = free_port()
        words, env = command(port)
        with open(log, "wb") as out:
            try:
                process = _start(words, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
            except OSError as error:
                raise CannotRun(component, f"`{words[0]}` cannot be started: {error.strerror or error}") from error
        server = Server(component, port, process, log)
        if wait_until_healthy(server, f"{server.url}{health}", seconds):
            return server
        status = process.poll()  # before we end it
        server.end()
        taken = "address already in use" in server.last_words(200).lower()
        if not (taken and attempt < attempts):
            break
        print(f"{component}: port {port} was taken, trying another", file=sys.stderr)
    why = "does not answer" if status is None else f"died with status {status}"
    raise CannotRun(component, f"the endpoint {why} on port {port}\n{server.last_words()}")


def wait_until_healthy(server: Server, url: str, seconds: float) -> bool:
    """Whether the server answers before it dies or the time is over."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback is nothing for a proxy
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not server.died():
        try:
            with opener.open(url, timeout=2) as answer:
                # A server that shares the port with us is not ours.
                return answer.status == 200 and not server.died()
        except OSError:
            time.sleep(0.1)
    return False

#!/usr/bin/env python3
"""What the suite does when things go wrong: a component that cannot be had, a port in use, an endpoint that dies.

    python3 -B tests/conformance/test_suite.py

Needs no component and no network; what would be one is a few lines of Python here.
"""

import contextlib
import importlib.machinery
import importlib.util
import io
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from conformance import cache, policies, process, report, same_policy  # noqa: E402
from conformance.aws_api import Api  # noqa: E402
from conformance.cases import Cases, Workspace  # noqa: E402
from conformance.result import CannotRun, Result  # noqa: E402

# A server that is healthy, and dies at the first request that is none of health's.
FRAGILE = """
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def do_POST(self):
        print("out of memory, or so", flush=True)
        os._exit(3)
    def log_message(self, *_):
        pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
# Installs slowly, and says in a file each time that it does.
SLOW_INSTALL = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from conformance import cache
def install(folder):
    (folder / "half").write_text("")
    with open(sys.argv[2], "a") as log:
        log.write("started\\n")
    time.sleep(float(sys.argv[3]))
    (folder / "whole").write_text("")
print(cache.installed("slow", ["lock"], install))
"""
# Starts a child with a child of its own, says both ids, and waits.
FAMILY = """
import sys
sys.path.insert(0, sys.argv[1])
from conformance import process
with process.owned():
    child = "import subprocess, os; p = subprocess.Popen(['sleep', '300']); print(os.getpid(), p.pid, flush=True); p.wait()"
    started = process._start([sys.executable, "-c", child])
    started.wait()
"""


def is_there(pid: int) -> bool:
    """Whether a process runs; a zombie, which nobody has waited for, does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(condition, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


class Scratch(unittest.TestCase):
    """A folder of its own, in which the cache is."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="keywright-suite-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.environment = {**os.environ, "XDG_CACHE_HOME": folder.name}
        patched = mock.patch.dict(os.environ, self.environment)
        patched.start()
        self.addCleanup(patched.stop)
        self.addCleanup(process.end_all)

    def cached(self) -> list[str]:
        """Whatever a later run would take for a component, or trip over."""
        return sorted(path.name for path in cache.root().iterdir() if not path.name.endswith(".lock"))

    def slow(self, seconds: float) -> subprocess.Popen:
        words = [sys.executable, "-B", "-c", SLOW_INSTALL, HERE, self.folder / "log", str(seconds)]
        return subprocess.Popen(words, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def serve(self, program: str, **options) -> process.Server:
        def command(port: int) -> tuple[process.Command, dict[str, str]]:
            return [sys.executable, "-c", program, str(port)], dict(os.environ)

        return process.serve("fragile", command, health="/", log=self.folder / "server.log", cwd=self.folder, **options)


class Installing(Scratch):
    def test_a_failed_installation_leaves_nothing(self) -> None:
        def install(folder: Path) -> None:
            (folder / "half").write_text("")
            cache.run_installer("broken", [sys.executable, "-c", "import sys; sys.exit('no such package')"])

        with contextlib.redirect_stderr(io.StringIO()), self.assertRaises(CannotRun) as failed:
            cache.installed("broken", ["lock"], install)
        self.assertEqual(str(failed.exception), "broken: cannot be installed\nno such package")
        self.assertEqual(self.cached(), [])

    def test_a_killed_installation_is_not_taken_for_one(self) -> None:
        killed = self.slow(60)
        self.assertTrue(wait_for((self.folder / "log").exists))
        killed.kill()
        killed.communicate()
        self.assertEqual(len(self.cached()), 1)  # the half, under another name
        again = self.slow(0)
        folder = Path(again.communicate(timeout=20)[0].strip())
        self.assertEqual(sorted(path.name for path in folder.iterdir()), ["half", "whole"])
        self.assertEqual(self.cached(), [folder.name])

    def test_two_runs_at_once_install_once(self) -> None:
        runs = [self.slow(0.5) for _ in range(3)]
        folders = {run.communicate(timeout=20)[0] for run in runs}
        self.assertEqual(len(folders), 1)
        self.assertEqual((self.folder / "log").read_text(), "started\n")

    def test_another_lock_is_another_component(self) -> None:
        with contextlib.redirect_stderr(io.StringIO()):
            made = {cache.installed("plain", [lock], lambda _: None) for lock in ("one", "two", "one")}
        self.assertEqual(len(made), 2)

    def test_a_cache_that_cannot_be_written_is_named(self) -> None:
        (self.folder / "keywright").write_text("")
        with self.assertRaisesRegex(CannotRun, "^plain: cannot be installed: "):
            cache.installed("plain", ["lock"], lambda _: None)


class Serving(Scratch):
    def test_a_port_in_use_is_not_the_end(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            ports = iter([taken.getsockname()[1], process.free_port()])
            with mock.patch.object(process, "free_port", lambda: next(ports)), contextlib.redirect_stderr(io.StringIO()) as told:
                server = self.serve(FRAGILE, seconds=20)
            self.assertNotEqual(server.port, taken.getsockname()[1])
        self.assertIn("was taken, trying another", told.getvalue())
        server.end()

    def test_no_free_port_at_all_is_said(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with mock.patch.object(process, "free_port", lambda: port), contextlib.redirect_stderr(io.StringIO()):
                with self.assertRaisesRegex(CannotRun, f"^fragile: the endpoint died with status 1 on port {port}\n"):
                    self.serve(FRAGILE, seconds=20)

    def test_an_endpoint_that_never_answers_is_ended(self) -> None:
        silent = "import os, pathlib, time; pathlib.Path('pid').write_text(str(os.getpid())); time.sleep(300)"
        start = time.monotonic()
        with self.assertRaisesRegex(CannotRun, "^fragile: the endpoint does not answer on port"):
            self.serve(silent, seconds=2)
        self.assertLess(time.monotonic() - start, 20)
        self.assertFalse(is_there(int((self.folder / "pid").read_text())))

    def test_an_endpoint_that_dies_half_way_is_named_with_its_last_words(self) -> None:
        server = self.serve(FRAGILE, seconds=20)
        with self.assertRaisesRegex(CannotRun, "^fragile: the endpoint died with status 3\nout of memory, or so$"):
            Api(server, "111122223333", "eu-central-1").kms("ListKeys")
        with self.assertRaisesRegex(CannotRun, "^fragile: the endpoint died with status 3"):
            server.check()

    def test_a_program_that_is_not_there_is_named(self) -> None:
        with self.assertRaisesRegex(CannotRun, "^thing: `/no/such/program` cannot be started: No such file"):
            process.run("thing", ["/no/such/program"], seconds=1)

    def test_a_program_that_takes_too_long_is_ended(self) -> None:
        with self.assertRaisesRegex(CannotRun, "^thing: `sleep` was not done after 1 s$"):
            process.run("thing", ["sleep", "300"], seconds=1)

    def test_nobody_is_left_when_the_suite_is_stopped(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            with self.subTest(number.name):
                suite = subprocess.Popen([sys.executable, "-B", "-c", FAMILY, HERE], stdout=subprocess.PIPE, text=True)
                family = [int(word) for word in suite.stdout.readline().split()]
                self.assertTrue(all(map(is_there, family)))
                suite.send_signal(number)
                self.assertEqual(suite.wait(20), 128 + number)
                suite.stdout.close()
                self.assertTrue(wait_for(lambda those=family: not any(map(is_there, those))))


class Running(Scratch):
    """The command itself, without anything to judge."""

    def run_suite(self, *words: str) -> tuple[int, str, str]:
        loader = importlib.machinery.SourceFileLoader("suite_run", str(HERE / "run"))
        suite = importlib.util.module_from_spec(importlib.util.spec_from_loader("suite_run", loader))
        loader.exec_module(suite)
        nothing = Cases([Workspace("nothing", self.folder, [])])
        (self.folder / "output" / "cloudformation").mkdir(parents=True)
        (self.folder / "output" / "cloudformation" / "a.yaml").write_text("Resources: {}\n")
        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch.object(suite.cases, "standard", lambda *_: nothing),
            mock.patch.object(sys, "argv", ["run", *words]),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            status = suite.main()
        return status, out.getvalue(), err.getvalue()

    def test_a_component_that_is_not_to_be_had(self) -> None:
        nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull}
        with mock.patch.dict(os.environ, nowhere):
            status, out, err = self.run_suite("--only", "cfn-lint")
        self.assertEqual((status, out), (2, ""))
        self.assertIn("tests/conformance/run: cfn-lint: cannot be installed\n", err)
        self.assertEqual(self.cached(), [])

    def test_a_component_that_looked_at_nothing_is_a_problem(self) -> None:
        status, out, _ = self.run_suite("--only", "terraform-validate")
        self.assertEqual(status, 1)
        self.assertIn("1 problems", out)


class Judging(unittest.TestCase):
    KEY = {"name": "Audit", "policy": {"Version": "2012-10-17", "Statement": [{"Sid": "a", "Action": ["kms:A", "kms:B"]}]}}

    def test_order_within_lists_does_not_count_and_everything_else_does(self) -> None:
        same = {"Version": "2012-10-17", "Statement": {"Action": ["kms:B", "kms:A", "kms:A"], "Sid": "a"}}
        other = {"Version": "2012-10-17", "Statement": [{"Sid": "a", "Action": "kms:A"}]}
        self.assertEqual(policies.canonical(same), policies.canonical(self.KEY["policy"]))
        judged = same_policy.judge(self.KEY, {"CloudFormation": same, "Terraform": other})
        self.assertEqual(len(judged), 1)
        self.assertIn("Audit: meant against Terraform: ", judged[0])

    def test_a_policy_that_is_not_there_is_a_problem(self) -> None:
        self.assertEqual(
            same_policy.judge(self.KEY, {"Terraform": None}), ["Audit: no policy through Terraform"]
        )

    def test_no_case_at_all_is_no_success(self) -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(report.show([report.Row("idle", "1", Result(), 0.0)]), 1)
            self.assertEqual(report.show([report.Row("busy", "1", Result(1), 0.0)]), 0)


if __name__ == "__main__":
    unittest.main()

"""A worker beside us: bounded, replaced when it dies, of no use to a fork, never guessing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from creditdesk.invoices.workshop import Limits, Worker, WorkerFailed
from tests.support.machine import ROOT

ECHO = "tests.invoices.documents.echo"
PATIENCE_SECONDS = 60


def gone(pid: int) -> None:
    """Wait until a killed child is a zombie at most; its parent reaps it when it looks."""
    stat = Path(f"/proc/{pid}/stat")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while stat.exists() and stat.read_text().rpartition(")")[2].split()[0] not in "ZX":
        assert time.monotonic() < deadline, f"{pid} will not die"
        time.sleep(0.01)


@pytest.fixture
def worker() -> Iterator[Worker]:
    one = Worker(ECHO)
    yield one
    one.stop()


def test_it_answers_in_one_process_for_all_questions(worker: Worker) -> None:
    assert worker.pid is None
    assert worker.ask("say", b"a", b"", b"b" * 2**21) == b"a" + b"b" * 2**21
    first = worker.pid
    assert worker.ask("say") == b""
    assert worker.pid == first


def test_it_has_nothing_of_our_environment(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDITDESK_SECRET_KEY", "secret")
    told = worker.ask("environment").decode().split()
    assert set(told) <= {"LC_ALL", "LC_CTYPE", "PYTHONHASHSEED", "PYTHONPATH", "PYTHONUTF8", "TZ"}


def test_one_that_died_is_replaced(worker: Worker) -> None:
    worker.ask("say")
    first = worker.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    gone(first)
    assert worker.ask("say", b"again") == b"again"
    assert worker.pid not in (None, first)


@pytest.mark.parametrize("question", ["sing", "hoard"])
def test_what_it_cannot_do_raises_and_it_lives_on(worker: Worker, question: str) -> None:
    worker.ask("say")
    with pytest.raises(WorkerFailed, match=question):
        worker.ask(question)
    assert worker.ask("say", b"still here") == b"still here"


def test_a_module_that_is_not_there_raises() -> None:
    worker = Worker("creditdesk.invoices.workshop.absent")
    with pytest.raises(WorkerFailed, match="No module named"):
        worker.ask("say")
    worker.stop()


@pytest.mark.parametrize("limits", [Limits(wall_seconds=0.5), Limits(cpu_seconds=0)])
def test_one_that_takes_too_long_is_ended(limits: Limits) -> None:
    worker = Worker(ECHO, limits)
    with pytest.raises(WorkerFailed, match="no answer"):
        worker.ask("loop")
    assert worker.pid is None
    worker.stop()


def test_a_fork_starts_a_worker_of_its_own(worker: Worker) -> None:
    assert worker.ask("say", b"parent") == b"parent"
    ours = worker.pid
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        # Nothing of the test may run on in here, whatever happens.
        try:
            told = worker.ask("say", b"child")
            os.write(writer, told + str(worker.pid != ours).encode())
            worker.stop()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answers:
        assert answers.read() == b"childTrue"
    assert worker.pid == ours
    assert worker.ask("say", b"parent") == b"parent"


def test_it_outlives_the_thread_that_started_it(worker: Worker) -> None:
    thread = threading.Thread(target=worker.ask, args=("say",))
    thread.start()
    thread.join()
    first = worker.pid
    assert worker.ask("say", b"on") == b"on"
    assert (worker.pid, first is None) == (first, False)


ASKS_AND_IS_KILLED = """
import os, signal
from creditdesk.invoices.workshop import Worker
worker = Worker("tests.invoices.documents.echo")
worker.ask("say")
print(worker.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_it_ends_with_a_parent_that_was_killed() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ASKS_AND_IS_KILLED],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": f"{ROOT}/src{os.pathsep}{ROOT}"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    gone(int(done.stdout))


def test_one_that_has_grown_answers_and_is_replaced() -> None:
    worker = Worker(ECHO, Limits(memory_bytes=2**28))
    worker.ask("say")
    first = worker.pid
    assert worker.ask("keep") == b""
    assert worker.pid is None
    assert worker.ask("say", b"fresh") == b"fresh"
    assert worker.pid not in (None, first)
    worker.stop()


def test_it_ends_when_it_is_stopped(worker: Worker) -> None:
    worker.ask("say")
    pid = worker.pid
    assert pid is not None
    worker.stop()
    assert not Path(f"/proc/{pid}").exists()
    assert worker.pid is None

"""The process that forks readers: one per process, shared by threads, gone with its parent."""

from __future__ import annotations

import contextlib
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from creditdesk.kernel.errors import Invalid
from creditdesk.plumbing.confined import forking, run_confined, run_confined_together
from creditdesk.plumbing.confined.answers import Answer

pytestmark = pytest.mark.skipif(not forking.AVAILABLE, reason="children are forked on Linux only")
SAMPLES = "tests.plumbing.confined_samples"
PATIENCE_SECONDS = 30
# Asks to end with its parent when that is gone already, and says so if it goes on.
ORPHAN = """
import os, signal, time
from creditdesk.plumbing.confined import cage
parent = os.getpid()
if os.fork():
    os._exit(0)
while os.getppid() == parent:
    time.sleep(0.01)
cage.end_with_parent(signal.SIGKILL, parent)
print("outlived", flush=True)
"""


@pytest.fixture(autouse=True)
def afresh() -> Iterator[None]:
    forking.stop()
    yield
    forking.stop()


def zygote() -> int:
    """Return the process that forks the children of this one."""
    pids: list[int] = run_confined(f"{SAMPLES}:processes", None)
    return pids[1]


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def children_of(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[1]) == pid and fields[0] not in "ZX":
                    found.append(int(entry.name))
    return found


def only_child_of(pid: int) -> int:
    """Return its one child, as seen once: asked again, it may have ended."""
    seen: list[int] = []

    def one_is_seen() -> bool:
        seen[:] = children_of(pid)
        return len(seen) == 1

    wait_until(one_is_seen)
    return seen[0]


def reason(payload: object, name: str, **limits: float) -> str:
    with pytest.raises(Invalid) as caught:
        run_confined(f"{SAMPLES}:{name}", payload, **limits)  # type: ignore[arg-type]
    assert caught.value.code == "file_exhausts_reader"
    return str(caught.value.context["reason"])


def test_every_file_has_a_process_of_its_own_from_one_zygote() -> None:
    answers = [run_confined(f"{SAMPLES}:processes", None) for _ in range(3)]
    assert len({pid for pid, _ in answers}) == 3
    assert len({parent for _, parent in answers}) == 1
    assert os.getpid() not in {pid for answer in answers for pid in answer}


def test_threads_share_it_and_each_gets_its_own_answer() -> None:
    with ThreadPoolExecutor(8) as threads:
        doubled = list(threads.map(lambda n: run_confined(f"{SAMPLES}:doubled", n), range(40)))
        parents = set(threads.map(lambda _: zygote(), range(8)))
    assert doubled == [n * 2 for n in range(40)]
    assert len(parents) == 1


def test_it_outlives_the_thread_that_started_it() -> None:
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(zygote()))
    thread.start()
    thread.join()
    assert [zygote()] == found


def test_a_killed_one_is_replaced() -> None:
    first = zygote()
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: not alive(first))
    assert zygote() != first


def test_files_under_way_when_it_is_killed_are_read_all_the_same() -> None:
    first = zygote()
    with ThreadPoolExecutor(2) as threads:
        under_way = [threads.submit(run_confined, f"{SAMPLES}:asleep_then_named", 3) for _ in "ab"]
        wait_until(lambda: len(children_of(first)) == 2)
        os.kill(first, signal.SIGKILL)
        answers = [each.result() for each in under_way]
    assert [parent for _, parent in answers] == [os.getpid()] * 2
    assert not alive(first)


def test_its_children_die_with_it() -> None:
    first = zygote()
    with ThreadPoolExecutor(1) as threads:
        under_way = threads.submit(reason, 60, "asleep", wall_seconds=4)
        child = only_child_of(first)
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: not alive(child))
        assert under_way.result() == "time"


def test_a_child_whose_parent_ended_first_ends_too() -> None:
    told = subprocess.run(
        [sys.executable, "-c", ORPHAN], capture_output=True, text=True, timeout=PATIENCE_SECONDS,
        check=True,
    )  # fmt: skip
    assert (told.stdout, told.stderr) == ("", "")


def test_one_that_hangs_costs_the_file_its_time_and_is_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(forking, "GRACE_SECONDS", 0.1)
    first = zygote()
    os.kill(first, signal.SIGSTOP)
    assert reason(1, "doubled", wall_seconds=0.2) == "time"
    wait_until(lambda: not alive(first))
    assert zygote() != first


def test_a_child_past_its_time_does_not_hold_up_the_others() -> None:
    first = zygote()
    with ThreadPoolExecutor(1) as threads:
        late = threads.submit(reason, 60, "asleep", wall_seconds=1)
        assert run_confined(f"{SAMPLES}:doubled", 1) == 2
        assert late.result() == "time"
    assert zygote() == first
    wait_until(lambda: children_of(first) == [])


def test_dead_children_leave_it_standing() -> None:
    first = zygote()
    assert [reason(None, name) for name in ("segfaulting", "exiting")] == ["crash", "crash"]
    assert reason(None, "swollen") == "memory"
    assert zygote() == first


def test_a_forked_process_has_its_own() -> None:
    first = zygote()
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(write, struct.pack("!q", zygote()))
            forking.stop()
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as answer:
        (second,) = struct.unpack("!q", answer.read())
    os.waitpid(pid, 0)
    assert second != first
    wait_until(lambda: not alive(second))
    assert zygote() == first


def test_it_ends_with_a_parent_that_is_killed_and_so_does_what_it_reads() -> None:
    script = (
        "import threading; from creditdesk.plumbing.confined import run_confined as run\n"
        f"print(run('{SAMPLES}:processes', None)[1], flush=True)\n"
        f"run('{SAMPLES}:asleep', 600, wall_seconds=600)\n"
    )
    paths = os.pathsep.join(path for path in sys.path if path)
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, env={"PYTHONPATH": paths}
    ) as parent:
        assert parent.stdout is not None
        theirs = int(parent.stdout.readline())
        child = only_child_of(theirs)
        parent.kill()
    wait_until(lambda: not alive(theirs))
    wait_until(lambda: not alive(child))


def test_it_ends_with_a_parent_that_ends_well() -> None:
    script = (
        "from creditdesk.plumbing.confined import run_confined as run\n"
        f"print(run('{SAMPLES}:processes', None)[1], flush=True)\n"
    )
    paths = os.pathsep.join(path for path in sys.path if path)
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        capture_output=True,
        env={"PYTHONPATH": paths},
        check=True,
    )
    assert ended.stderr == b""
    wait_until(lambda: not alive(int(ended.stdout)))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 7,
        struct.pack("!Q", 10) + b"short",
        struct.pack("!Q", 2**62) + b"x" * 1000,
        struct.pack("!Q", 0),
        struct.pack("!Q", 4) + b"\x80\x05K.",
    ],
)
def test_an_answer_that_is_none_is_refused(content: bytes) -> None:
    assert reason(content, "answering") == "crash"


def test_a_function_that_does_not_exist_is_a_fault() -> None:
    assert reason(None, "no_such_function") == "fault"
    assert reason(None, "doubled.no:such") == "fault"
    assert run_confined(f"{SAMPLES}:doubled", 4) == 8


def test_the_verdict_is_of_the_right_child() -> None:
    names = ["exiting", "swollen", "segfaulting", "buggy"] * 3
    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(lambda name: reason(None, name), names))
    assert found == ["crash", "memory", "crash", "fault"] * 3
    assert Answer("crash").kind == "crash"


def test_several_under_way_when_it_is_killed_are_read_all_the_same() -> None:
    first = zygote()
    with ThreadPoolExecutor(1) as threads:
        path = f"{SAMPLES}:asleep_then_named"
        under_way = threads.submit(run_confined_together, path, [3, 3])
        wait_until(lambda: len(children_of(first)) == 2)
        os.kill(first, signal.SIGKILL)
        answers = under_way.result()
    assert [parent for _, parent in answers] == [os.getpid()] * 2


def test_one_of_several_killed_in_the_middle_refuses_the_file() -> None:
    first = zygote()
    with ThreadPoolExecutor(1) as threads:
        path = f"{SAMPLES}:asleep"
        under_way = threads.submit(run_confined_together, path, [60, 60], wall_seconds=30)
        wait_until(lambda: len(children_of(first)) == 2)
        for child in children_of(first):
            os.kill(child, signal.SIGSEGV)
        with pytest.raises(Invalid) as caught:
            under_way.result()
    assert caught.value.context == {"reason": "crash"}
    assert zygote() == first

"""Workers of our own beside each process, for libraries that must not live inside it.

Saxon brings a virtual machine that survives no fork and maps 33 GB; typst runs for as long as its
input lets it. Each gets one child process: started at first use, asked by one thread at a time,
bounded in memory, processor and wall time, without our environment, ended with its parent. A child
that dies or is late is replaced, and the question answered by `WorkerFailed`, never by a guess; one
that has grown is replaced after its answer.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import Final

from creditdesk.plumbing.confined.alone import bare_environment
from creditdesk.plumbing.confined.zygote import read_frame, write_frame

GIBIBYTE: Final = 2**30
ANSWER_BYTES_MAX: Final = 128 * 2**20
_FOUND_GONE_SECONDS: Final = 5
_SERVING: Final = "creditdesk.invoices.workshop.serving"


class WorkerFailed(RuntimeError):
    """The worker could not answer; nothing is known about what it was asked."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one question may use up; processor time is counted per question."""

    memory_bytes: int = 2 * GIBIBYTE
    cpu_seconds: int = 60
    wall_seconds: float = 120


@dataclass(slots=True)
class _Running:
    """A live child, and the process that started it: a fork of ours must not speak to it."""

    owner: int
    process: subprocess.Popen[bytes]
    stream: socket.socket


class Worker:
    """One kind of work in a child process: `module` has a function `serve(name, blobs)`."""

    def __init__(self, module: str, limits: Limits | None = None) -> None:
        self._module = module
        self._limits = limits or Limits()
        self._lock = threading.Lock()
        self._running: _Running | None = None
        atexit.register(self.stop)
        os.register_at_fork(after_in_child=self._forget)

    def ask(self, name: str, *blobs: bytes) -> bytes:
        """Return what the worker makes of the blobs; WorkerFailed when it cannot.

        A worker that answered before and is found gone at once was dead already: the question,
        which changes nothing, is then put to a fresh one.
        """
        with self._lock:
            is_fresh, begin = self._start_unless_alive(), time.monotonic()
            try:
                return self._asked(name, blobs)
            except (OSError, EOFError, ValueError) as error:
                self._end()
                late = isinstance(error, TimeoutError)
                if is_fresh or late or time.monotonic() - begin > _FOUND_GONE_SECONDS:
                    raise WorkerFailed(f"{self._module} gave no answer to {name!r}") from error
            try:
                self._start_unless_alive()
                return self._asked(name, blobs)
            except (OSError, EOFError, ValueError) as error:
                self._end()
                raise WorkerFailed(f"{self._module} gave no answer to {name!r}") from error

    def stop(self) -> None:
        """End the child, if there is one; the next question starts another."""
        with self._lock:
            self._end()

    @property
    def pid(self) -> int | None:
        """The child's process id, while there is one."""
        return self._running.process.pid if self._running else None

    def _asked(self, name: str, blobs: tuple[bytes, ...]) -> bytes:
        running = self._running
        if running is None:
            raise EOFError
        deadline = time.monotonic() + self._limits.wall_seconds
        running.stream.settimeout(self._limits.wall_seconds)
        write_frame(running.stream, json.dumps([name, len(blobs)]).encode())
        for blob in blobs:
            write_frame(running.stream, blob)
        status, resident_bytes = json.loads(read_frame(running.stream, ANSWER_BYTES_MAX))
        running.stream.settimeout(max(0.1, deadline - time.monotonic()))
        answer = bytes(read_frame(running.stream, ANSWER_BYTES_MAX))
        if resident_bytes > self._limits.memory_bytes // 2:
            self._end()  # libraries keep what they once worked out; a fresh child forgets it
        if status != "ok":
            raise WorkerFailed(f"{self._module} could not {name}: {answer.decode()}")
        return answer

    def _start_unless_alive(self) -> bool:
        """Return whether a child had to be started."""
        running = self._running
        if running is not None and running.process.poll() is None:
            return False
        self._end()
        self._running = self._start()
        return True

    def _start(self) -> _Running:
        ours, theirs = socket.socketpair()
        limits = self._limits
        with theirs:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
                (
                    sys.executable, "-S", "-P", "-m", _SERVING, self._module,
                    str(theirs.fileno()), str(limits.memory_bytes), str(limits.cpu_seconds),
                ),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=bare_environment(),
                cwd="/",
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )  # fmt: skip
        return _Running(os.getpid(), process, ours)

    def _end(self) -> None:
        running, self._running = self._running, None
        if running is None:
            return
        running.stream.close()
        if running.owner == os.getpid():
            running.process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.process.wait(10)

    def _forget(self) -> None:
        """In a fork: the child belongs to the parent, and so may a lock another thread held."""
        self._lock = threading.Lock()
        running, self._running = self._running, None
        if running is not None:
            running.stream.close()
            running.process.returncode = 0  # not ours to wait for

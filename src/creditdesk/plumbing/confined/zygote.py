"""The process kept ready: it reads no file itself, but forks a confined child for each.

It has one thread, no secret, and three descriptors: its control socket and the two ends of the pipe
by which the kernel wakes it. An order comes as one packet with two sockets: `data`, which the child
takes for itself (payload in, answer out, each a frame of length and bytes), and `verdict`, on which
this process says how the child ended. When the control socket closes, the parent is gone, and so
are this process and every child of it.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import pickle
import select
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from creditdesk.plumbing.confined import cage
from creditdesk.plumbing.confined.alone import found
from creditdesk.plumbing.confined.answers import Answer, Order, answered

ORDER_BYTES_MAX: Final = 4096
FRAME: Final = struct.Struct("!Q")
VERDICT: Final = struct.Struct("!i?")  # exit code as of subprocess, and whether time ran out
_CHUNK: Final = 2**20
_DESCRIPTORS_MAX: Final = 4096
_DATA: Final = 3


def write_frame(stream: socket.socket, content: bytes) -> None:
    """Send the bytes with their length before them."""
    stream.sendall(FRAME.pack(len(content)))
    stream.sendall(content)


def read_frame(stream: socket.socket, most: int) -> bytearray:
    """Return the bytes of the next frame; EOFError where it breaks off or is longer than `most`."""
    (length,) = FRAME.unpack(_exactly(stream, FRAME.size))
    if length > most:
        raise EOFError
    return _exactly(stream, length)


def _exactly(stream: socket.socket, length: int) -> bytearray:
    """Return so many bytes; memory grows with what has come, not with what was announced."""
    content = bytearray()
    while len(content) < length:
        chunk = stream.recv(min(_CHUNK, length - len(content)))
        if not chunk:
            raise EOFError
        content += chunk
    return content


@dataclass(frozen=True, slots=True)
class _Child:
    verdict: int
    deadline: float


class _Zygote:
    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.children: dict[int, _Child] = {}
        self.overdue: set[int] = set()
        self.functions: dict[str, Callable[[Any], Any]] = {}
        self.woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only so that the pipe is written to

    def serve(self) -> None:
        """Fork, reap and kill, until the parent is gone."""
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        poll.register(self.woken, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poll.poll(self.patience_ms())}
            if self.woken in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(self.woken, 4096)
            self.reap()
            self.kill_overdue()
            if self.control.fileno() in ready and not self.take_order():
                break
        for pid in self.children:
            _kill(pid)

    def patience_ms(self) -> int | None:
        deadlines = [c.deadline for pid, c in self.children.items() if pid not in self.overdue]
        if not deadlines:
            return None
        return max(0, int((min(deadlines) - time.monotonic()) * 1000) + 1)

    def kill_overdue(self) -> None:
        now = time.monotonic()
        for pid, child in self.children.items():
            if child.deadline <= now and pid not in self.overdue:
                self.overdue.add(pid)
                _kill(pid)

    def reap(self) -> None:
        """Say of every child that ended how it ended."""
        while self.children:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if ended is None:
                return
            _kill(ended.si_pid)  # what it left in its session; its number is taken until reaped
            _, status = os.waitpid(ended.si_pid, 0)
            child = self.children.pop(ended.si_pid)
            said = VERDICT.pack(os.waitstatus_to_exitcode(status), ended.si_pid in self.overdue)
            self.overdue.discard(ended.si_pid)
            with contextlib.suppress(OSError):  # its parent has its answer and is gone
                os.write(child.verdict, said)
            os.close(child.verdict)

    def take_order(self) -> bool:
        """Start a child for the next order; False when there is no more parent to give one."""
        try:
            packet, descriptors, _, _ = socket.recv_fds(self.control, ORDER_BYTES_MAX, 2)
        except OSError:
            return False
        if len(descriptors) != 2:  # noqa: PLR2004 - data and verdict
            for descriptor in descriptors:
                os.close(descriptor)
            return bool(packet)
        data, verdict = descriptors
        order = Order(*json.loads(packet))
        function = self.function(order.function_path)
        own = os.getpid()
        try:
            pid = os.fork()
        except OSError:  # no process or memory to be had: the parent reads the file some other way
            os.close(data)
            os.close(verdict)
            return True
        if pid == 0:
            _child(order, function, data, own)
        os.close(data)
        self.children[pid] = _Child(verdict, time.monotonic() + order.wall_seconds)
        return True

    def function(self, path: str) -> Callable[[Any], Any]:
        """Return the function named, imported once here and not in each child."""
        if path not in self.functions:
            try:
                self.functions[path] = found(path)
            except (ImportError, AttributeError) as error:
                return _failing(error)
            gc.collect()
            gc.freeze()
        return self.functions[path]


def _failing(error: Exception) -> Callable[[Any], Any]:
    def fail(_: object) -> NoReturn:
        raise error

    return fail


def _kill(pid: int) -> None:
    """Kill the child and all of its session."""
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def _child(order: Order, function: Callable[[Any], Any], data: int, parent: int) -> NoReturn:
    """Be the child: read the payload, answer, end."""
    code = 1
    try:
        cage.end_with_parent(signal.SIGKILL, parent)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        os.dup2(data, _DATA)
        os.closerange(_DATA + 1, _DESCRIPTORS_MAX)
        gc.disable()  # short-lived, and readers build no cycles: collecting would double their time
        stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, fileno=_DATA)
        cage.shut(order.memory_bytes, order.cpu_seconds)
        write_frame(stream, _answered(function, stream))
        code = 0
    finally:
        os._exit(code)  # also with an exception: nothing of the zygote may run on in its child


def _answered(function: Callable[[Any], Any], stream: socket.socket) -> bytes:
    try:
        payload = pickle.loads(read_frame(stream, sys.maxsize))  # noqa: S301 - the parent's own
    except MemoryError:
        return pickle.dumps(Answer("memory"))
    return answered(function, payload)


def main(control: int) -> None:
    """Serve the parent at the other end of this socket."""
    cage.hide()
    cage.prepare()
    os.chdir("/")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is the parent's to judge
    _Zygote(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, fileno=control)).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]))

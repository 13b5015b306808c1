"""The parent's side of the zygote: started at the first file, one per process, safe in threads."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import pickle
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import astuple
from typing import Any, Final

from creditdesk.plumbing.confined.alone import COMMAND, bare_environment
from creditdesk.plumbing.confined.answers import ANSWER_BYTES_MAX, Answer, Order, died, loaded
from creditdesk.plumbing.confined.zygote import VERDICT, read_frame, write_frame

AVAILABLE: Final = sys.platform == "linux" and hasattr(socket, "send_fds")
GRACE_SECONDS: Final = (
    5.0  # the zygote ends a child at its wall time; who waits, waits a bit longer
)
_STOP_SECONDS: Final = 5.0


class ZygoteDiedError(Exception):
    """The process that forks readers ended before it could say how the child ended."""


class _Reader:
    """A running zygote and this end of its control socket."""

    def __init__(self) -> None:
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
                (*COMMAND, "creditdesk.plumbing.confined.zygote", str(theirs.fileno())),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=bare_environment(),
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )

    def order(self, order: Order) -> tuple[socket.socket, socket.socket]:
        """Return data and verdict socket of a child under way; OSError if there is no zygote."""
        data, their_data = socket.socketpair()
        verdict, their_verdict = socket.socketpair()
        with their_data, their_verdict:
            try:
                packet = json.dumps(astuple(order)).encode()
                descriptors = [their_data.fileno(), their_verdict.fileno()]
                socket.send_fds(self.control, [packet], descriptors)
            except OSError:
                data.close()
                verdict.close()
                raise
        return data, verdict

    def stop(self) -> None:
        """End the zygote, and with it its children."""
        self.control.close()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


_lock = threading.Lock()
_reader: _Reader | None = None


def ask(order: Order, payload: Any) -> Answer:  # noqa: ANN401 - as run_confined
    """Return the answer of a forked child; ZygoteDiedError when there is none to be had."""
    return ask_together(order, [payload])[0]


def ask_together(order: Order, payloads: Sequence[Any]) -> list[Answer]:
    """Return the answers of as many forked children at work at once, in the payloads' order.

    ZygoteDiedError when one of them is not to be had.
    """
    deadline = time.monotonic() + order.wall_seconds + GRACE_SECONDS
    reader: _Reader | None = None
    with contextlib.ExitStack() as open_sockets:
        try:
            told = []
            for payload in payloads:
                content = pickle.dumps(payload, protocol=pickle.HIGHEST_PROTOCOL)
                reader, data, verdict = _under_way(order)
                open_sockets.enter_context(data)
                open_sockets.enter_context(verdict)
                _tell(content, data, deadline)
                told.append((data, verdict))
            return [_heard(data, verdict, deadline) for data, verdict in told]
        except TimeoutError:
            _discard(reader)  # it did not keep its time
            return [Answer("time")] * len(payloads)
        except ZygoteDiedError:
            _discard(reader)
            raise


def _under_way(order: Order) -> tuple[_Reader, socket.socket, socket.socket]:
    """Give the order to the zygote; to a new one, once, if the old one has died."""
    for _ in range(2):
        reader = _started()
        try:
            return (reader, *reader.order(order))
        except OSError:
            _discard(reader)
    raise ZygoteDiedError


def _tell(content: bytes, data: socket.socket, deadline: float) -> None:
    """Send a child its payload; of one that has ended, its verdict will say how."""
    data.settimeout(_left(deadline))
    try:
        write_frame(data, content)
    except TimeoutError:
        raise
    except OSError:
        return


def _heard(data: socket.socket, verdict: socket.socket, deadline: float) -> Answer:
    try:
        data.settimeout(_left(deadline))
        return loaded(read_frame(data, ANSWER_BYTES_MAX))
    except TimeoutError:
        raise
    except (EOFError, OSError):  # the child has ended, or says no more
        return _verdict(verdict, deadline)


def _verdict(verdict: socket.socket, deadline: float) -> Answer:
    verdict.settimeout(_left(deadline))
    try:
        said = verdict.recv(VERDICT.size)
    except ConnectionError:
        said = b""
    if len(said) != VERDICT.size:
        raise ZygoteDiedError
    returncode, overdue = VERDICT.unpack(said)
    return Answer("time") if overdue else died(returncode)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _started() -> _Reader:
    global _reader  # noqa: PLW0603 - one zygote per process
    with _lock:
        if _reader is None:
            _reader = _Reader()
        return _reader


def _discard(reader: _Reader | None) -> None:
    """End this zygote, if there is one; the next file starts another."""
    if reader is None:
        return
    global _reader  # noqa: PLW0603 - one zygote per process
    with _lock:
        if _reader is reader:
            _reader = None
    with contextlib.suppress(OSError):
        reader.process.kill()
    reader.stop()


def stop() -> None:
    """End the zygote of this process, if there is one."""
    with _lock:
        reader = _reader
    if reader is not None:
        _discard(reader)


def _forget() -> None:
    """In a forked process: leave the zygote to the parent, whose it is."""
    global _lock, _reader  # noqa: PLW0603 - one zygote per process
    _lock = threading.Lock()
    if _reader is not None:
        _reader.control.close()
        _reader.process.returncode = 0  # not ours to wait for
        _reader = None


if AVAILABLE:
    os.register_at_fork(after_in_child=_forget)
    atexit.register(stop)

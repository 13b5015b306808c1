"""The child's side: `python -m creditdesk.invoices.workshop.serving MODULE FD MEMORY CPU`."""

from __future__ import annotations

import contextlib
import importlib
import json
import resource
import socket
import sys
import traceback
from pathlib import Path
from typing import Final, Protocol

from creditdesk.plumbing.confined import cage
from creditdesk.plumbing.confined.zygote import read_frame, write_frame

QUESTION_BYTES_MAX: Final = 128 * 2**20
_FATAL_TEXT_MAX: Final = 2000


class Work(Protocol):
    """What a module of the workshop offers."""

    def serve(self, name: str, blobs: list[bytes]) -> bytes:
        """Return the answer to the question of that name."""


def main(arguments: list[str]) -> None:
    """Answer questions until the parent's end of the socket closes.

    The kernel's signal at a parent's death would come when the thread that started us ends.
    """
    module_name, descriptor, memory_bytes, cpu_seconds = arguments
    cage.hide()
    # Address space is no measure here: Saxon maps 33 GB and uses 0.2. What is written to counts.
    resource.setrlimit(resource.RLIMIT_DATA, (int(memory_bytes), int(memory_bytes)))
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))
    with socket.socket(fileno=int(descriptor)) as stream:
        work: Work | None = None
        while True:
            try:
                name, count = json.loads(read_frame(stream, QUESTION_BYTES_MAX))
                blobs = [bytes(read_frame(stream, QUESTION_BYTES_MAX)) for _ in range(count)]
            except (EOFError, OSError):
                return
            _grant(int(cpu_seconds))
            status, answer = "ok", b""
            try:
                work = work or importlib.import_module(module_name)
                answer = work.serve(name, blobs)
            except Exception:  # noqa: BLE001 - whatever failed, the parent must hear of it
                status, answer = "failed", traceback.format_exc()[-_FATAL_TEXT_MAX:].encode()
            with contextlib.suppress(OSError):
                write_frame(stream, json.dumps([status, _resident_bytes()]).encode())
                write_frame(stream, answer)


def _resident_bytes() -> int:
    """Return the memory this process holds or, where the system does not tell, has held."""
    with contextlib.suppress(OSError):
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _grant(cpu_seconds: int) -> None:
    """Let the next question use so much processor time on top of what is spent already."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    most = int(spent.ru_utime + spent.ru_stime) + 1 + cpu_seconds
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (most, hard))


if __name__ == "__main__":
    main(sys.argv[1:])

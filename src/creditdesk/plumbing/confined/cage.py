"""What a confined child gives up before it looks at what a stranger sent."""

from __future__ import annotations

import codecs
import contextlib
import ctypes
import encodings
import importlib
import os
import pkgutil
import platform
import resource
import struct
import sys
from typing import Final

OPEN_FILES_MAX: Final = 64

# What the standard library imports within its functions: strptime, pickle, tracebacks, e-mail.
_LOADED_LATE: Final = (
    "_strptime", "_compat_pickle", "copyreg", "linecache", "quopri", "stringprep", "tokenize",
    "unicodedata", "zipfile",
)  # fmt: skip

_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

# linux/prctl.h, linux/seccomp.h, linux/audit.h, linux/filter.h
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_SECCOMP: Final = 22
_PR_SET_NO_NEW_PRIVS: Final = 38
_SECCOMP_MODE_FILTER: Final = 2
_LOAD_WORD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _REFUSE_AS_FORBIDDEN, _KILL = 0x7FFF0000, 0x00050001, 0x80000000
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4

# The system calls by which a reader computes and answers: memory, time, its open pipe, its end.
# None opens, connects, signals, forks or asks about anything; those fail as "not permitted".
ALLOWED: Final[dict[str, tuple[int, tuple[int, ...]]]] = {
    "x86_64": (
        0xC000003E,
        # read write close fstat poll lseek mmap mprotect munmap brk rt_sigaction rt_sigprocmask
        # rt_sigreturn readv writev sched_yield mremap madvise nanosleep getpid sendto recvfrom exit
        (0, 1, 3, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 19, 20, 24, 25, 28, 35, 39, 44, 45, 60,
        # getrusage times getuid getgid geteuid getegid getppid sigaltstack gettid futex
        98, 100, 102, 104, 107, 108, 110, 131, 186, 202,
        # restart_syscall clock_gettime clock_getres clock_nanosleep exit_group getrandom membarrier
        219, 228, 229, 230, 231, 318, 324),
    ),
    "aarch64": (
        0xC00000B7,
        # close lseek read write readv writev ppoll fstat exit exit_group futex nanosleep
        (57, 62, 63, 64, 65, 66, 73, 80, 93, 94, 98, 101,
        # clock_gettime clock_getres clock_nanosleep sched_yield restart_syscall sigaltstack
        113, 114, 115, 124, 128, 132,
        # rt_sigaction rt_sigprocmask rt_sigreturn times getrusage getpid getppid getuid geteuid
        134, 135, 139, 153, 165, 172, 173, 174, 175,
        # getgid getegid gettid sendto recvfrom brk munmap mremap mmap mprotect madvise getrandom
        176, 177, 178, 206, 207, 214, 215, 216, 222, 226, 233, 278,
        # membarrier
        283),
    ),
}  # fmt: skip


class _Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("program", ctypes.c_void_p)]


def prepare() -> None:
    """Load what Python would otherwise load from disk while it reads."""
    for name in _LOADED_LATE:
        importlib.import_module(name)
    for codec in pkgutil.iter_modules(encodings.__path__):
        with contextlib.suppress(LookupError, ImportError):
            codecs.lookup(codec.name)


def end_with_parent(signal_number: int, parent: int) -> None:
    """From here on this process gets the signal when its parent ends, or at once if it has."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:  # it ended before we could ask to be told
        os.kill(os.getpid(), signal_number)


def hide() -> None:
    """From here on no process of the same user may look into this one, and it leaves no core."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def shut(memory_bytes: int, cpu_seconds: int) -> None:
    """From here on this process can compute, answer, and nothing else."""
    # So many seconds from now: a fresh interpreter has spent some of its own on starting.
    spent = resource.getrusage(resource.RUSAGE_SELF)
    cpu_seconds += int(spent.ru_utime + spent.ru_stime)
    _limit(resource.RLIMIT_AS, memory_bytes)
    _limit(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, OPEN_FILES_MAX)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NPROC, 0)
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _filter_calls(_LIBC)


def _limit(kind: int, soft: int, hard: int | None = None) -> None:
    """Lower a limit; one that already stands lower stays."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (soft, soft if hard is None else hard))


def _filter_calls(libc: ctypes.CDLL) -> None:
    """Let the kernel refuse every other system call; on other machines the limits must do."""
    known = ALLOWED.get(platform.machine())
    if known is None:
        return
    architecture, numbers = known
    steps = [(_LOAD_WORD, 0, 0, _ARCHITECTURE_AT), (_JUMP_IF_EQUAL, 1, 0, architecture)]
    steps += [(_RETURN, 0, 0, _KILL), (_LOAD_WORD, 0, 0, _NUMBER_AT)]
    steps += [(_JUMP_IF_EQUAL, len(numbers) - n, 0, number) for n, number in enumerate(numbers)]
    steps += [(_RETURN, 0, 0, _REFUSE_AS_FORBIDDEN), (_RETURN, 0, 0, _ALLOW)]
    program = b"".join(struct.pack("HBBI", *step) for step in steps)
    kept = ctypes.create_string_buffer(program, len(program))
    given = _Filter(len(steps), ctypes.cast(kept, ctypes.c_void_p).value)
    libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(given), 0, 0)

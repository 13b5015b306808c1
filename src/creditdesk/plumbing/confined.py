"""A child process with hard limits, for parsing what strangers send.

The parent starts a fresh interpreter, hands it a pickled argument and takes back a pickled answer.
A file that eats memory, loops, or kills its reader costs one child and becomes one clear error.
The child gets no environment of the parent (no secrets), writes no file and imports no Django.
"""

from __future__ import annotations

import gc
import importlib
import io
import logging
import os
import pickle
import resource
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from creditdesk.kernel.errors import Conflict, DomainError, Invalid, NotFound, Place, Refused

GIBIBYTE = 2**30
OPEN_FILES_MAX = 64
PACKAGE_ROOT = str(Path(__file__).resolve().parents[2])

_ERRORS: dict[str, type[DomainError]] = {
    "DomainError": DomainError,
    "Refused": Refused,
    "Conflict": Conflict,
    "NotFound": NotFound,
}
_PLAIN_BUILTINS = frozenset({"set", "frozenset", "bytearray", "complex", "range", "slice"})
_PLAIN_MODULES = frozenset({"datetime", "decimal", "uuid", "fractions"})

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the child found: `kind` is "result", an error's class name, "memory" or "fault"."""

    kind: str
    result: Any = None
    code: str = ""
    message: str = ""
    place: Place | None = None
    mend: str = ""
    context: tuple[tuple[str, object], ...] = ()


def run_confined(
    function_path: str,
    payload: Any,  # noqa: ANN401 - whatever the named function takes
    *,
    memory_bytes: int = GIBIBYTE,
    cpu_seconds: int = 60,
    wall_seconds: float = 120,
    file: str | None = None,
) -> Any:  # noqa: ANN401 - whatever the named function returns
    """Return `module:function(payload)`, called in a fresh child process under hard limits.

    Payload and answer must be picklable; an answer holds plain values and classes of creditdesk.
    A DomainError raised in the child is raised here as the same type. A child that runs out of
    memory or time, or dies, is `Invalid("file_exhausts_reader")`, with the reason in its context;
    `file` only names the input in that error.
    """
    command = (sys.executable, "-S", "-P", "-m", "creditdesk.plumbing.confined")
    limits = (str(memory_bytes), str(cpu_seconds))
    try:
        finished = subprocess.run(  # noqa: S603 - our own interpreter and module, no shell
            (*command, function_path, *limits),
            input=pickle.dumps(payload, protocol=pickle.HIGHEST_PROTOCOL),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=wall_seconds,
            env=_child_environment(),
            check=False,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        raise _exhausted("time", file) from None
    if finished.returncode != 0:
        died_of = {-signal.SIGXCPU: "time", -signal.SIGKILL: "memory"}
        raise _exhausted(died_of.get(finished.returncode, "crash"), file)
    return _unwrapped(_loaded(finished.stdout, file), function_path, file)


def _child_environment() -> dict[str, str]:
    """Return the parent's import path and a fixed locale, and nothing else of its environment."""
    paths = [PACKAGE_ROOT, *(path for path in sys.path if path and path != PACKAGE_ROOT)]
    return {
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONHASHSEED": "random",
        "PYTHONUTF8": "1",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }


def _exhausted(reason: str, file: str | None) -> Invalid:
    messages = {
        "memory": "the file needs more memory than a reader may use",
        "time": "the file takes longer to read than a reader may take",
        "crash": "the file made its reader stop",
        "fault": "the file made its reader fail",
    }
    return Invalid(
        "file_exhausts_reader",
        messages[reason],
        place=Place(file=file),
        mend="Split the file into smaller ones, or ask its sender for another format",
        reason=reason,
    )


class _PlainUnpickler(pickle.Unpickler):
    """Rebuilds plain values and classes of creditdesk, and refuses any other name."""

    def find_class(self, module: str, name: str, /) -> Any:  # noqa: ANN401 - signature of pickle
        allowed = (
            module.startswith("creditdesk.")
            or module in _PLAIN_MODULES
            or (module == "builtins" and name in _PLAIN_BUILTINS)
        )
        found = super().find_class(module, name) if allowed else None
        if not isinstance(found, type):
            raise pickle.UnpicklingError(f"{module}.{name} may not come out of a confined reader")
        return found


def _loaded(pickled: bytes, file: str | None) -> _Answer:
    try:
        answer = _PlainUnpickler(io.BytesIO(pickled)).load()
    except (pickle.UnpicklingError, EOFError):
        raise _exhausted("crash", file) from None
    if not isinstance(answer, _Answer):
        raise _exhausted("crash", file)
    return answer


def _unwrapped(answer: _Answer, function_path: str, file: str | None) -> Any:  # noqa: ANN401
    """Return the child's result, or raise its error here."""
    if answer.kind == "result":
        return answer.result
    if answer.kind == "Invalid":
        raise Invalid(
            answer.code,
            answer.message,
            place=answer.place,
            mend=answer.mend,
            **dict(answer.context),
        )
    if answer.kind in _ERRORS:
        raise _ERRORS[answer.kind](answer.code, answer.message, **dict(answer.context))
    if answer.kind == "fault":
        log.error("%s failed in its child process: %s", function_path, answer.message)
    raise _exhausted(answer.kind, file)


# In the child


def main(arguments: list[str]) -> None:
    """Take limits, then the payload from standard input; put the answer on standard output."""
    function_path, memory_bytes, cpu_seconds = arguments[0], int(arguments[1]), int(arguments[2])
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES_MAX, OPEN_FILES_MAX))
    # The answer keeps the pipe for itself: what a library prints goes nowhere.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    gc.disable()  # short-lived, and readers build no cycles: collecting would double their time
    answer = _called(function_path)
    try:
        pickled = pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        del answer
        pickled = pickle.dumps(_Answer("memory"))
    answers.write(pickled)
    answers.flush()
    os._exit(0)  # the tree of a large file is not worth tidying away


def _called(function_path: str) -> _Answer:
    try:
        function = _found(function_path)
        # Only now, so that the import itself could still store its byte code.
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        return _Answer("result", result=function(pickle.load(sys.stdin.buffer)))  # noqa: S301 - parent's
    except MemoryError:
        return _Answer("memory")
    except RecursionError:
        return _Answer("fault", message="RecursionError")
    except DomainError as error:
        return _Answer(
            type(error).__name__,
            code=error.code,
            message=error.message,
            place=error.place if isinstance(error, Invalid) else None,
            mend=error.mend if isinstance(error, Invalid) else "",
            context=tuple(error.context.items()),
        )
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent must learn of it
        # Names of types and places only: a message could carry what stands in the file.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return _Answer("fault", message=f"{type(error).__name__} at {frame.name}:{frame.lineno}")


def _found(function_path: str) -> Callable[[Any], Any]:
    module_name, _, function_name = function_path.partition(":")
    function: Callable[[Any], Any] = getattr(importlib.import_module(module_name), function_name)
    return function


if __name__ == "__main__":
    # Run as a script this module is called __main__; the answer must name its importable self.
    importlib.import_module("creditdesk.plumbing.confined").main(sys.argv[1:])

"""What goes to a confined child and what comes back from it, distrusted."""

from __future__ import annotations

import dataclasses
import enum
import io
import logging
import pickle
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from creditdesk.kernel.errors import Conflict, DomainError, Invalid, NotFound, Place, Refused
from creditdesk.plumbing.confined import opcodes

GIBIBYTE: Final = 2**30
ANSWER_BYTES_MAX: Final = GIBIBYTE

_ERRORS: dict[str, type[DomainError]] = {
    "DomainError": DomainError,
    "Refused": Refused,
    "Conflict": Conflict,
    "NotFound": NotFound,
}
_EXHAUSTED = {
    "memory": "the file needs more memory than a reader may use",
    "time": "the file takes longer to read than a reader may take",
    "crash": "the file made its reader stop",
    "fault": "the file made its reader fail",
}
_PLAIN = {
    "builtins": frozenset({"set", "frozenset"}),
    "datetime": frozenset({"date", "datetime", "time", "timedelta", "timezone"}),
    "decimal": frozenset({"Decimal"}),
}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """Which function a child is to call, as "module:function", and what it may use up."""

    function_path: str
    memory_bytes: int
    cpu_seconds: int
    wall_seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What the child found: `kind` is "result", an error's class name, or a key of _EXHAUSTED."""

    kind: str
    result: Any = None
    code: str = ""
    message: str = ""
    place: Place | None = None
    mend: str = ""
    context: tuple[tuple[str, object], ...] = ()


def died(returncode: int) -> Answer:
    """Return the answer of a child that ended without one."""
    died_of = {-signal.SIGXCPU: "time", -signal.SIGKILL: "memory"}
    return Answer(died_of.get(returncode, "crash"))


def answered(function: Callable[[Any], Any], payload: Any) -> bytes:  # noqa: ANN401 - as run_confined
    """Return the pickled answer of `function(payload)`, whatever happens in it; for the child."""
    answer = _called(function, payload)
    try:
        return pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        del answer
        return pickle.dumps(Answer("memory"))
    except Exception as error:  # noqa: BLE001 - an answer that cannot be sent is a bug of the function
        return pickle.dumps(Answer("fault", message=f"{type(error).__name__} in the answer"))


def _called(function: Callable[[Any], Any], payload: Any) -> Answer:  # noqa: ANN401
    try:
        return Answer("result", result=function(payload))
    except MemoryError:
        return Answer("memory")
    except RecursionError:
        return Answer("fault", message="RecursionError")
    except DomainError as error:
        return Answer(
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
        return Answer("fault", message=f"{type(error).__name__} at {frame.name}:{frame.lineno}")


class _Shut(type):
    """A class whose attributes cannot be set: a pickle may otherwise rewrite what it names."""

    def __setattr__(cls, name: str, value: object) -> NoReturn:
        raise pickle.UnpicklingError(f"{name} may not be set on a class")


def _stand_in(real: type) -> type:
    """Return a class that makes instances of `real` and gives no way to change `real` itself."""

    def made(_: type, *arguments: object) -> object:
        if issubclass(real, enum.Enum):
            return real(*arguments)
        return object.__new__(real)

    return _Shut(real.__name__, (), {"__new__": made, "__slots__": ()})


class _PlainUnpickler(pickle.Unpickler):
    """Rebuilds plain values, dataclasses and enumerations of creditdesk; refuses any other name."""

    def find_class(self, module: str, name: str, /) -> Any:  # noqa: ANN401 - signature of pickle
        if name in _PLAIN.get(module, ()):
            return super().find_class(module, name)
        # Only what this process has loaded itself: the answer may not choose code to import. A
        # dotted name would reach through a class or module of ours to anything either holds.
        loaded = sys.modules.get(module) if module.startswith("creditdesk.") else None
        found = vars(loaded).get(name) if loaded is not None else None
        if (
            isinstance(found, type)
            and found.__module__ == module
            and (dataclasses.is_dataclass(found) or issubclass(found, enum.Enum))
        ):
            return _stand_in(found)
        raise pickle.UnpicklingError(f"{module}.{name} may not come out of a confined reader")


def loaded(pickled: bytes | bytearray) -> Answer:
    """Return the answer in these bytes; "crash" when they are no answer."""
    if not opcodes.is_plain(pickled):
        return Answer("crash")
    try:
        answer = _PlainUnpickler(io.BytesIO(pickled)).load()
    except Exception:  # noqa: BLE001 - a hostile answer may make the unpickler raise anything
        return Answer("crash")
    return answer if isinstance(answer, Answer) else Answer("crash")


def unwrapped(answer: Answer, order: Order, file: str | None) -> Any:  # noqa: ANN401 - as run_confined
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
    reason = answer.kind if answer.kind in _EXHAUSTED else "crash"
    if reason == "fault":
        log.error("%s failed in its child process: %s", order.function_path, answer.message)
    raise Invalid(
        "file_exhausts_reader",
        _EXHAUSTED[reason],
        place=Place(file=file),
        mend="Split the file into smaller ones, or ask its sender for another format",
        reason=reason,
    )

"""How log lines are made: one chain for our own lines and for those of libraries."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any

import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars

from creditdesk.plumbing.faults import code_of
from creditdesk.plumbing.logs import redaction

Line = MutableMapping[str, Any]
OURS = "creditdesk"
# Loggers whose words are nothing but what was asked for: the line of the request tells the rest.
NAMED = {"django.request": "request failed"}
# Set by structlog itself or by the steps below: already free of anybody's data.
_MADE_HERE = {"event", "level", "logger", "at", "error", "fault", "frames", "_record",
              "_from_structlog"}  # fmt: skip
logger = logging.getLogger(__name__)


def event_free_of_data(_: object, __: str, line: Line) -> Line:
    """Leave out of the event what somebody typed."""
    arguments = line.pop("positional_args", None)
    event, name = str(line["event"]), str(line.get("logger", ""))
    if name in NAMED:
        line["event"] = NAMED[name]
    elif arguments:
        line["event"] = redaction.filled(event, arguments)
    elif name.partition(".")[0] != OURS:
        line["event"] = redaction.text(event)
    return line


def values_free_of_data(_: object, __: str, line: Line) -> Line:
    """Leave only numbers, codes and routes among the values."""
    for key in line.keys() - _MADE_HERE:
        line[key] = redaction.value(line[key])
    return line


def error_free_of_data(_: object, __: str, line: Line) -> Line:
    """Leave of an error its code, its kinds and where it happened."""
    given = line.pop("exc_info", None)
    line.pop("stack_info", None)
    error = _error(given)
    if error is not None:
        line["fault"] = code_of(error)
        line["error"] = redaction.kinds(error)
        line["frames"] = redaction.frames(error.__traceback__)
    return line


def _error(given: object) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple) and len(given) > 1 and isinstance(given[1], BaseException):
        return given[1]
    return sys.exc_info()[1] if given is True else None


SHARED: tuple[Any, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    event_free_of_data,
    error_free_of_data,
    values_free_of_data,
)


def formatter(style: str = "json") -> logging.Formatter:
    """Return the formatter of every handler: `json`, one object a line, or `text`."""
    last: Any = structlog.processors.JSONRenderer(sort_keys=True, ensure_ascii=False)
    if style == "text":
        last = structlog.dev.ConsoleRenderer(
            colors=False, timestamp_key="at", pad_event_to=30, sort_keys=False
        )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        use_get_message=False,
        pass_foreign_args=True,
    )


def set_up() -> None:
    """Send lines of ours through the same handlers as all others; called once."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def catch_all() -> None:
    """Let an error that nobody caught be a line like any other, not a trace full of values."""

    def caught(
        _: type[BaseException], error: BaseException, __: TracebackType | None = None
    ) -> None:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            return
        logger.critical("ended by an error", exc_info=error)

    sys.excepthook = caught
    threading.excepthook = lambda given: (
        caught(given.exc_type, given.exc_value) if given.exc_value else None
    )


def about(**values: object) -> None:
    """Put values on every line this thread writes from now on."""
    bind_contextvars(**values)


def about_nothing() -> None:
    """Forget what lines were about."""
    clear_contextvars()

"""Whether a kept connection still lives, told from the line itself instead of by a question."""

from __future__ import annotations

import select
import threading
import time
from typing import Any, Final

from django.db import connection

# A machine that vanished says nothing: after this long without use the server is asked again.
TRUSTED_SECONDS: Final = 5.0
_used = threading.local()


def trust_if_quiet() -> None:
    """Spare Django's question to the server where a connection was used just now and is quiet.

    A server that ended a connection has said so: then there is something to read, and Django asks
    and connects anew.
    """
    raw: Any = connection.connection
    if raw is None or raw.closed:
        return
    last: tuple[Any, float] = getattr(_used, "last", (None, 0.0))
    now = time.monotonic()
    _used.last = (raw, now)
    is_fresh = last[0] is raw and now - last[1] < TRUSTED_SECONDS
    if is_fresh and not _has_something(raw.fileno()):
        connection.health_check_done = True  # type: ignore[attr-defined]


def _has_something(line: int) -> bool:
    poll = select.poll()
    poll.register(line, select.POLLIN)
    return bool(poll.poll(0))

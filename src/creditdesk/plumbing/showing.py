"""Whether what runs now is only shown and will be rolled back."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

# Set by `controls.commands.preview`; here because imports stand below the commands.
shown: ContextVar[Any] = ContextVar("shown", default=None)

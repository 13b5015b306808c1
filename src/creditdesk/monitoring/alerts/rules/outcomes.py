"""How an alert may end. Pure."""

from __future__ import annotations

from typing import Final

# What a person may say became of it; `cause_gone` is said by the day alone.
OUTCOMES: Final = (
    "limit_lowered", "limit_raised", "blocked", "contacted", "secured", "other", "no_action",
)  # fmt: skip
CAUSE_GONE: Final = "cause_gone"

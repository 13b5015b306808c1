"""How accounts are kept, and which commands want a second person: sections of the policy. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_COMMAND: Final = re.compile(r"[a-z_]+\.[a-z_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRules:
    """When accounts fall asleep, and how long it is kept who looked at them.

    An account on which nothing was booked for `dormant_months` sleeps; 0: none does.
    """

    dormant_months: int = 24
    views_kept_days: int = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyRules:
    """Which commands wait for a second person who may do the same, whoever asks for them."""

    second_person: tuple[str, ...] = ()


def malformed_commands(names: Iterable[str]) -> list[str]:
    """Return those names that cannot be a command's."""
    return [name for name in names if not _COMMAND.fullmatch(name)]

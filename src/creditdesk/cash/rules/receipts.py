"""What is taken over the counter: which cheque is good, when it counts, how much cash. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

CHEQUE: Final = "cheque"
CASH: Final = "cash"
Kind = Literal["cheque", "cash"]
# How a receipt stands; each once, and what is cancelled or came back is not deposited again.
State = Literal["postdated", "held", "deposited", "credited", "bounced", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cheque:
    """A cheque as it is written; `dated_on` may lie ahead."""

    number: str
    drawer: str
    bank: str
    dated_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a receipt, as far as its state depends on it."""

    is_cancelled: bool = False
    is_counted: bool = True
    is_deposited: bool = False
    is_credited: bool = False
    returned_minor: int = 0


def why_not_taken(cheque: Cheque, *, received_on: date, stale_days: int, ahead_days: int) -> str:
    """Return why a cheque is refused, as a code; empty where it is good."""
    if cheque.dated_on < received_on - timedelta(days=stale_days):
        return "cheque_stale"
    if cheque.dated_on > received_on + timedelta(days=ahead_days):
        return "cheque_too_far_ahead"
    return ""


def counts_on(received_on: date, cheque: Cheque | None) -> date:
    """Return from when a receipt is money: a cheque not before the date on it."""
    return received_on if cheque is None else max(received_on, cheque.dated_on)


def is_within(minor: int, taken_minor: int, limit_minor: int | None) -> bool:
    """Whether cash may be taken beside what was taken of the same customer that day.

    Counted together, since a limit is not kept by paying in parts.
    """
    return limit_minor is None or minor + taken_minor <= limit_minor


def state(facts: Facts) -> State:
    """Return how a receipt stands."""
    if facts.is_cancelled:
        return "cancelled"
    if not facts.is_counted:
        return "postdated"
    if facts.returned_minor:
        return "bounced"
    if facts.is_credited:
        return "credited"
    return "deposited" if facts.is_deposited else "held"


def words(kind: Kind, named: Sequence[str], note: str) -> str:
    """Return what matching reads of a receipt: what it is said to pay.

    Neither number nor drawer of the cheque, which might be taken for an invoice or a payer.
    """
    return " / ".join([kind.upper(), *(one for one in (*named, note.strip()) if one)])

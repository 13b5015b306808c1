"""Questions about a payment itself: kinds, states and how they may end. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

CHARGEBACK: Final = "chargeback"
REFUNDED: Final = "refunded_elsewhere"
WRONG_AMOUNT: Final = "wrong_amount"
KINDS: Final = (
    "missing", "misdirected", WRONG_AMOUNT, "wrong_method", "duplicate", CHARGEBACK, REFUNDED,
)  # fmt: skip
# What a person may open a case as; the provider tells of the others.
BY_HAND: Final = ("missing", "misdirected", WRONG_AMOUNT, "wrong_method", "duplicate")
OPEN, WAITING, ANSWERED, CLOSED = "open", "waiting", "answered", "closed"
STATES: Final = (OPEN, WAITING, ANSWERED, CLOSED)
ENDINGS: Final = ("found", "corrected", "refunded", "won", "lost", "rejected", "withdrawn")
NOTE_CHARACTERS_MAX: Final = 10_000
# From each state a case may go on to these; a closed one stays closed.
_NEXT: Final = {
    OPEN: frozenset({WAITING, ANSWERED, CLOSED}),
    WAITING: frozenset({OPEN, ANSWERED, CLOSED}),
    ANSWERED: frozenset({OPEN, WAITING, CLOSED}),
    CLOSED: frozenset[str](),
}
# How the provider says a dispute stands.
_TAKEN: Final = frozenset({"needs_response", "under_review", "lost"})
_ENDED: Final = {"won": "won", "lost": "lost", "warning_closed": "withdrawn"}
_WAITING: Final = frozenset({"under_review", "warning_under_review"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """What somebody asks about a payment; at least one of payment, item and customer is named."""

    kind: str
    customer_id: int | None = None
    payment_id: int | None = None
    item_id: int | None = None
    currency: str = ""
    minor: int | None = None
    due_on: date | None = None
    note: str = ""
    notice_id: int | None = None


def may_become(state: str, wanted: str) -> bool:
    """Whether a case may go from one state to the other."""
    return wanted in _NEXT.get(state, frozenset())


def has_taken(provider_state: str) -> bool:
    """Whether the provider has taken the money of a dispute that stands so; inquiries take none."""
    return provider_state in _TAKEN


def ending_of(provider_state: str) -> str:
    """Return how a dispute that stands so ended, "" while it goes on."""
    return _ENDED.get(provider_state, "")


def state_of(provider_state: str) -> str:
    """Return how the case of a dispute that stands so stands."""
    if ending_of(provider_state):
        return CLOSED
    return WAITING if provider_state in _WAITING else OPEN


def is_newer(known_state: str, known_at: object, told_at: object) -> bool:
    """Whether what is told of a dispute comes after what is known; an end is never overtaken."""
    return not ending_of(known_state) and told_at >= known_at  # type: ignore[operator]

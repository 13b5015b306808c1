"""How a document reaches its customer, and what became of it. Pure.

A delivery is one try by one channel; its state follows from the evidence, whatever the order in
which that comes in. A document is delivered once one of its deliveries is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

EMAIL: Final = "email"
POST: Final = "post"
# The company sees to it by its own means: nothing is sent, and nothing is held for it.
OWN_MEANS: Final = "own"
CHANNELS: Final = (EMAIL, POST)
WAYS: Final = (*CHANNELS, OWN_MEANS)
FORMS: Final = ("pdf", "ubl", "cii")
INVOICE: Final = "invoice"
STATEMENT: Final = "statement"
# What a delivery is for, and the purpose the contact gate is asked with: nobody opts out of an
# invoice, and a statement of account is a service about the customer's own account.
PURPOSES: Final[Mapping[str, str]] = {INVOICE: "invoice", STATEMENT: "service"}

QUEUED, PRINTED = "queued", "printed"
ACCEPTED, POSTED, ARRIVED, OPENED, SEEN, CONFIRMED = (
    "accepted", "posted", "arrived", "opened", "seen", "confirmed",
)  # fmt: skip
BOUNCED, RETURNED, FAILED, WITHDRAWN, REFUSED = (
    "bounced", "returned", "failed", "withdrawn", "refused",
)  # fmt: skip
# Evidence that changes no state, as the server still tries.
DELAYED: Final = "delayed"
UNDER_WAY: Final = frozenset({QUEUED, PRINTED})
# How sure each is, the surest last: evidence only ever makes a delivered one surer.
_SURE: Final = {ACCEPTED: 1, POSTED: 1, ARRIVED: 2, OPENED: 3, SEEN: 3, CONFIRMED: 4}
DELIVERED: Final = frozenset(_SURE)
# It was taken over and came back, whatever was said before; not once somebody saw it.
CAME_BACK: Final = frozenset({BOUNCED, RETURNED})
NEVER_LEFT: Final = frozenset({FAILED, WITHDRAWN, REFUSED})
UNDELIVERED: Final = CAME_BACK | NEVER_LEFT
STATES: Final = (
    QUEUED, PRINTED, ACCEPTED, POSTED, ARRIVED, OPENED, SEEN, CONFIRMED, BOUNCED, RETURNED,
    FAILED, WITHDRAWN, REFUSED,
)  # fmt: skip
EVIDENCE: Final = (*STATES, DELAYED)
_SEEN_BY_SOMEBODY: Final = 3


@dataclass(frozen=True, slots=True)
class Route:
    """How a customer is sent documents: by which channel, in which forms, to which address.

    An empty address is that of the primary contact, or for the post the customer's own.
    """

    channel: str = EMAIL
    forms: tuple[str, ...] = ("pdf",)
    email: str = ""
    name: str = ""
    asks_receipt: bool = False


DEFAULT_ROUTE: Final = Route()


def moved(state: str, kind: str) -> str:
    """Return the state of a delivery once a piece of evidence is known.

    What came back stays so until somebody is known to have seen it; what somebody saw stays
    seen; what failed may still turn out delivered, as after a mail of uncertain fate.
    """
    if kind in _SURE:
        if state in CAME_BACK and _SURE[kind] < _SEEN_BY_SOMEBODY:
            return state
        return kind if _SURE[kind] > _SURE.get(state, 0) else state
    if kind in CAME_BACK:
        return state if _SURE.get(state, 0) >= _SEEN_BY_SOMEBODY else kind
    if kind in NEVER_LEFT:
        return kind if state in UNDER_WAY else state
    if kind == PRINTED:
        return PRINTED if state == QUEUED else state
    return state


def is_delivered(states: Collection[str]) -> bool:
    """Whether a document with deliveries of these states has reached its customer."""
    return any(state in DELIVERED for state in states)


def standing(states: Collection[str]) -> str:
    """Return how a document stands, given its deliveries' states, the latest last.

    `delivered`, `under_way`, `came_back` or `undelivered`; empty where nothing was ever tried.
    """
    given = list(states)
    if not given:
        return ""
    if is_delivered(given):
        return "delivered"
    if any(state in UNDER_WAY for state in given):
        return "under_way"
    return "came_back" if given[-1] in CAME_BACK else "undelivered"


def forms_of(given: Collection[str]) -> tuple[str, ...]:
    """Return the forms named, in their usual order, each once; unknown ones are left out."""
    return tuple(form for form in FORMS if form in given)

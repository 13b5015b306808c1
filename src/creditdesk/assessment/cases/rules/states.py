"""How an application may move: each act, from where, and where to. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from creditdesk.kernel.errors import Conflict

DRAFT, SUBMITTED, IN_REVIEW, DECIDED = "draft", "submitted", "in_review", "decided"
COUNTER_OFFER, ACCEPTED, DECLINED = "counter_offer", "accepted", "declined"
EXPIRED, WITHDRAWN = "expired", "withdrawn"
STATES: Final = (
    DRAFT, SUBMITTED, IN_REVIEW, DECIDED, COUNTER_OFFER, ACCEPTED, DECLINED, EXPIRED, WITHDRAWN,
)  # fmt: skip
# Still to be worked on, and over.
OPEN: Final = (DRAFT, SUBMITTED, IN_REVIEW, DECIDED, COUNTER_OFFER)
ENDED: Final = (ACCEPTED, DECLINED, EXPIRED, WITHDRAWN)
# `decided`: approved, and waiting for its conditions; `counter_offer`: waiting for the applicant.
MOVES: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "submit": ((DRAFT,), SUBMITTED),
    "begin": ((SUBMITTED,), IN_REVIEW),
    "approve": ((SUBMITTED, IN_REVIEW), DECIDED),
    "counter": ((SUBMITTED, IN_REVIEW), COUNTER_OFFER),
    "decline": ((SUBMITTED, IN_REVIEW), DECLINED),
    "take_offer": ((COUNTER_OFFER,), DECIDED),
    "refuse_offer": ((COUNTER_OFFER,), DECLINED),
    "open": ((DECIDED,), ACCEPTED),
    "expire": ((DRAFT, DECIDED, COUNTER_OFFER), EXPIRED),
    "withdraw": ((DRAFT, SUBMITTED, IN_REVIEW, DECIDED, COUNTER_OFFER), WITHDRAWN),
    "reopen": ((DECLINED,), IN_REVIEW),
}


def moved(state: str, act: str) -> str:
    """Return the state after an act; Conflict where the act is not for that state."""
    sources, target = MOVES[act]
    if state not in sources:
        raise application_elsewhere(state, act)
    return target


def application_elsewhere(state: str, act: str) -> Conflict:
    """Return the conflict of an act that came too early or too late."""
    return Conflict(
        "application_elsewhere", "The application stands elsewhere by now", state=state, act=act
    )

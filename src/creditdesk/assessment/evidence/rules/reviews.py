"""What may become of a hit, and who may say so. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from creditdesk.kernel.errors import Conflict, Refused

# From each verdict the ones that may follow; "" is a hit nobody looked at. Clearing follows a
# proposal only, so that it takes two.
FOLLOWS: Final[Mapping[str, frozenset[str]]] = {
    "": frozenset({"proposed", "confirmed"}),
    "proposed": frozenset({"cleared", "sent_back", "confirmed"}),
    "sent_back": frozenset({"proposed", "confirmed"}),
    "confirmed": frozenset({"proposed"}),
    "cleared": frozenset({"sent_back", "confirmed"}),
}
# These are the second person's words about what the first said.
OF_A_SECOND: Final = frozenset({"cleared", "sent_back"})


# Whoever has a key is no person who looked: a key says only what is on the safe side.
OF_PEOPLE: Final = frozenset({"proposed", "cleared", "sent_back"})


def is_same(last_by_id: int | None, last_by: str, by_id: int | None, by: str) -> bool:
    """Whether the last verdict was this person's; by name where one of them was no user's."""
    if last_by_id is not None and by_id is not None:
        return last_by_id == by_id
    return last_by == by


def refuse_wrong_turn(last: str, verdict: str, *, is_own: bool, is_person: bool) -> None:
    """Raise where a verdict may not follow the last, or is not for who gives it.

    `is_own` says that the last verdict was the same person's.
    """
    if not is_person and verdict in OF_PEOPLE:
        raise review_needs_a_person()
    if verdict not in FOLLOWS[last]:
        raise verdict_does_not_follow(last, verdict)
    if last == "proposed" and verdict in OF_A_SECOND and is_own:
        raise hit_cleared_by_one()


def review_needs_a_person() -> Refused:
    """Return the refusal of a connected system that would clear a hit."""
    return Refused(
        "review_needs_a_person",
        "That a hit is no match is said by two people who are signed in, never by a key",
        mend="Let somebody review it on the desk",
    )


def verdict_does_not_follow(last: str, verdict: str) -> Conflict:
    """Return the conflict of a verdict on a hit that stands otherwise by now."""
    return Conflict(
        "verdict_does_not_follow",
        "The hit stands otherwise by now; look again",
        last=last,
        verdict=verdict,
    )


def hit_cleared_by_one() -> Refused:
    """Return the refusal of whoever proposed to clear the hit."""
    return Refused(
        "hit_cleared_by_one",
        "Who proposed that a hit is no match does not clear it",
        mend="Ask a second person",
    )


def verdicts_after(last: str, *, is_own: bool) -> tuple[str, ...]:
    """Return the verdicts that this person may give next, in the order of the table."""
    kept = FOLLOWS[last]
    if last == "proposed" and is_own:
        kept = kept - OF_A_SECOND
    return tuple(one for one in ("proposed", "cleared", "sent_back", "confirmed") if one in kept)

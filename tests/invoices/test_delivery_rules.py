"""The state of a delivery follows from its evidence, in whatever order that comes in."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.invoices.delivery_rules import (
    CAME_BACK,
    DELIVERED,
    EVIDENCE,
    NEVER_LEFT,
    STATES,
    UNDELIVERED,
    UNDER_WAY,
    forms_of,
    is_delivered,
    moved,
    standing,
)

MOVES = [
    ("queued", "accepted", "accepted"),
    ("queued", "printed", "printed"),
    ("printed", "posted", "posted"),
    ("queued", "failed", "failed"),
    ("queued", "withdrawn", "withdrawn"),
    ("accepted", "delayed", "accepted"),
    ("accepted", "arrived", "arrived"),
    ("accepted", "bounced", "bounced"),
    ("arrived", "bounced", "bounced"),
    ("posted", "returned", "returned"),
    # what is uncertain at first may turn out either way
    ("failed", "accepted", "accepted"),
    ("queued", "bounced", "bounced"),
    # a notice overtakes the word of the server
    ("bounced", "accepted", "bounced"),
    ("bounced", "arrived", "bounced"),
    # somebody saw it: nothing makes that undone
    ("bounced", "opened", "opened"),
    ("opened", "bounced", "opened"),
    ("seen", "returned", "seen"),
    ("opened", "accepted", "opened"),
    ("bounced", "confirmed", "confirmed"),
    ("confirmed", "bounced", "confirmed"),
    ("accepted", "failed", "accepted"),
    ("posted", "printed", "posted"),
    ("refused", "confirmed", "confirmed"),
]


@pytest.mark.parametrize(("state", "kind", "expected"), MOVES)
def test_evidence_moves_a_delivery(state: str, kind: str, expected: str) -> None:
    assert moved(state, kind) == expected


def test_every_state_is_of_one_kind() -> None:
    parts = (UNDER_WAY, DELIVERED, CAME_BACK, NEVER_LEFT)
    assert sorted(one for part in parts for one in part) == sorted(STATES)
    assert UNDELIVERED == CAME_BACK | NEVER_LEFT


def after(*kinds: str) -> str:
    state = "queued"
    for kind in kinds:
        state = moved(state, kind)
    return state


@given(st.lists(st.sampled_from(EVIDENCE), max_size=8))
def test_what_somebody_saw_stays_delivered_whatever_follows(kinds: list[str]) -> None:
    for seen in ("opened", "seen", "confirmed"):
        assert after(seen, *kinds) in {"opened", "seen", "confirmed"}
        assert after(*kinds, seen) in {"opened", "seen", "confirmed"}


@given(st.lists(st.sampled_from(EVIDENCE), max_size=8), st.sampled_from(EVIDENCE))
def test_the_same_evidence_again_says_nothing_new(kinds: list[str], last: str) -> None:
    once = after(*kinds, last)
    assert moved(once, last) == once


def test_order_does_not_matter_where_a_mail_was_taken_and_came_back() -> None:
    for order in permutations(["accepted", "bounced", "delayed"]):
        assert after(*order) == "bounced"
    for order in permutations(["accepted", "opened", "bounced"]):
        assert after(*order) == "opened"


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([], ""),
        (["queued"], "under_way"),
        (["bounced"], "came_back"),
        (["bounced", "queued"], "under_way"),
        (["bounced", "failed"], "undelivered"),
        (["bounced", "posted"], "delivered"),
        (["posted", "bounced"], "delivered"),
        (["refused"], "undelivered"),
        (["failed", "returned"], "came_back"),
    ],
)
def test_a_document_stands_as_its_deliveries_say(states: list[str], expected: str) -> None:
    assert standing(states) == expected
    assert is_delivered(states) == (expected == "delivered")


def test_forms_stand_in_their_order_once() -> None:
    assert forms_of(["cii", "pdf", "cii", "odt"]) == ("pdf", "cii")
    assert forms_of([]) == ()

"""Who must wait, who owes a second factor, what a claim earns: decided by pure rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.controls.identity.rules import (
    ADDRESS_FACTOR,
    NAME_FACTOR,
    PRIVILEGED,
    Limits,
    Try,
    free_at,
    is_second_factor_due,
    role_rules,
    roles_claimed,
)
from creditdesk.controls.rules import ROLES, is_recent
from creditdesk.kernel.errors import Invalid

NOON = datetime(2026, 3, 16, 12, 0, tzinfo=UTC)
LIMITS = Limits(tries=3, wait=timedelta(minutes=15))
HOME, AWAY = "192.0.2.1", "198.51.100.7"


def tries(count: int, name: str = "ann", address: str | None = HOME) -> list[Try]:
    return [Try(NOON + timedelta(minutes=n), name, address) for n in range(count)]


def wait(
    failed: list[Try], *, name: str = "ann", address: str | None = HOME, known: bool = False
) -> datetime | None:
    return free_at(failed, name=name, address=address, limits=LIMITS, is_known=known)


def test_the_third_failure_holds_until_the_oldest_of_three_has_aged() -> None:
    assert wait(tries(2)) is None
    assert wait(tries(3)) == NOON + timedelta(minutes=15)
    assert wait(tries(5)) == NOON + timedelta(minutes=17)


def test_a_name_is_held_from_anywhere_only_after_more_and_not_where_its_owner_comes_in() -> None:
    spread = [Try(NOON, "ann", f"203.0.113.{n}") for n in range(3 * NAME_FACTOR)]
    assert wait(spread[:-1]) is None
    assert wait(spread) == NOON + timedelta(minutes=15)
    assert wait(spread, known=True) is None
    assert wait(spread, name="bob") is None


def test_an_address_is_held_for_every_name_after_more() -> None:
    many = [Try(NOON, f"n{n}", HOME) for n in range(3 * ADDRESS_FACTOR)]
    assert wait(many[:-1], name="new") is None
    assert wait(many, name="new", known=True) == NOON + timedelta(minutes=15)
    assert wait(many, name="new", address=AWAY) is None


@given(st.lists(st.integers(0, 60), max_size=12), st.integers(1, 6))
def test_whoever_waited_is_let_try_again(minutes: list[int], most: int) -> None:
    limits = Limits(most, timedelta(minutes=15))
    failed = [Try(NOON + timedelta(minutes=m), "ann", HOME) for m in minutes]
    free = free_at(failed, name="ann", address=HOME, limits=limits, is_known=True)
    assert (free is None) == (len(failed) < most)
    if free is not None:
        recent = [one for one in failed if one.at > free - limits.wait]
        assert len(recent) < most


@pytest.mark.parametrize(
    ("mode", "roles", "due"),
    [
        ("off", {"manager"}, False),
        ("privileged", {"manager"}, True),
        ("privileged", {"sales", "cash_applier"}, True),
        ("privileged", {"collector", "auditor"}, False),
        ("privileged", set(), False),
        ("all", set(), True),
        ("all", {"auditor"}, True),
    ],
)
def test_who_owes_a_second_factor(mode: str, roles: set[str], due: bool) -> None:  # noqa: FBT001
    assert is_second_factor_due(mode, roles) is due


def test_roles_that_reach_far_exist_and_reading_alone_does_not_reach_far() -> None:
    assert set(ROLES) > PRIVILEGED
    assert "auditor" not in PRIVILEGED


def test_a_proof_grows_old() -> None:
    minutes = timedelta(minutes=15)
    for seconds, is_good in ((899, True), (901, False), (900, False), (0, True)):
        at = NOON - timedelta(seconds=seconds)
        assert is_recent(at, now=NOON, within=minutes) == is_good
    assert not is_recent(datetime.fromtimestamp(0, UTC), now=NOON, within=minutes)
    assert not is_recent(NOON + timedelta(days=1), now=NOON, within=minutes)


RULES = "groups:credit=manager@acme, groups:credit=analyst@acme, dept:AR=collector@north"


@pytest.mark.parametrize(
    ("claims", "earned"),
    [
        ({"groups": ["credit", "x"]}, {("manager", "acme"), ("analyst", "acme")}),
        ({"groups": "credit", "dept": "AR"},
         {("manager", "acme"), ("analyst", "acme"), ("collector", "north")}),
        ({"groups": ["Credit"]}, set()),
        ({"groups": {"credit": True}, "dept": 7}, set()),
        ({}, set()),
    ],
)  # fmt: skip
def test_claims_earn_roles(claims: dict[str, object], earned: set[tuple[str, str]]) -> None:
    assert roles_claimed(role_rules(RULES), claims) == earned


@pytest.mark.parametrize(
    "text",
    ["groups", "groups:a", "groups:a=manager", "groups:a=king@acme", ":a=manager@acme",
     "groups:=manager@acme", "groups:a=system@acme"],
)  # fmt: skip
def test_a_rule_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        role_rules(text)
    assert refused.value.code == "role_rule_malformed"

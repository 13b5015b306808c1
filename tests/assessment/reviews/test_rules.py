"""Which limit a review proposes: worked by hand, and what holds of every proposal."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.assessment.cases.rules import Offer
from creditdesk.assessment.reviews import wording
from creditdesk.assessment.reviews.rules import (
    Behaviour,
    Deciding,
    Facts,
    Marks,
    check_deciding,
    kept_percent,
    propose,
)
from creditdesk.kernel.errors import Invalid

OFFER = Offer(
    risk_class="B", minor=1_000_000, equity_percent=Decimal(10), revenue_percent=Decimal(5),
    without_figures_minor=100_000, net_days=30,
)  # fmt: skip
MARKS = Marks(round_to_minor=1_000)
FACTS = Facts(
    currency="EUR", current_minor=300_000, risk_class="B", equity_minor=4_000_000,
    revenue_minor=8_000_000, monthly_minor=300_000, highest_minor=250_000,
    behaviour=Behaviour(days_late=Decimal(5)),
)  # fmt: skip


def codes(proposal: object) -> list[str]:
    return [step.code for step in proposal.steps]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("changes", "answer", "minor", "code"),
    [
        # 300,000 a month for 30 + 30 days is 600,000; the class allows 400,000 of equity.
        ({}, "raise", 400_000, "equity"),
        # 380,000 is within 20 % of 400,000.
        ({"current_minor": 380_000}, "keep", 380_000, "near"),
        # Above what the class allows it does not stay, near or not.
        ({"current_minor": 410_000}, "lower", 400_000, "near"),
        ({"monthly_minor": 60_000}, "keep", 300_000, "near"),  # at least the highest, 250,000
        ({"monthly_minor": 60_000, "highest_minor": 100_000}, "lower", 120_000, "need"),
        ({"monthly_minor": 0, "highest_minor": 0}, "withdraw", 0, "unused"),
        # 52.5 days late: (90 - 52.5) / 75 is half of 400,000.
        ({"behaviour": Behaviour(days_late=Decimal("52.5"))}, "lower", 200_000, "behaviour"),
        ({"behaviour": Behaviour(days_late=Decimal(90))}, "withdraw", 0, "behaviour"),
        # 5 days late and two events of 10: 25 days, 86 % of 400,000, but no raise.
        ({"behaviour": Behaviour(days_late=Decimal(5), broken=1, returned=1)}, "keep", 300_000,
         "late_payer"),
        ({"behaviour": Behaviour(days_late=Decimal(5), oldest_days=91)}, "keep", 300_000,
         "old_item"),
        # Without figures what was owed and paid well counts in full, else half of it.
        ({"equity_minor": None, "revenue_minor": None}, "keep", 300_000, "without_figures"),
        ({"equity_minor": None, "revenue_minor": None, "current_minor": 100_000}, "raise",
         250_000, "without_figures"),
    ],
)  # fmt: skip
def test_proposals_worked_by_hand(
    changes: dict[str, object], answer: str, minor: int, code: str
) -> None:
    found = propose(replace(FACTS, **changes), OFFER, MARKS)  # type: ignore[arg-type]

    assert (found.answer, found.minor) == (answer, minor)
    assert code in codes(found)


def test_without_an_offer_a_limit_is_never_raised() -> None:
    unscored = replace(FACTS, risk_class="", current_minor=50_000)

    found = propose(unscored, None, MARKS)

    assert (found.answer, found.minor, found.cap_minor) == ("keep", 50_000, 50_000)
    assert codes(found)[0] == "not_scored"
    assert codes(propose(replace(unscored, risk_class="Q"), None, MARKS))[0] == "class_unknown"


def test_a_class_that_is_given_nothing_loses_its_limit() -> None:
    nothing = Offer(risk_class="E", minor=0)

    found = propose(FACTS, nothing, MARKS)

    assert (found.answer, found.minor, found.cap_minor) == ("withdraw", 0, 0)


@pytest.mark.parametrize(
    ("of", "percent", "days"),
    [
        (Behaviour(), 100, 0),
        (Behaviour(days_late=Decimal(-4)), 100, 0),
        (Behaviour(days_late=Decimal(15)), 100, 15),
        (Behaviour(days_late=Decimal("15.1")), 99, Decimal("15.1")),
        (Behaviour(days_late=Decimal(0), broken=3), 80, 30),
        (Behaviour(days_late=Decimal("89.9")), 0, Decimal("89.9")),
        (Behaviour(days_late=Decimal(200)), 0, 200),
    ],
)
def test_what_payment_behaviour_leaves(of: Behaviour, percent: int, days: Decimal) -> None:
    assert kept_percent(of, MARKS) == (percent, days)


amounts = st.integers(0, 10**12)
maybe = st.none() | amounts
days = st.decimals(0, 400, places=1)
behaviours = st.builds(
    Behaviour, days_late=st.none() | days, oldest_days=st.integers(0, 400),
    broken=st.integers(0, 5), returned=st.integers(0, 5),
)  # fmt: skip
offers = st.builds(
    Offer, risk_class=st.just("B"), minor=amounts,
    equity_percent=st.decimals(0, 100, places=1), revenue_percent=st.decimals(0, 100, places=1),
    without_figures_minor=amounts, net_days=st.integers(0, 120),
)  # fmt: skip
facts = st.builds(
    Facts, currency=st.just("EUR"), current_minor=amounts, risk_class=st.just("B"),
    equity_minor=maybe, revenue_minor=maybe, monthly_minor=maybe, highest_minor=amounts,
    behaviour=behaviours,
)  # fmt: skip
marks = st.builds(
    Marks, round_to_minor=st.integers(1, 100_000), good_days=st.integers(0, 30),
    bad_days=st.integers(31, 120), event_days=st.integers(0, 30),
    change_percent=st.decimals(0, 100, places=1), headroom_percent=st.decimals(0, 100, places=1),
    need_days=st.integers(0, 90),
    references_percent=st.decimals(0, 100, places=1),
)  # fmt: skip


@given(facts, offers, marks)
def test_a_proposal_is_never_above_what_the_class_allows(
    of: Facts, offer: Offer, held: Marks
) -> None:
    found = propose(of, offer, held)

    assert 0 <= found.minor <= found.cap_minor <= offer.minor
    is_same = found.minor == of.current_minor
    assert (found.answer == "keep") is is_same
    assert found.minor % held.round_to_minor == 0 or is_same


@given(facts, st.none() | offers, marks, days, st.integers(0, 3), st.integers(0, 3), amounts)
def test_paying_worse_never_raises_a_proposal(
    of: Facts, offer: Offer | None, held: Marks, later: Decimal, broken: int, returned: int,
    older: int,
) -> None:  # fmt: skip
    was = of.behaviour
    worse = Behaviour(
        days_late=(was.days_late or Decimal(0)) + later,
        oldest_days=was.oldest_days + older,
        broken=was.broken + broken,
        returned=was.returned + returned,
    )

    assert (
        propose(replace(of, behaviour=worse), offer, held).minor <= propose(of, offer, held).minor
    )


@given(facts, marks)
def test_without_an_offer_no_proposal_is_above_the_limit(of: Facts, held: Marks) -> None:
    assert propose(of, None, held).minor <= of.current_minor


@pytest.mark.parametrize(
    ("new", "code"),
    [
        (Deciding(choice="decline"), "review_reason_missing"),
        (Deciding(choice="other", minor=5), "review_reason_missing"),
        (Deciding(choice="other", reason="x"), "review_limit_missing"),
        (Deciding(choice="other", reason="x", minor=100), "review_limit_same"),
        (Deciding(choice="other", reason="x", minor=-1), "review_limit_out_of_range"),
    ],
)
def test_a_decision_that_leaves_something_open_is_refused(new: Deciding, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_deciding(new, current_minor=100)

    assert caught.value.code == code


# -- the steps in words -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "params", "language", "found"),
    [
        ("behaviour", {"days": "0.4", "percent": 100}, "en", "0.4 days late: 100 %"),
        ("behaviour", {"days": "1", "percent": 92}, "en", "1 day late: 92 %"),
        ("behaviour", {"days": "1.0", "percent": 92}, "en", "1 day late: 92 %"),
        ("behaviour", {"days": "12.50", "percent": 92}, "en", "12.5 days late: 92 %"),
        ("behaviour", {"days": "0.4", "percent": 100}, "de", "0,4"),
        ("old_item", {"days": 1}, "en", "1 day late"),
        ("old_item", {"days": 91}, "en", "91 days late"),
        ("near", {"percent": "12.5"}, "en", "12.5 %"),
        ("near", {"percent": "12.5"}, "de", "12,5 %"),
        ("near", {"percent": "20"}, "de", "20 %"),
        ("equity", {"percent": "7.5", "of": 100, "minor": 7}, "de", "7,5 %"),
    ],
)
def test_a_step_says_its_figures_as_the_reader_writes_them(
    code: str, params: dict[str, object], language: str, found: str
) -> None:
    with translation.override(language):
        said = wording.step(code, params, "EUR")
    assert found in said.replace("\u202f", " ").replace("\xa0", " ")

"""What is recommended, required, possible and given as a reason; and when notices are due."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.assessment.cases import papers, rules
from creditdesk.assessment.cases.papers import NewPaper
from creditdesk.assessment.cases.rules import (
    Facts,
    Folder,
    Measures,
    Missing,
    NewCondition,
    NewDecision,
    Offer,
    Reference,
)
from creditdesk.assessment.notices import rules as clocks
from creditdesk.kernel.errors import Conflict, DomainError, Invalid

OFFER = Offer(
    risk_class="B", minor=25_000_000, equity_percent=Decimal(15), revenue_percent=Decimal(10),
    without_figures_minor=500_000, automatic_minor=1_000_000, terms="net30", net_days=30,
)  # fmt: skip
MEASURES = Measures(round_to_minor=50_000)
FACTS = Facts(requested_minor=1_000_000, currency="EUR", risk_class="B")


@pytest.mark.parametrize(
    ("facts", "answer", "limit", "codes"),
    [
        # Nothing but the class: half a million without figures.
        ({}, "counter", 500_000, ["requested", "ceiling", "without_figures"]),
        # A good reference over 1.6 million carries half of it.
        (
            {"references": (Reference(1_600_000, 5, True),)},
            "counter", 800_000, ["requested", "ceiling", "without_figures"],
        ),
        # A bad one carries nothing.
        (
            {"references": (Reference(9_000_000, 31, True),)},
            "counter", 500_000, ["requested", "ceiling", "without_figures"],
        ),
        # 15 % of 6 million equity is 900,000; revenue allows more.
        (
            {"equity_minor": 6_000_000, "revenue_minor": 90_000_000},
            "counter", 900_000, ["requested", "ceiling", "equity", "revenue"],
        ),
        # 2 months of 300,001 a month: 600,002, rounded down to 600,000.
        (
            {"equity_minor": 60_000_000, "monthly_minor": 300_001},
            "counter", 600_000, ["requested", "need", "ceiling", "equity"],
        ),
        ({"equity_minor": 60_000_000}, "approve", 1_000_000, ["requested", "ceiling", "equity"]),
        ({"equity_minor": -5}, "decline", 0, ["requested", "ceiling", "equity"]),
    ],
)  # fmt: skip
def test_the_limit_is_the_lowest_measure(
    facts: dict[str, object], answer: str, limit: int, codes: list[str]
) -> None:
    found = rules.recommend(replace(FACTS, **facts), OFFER, MEASURES)  # type: ignore[arg-type]
    assert (found.answer, found.limit_minor) == (answer, limit)
    assert [step.code for step in found.steps] == codes


@pytest.mark.parametrize(
    ("facts", "offer", "why"),
    [
        ({}, {}, []),
        ({"is_natural_person": True}, {}, ["natural_person"]),
        ({}, {"automatic_minor": 999_999}, ["above_automatic"]),
        ({}, {"security": "deposit"}, ["security"]),
        ({"missing": ("field:city",)}, {}, ["missing"]),
        ({"stops": ("shared_account",)}, {}, ["evidence"]),
        ({"references": (Reference(None, 0, False),)}, {}, ["bad_reference"]),
        ({"requested_minor": 60_000_000}, {}, ["not_as_asked", "above_automatic"]),
    ],
)
def test_what_needs_a_person_says_why(
    facts: dict[str, object], offer: dict[str, object], why: list[str]
) -> None:
    sound = replace(FACTS, equity_minor=60_000_000)
    found = rules.recommend(
        replace(sound, **facts), replace(OFFER, **offer), MEASURES  # type: ignore[arg-type]
    )  # fmt: skip
    assert [step.code for step in found.to_person] == why
    assert found.is_automatic is (not why)


def test_without_a_class_a_person_looks() -> None:
    found = rules.recommend(replace(FACTS, risk_class=None), None, MEASURES)
    assert (found.answer, found.limit_minor, found.is_automatic) == ("refer", 0, False)
    assert [step.code for step in found.to_person] == ["not_scored"]


AMOUNTS = st.integers(0, 10**12)


@given(
    requested=st.integers(1, 10**12), equity=st.none() | AMOUNTS, more=AMOUNTS,
    monthly=st.none() | AMOUNTS, step=st.integers(1, 10**6),
)  # fmt: skip
def test_a_limit_is_never_above_what_was_asked_and_equity_never_lowers_it(
    requested: int, equity: int | None, more: int, monthly: int | None, step: int
) -> None:
    measures = Measures(round_to_minor=step)
    facts = replace(FACTS, requested_minor=requested, equity_minor=equity, monthly_minor=monthly)
    found = rules.recommend(facts, OFFER, measures)
    lowest = min(int(one.params["minor"] or 0) for one in found.steps)
    assert 0 <= found.limit_minor <= lowest <= requested
    assert (found.answer == "approve") is (found.limit_minor == requested)
    if equity is not None:
        richer = rules.recommend(replace(facts, equity_minor=equity + more), OFFER, measures)
        assert richer.limit_minor >= found.limit_minor


def test_each_class_is_asked_what_it_must_give() -> None:
    nothing = Folder(frozenset(), 0, 0, frozenset())
    found = rules.missing("large", nothing)
    assert Missing("references", count=2) in found
    assert Missing("statements", count=2) in found
    assert Missing("document", "register_extract") in found
    full = Folder(frozenset(rules.FIELDS), 2, 2, frozenset({"register_extract"}))
    assert rules.missing("large", full) == ()
    assert rules.missing("sole_trader", replace(full, references=0)) == (Missing("references"),)
    assert not any(one.startswith("owner") for one in rules.asked_fields("small"))


def test_nothing_is_asked_that_must_play_no_part() -> None:
    words = {part for name in rules.FIELDS for part in name.split("_")}
    assert words.isdisjoint(
        {"sex", "gender", "age", "born", "birth", "marital", "spouse", "race", "religion",
         "nationality", "origin"}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("contact_email", "nobody", "application_field_faulty"),
        ("country", "DEU", "application_field_faulty"),
        ("employees", "-3", "application_field_faulty"),
        ("annual_revenue", "NaN", "application_field_faulty"),
        ("annual_revenue", "1e40", "application_field_faulty"),
        ("city", "x" * 501, "application_field_faulty"),
        ("religion", "none", "application_field_unknown"),
    ],
)
def test_a_field_that_cannot_stand_is_named(name: str, value: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        rules.cleaned({name: value})
    assert (caught.value.code, caught.value.place.field) == (code, name)


def test_a_form_is_stripped_and_empty_fields_leave() -> None:
    given_ = {"city": "  Bad   Velm ", "country": "de", "street": "   "}
    assert rules.cleaned(given_) == {"city": "Bad Velm", "country": "DE"}


@pytest.mark.parametrize("act", ["approve", "decline", "open", "take_offer", "submit", "withdraw"])
def test_what_has_ended_stays_ended(act: str) -> None:
    for state in rules.ENDED:
        with pytest.raises(Conflict) as caught:
            rules.moved(state, act)
        assert caught.value.code == "application_elsewhere"


SCORED = [
    {"point": "loss_years", "cost": "4.0"}, {"point": "z_services", "cost": "9.5"},
    {"point": "revenue.growth", "cost": "0"},
]  # fmt: skip


def test_reasons_are_the_factors_that_cost_most_then_what_was_found() -> None:
    assert rules.principal_reasons(SCORED, ["reference:slow"]) == (
        "factor:z_services", "factor:loss_years", "reference:slow",
    )  # fmt: skip


DECLINE = NewDecision(
    answer="decline", reasons=("factor:z_services",), explanation="Looked at all of it."
)
GRANT = NewDecision(answer="approve", limit_minor=100, terms="net30", explanation="Good.")


@pytest.mark.parametrize(
    ("new", "code"),
    [
        (replace(DECLINE, reasons=()), "reasons_miscounted"),
        (replace(DECLINE, reasons=("factor:z_services",) * 2), "reasons_miscounted"),
        (replace(DECLINE, reasons=("internal_policy",)), "reason_is_none"),
        (replace(DECLINE, reasons=("score_too_low",)), "reason_is_none"),
        (replace(DECLINE, reasons=("factor:score_too_low",)), "reason_is_none"),
        (replace(DECLINE, reasons=("factor:revenue.growth",)), "reason_not_scored"),
        (replace(DECLINE, explanation=" "), "explanation_missing"),
        (replace(DECLINE, limit_minor=5), "decline_grants"),
        (replace(GRANT, limit_minor=0), "granted_nothing"),
        (replace(GRANT, limit_minor=99), "less_than_asked"),
        (replace(GRANT, terms="net999"), "decision_terms_unknown"),
        (replace(GRANT, conditions=(NewCondition(kind="other"),)), "condition_unsaid"),
        (replace(GRANT, answer="counter"), "reasons_miscounted"),
    ],
)
def test_a_decision_that_cannot_stand_is_refused(new: NewDecision, code: str) -> None:
    allowed = rules.principal_reasons(SCORED, [])
    with pytest.raises(DomainError) as caught:
        rules.check_decision(new, requested_minor=100, allowed=allowed, terms={"net30"})
    assert caught.value.code == code


def test_sound_decisions_stand() -> None:
    allowed = rules.principal_reasons(SCORED, [])
    for new in (DECLINE, GRANT, replace(GRANT, limit_minor=101)):
        rules.check_decision(new, requested_minor=100, allowed=allowed, terms={"net30"})


@pytest.mark.parametrize(
    ("code", "today", "met_on", "state"),
    [
        ("outcome", date(2026, 3, 20), None, "running"),
        ("outcome", date(2026, 3, 21), None, "warning"),
        ("outcome", date(2026, 3, 31), None, "warning"),
        ("outcome", date(2026, 4, 1), None, "late"),
        ("outcome", date(2026, 5, 1), date(2026, 3, 31), "met"),
        ("outcome", date(2026, 5, 1), date(2026, 4, 1), "late"),
        ("counter_offer", date(2026, 5, 30), None, "warning"),
        ("counter_offer", date(2026, 5, 31), None, "late"),
    ],
)
def test_clocks_run_from_the_first_of_march(
    code: clocks.ClockCode, today: date, met_on: date | None, state: str
) -> None:
    assert clocks.deadline(code, date(2026, 3, 1), today, met_on=met_on).state == state


def test_reasons_may_be_asked_for_sixty_days_and_papers_are_kept() -> None:
    noticed = date(2026, 1, 31)
    assert clocks.may_ask_reasons(noticed, date(2026, 4, 1))
    assert not clocks.may_ask_reasons(noticed, date(2026, 4, 2))
    assert clocks.kept_until(noticed, has_asked=False) == date(2026, 4, 1)
    assert clocks.kept_until(noticed, has_asked=True) == date(2027, 1, 31)
    assert clocks.kept_until(date(2024, 2, 29), has_asked=True) == date(2025, 2, 28)
    with pytest.raises(DomainError) as caught:
        clocks.clock("objection", date(2018, 5, 24))
    assert caught.value.code == "no_clock"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.pdf", b"", "paper_empty"),
        ("a.pdf", b"%PDF-" + b"x" * papers.SIZE_MAX, "paper_too_large"),
        ("a.pdf", b"MZ\x90", "paper_unreadable"),
        ("a.exe", b"MZ\x90", "paper_unreadable"),
        ("a.csv", b"a;\x00", "paper_unreadable"),
        ("a.html", b"<script>", "paper_unreadable"),
    ],
)
def test_a_paper_that_is_none_is_refused(name: str, content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        papers.checked(NewPaper(name=name, content=content))
    assert caught.value.code == code


def test_a_paper_bears_a_plain_name() -> None:
    kept = papers.checked(NewPaper(name="..\\../etc/\u202epasswd.pdf", content=b"%PDF-1.7"))
    assert kept.name == "passwd.pdf"

"""Who decides up to how much, how high a limit may be by class, how often it is reviewed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.kernel.errors import Invalid
from creditdesk.policy.rules import (
    DEFAULT,
    SUBJECTS,
    Authority,
    AuthorityStep,
    ClassLimit,
    LimitRules,
    Policy,
    ReviewCycle,
    ReviewRules,
    parse,
)

# The document a company kept before there were limits by class, reviews and a matrix.
EARLIER = {key: DEFAULT[key] for key in DEFAULT if key not in ("limits", "reviews", "scorecards")}


def read(**changes: Any) -> Policy:
    return parse({**DEFAULT, **changes}, version=1, valid_from=date(2026, 1, 1))


def test_an_earlier_version_reads_as_before() -> None:
    authority = {key: DEFAULT["authority"][key] for key in DEFAULT["authority"] if key != "matrix"}
    found = parse({**EARLIER, "authority": authority}, version=1, valid_from=date(2026, 1, 1))
    assert found.limits.for_class("A", "large") is None
    assert found.reviews.every_months("A") is None
    assert found.scorecards.use_for("large") is None
    assert found.authority == Authority()


@pytest.mark.parametrize(
    ("subject", "minor", "others"),
    [
        ("limit", 10_000_000, 0), ("limit", 10_000_001, 1), ("limit", 50_000_001, 2),
        ("credit_note", 1_000_000, 0), ("credit_note", 1_000_001, 1),
        ("credit_note", 10_000_001, 2), ("write_off", 0, 0), ("write_off", 1, 1),
        ("write_off", 1_000_001, 2), ("order_release", 10**15, 0), ("refund", 10**15, 0),
        ("plan", 10**15, 0), ("limit", None, 1), ("order_release", None, 0),
    ],
)  # fmt: skip
def test_without_a_matrix_the_amounts_beside_it_count(
    subject: Any, minor: int | None, others: int
) -> None:
    assert Authority().approvers(subject, minor) == others
    assert Authority().approvers(subject, minor, ["manager"]) == others


MATRIX = Authority(
    matrix=(
        AuthorityStep(subject="limit", role="analyst", alone_minor=100),
        AuthorityStep(subject="limit", role="manager", alone_minor=500, second_minor=900),
        AuthorityStep(subject="order_release", alone_minor=1_000),
    )
)


@pytest.mark.parametrize(
    ("subject", "minor", "roles", "others"),
    [
        ("limit", 100, ["analyst"], 0), ("limit", 101, ["analyst"], 1),
        ("limit", 10**9, ["analyst"], 1), ("limit", 500, ["analyst", "manager"], 0),
        ("limit", 901, ["manager"], 2), ("limit", 10_000_000, ["sales"], 0),
        ("limit", 10_000_001, [], 1), ("order_release", 1_001, ["manager"], 1),
        ("order_release", 1_000, [], 0), ("write_off", 1, ["manager"], 1),
    ],
)  # fmt: skip
def test_a_row_of_the_matrix_comes_before_the_amounts(
    subject: Any, minor: int, roles: list[str], others: int
) -> None:
    assert MATRIX.approvers(subject, minor, roles) == others


def test_the_matrix_lists_every_subject_once_for_everybody() -> None:
    steps = MATRIX.steps()
    assert [one.subject for one in steps if not one.role] == list(SUBJECTS)
    assert [one.role for one in steps if one.role] == ["analyst", "manager"]
    assert steps[0] == AuthorityStep(
        subject="limit", alone_minor=10_000_000, second_minor=50_000_000
    )


amounts = st.integers(0, 10**12)


@given(st.sampled_from(SUBJECTS), amounts, amounts, amounts, amounts)
def test_more_never_needs_fewer(subject: Any, first: int, second: int, one: int, two: int) -> None:
    step = AuthorityStep(subject=subject, alone_minor=first, second_minor=second)
    found = Authority(matrix=(step,))
    low, high = sorted((one, two))
    assert found.approvers(subject, low) <= found.approvers(subject, high) <= 2


LIMITS = LimitRules(
    by_class=(
        ClassLimit(risk_class="A", minor=1_000, equity_percent=Decimal(10)),
        ClassLimit(risk_class="A", segment="large", minor=5_000),
        ClassLimit(segment="public", minor=9_000),
        ClassLimit(minor=50),
    )
)


@pytest.mark.parametrize(
    ("risk_class", "segment", "minor"),
    [("A", "large", 5_000), ("A", "", 1_000), ("A", "small", 1_000), ("B", "public", 9_000),
     ("A", "public", 1_000), ("B", "", 50), ("", "", 50)],
)  # fmt: skip
def test_the_closest_row_counts(risk_class: str, segment: str, minor: int) -> None:
    found = LIMITS.for_class(risk_class, segment)
    assert found is not None
    assert found.minor == minor


def test_what_a_class_is_given_stands_once() -> None:
    assert [
        (one.risk_class, one.minor, one.without_figures_minor, one.security)
        for one in read().limits.by_class
    ] == [
        ("A", 50_000_000, 1_000_000, "none"), ("B", 25_000_000, 500_000, "none"),
        ("C", 10_000_000, 250_000, "none"), ("D", 2_500_000, 0, "guarantee"),
        ("E", 0, 0, "none"),
    ]  # fmt: skip
    assert not hasattr(read().assessment, "offers")


def test_reviews_come_by_class() -> None:
    rules = ReviewRules(by_class=(ReviewCycle(risk_class="E", every_months=3), ReviewCycle()))
    assert (rules.every_months("E"), rules.every_months("A")) == (3, 12)
    assert read().reviews.every_months("D") == 3


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"authority": {"matrix": [{"subject": "cake"}]}}, "policy_field_invalid",
         "authority.matrix[0].subject"),
        ({"authority": {"matrix": [{"subject": "plan"}, {"subject": "plan"}]}},
         "policy_code_twice", "authority.matrix"),
        ({"authority": {"matrix": [{"subject": "plan", "second_minor": 5}]}},
         "policy_authority_unclear", "authority.matrix[0]"),
        ({"limits": {"by_class": [{"minor": 1}, {"minor": 2}]}}, "policy_code_twice",
         "limits.by_class"),
        ({"limits": {"by_class": [{"minor": 1, "automatic_minor": 2}]}}, "policy_limit_unclear",
         "limits.by_class[0].automatic_minor"),
        ({"limits": {"by_class": [{"minor": 1, "without_figures_minor": 2}]}},
         "policy_limit_unclear", "limits.by_class[0].without_figures_minor"),
        ({"limits": {"by_class": [{"security": "promise"}]}}, "policy_field_invalid",
         "limits.by_class[0].security"),
        ({"assessment": {"offers": []}}, "policy_field_unknown", "assessment.offers"),
        ({"limits": {"by_class": [{"terms": "net31"}]}}, "policy_terms_unknown",
         "limits.by_class[0].terms"),
        ({"reviews": {"by_class": [{"every_months": 0}]}}, "policy_field_invalid",
         "reviews.by_class[0].every_months"),
        ({"scorecards": {"uses": [{"card": "a"}, {"card": "b"}]}}, "policy_code_twice",
         "scorecards.uses"),
        ({"scorecards": {"uses": [{"segment": "x"}]}}, "policy_field_missing",
         "scorecards.uses[0]"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named(changes: Any, code: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(**changes)
    assert (refused.value.code, refused.value.place.field) == (code, field)

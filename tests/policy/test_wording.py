"""The policy as a document: every rule in a sentence, every change of a rule in words."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, get_type_hints

import pytest
from django.utils import translation

from creditdesk.kernel.errors import Invalid
from creditdesk.policy import wording
from creditdesk.policy.rules import DEFAULT, ORDER_RULES, Discount, Part, Policy, Step, Terms, parse
from creditdesk.policy.rules.reading import NESTED, SECTIONS
from creditdesk.policy.wording import compare, document, labels, ordering

# Every optional part in use, so that no rule hides behind a switch.
FULL: Mapping[str, Any] = {
    **DEFAULT,
    "terms": [
        {"code": "net30", "net_days": 30, "cut_off_day": 25, "months_later": 1,
         "day_of_month": 15, "roll": "following", "discount_tax": "no_adjustment",
         "discounts": [{"percent": "2", "within_days": 10}]},
        {"code": "parts", "net_days": 30, "to_month_end": True, "remainder": "first",
         "parts": [{"percent": "30", "net_days": 5}, {"minor": 500, "currency": "EUR"}, {}]},
        *(one for one in DEFAULT["terms"] if one["code"] != "net30"),
    ],
    "interest": {"mode": "memo", "since": "2026-01-01", "jurisdiction": "DE",
                 "agreed_percent": "9", "day_count": "actual/365"},
    "short_payments": {"tolerances": [{"currency": "EUR", "minor": 100}]},
    "counter": {"cash_limits": [{"currency": "EUR", "minor": 500_000}]},
    "returns": {"fee_minor": 500, "block_at_count": 2},
    "write_offs": {"tax_relief": [{"reason": "insolvency", "after_due_days": 1,
                                   "until_due_days": 99}]},
    "dunning_fees": {"fees": [{"step": "final", "currency": "EUR", "minor": 500}]},
    "authority": {"matrix": [{"subject": "limit", "role": "analyst", "alone_minor": 100}]},
    "scorecards": {"uses": [{"card": "expert", "segment": "large", "card_version": 1}]},
    "exposure": {"haircut_percent": "5"},
    "orders": {"overdue_limit_percent": "10", "hold_percent": "95", "order_minor_max": 500_000,
               "terms_held": ["prepaid"], "refuse": ["blocked"], "grace_days": 3,
               "check_points": ["confirm", "ship"],
               "exclusions": [{"rule": "overdue", "customers": ["C-1"]}, {"rule": "order_size"}]},
    "duties": {"second_person": ["credit.block"]},
}  # fmt: skip


def read(given: Mapping[str, Any]) -> Policy:
    return parse(given, version=1, valid_from=date(2026, 1, 1))


def said(given: Mapping[str, Any]) -> list[str]:
    return [one.text for section in document(read(given), "EUR") for one in section.clauses]


def test_the_default_reads_as_sentences() -> None:
    found = said(DEFAULT)
    plain = [one.replace("\u202f", " ").replace("\u2009", " ") for one in found]
    expected = """
Who has agreed nothing else pays by net30.
eom15: 15 days net from the end of the month.
Class A: a limit of up to 500 000.00 EUR, at most 20 % of the customer's equity and 10 % of the
 customer's revenue; without figures up to 10 000.00 EUR; granted without a person up to
 25 000.00 EUR; terms net45.
Class D: a limit of up to 25 000.00 EUR, at most 5 % of the customer's equity and 2 % of the
 customer's revenue; terms net14; asked for: a guarantee.
Class E: no credit; terms prepaid.
Class C: reviewed every 6 months.
Credit limit: one person decides alone up to 100 000.00 EUR; above that one other approves, above
 500 000.00 EUR two others do.
Write-off: one other person always approves, above 10 000.00 EUR two others do.
Release of a held order: one person decides alone, whatever the amount.
Without figures, up to 50 % of the highest credit a good reference gives is offered, if that is more
 than the class is offered without them.
What is offered below what was asked for is rounded down to a multiple of 500.00 EUR.
Whoever was asked and does not answer is reminded every 7 days, at most 2 times.
More than 2 openings within 30 days with the same mail, phone, address or network are a sign
 of fraud.
An account on which nothing was booked for 24 months falls asleep, unless something is open, ordered
 or mandated.
No command waits for a second person beyond what these rules say.
These count against a limit: open items not yet late, late items, items whose payment was returned,
 accepted orders not yet billed, the rest of orders billed in part.
A limit in another currency is converted at the day's rate in full.
An order is held while something is late by more than 30 days, if that makes at least 50.00 EUR.
No rule refuses an order: what does not fit is held.
Every rule is asked of every order.
An order is asked when it is placed, and not again at later points.
A held order is to be decided within 4 hours of the desk's hours, 08:00 to 17:00 on working days;
 after that it goes to the role credit manager.
second, level 2: 19 days after the due date by e-mail, firm in tone, as a reminder; 7 days are given
 to pay.
No late interest is charged.
Reminders cost the customer nothing.
"""
    for sentence in expected.strip().replace("\n ", " ").splitlines():
        assert sentence in plain
    assert all(one.endswith(".") for one in found)
    keys = [one.key for part in document(read(DEFAULT), "EUR") for one in part.clauses]
    assert len(keys) == len(set(keys))


def test_every_section_has_a_title_and_every_field_a_name() -> None:
    assert set(wording.SECTIONS) == {*SECTIONS, "terms", "ladder"}
    # Parts and discounts of terms are not edited in a form.
    within = [one for one in NESTED.values() if one not in (Part, Discount)]
    kinds = [Terms, Step, *SECTIONS.values(), *within]
    fields = {field.name for kind in kinds for field in dataclasses.fields(kind)}
    rows = {name for kind in kinds for name, of in get_type_hints(kind).items() if of in NESTED}
    assert fields - rows - set(labels.names()) == set()
    assert {name for name in rows if wording.list_title(name) == name} == {"parts", "discounts"}


def test_what_is_switched_on_reads_as_sentences_too() -> None:
    found = said(FULL)
    plain = [one.replace("\u202f", " ").replace("\u2009", " ") for one in found]
    assert [one for one in plain if not one.endswith(".")] == []
    for sentence in """
A limit in another currency loses 5 % when it is converted.
An order is held while what is late beyond the days allowed is more than 10 % of the limit.
An order that uses more than 95 % of the limit is held.
An order above 5 000.00 EUR is held.
An order on one of these terms is held: prepaid.
These refuse an order instead of holding it: a block.
An order is asked when it is placed, and again before it ships.
At a later point it is not asked again within 3 days of its decision.
Orders of customer C-1 are not held for this: the days something is late.
No order is held for this: the size of the order.
These commands wait for a second person, whoever asks for them: credit.block.
""".strip().splitlines():
        assert sentence in plain


@pytest.mark.parametrize(
    ("exclusion", "sentence"),
    [
        ({"segments": ["large", "sme"], "kinds": ["sample"]},
         "Orders of segment large, sme, of kind sample are not held for this: the limit exceeded."),
        ({"customers": ["C-1"], "up_to_minor": 0},
         "Orders of customer C-1, up to 0.00 EUR are not held for this: the limit exceeded."),
    ],
)  # fmt: skip
def test_an_exclusion_says_all_its_conditions(exclusion: dict[str, Any], sentence: str) -> None:
    rows = [{"rule": "limit_exceeded"}, {"rule": "limit_exceeded", **exclusion}]
    given = {**DEFAULT, "orders": {"exclusions": rows}}
    assert sentence in said(given)
    before = {**DEFAULT, "orders": {"exclusions": rows[:1]}}
    [change] = compare(read(before), read(given), "EUR")
    assert (change.kind, change.section, change.after) == ("added", "orders", sentence)


@pytest.mark.parametrize("code", ORDER_RULES)
def test_each_rule_of_orders_has_words(code: str) -> None:
    assert ordering.rule(code) != code


def test_what_is_left_out_of_an_exposure_is_said() -> None:
    given = {**DEFAULT, "exposure": {"count_reserved": False, "count_ordered_rest": False}}
    assert (
        "These count against a limit: open items not yet late, late items, items whose payment"
        " was returned. These do not: accepted orders not yet billed, the rest of orders billed"
        " in part."
    ) in said(given)
    switches = ("open", "overdue", "returned", "reserved", "ordered_rest")
    nothing = {**DEFAULT, "exposure": {f"count_{one}": False for one in switches}}
    assert "Nothing that is open or ordered counts against a limit." in said(nothing)


def test_nothing_differs_from_itself() -> None:
    assert compare(read(FULL), read(FULL), "EUR") == ()


def other(value: Any, default: Any) -> Any:
    """Return another value that could stand there."""
    if isinstance(default, bool):
        return not value
    if isinstance(default, int):
        return value + 1
    return value


CHOSEN = {
    "no_limit_means": "accept", "mode": "post", "since": "2026-02-01", "jurisdiction": "FR",
    "agreed_percent": "8", "day_count": "actual/360", "discount_on_part": "on_the_paid_part",
    "earliest": "07:00", "latest": "19:00", "desk_opens": "07:30", "desk_closes": "18:00",
    "expired_limit_means": "hold", "better_terms_mean": "hold", "late_goes_to": "analyst",
    "terms_held": ["net7"], "refuse": ["overdue", "blocked"], "check_points": ["invoice"],
    "second_person": ["credit.block", "credit.unblock"],
    "order": sorted(["past_due:costs", "past_due:interest", "past_due:principal", "due:costs",
                     "due:interest", "due:principal", "in_advance:costs", "in_advance:interest",
                     "in_advance:principal"]),
}  # fmt: skip


def stands(given: Mapping[str, Any]) -> bool:
    """Whether these rules can be, beside what must hold between fields."""
    try:
        read(given)
    except Invalid:
        return False
    return True


def another(name: str, value: Any) -> Any:
    """Return another value that a field may have; nothing for lists and free texts."""
    if name in CHOSEN:
        return CHOSEN[name]
    if isinstance(value, bool | int):
        return other(value, value)
    if isinstance(value, Decimal):
        return str(value / 2 if value else value + 1)
    return None


def changes() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the full policy with one field of one section changed, for every field there is."""
    full = read(FULL)
    for section in SECTIONS:
        rules = getattr(full, section)
        for name in rules.__slots__:
            given = copy.deepcopy(dict(FULL))
            given[section] = {**given.get(section, {}), name: another(name, getattr(rules, name))}
            if given[section][name] is not None and stands(given):
                yield f"{section}.{name}", given
    yield from of_rows()


def of_rows() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the full policy with one field of a row of terms or of the ladder changed."""
    for name, value in {"cut_off_day": 20, "months_later": 2, "day_of_month": 16, "net_days": 31,
                        "roll": "preceding", "discount_tax": "adjust_at_payment",
                        "discount_base": "without_tax", "discount_on_freight": False,
                        "discount_after_part_payment": True, "discount_roll": "following",
                        "from_month_end": True, "to_month_end": True,
                        "discounts": [{"percent": "2", "day_of_month": 5, "months_later": 1}]
                        }.items():  # fmt: skip
        given = copy.deepcopy(dict(FULL))
        given["terms"][0][name] = value
        yield f"terms.{name}", given
    for name, value in {"minor": 2_400_000, "equity_percent": "6", "revenue_percent": "3",
                        "without_figures_minor": 100, "automatic_minor": 100, "terms": "net7",
                        "security": "deposit"}.items():  # fmt: skip
        given = copy.deepcopy(dict(FULL))
        given["limits"]["by_class"][3][name] = value
        yield f"limits.{name}", given
    for name, value in {"level": 4, "days_late": 41, "channel": "letter", "tone": "firm",
                        "purpose": "statutory", "pay_within_days": 11}.items():  # fmt: skip
        given = copy.deepcopy(dict(FULL))
        given["ladder"][3][name] = value
        yield f"ladder.{name}", given


@pytest.mark.parametrize(("name", "given"), [pytest.param(*one, id=one[0]) for one in changes()])
@pytest.mark.parametrize("language", ["en", "de"])
def test_no_rule_changes_without_a_word(name: str, given: dict[str, Any], language: str) -> None:
    with translation.override(language):
        found = compare(read(FULL), read(given), "EUR")
    # An authority's amounts beside the matrix are said where no row of the matrix takes over.
    assert [one.section for one in found] == [name.partition(".")[0]]
    assert found[0].before != found[0].after


def test_no_field_of_today_is_left_out_of_that() -> None:
    assert len(list(changes())) >= 124


def test_a_row_added_and_one_removed_are_named() -> None:
    given = copy.deepcopy(dict(DEFAULT))
    given["terms"] = [*given["terms"][1:], {"code": "net90", "net_days": 90}]
    given["limits"]["by_class"][4]["terms"] = "net7"
    found = compare(read(DEFAULT), read(given), "EUR")
    assert [(one.kind, one.before, one.after) for one in found] == [
        ("removed", "prepaid: 0 days net.", ""),
        ("added", "", "net90: 90 days net."),
        ("changed", "Class E: no credit; terms prepaid.", "Class E: no credit; terms net7."),
    ]

"""Reminders that cost something: named by the letter, charged once sent; interest told as memo."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.collections import services as collections
from creditdesk.collections.models import NamedFee
from creditdesk.collections.services import fees
from creditdesk.controls import services as controls
from creditdesk.insight import queries as insight
from creditdesk.invoices import charge_queries, queries
from creditdesk.invoices import services as invoices
from creditdesk.invoices.models import Charge
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid
from creditdesk.ledger import queries as ledger
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policy_queries
from creditdesk.policy import services as policies
from creditdesk.policy.rules import DEFAULT, DunningFee, DunningFeeRules, fee_law, parse
from tests.collections.stage import a_debtor, an_item, bank_closed
from tests.contact.stage import a_customer
from tests.support.fixtures import founded

FEES = [
    {"step": "second", "currency": "EUR", "minor": 500, "invoice_max_minor": 1_200},
    {"step": "final", "currency": "EUR", "minor": 1_000, "invoice_max_minor": 1_200},
    {"step": "final", "currency": "EUR", "minor": 0, "country": "FR"},
]


def ruled(actor: Actor, **sections: Any) -> None:
    policies.publish(actor, given={**DEFAULT, **sections}, valid_from=date(2026, 3, 1))


@pytest.fixture
def fresh(actor: Actor) -> Actor:
    a_customer(actor, "BANK")
    bank_closed(actor)
    ruled(actor, dunning_fees={"fees": FEES, "within_days": 10})
    return actor


def dunned(actor: Actor) -> collections.RunResult:
    result = collections.run(actor, run_on=actor.today)
    collections.send_queued(actor)
    return result


def letters(actor: Actor) -> list[str]:
    return [
        text.replace("\u00a0", " ")
        for text in sql.scalars("SELECT body_text FROM contact_message ORDER BY id")
    ]


def charged(actor: Actor) -> list[tuple[str, str, int]]:
    rows = Charge.objects.filter(company_id=actor.company_id).order_by("id")
    return [(row.act, row.step, row.minor) for row in rows]


def books(actor: Actor) -> dict[str, int]:
    return {row.account: row.minor for row in ledger.balances(actor.company_id) if row.minor}


def test_a_fee_is_named_and_charged_once_it_is_sent(fresh: Actor) -> None:
    customer, item = a_debtor(fresh, late=25)
    collections.run(fresh, run_on=fresh.today)
    [letter] = letters(fresh)
    assert "To pay: 100.00\u00a0EUR".replace("\u00a0", " ") in letter
    assert "For this reminder we charge a fee of 5.00 EUR, beside the amount above." in letter
    assert charged(fresh) == []  # not before it leaves
    collections.send_queued(fresh)
    assert charged(fresh) == [("charge", "second", 500)]
    document = queries.invoice(fresh.company_id, "DF-2026-000001")
    assert (document.kind, document.total_minor, document.customer_id) == ("charge", 500, customer)
    [owed] = queries.items_of(fresh.company_id, document.id)
    assert owed.due_on == fresh.today + timedelta(days=10)
    assert (books(fresh)["dunning_fees"], books(fresh)["receivable"]) == (-500, 10_500)
    [row] = charge_queries.charge_listing(fresh.company_id).rows
    assert (row.kind, row.invoice_number) == ("dunning_fee", f"INV-{customer}-EUR-25")
    assert Charge.objects.get().item_id == item
    assert insight.prove(fresh.company_id) == []


def test_never_again_on_a_rerun(fresh: Actor) -> None:
    a_debtor(fresh, late=25)
    dunned(fresh)
    for _ in range(3):
        assert collections.run(fresh, run_on=fresh.today).is_repeat
        collections.send_queued(fresh)
        assert fees.charge_reminders(fresh) == 0
    assert charged(fresh) == [("charge", "second", 500)]


def test_the_next_step_has_its_own_fee_up_to_what_an_invoice_bears(
    fresh: Actor, actor_of: Callable[..., Actor]
) -> None:
    a_debtor(fresh, late=25)
    dunned(fresh)
    later = actor_of(fresh.company_id, today=fresh.today + timedelta(days=22))
    bank_closed(later, date(2026, 4, 2))  # before Easter
    dunned(later)
    # 12.00 in all: the last reminder costs 7.00 instead of 10.00; no fee on the fee itself.
    assert charged(fresh) == [("charge", "second", 500), ("charge", "final", 700)]
    assert "a fee of 7.00 EUR" in letters(fresh)[-1]
    assert insight.prove(fresh.company_id) == []


def test_one_document_per_reminder_and_a_charge_per_invoice(fresh: Actor) -> None:
    customer, _ = a_debtor(fresh, late=45)
    an_item(fresh, customer, late=25)
    an_item(fresh, customer, late=8)
    dunned(fresh)
    assert sorted(charged(fresh)) == [("charge", "final", 1_000), ("charge", "second", 500)]
    assert queries.invoice(fresh.company_id, "DF-2026-000001").total_minor == 1_500
    assert "a fee of 15.00 EUR" in letters(fresh)[0]


def test_who_is_charged_nothing(fresh: Actor) -> None:
    a_debtor(fresh, "FR1", late=50, country="FR")
    a_debtor(fresh, "NEW", late=8)
    customer, _ = a_debtor(fresh, "USD", late=2)
    an_item(fresh, customer, late=50, currency="USD")
    dunned(fresh)
    assert charged(fresh) == []
    assert NamedFee.objects.count() == 0
    assert not any("fee" in letter for letter in letters(fresh))


def test_a_reminder_that_never_left_costs_nothing(fresh: Actor) -> None:
    customer, item = a_debtor(fresh, late=25)
    collections.run(fresh, run_on=fresh.today)
    collections.promise(
        fresh, customer, currency="EUR", minor=10_000, due_on=date(2026, 3, 20), item_ids=[item]
    )
    collections.send_queued(fresh)
    assert (charged(fresh), NamedFee.objects.count()) == ([], 1)


def test_where_the_erp_is_the_book_it_charges(fresh: Actor) -> None:
    a_debtor(fresh, late=25)
    controls.set_book(fresh, book="erp")
    dunned(fresh)
    assert (charged(fresh), NamedFee.objects.count()) == ([], 0)
    assert "fee" not in letters(fresh)[0]


def test_a_fee_is_waived_with_a_reason_and_credited(fresh: Actor) -> None:
    a_debtor(fresh, late=25)
    dunned(fresh)
    fee = Charge.objects.get()
    with pytest.raises(Invalid):
        invoices.waive(fresh, [fee.id], reason=" ")
    assert charged(fresh) == [("charge", "second", 500)]
    invoices.waive(fresh, [fee.id], reason="goodwill")
    assert charged(fresh)[-1] == ("waiver", "", 500)
    assert "dunning_fees" not in books(fresh)
    assert queries.invoice(fresh.company_id, "DF-2026-000001").open_minor == 0
    with pytest.raises(Conflict):
        invoices.waive(fresh, [fee.id], reason="again")
    collections.send_queued(fresh)
    assert len(charged(fresh)) == 2  # waived is not charged anew
    assert insight.prove(fresh.company_id) == []


def test_without_fees_nothing_is_asked_of_the_database(actor: Actor) -> None:
    a_customer(actor, "BANK")
    bank_closed(actor)
    a_debtor(actor, late=25)
    with CaptureQueriesContext(connection) as asked:
        dunned(actor)
    about = [one["sql"] for one in asked if "fee" in one["sql"] and "namedfee" in one["sql"]]
    assert len(about) <= 1  # whether anything is to be charged
    assert not any("invoices_charge" in one["sql"] for one in asked)
    assert charged(actor) == []


def test_ten_times_the_reminders_ask_as_often(fresh: Actor) -> None:
    def asked_for(count: int, prefix: str) -> int:
        for n in range(count):
            a_debtor(fresh, f"{prefix}{n}", late=25)
        plan = collections.preview_run(fresh)
        with CaptureQueriesContext(connection) as asked:
            collections.preview_run(fresh)
        assert sum("a fee of" in one.text for one in plan.messages) >= count
        return len(asked)

    assert asked_for(2, "A") == asked_for(18, "B")


# --- accrued interest as memo


def with_memo(actor: Actor, **given: Any) -> None:
    interest = {"mode": "memo", "since": "2025-01-01", **given}
    policies.publish(actor, given={**DEFAULT, "interest": interest}, valid_from=date(2026, 3, 2))


def test_a_reminder_tells_what_has_accrued_where_policy_has_it_shown(fresh: Actor) -> None:
    with_memo(fresh)
    customer, _ = a_debtor(fresh, late=25, minor=1_000_000, country="NL")
    an_item(fresh, customer, late=10, minor=500_000)
    before = books(fresh)
    dunned(fresh)
    [letter] = letters(fresh)
    # 10,000.00 × 10.15 % × 25 / 365 + 5,000.00 × 10.15 % × 10 / 365, and EUR 40 each
    assert "late interest of 83.42 EUR and a fixed compensation of 80.00 EUR have" in letter
    assert "To pay: 15,000.00 EUR" in letter
    assert (books(fresh), charged(fresh)) == (before, [])
    invoices.charge(fresh, through=fresh.today)
    told = sum(row.minor for row in charge_queries.memos(fresh.company_id))
    assert told == 8_342 + 8_000  # what the run finds is what the letter told


@pytest.mark.parametrize(
    "interest",
    [
        {"on_letters": False},
        {"mode": "post"},
        {"mode": "off"},
        {"since": "2026-03-10"},
    ],
)
def test_or_tells_nothing(fresh: Actor, interest: dict[str, Any]) -> None:
    with_memo(fresh, **interest)
    a_debtor(fresh, late=25, minor=1_000_000, country="NL")
    dunned(fresh)
    [letter] = letters(fresh)
    assert "interest" not in letter


def test_what_was_waived_is_not_told(fresh: Actor) -> None:
    with_memo(fresh)
    a_debtor(fresh, late=25, minor=1_000_000, country="NL")
    invoices.charge(fresh, through=fresh.today)
    ids = list(Charge.objects.filter(kind="compensation").values_list("id", flat=True))
    invoices.waive(fresh, ids, reason="goodwill")
    dunned(fresh)
    [letter] = letters(fresh)
    assert "late interest of 69.52 EUR has accrued" in letter
    assert "compensation" not in letter


def test_a_friendly_note_before_the_due_date_tells_none(fresh: Actor) -> None:
    with_memo(fresh)
    a_debtor(fresh, late=-4, minor=1_000_000, country="NL")
    dunned(fresh)
    assert "interest" not in letters(fresh)[0]


# --- by rule


@given(
    st.lists(
        st.builds(
            DunningFee,
            step=st.sampled_from(["a", "b"]),
            currency=st.sampled_from(["EUR", "USD"]),
            minor=st.integers(0, 10_000),
            country=st.sampled_from(["", "DE", "FR"]),
        ),
        max_size=8,
        unique_by=lambda one: (one.step, one.currency, one.country),
    ),
    st.sampled_from(["DE", "FR", "NL"]),
)
def test_the_own_country_comes_first_and_nought_is_nothing(
    given_fees: list[DunningFee], country: str
) -> None:
    found = DunningFeeRules(fees=tuple(given_fees)).fee("a", "EUR", country)
    own = [
        one for one in given_fees if (one.step, one.currency, one.country) == ("a", "EUR", country)
    ]
    general = [
        one for one in given_fees if (one.step, one.currency, one.country) == ("a", "EUR", "")
    ]
    expected = (own or general or [None])[0]
    assert found == (expected if expected is not None and expected.minor else None)


@pytest.mark.parametrize(
    ("section", "field"),
    [
        ({"dunning_fees": {"fees": [{"step": "no", "currency": "EUR", "minor": 1}]}},
         "dunning_fees.fees[0].step"),
        ({"dunning_fees": {"fees": [{"step": "before_due", "currency": "EUR", "minor": 1}]}},
         "dunning_fees.fees[0].step"),
        ({"dunning_fees": {"fees": [FEES[0], FEES[0]]}}, "dunning_fees.fees"),
        ({"dunning_fees": {"fees": [{"step": "final", "currency": "EUR", "minor": -1}]}},
         "dunning_fees.fees[0].minor"),
        ({"write_offs": {"tax_relief": [{"reason": "boredom"}]}},
         "write_offs.tax_relief[0].reason"),
        ({"write_offs": {"tax_relief": [{"reason": "bad_debt"}, {"reason": "bad_debt"}]}},
         "write_offs.tax_relief"),
    ],
)  # fmt: skip
def test_a_policy_that_cannot_be_names_the_field(section: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as invalid:
        parse({**DEFAULT, **section}, version=1, valid_from=date(2026, 1, 1))
    assert invalid.value.place.field == field


def test_a_fee_that_the_law_forbids_is_refused_by_its_source(actor: Actor) -> None:
    first = {"step": first_late(), "currency": "EUR", "minor": 500}
    for fee in (
        {"step": "final", "currency": "EUR", "minor": 1_000, "country": "FR"},
        {**first, "country": "DE"},
    ):
        with pytest.raises(Invalid) as refused:
            ruled(actor, dunning_fees={"fees": [FEES[0], fee]})
        assert (refused.value.code, refused.value.place.field) == (
            "policy_fee_unlawful", "dunning_fees.fees[1].minor",
        )  # fmt: skip
        assert refused.value.context["country"] == fee["country"]
    assert policy_versions(actor) == 0
    ruled(actor, dunning_fees={"fees": [{**first, "country": "NL"},
                                        {**FEES[0], "country": "DE"}]})  # fmt: skip


def test_a_norwegian_reminder_costs_nothing_before_fourteen_days(actor: Actor) -> None:
    """Inkassoforskriften: a fee only for what is sent fourteen days after the due date or later."""
    steps = {"first": 7, "second": 13, "final": 14}
    ladder = [
        {"code": code, "level": n, "days_late": late}
        for n, (code, late) in enumerate(steps.items(), start=1)
    ]
    fees_ = [{"step": code, "currency": "NOK", "minor": 3_500} for code in steps]
    ruled(actor, ladder=ladder, dunning_fees={"fees": fees_})
    policy = policy_queries.in_force(actor.company_id, date(2026, 3, 16))
    assert [fee_law.lawful_fee(policy, code, "NOK", "NO") is not None for code in steps] == [
        False, False, True,
    ]  # fmt: skip
    with pytest.raises(Invalid) as refused:
        ruled(actor, ladder=ladder, dunning_fees={"fees": [{**fees_[1], "country": "NO"}]})
    assert refused.value.code == "policy_fee_unlawful"


def test_a_fee_for_all_is_not_asked_where_the_law_forbids_it(actor: Actor) -> None:
    named = [(first_late(), 500), ("final", 700)]
    given_fees = [{"step": step, "currency": "EUR", "minor": minor} for step, minor in named]
    ruled(actor, dunning_fees={"fees": given_fees})
    policy = policy_queries.in_force(actor.company_id, date(2026, 3, 16))
    asked = {
        (step, country): fee.minor if fee else 0
        for step in (first_late(), "final")
        for country in ("FR", "DE", "NL", "")
        for fee in [fee_law.lawful_fee(policy, step, "EUR", country)]
    }
    assert asked == {
        (first_late(), "FR"): 0, (first_late(), "DE"): 0, (first_late(), "NL"): 500,
        (first_late(), ""): 500, ("final", "FR"): 0, ("final", "DE"): 700, ("final", "NL"): 700,
        ("final", ""): 700,
    }  # fmt: skip


def first_late() -> str:
    late = [step for step in DEFAULT["ladder"] if step["days_late"] > 0]
    return str(min(late, key=lambda step: step["days_late"])["code"])


def policy_versions(actor: Actor) -> int:
    return int(sql.scalar("SELECT count(*) FROM policy_policy WHERE company_id = %s",
                          [actor.company_id]))  # fmt: skip


# --- at once


@contextmanager
def closing() -> Iterator[None]:
    try:
        yield
    finally:
        connection.close()


def test_four_senders_at_once_charge_it_once(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    actor = actor_of(founded().id)
    a_customer(actor, "BANK")
    bank_closed(actor)
    ruled(actor, dunning_fees={"fees": FEES})
    for n in range(3):
        a_debtor(actor, f"C{n}", late=25)
    collections.run(actor, run_on=actor.today)
    sql.execute("UPDATE contact_message SET status = 'sent'")
    ready = Barrier(4)

    def charge(_: int) -> int:
        with closing():
            ready.wait(timeout=30)
            return fees.charge_reminders(actor)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(charge, range(4))) == [0, 0, 0, 3]
    assert len(charged(actor)) == 3
    assert insight.prove(actor.company_id) == []

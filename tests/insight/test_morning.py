"""The morning: kept once per date, what moved and why, said in a sentence, and what waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from creditdesk.cash import services as cash
from creditdesk.contact.models import Message, Reply
from creditdesk.credit import services as credit
from creditdesk.insight import queries, services, wording
from creditdesk.insight.models import Morning
from creditdesk.insight.queries import Need
from creditdesk.insight.rules import Cause, CustomerCause, Figure, Movement
from creditdesk.invoices import services as invoices
from creditdesk.invoices.write_off_rules import NewWriteOff
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Refused
from creditdesk.orders.models import Order
from creditdesk.policy import services as policy
from creditdesk.policy.rules import DEFAULT
from tests.insight.books import START, Books, opened

MONDAY = date(2026, 3, 16)
TUESDAY = date(2026, 3, 17)


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def two_mornings(actor: Actor) -> tuple[Books, queries.Morning]:
    """Write Monday's morning, let things happen, and return Tuesday's."""
    books = opened(actor, "Calder Valley", "Birch")
    calder, birch = books.customers
    late = books.invoice(birch, 50_000, issued=START, due=START + timedelta(days=30))
    for number in range(3):
        minor = 10_000 * (number + 1)
        books.invoice(calder, minor, issued=START, due=MONDAY)
    books.invoice(birch, 500_000, issued=START, due=date(2026, 4, 30))
    books.on(MONDAY)
    services.write_morning(books.actor, as_of=MONDAY)
    books.on(MONDAY, time(15))
    books.pay(late, 20_000, on=MONDAY)
    books.invoice(birch, 8_000, issued=START, due=START)
    books.credit("INV-1", 1_000, issued=MONDAY)
    books.on(TUESDAY)
    services.write_morning(books.actor, as_of=TUESDAY)
    return books, queries.morning(actor.company_id, TUESDAY)


def causes(movement: Movement) -> list[tuple[str, int, int]]:
    return [(cause.code, cause.minor, cause.items) for cause in movement.causes]


def test_what_moved_and_why(actor: Actor) -> None:
    _, morning = two_mornings(actor)
    overdue, receivable = morning.movements
    assert (overdue.before_minor, overdue.after_minor) == (50_000, 97_000)
    assert causes(overdue) == [
        ("fell_due", 60_000, 3),
        ("paid", -20_000, 1),
        ("arrived_late", 8_000, 1),
        ("credited", -1_000, 1),
    ]
    assert overdue.causes[0].top == (
        CustomerCause(
            overdue.causes[0].top[0].customer_id,
            "Calder Valley",
            60_000,
            3,
            ("INV-4", "INV-3", "INV-2"),
        ),
    )
    assert (receivable.before_minor, receivable.after_minor) == (610_000, 597_000)
    assert causes(receivable) == [
        ("paid", -20_000, 1),
        ("invoiced", 8_000, 1),
        ("credited", -1_000, 1),
    ]
    assert morning.previous_on == MONDAY
    assert morning.figure("overdue").since_previous == Decimal(47_000)
    assert morning.figure("overdue").since_week is None
    assert wording.headline(morning) == (
        "Overdue rose by 470 EUR to 16.2 %: 3 invoices fell due unpaid (+600),"
        " all of Calder Valley."
    )


def test_what_is_written_off_is_not_called_credited(actor: Actor) -> None:
    books, _ = two_mornings(actor)
    given = {**DEFAULT, "authority": {"write_off_minor": 10_000_000}}
    policy.publish(books.actor, given=given, valid_from=START)
    books.on(TUESDAY, time(15))
    lost = NewWriteOff(invoice="INV-1")
    invoices.write_off(books.actor, [lost], because="bad_debt", reason="gone")
    wednesday = date(2026, 3, 18)
    books.on(wednesday)
    services.write_morning(books.actor, as_of=wednesday)
    for movement in queries.morning(actor.company_id, wednesday).movements:
        [cause] = [one for one in movement.causes if one.code != "fell_due"]
        assert (cause.code, cause.minor, cause.items) == ("written_off", -29_000, 1)
        assert wording.cause(cause, "EUR").startswith("1 invoice was written off (−290)")
        assert movement.after_minor - movement.before_minor == sum(
            one.minor for one in movement.causes
        )
    books.on(wednesday, time(15))
    invoices.recover_write_off(books.actor, "INV-1", minor=10_000, act="recovery", reason="quota")
    books.on(date(2026, 3, 19))
    services.write_morning(books.actor, as_of=date(2026, 3, 19))
    overdue, _ = queries.morning(actor.company_id, date(2026, 3, 19)).movements
    assert ("owed_again", 10_000, 1) in causes(overdue)


def test_an_undone_payment_is_a_cause(actor: Actor) -> None:
    books, _ = two_mornings(actor)
    applied = queries.aged_items(actor.company_id, books.customers[1], as_of=TUESDAY)
    item = next(one for one in applied if one.number == "INV-1")
    books.on(TUESDAY, time(15))
    paid = books.pay(item.item_id, item.open_minor, on=TUESDAY)
    books.on(date(2026, 3, 18))
    services.write_morning(books.actor, as_of=date(2026, 3, 18))
    books.on(date(2026, 3, 18), time(16))
    cash.undo(books.actor, paid)
    books.on(date(2026, 3, 19))
    morning = queries.morning(actor.company_id, date(2026, 3, 19))
    assert not morning.is_written
    assert causes(morning.movements[0]) == [("payment_undone", item.open_minor, 1)]


def test_exchange_rates_are_told_apart(actor: Actor) -> None:
    books = opened(actor, "Birch")
    books.invoice(books.customers[0], 10_000, issued=START, due=START, currency="USD")
    books.on(MONDAY)
    services.write_morning(books.actor, as_of=MONDAY)
    books.on(TUESDAY)
    policy.load_rates([("USD", "EUR", TUESDAY, Decimal("0.8"))], source="test")
    (overdue, _) = queries.morning(actor.company_id, TUESDAY).movements
    assert causes(overdue) == [("exchange_rates", -1_000, 0)]


def test_writing_again_brings_up_to_date_and_adds_nothing(actor: Actor) -> None:
    books, before = two_mornings(actor)
    books.invoice(books.customers[0], 1_200, issued=TUESDAY, due=TUESDAY)
    again = services.write_morning(books.actor, as_of=TUESDAY)
    assert (again.as_of, again.is_new) == (TUESDAY, False)
    after = queries.morning(actor.company_id, TUESDAY)
    assert Morning.objects.filter(company_id=actor.company_id).count() == 2
    assert after.figure("receivable").figure.value == Decimal(597_000 + 1_200)
    assert before.previous_on == after.previous_on == MONDAY


def test_a_week_ago_is_the_latest_morning_of_then(actor: Actor) -> None:
    books, _ = two_mornings(actor)
    later = date(2026, 3, 24)
    books.on(later)
    services.write_morning(books.actor, as_of=later)
    morning = queries.morning(actor.company_id, later)
    assert (morning.previous_on, morning.week_on) == (TUESDAY, TUESDAY)
    kept = queries.stored_figures(actor.company_id, since=MONDAY, until=TUESDAY)
    assert list(kept) == [MONDAY, TUESDAY]


def test_the_first_morning_says_where_things_stand(actor: Actor) -> None:
    books = opened(actor, "Acorn")
    assert wording.headline(queries.morning(actor.company_id, START)) == "Nothing is owed."
    yesterday = START - timedelta(days=1)
    books.invoice(books.customers[0], 123_456, issued=yesterday, due=yesterday)
    assert wording.headline(queries.morning(actor.company_id, START)) == (
        "Receivables are 1\u202f235 EUR, of which 100.0 % overdue."
    )


def test_who_may_not_write_writes_nothing(actor: Actor, actor_of: Callable[..., Actor]) -> None:
    with pytest.raises(Refused) as refused:
        services.write_morning(actor_of(actor.company_id, role="auditor"), as_of=MONDAY)
    assert refused.value.code == "not_permitted"
    assert not Morning.objects.exists()


def test_what_waits_for_a_person_is_counted(actor: Actor) -> None:
    books = opened(actor, "Acorn", "Birch")
    acorn, birch = books.customers
    books.receive(100, on=START)
    on_account = books.receive(100, on=START)
    cash.put_on_account(books.actor, on_account, customer_id=birch)
    books.invoice(acorn, 10_001, issued=START, due=START, currency="USD")
    for customer_id, minor in ((acorn, 9_000), (birch, 1)):
        credit.set_limit(
            books.actor, customer_id, minor=minor, currency="EUR", valid_from=START,
            valid_to=START + timedelta(days=30), reason="test",
        )  # fmt: skip
    common = {"company_id": actor.company_id, "recorded_at": actor.at}
    Order.objects.create(
        **common, customer_id=acorn, reference="O-1", currency="EUR", total_minor=1,
        placed_on=START, status="held",
    )  # fmt: skip
    Reply.objects.create(
        company_id=actor.company_id, customer_id=acorn, channel="email", sender="a@example.com",
        body_text="?", received_at=actor.at,
    )  # fmt: skip
    Message.objects.create(
        company_id=actor.company_id, reference="M-1", customer_id=acorn, channel="email",
        purpose="collection", recipient="a@example.com", subject="s", body_text="b",
        message_id="<1@example.com>", status="handed_over", queued_at=actor.at, recorded_by="test",
    )  # fmt: skip
    found = queries.needs(actor.company_id, START)
    assert {need.code: need.count for need in found} == {
        "cash_exceptions": 1,
        "held_orders": 1,
        "replies_open": 1,
        "mails_uncertain": 1,
        "over_limit": 1,  # 10 001 USD are 9 000.90 EUR, over 9 000 by less than a cent's worth
        "limits_expiring": 2,
    }
    assert [wording.need(need) for need in found][:2] == [
        "1 payment waits to be applied",
        "1 order is held",
    ]


@pytest.mark.parametrize("language", ["en", "de"])
def test_everything_there_is_has_words(actor: Actor, language: str) -> None:
    with translation.override(language):
        figures = queries.figures(actor.company_id, as_of=MONDAY)
        assert all(wording.figure_name(one.code) for one in figures)
        notes = {note for one in figures for note in one.notes}
        assert all(wording.figure_note(note) for note in notes)
        for code in (
            "fell_due", "arrived_late", "paid", "payment_undone", "credited", "invoiced",
            "exchange_rates", "written_off", "owed_again",
        ):  # fmt: skip
            assert "%" not in wording.cause(Cause(code, 100, 2, 0, ()), "EUR")
        for code in (
            "cash_exceptions", "held_orders", "replies_open", "promises_broken", "mails_uncertain",
            "over_limit", "limits_expiring",
        ):  # fmt: skip
            assert wording.need(Need(code, 2)).startswith("2 ")


@pytest.mark.parametrize(
    ("figure", "change", "value", "changed"),
    [
        (Figure("dso", "v", "days", Decimal("46.25")), Decimal("0.75"), "46.3 days", "+0.8 days"),
        (
            Figure("cei", "v", "percent", Decimal("78.43")),
            Decimal("-1.44"),
            "78.4 %",
            "\u22121.4 points",
        ),
        (
            Figure("overdue", "v", "minor", Decimal(123_456_789)),
            Decimal(-250_000),
            "1\u202f234\u202f568 EUR",
            "\u22122\u202f500 EUR",
        ),
        (Figure("dso", "v", "days", None), None, "\u2013", ""),
    ],
)
def test_figures_as_people_read_them(
    figure: Figure, change: Decimal | None, value: str, changed: str
) -> None:
    assert wording.figure_value(figure, "EUR") == value
    assert wording.change(change, figure, "EUR") == changed


def test_a_cause_names_the_two_that_moved_most() -> None:
    top = tuple(CustomerCause(n, f"C{n}", 1_000 * (9 - n), 1, ()) for n in range(3))
    assert wording.cause(Cause("paid", -240_000, 18, 18, top), "EUR") == (
        "18 invoices were paid (\u22122\u202f400), above all C0 (90), C1 (80)."
    )

"""From the order to the money, as a credit manager would tell it; the books are read at the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from creditdesk.cash import queries as cash_read
from creditdesk.cash import services as cash
from creditdesk.collections import queries as collections_read
from creditdesk.collections import services as collections
from creditdesk.contact import queries as contact_read
from creditdesk.contact import services as contact
from creditdesk.disputes import queries as disputes_read
from creditdesk.disputes import services as disputes
from creditdesk.insight.queries import ageing
from creditdesk.invoices import queries as invoices_read
from creditdesk.invoices import services as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import DomainError, NotFound
from tests.scenarios.story import Company, cents
from tests.support.fixtures import founded

BIRCH = "Birch Ltd"


def day(month: int, number: int) -> date:
    return date(2026, month, number)


def test_ordered_invoiced_reminded_promised_paid_short_disputed_credited_closed(
    we: Company,
) -> None:
    # Monday 2 March: Birch orders, and may. We deliver and send the invoice.
    we.knows(BIRCH, limit="5,000.00")
    answer = we.is_asked_for("SO-1", by=BIRCH, total="1,190.00")
    assert (answer.outcome, answer.reserved_minor) == ("accepted", cents("1,190.00"))
    assert we.available_to(BIRCH) == cents("3,810.00")
    item = we.invoices(
        "INV-1", to=BIRCH, net="1,000.00", tax="190.00", due_on=day(4, 1), order="SO-1"
    )
    assert we.available_to(BIRCH) == cents("3,810.00")  # owed now, no longer reserved as well

    # Tuesday 7 April, after Easter: six days late, one friendly reminder.
    we.it_is(day(4, 7))
    done = we.works_its_day(we.statement(day(4, 2)))
    assert done["contact"]["by_step"] == {"reminder": 1}
    [mail] = we.mails_to(BIRCH)
    assert (mail.status, mail.recipient) == ("sent", "accounts@birch.example")
    written = contact_read.message(we.id, mail.reference)
    assert "INV-1" in written.body_text
    assert "1,190.00" in written.body_text

    # Wednesday: they say on the phone that it comes on the 15th. We leave them in peace.
    we.it_is(day(4, 8))
    collections.log_activity(
        we.actor,
        we.ids[BIRCH],
        kind="call",
        outcome="promise",
        promise=collections.NewPromise(
            currency="EUR", minor=cents("1,190.00"), due_on=day(4, 15), item_ids=(item,)
        ),
    )
    for on in (14, 15):
        we.it_is(day(4, on))
        we.works_its_day(we.statement(day(4, on - 1)))
    assert we.steps_sent_to(BIRCH) == ["reminder"]

    # On the 15th 1,000.00 come in, naming the invoice: applied, and the missing part is a dispute.
    we.it_is(day(4, 16))
    done = we.works_its_day(we.statement(day(4, 15), ("1,000.00", BIRCH, "INV-1 less damaged")))
    assert done["match"]["applied"] == 1
    assert we.open_of("INV-1") == cents("190.00")
    [dispute] = disputes_read.open_disputes(we.id)
    assert (dispute.reason, dispute.disputed_minor) == ("short_payment", cents("190.00"))

    # Monday 20 April: the promise is judged by the cash, in part kept; the dispute holds reminders.
    we.it_is(day(4, 20))
    we.works_its_day(we.statement(day(4, 17)))
    [promise] = collections_read.promises(we.id)
    assert (promise.status, promise.received_minor) == ("part_kept", cents("1,000.00"))
    assert we.steps_sent_to(BIRCH) == ["reminder"]

    # They are right: goods were damaged. A credit note settles the rest and ends the dispute.
    invoices.credit(
        we.actor,
        "INV-1",
        number="CN-1",
        issued_on=we.actor.today,
        net_minor=cents("159.66"),
        tax_minor=cents("30.34"),
        reason="damaged in transit",
    )
    disputes.resolve(we.actor, dispute.reference, resolution="credited")
    assert we.open_of("INV-1") == 0

    # In June nothing is left to say to them, and all their credit is free again.
    we.it_is(day(6, 2))
    we.works_its_day(we.statement(day(6, 1)))
    assert we.steps_sent_to(BIRCH) == ["reminder"]
    assert we.available_to(BIRCH) == cents("5,000.00")
    assert disputes_read.open_disputes(we.id) == []
    assert we.postings() == [
        ("receivable", "revenue", cents("1,000.00"), "item"),
        ("receivable", "vat_output", cents("190.00"), "item"),
        ("bank", "unidentified", cents("1,000.00"), "payment"),
        ("unidentified", "unapplied", cents("1,000.00"), "payer"),
        ("unapplied", "receivable", cents("1,000.00"), "allocation"),
        ("revenue", "unapplied", cents("159.66"), "credit_note"),
        ("vat_output", "unapplied", cents("30.34"), "credit_note"),
        ("unapplied", "receivable", cents("190.00"), "credit_application"),
    ]
    assert we.books() == {
        "bank": cents("1,000.00"),
        "revenue": -cents("840.34"),
        "vat_output": -cents("159.66"),
    }
    assert we.is_proved()


@pytest.mark.parametrize(
    ("late_days", "step"),
    [(-5, "before_due"), (5, "reminder"), (19, "second"), (40, "final"), (170, "final")],
)
def test_a_customer_joins_the_ladder_where_its_lateness_stands(
    we: Company, late_days: int, step: str
) -> None:
    we.it_is(day(3, 17))
    we.knows(BIRCH)
    we.invoices("INV-1", to=BIRCH, net="500.00", due_on=day(3, 17) - timedelta(days=late_days))
    we.works_its_day(we.statement(day(3, 16)))
    assert we.steps_sent_to(BIRCH) == [step]


def test_a_customer_170_days_late_and_one_10_days_late_get_one_letter_each_of_their_own(
    we: Company,
) -> None:
    we.it_is(day(3, 17))
    we.knows("Alder Ltd")
    we.knows(BIRCH)
    we.invoices("OLD-1", to="Alder Ltd", net="500.00", due_on=day(3, 17) - timedelta(days=170))
    we.invoices("OLD-2", to="Alder Ltd", net="70.00", due_on=day(3, 17) - timedelta(days=10))
    we.invoices("NEW-1", to=BIRCH, net="500.00", due_on=day(3, 17) - timedelta(days=10))
    we.works_its_day(we.statement(day(3, 16)))
    assert we.steps_sent_to("Alder Ltd") == ["final"]
    assert we.steps_sent_to(BIRCH) == ["reminder"]
    [mail] = we.mails_to("Alder Ltd")
    written = contact_read.message(we.id, mail.reference)
    assert [item.open_minor for item in written.items] == [cents("500.00"), cents("70.00")]


def test_apply_undo_apply_again_are_three_sets_of_postings(we: Company) -> None:
    we.knows(BIRCH)
    item = we.invoices("INV-1", to=BIRCH, net="300.00", due_on=day(3, 20))
    we.it_is(day(3, 17))
    arrival = we.statement(day(3, 16), ("300.00", "somebody", "thank you"))
    cash.take_in(we.actor, filename=arrival.filename, content=arrival.content)
    payment = we.payment("thank you")
    before = we.postings()
    assert before[-1] == ("bank", "unidentified", cents("300.00"), "payment")

    cash.apply(we.actor, payment, allocations={item: cents("300.00")})
    assert we.open_of("INV-1") == 0
    first = we.postings()[len(before) :]
    cash.undo(we.actor, payment)
    assert we.open_of("INV-1") == cents("300.00")
    cash.apply(we.actor, payment, allocations={item: cents("300.00")})

    settle = ("unapplied", "receivable", cents("300.00"), "allocation")
    back = ("receivable", "unapplied", cents("300.00"), "undo_allocation")
    assert first == [("unidentified", "unapplied", cents("300.00"), "payer"), settle]
    assert we.postings()[len(before) :] == [*first, back, settle]
    assert we.open_of("INV-1") == 0
    assert we.books() == {"bank": cents("300.00"), "revenue": -cents("300.00")}
    assert we.is_proved()


def test_the_same_bank_file_twice_and_an_overlapping_one_apply_nothing_twice(we: Company) -> None:
    we.knows(BIRCH)
    we.invoices("INV-1", to=BIRCH, net="300.00", due_on=day(3, 20))
    we.it_is(day(3, 17))
    arrival = we.statement(day(3, 16), ("300.00", BIRCH, "INV-1"))
    for _ in range(3):
        we.works_its_day(arrival)
    settled = we.postings()
    assert [posting[3] for posting in settled] == ["item", "payment", "payer", "allocation"]
    assert we.open_of("INV-1") == 0
    assert we.is_proved()


def test_a_payer_once_shown_is_known_the_next_time(we: Company) -> None:
    """The head office pays, under a name of its own and without a number."""
    we.knows(BIRCH)
    first = we.invoices("INV-1", to=BIRCH, net="300.00", due_on=day(3, 20))
    we.it_is(day(3, 17))
    done = we.works_its_day(we.statement(day(3, 16), ("300.00", "Quercus Holding", "march")))
    assert done["match"]["applied"] == 0
    [waiting] = cash_read.exceptions(we.id)
    assert (waiting.counterparty, waiting.customer_id) == ("Quercus Holding", None)
    cash.apply(we.actor, waiting.id, allocations={first: cents("300.00")})

    we.invoices("INV-2", to=BIRCH, net="410.55", due_on=day(4, 20))
    we.it_is(day(3, 24))
    done = we.works_its_day(we.statement(day(3, 23), ("410.55", "Quercus Holding", "april")))
    assert done["match"]["applied"] == 1
    assert (we.open_of("INV-1"), we.open_of("INV-2")) == (0, 0)
    assert cash_read.exceptions(we.id) == []
    assert we.is_proved()


def test_who_answered_is_not_written_to_until_somebody_has_read_it(we: Company) -> None:
    we.knows(BIRCH)
    we.invoices("INV-1", to=BIRCH, net="300.00", due_on=day(3, 2))
    we.it_is(day(3, 10))
    we.works_its_day(we.statement(day(3, 9)))
    [mail] = we.mails_to(BIRCH)
    reply = contact.record_reply(
        we.actor, we.ids[BIRCH], sender=mail.recipient, body="Which invoice is this?",
        in_reply_to=mail.reference,
    )  # fmt: skip
    we.it_is(day(3, 24))
    we.works_its_day(we.statement(day(3, 23)))
    assert we.steps_sent_to(BIRCH) == ["reminder"]
    contact.handle_reply(we.actor, reply)
    we.it_is(day(3, 25))
    we.works_its_day(we.statement(day(3, 24)))
    assert we.steps_sent_to(BIRCH) == ["reminder", "second"]


def test_an_order_held_for_an_old_debt_ships_when_the_debt_is_paid(we: Company) -> None:
    we.knows(BIRCH, limit="5,000.00")
    we.it_is(day(3, 17))
    we.invoices("INV-1", to=BIRCH, net="300.00", due_on=day(1, 15))
    answer = we.is_asked_for("SO-1", by=BIRCH, total="900.00")
    assert answer.outcome == "held"
    assert [fired.rule for fired in answer.fired if fired.severity == "hold"] == [
        "overdue",
        "overdue_amount",
    ]
    assert we.available_to(BIRCH) == cents("4,700.00")
    we.works_its_day(we.statement(day(3, 16), ("300.00", BIRCH, "INV-1")))
    assert we.is_asked_for("SO-1", by=BIRCH, total="900.00").outcome == "accepted"
    assert we.available_to(BIRCH) == cents("4,100.00")


def test_without_yesterdays_bank_nobody_is_reminded(we: Company) -> None:
    we.knows(BIRCH)
    we.invoices("INV-1", to=BIRCH, net="300.00", due_on=day(3, 2))
    we.it_is(day(3, 12))
    done = we.works_its_day(we.statement(day(3, 9)))
    assert done["contact"]["held_reason"] == "bank_stale"
    assert we.mails_to(BIRCH) == []
    done = we.works_its_day(we.statement(day(3, 11)))
    assert done["contact"]["held_reason"] == ""
    assert we.steps_sent_to(BIRCH) == ["reminder"]


def test_two_companies_never_see_each_other(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    """Both have a customer C-1, an invoice INV-1 and a receipt that names it."""
    companies = [
        Company(actor_of(founded(code).id, today=day(3, 2)), account=account)
        for code, account in (
            ("north", "DE89370400440532013000"),
            ("south", "DE02120300000000202051"),
        )
    ]
    north, south = companies
    for company, amount in zip(companies, ("300.00", "777.00"), strict=True):
        company.knows(BIRCH, limit="1,000.00")
        company.invoices("INV-1", to=BIRCH, net=amount, due_on=day(3, 2))
        company.it_is(day(3, 10))
    south_item = invoices_read.open_items(south.id)[0].item_id

    north.works_its_day(north.statement(day(3, 9), ("300.00", BIRCH, "INV-1")))
    assert (north.open_of("INV-1"), south.open_of("INV-1")) == (0, cents("777.00"))
    assert (north.available_to(BIRCH), south.available_to(BIRCH)) == (
        cents("1,000.00"),
        cents("223.00"),
    )
    assert cash_read.statements(south.id) == []
    assert contact_read.mailbox(south.id).total == 0
    assert south.postings() == [("receivable", "revenue", cents("777.00"), "item")]
    assert [row.number for row in ageing(north.id, as_of=day(3, 10)).rows] == []
    assert [row.number for row in ageing(south.id, as_of=day(3, 10)).rows] == ["C-1"]

    # Whoever gets hold of the other company's ids gets nothing by them, and changes nothing.
    payment = north.payment("INV-1")
    before = north.postings(), south.postings()
    for forbidden in (
        lambda: cash.apply(south.actor, payment, allocations={south_item: 1}),
        lambda: cash.apply(north.actor, payment, allocations={south_item: 1}),
        lambda: cash.undo(south.actor, payment),
        lambda: collections.promise(
            south.actor, north.ids[BIRCH], currency="EUR", minor=100, due_on=day(3, 12)
        ),
        lambda: disputes.open(north.actor, [disputes.NewDispute(south_item, "price")]),
    ):
        with pytest.raises(DomainError):
            forbidden()
    with pytest.raises(NotFound):
        contact_read.message(north.id, "MSG-2026-999999")
    assert (north.postings(), south.postings()) == before
    assert north.is_proved()
    assert south.is_proved()

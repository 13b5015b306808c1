"""What a document issued here offers for paying early is what it gives, to the letter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from creditdesk.cash import queries as cash_queries
from creditdesk.cash import services as cash
from creditdesk.insight import queries as insight
from creditdesk.invoices import issued_queries, queries, services
from creditdesk.invoices.documents.drafts import CreditedLine
from creditdesk.kernel.actor import Actor
from creditdesk.policy import services as policy
from creditdesk.policy.rules import DEFAULT
from tests.cash import stage
from tests.invoices.people import BEARINGS, BOOK, a_buyer, a_draft
from tests.invoices.test_issuing import selling

ISSUED = date(2026, 3, 10)
SKONTO = {"code": "early", "net_days": 30, "discounts": [{"percent": "3", "within_days": 8}]}


def issue(actor: Actor, **more: object) -> int:
    customer_id = a_buyer(actor)
    draft = a_draft(customer_id, **{"terms_code": "early", "issued_on": ISSUED} | more)
    [number] = services.issue(actor, [draft])
    return queries.invoice(actor.company_id, number).id


def published(actor: Actor, terms: dict[str, object], since: date) -> None:
    given = {**DEFAULT, "terms": [*DEFAULT["terms"], terms]}
    policy.publish(actor, given=given, valid_from=since)


def offers(actor: Actor, invoice_id: int) -> list[tuple[Decimal, date, int, int, int]]:
    found = cash_queries.standings(actor.company_id, [invoice_id])[invoice_id].offers
    return [
        (one.percent, one.until, one.pay_minor, one.split.discount_minor, one.split.tax_minor)
        for one in found
    ]


def test_terms_rewritten_for_the_past_change_no_document_that_is_out(actor: Actor) -> None:
    published(selling(actor), SKONTO, date(2026, 2, 1))
    invoice_id = issue(actor)
    [offer] = issued_queries.offers(actor.company_id, [invoice_id])
    said = [(offer.percent, offer.until, offer.pay_minor, offer.discount_minor,
             sum(offer.tax_minors))]  # fmt: skip
    assert offers(actor, invoice_id) == said
    none = {"code": "early", "net_days": 30}
    published(actor, none, ISSUED - timedelta(days=3))
    assert offers(actor, invoice_id) == said
    number = queries.open_items(actor.company_id)[0].number
    payment = stage.paid(actor, offer.pay_minor, number, on=offer.until)
    assert cash.match(actor).applied == 1
    [given] = cash_queries.adjustments_of_payment(actor.company_id, payment)
    assert (given.kind, given.minor, given.tax_minor) == (
        "discount_earned", offer.discount_minor, sum(offer.tax_minors),
    )  # fmt: skip
    assert queries.open_items(actor.company_id) == []
    assert insight.prove(actor.company_id) == []


def test_a_document_with_a_due_date_of_its_own_offers_nothing_whatever_its_customers_terms(
    actor: Actor,
) -> None:
    published(selling(actor), SKONTO, date(2026, 2, 1))
    customer_id = a_buyer(actor, terms_code="early")
    draft = a_draft(customer_id, issued_on=ISSUED, due_on=ISSUED + timedelta(days=30))
    [number] = services.issue(actor, [draft])
    invoice_id = queries.invoice(actor.company_id, number).id
    assert issued_queries.offers(actor.company_id, [invoice_id]) == []
    assert offers(actor, invoice_id) == []


def test_of_a_document_partly_credited_the_percentage_is_of_the_rest(actor: Actor) -> None:
    published(selling(actor), SKONTO, date(2026, 2, 1))
    invoice_id = issue(actor, lines=(BEARINGS, BOOK))
    [offer] = issued_queries.offers(actor.company_id, [invoice_id])
    [item] = queries.open_items(actor.company_id)
    services.credit_issued(
        actor, item.number, issued_on=actor.today, reason="book returned",
        lines=[CreditedLine(2, BOOK.quantity)],
    )  # fmt: skip
    [left] = queries.open_items(actor.company_id)
    [(percent, until, pay, minor, tax)] = offers(actor, invoice_id)
    exact = Decimal(left.open_minor) * 3 / 100
    assert (percent, until) == (Decimal(3), offer.until)
    assert abs(minor - exact) <= Decimal("0.5")
    assert pay + minor == left.open_minor
    assert 0 < tax < minor < offer.discount_minor


def test_goods_taken_back_on_the_same_document_leave_the_offer_payable(actor: Actor) -> None:
    published(selling(actor), SKONTO, date(2026, 2, 1))
    back = replace(BOOK, quantity=Decimal(-1))
    invoice_id = issue(actor, lines=(BEARINGS, back))
    [offer] = issued_queries.offers(actor.company_id, [invoice_id])
    number = queries.open_items(actor.company_id)[0].number
    payment = stage.paid(actor, offer.pay_minor, number, on=offer.until)
    assert cash.match(actor).applied == 1
    [given] = cash_queries.adjustments_of_payment(actor.company_id, payment)
    assert (given.minor, given.tax_minor) == (offer.discount_minor, sum(offer.tax_minors))
    assert insight.prove(actor.company_id) == []

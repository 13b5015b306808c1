"""Discounts: of the whole document at each tax, and offered for paying early, kept and said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from creditdesk.invoices import issued_queries, queries, rendering, services
from creditdesk.invoices.documents.drafts import CreditedLine
from creditdesk.invoices.issued_queries import OfferRow
from creditdesk.invoices.models import IssuedAllowance
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid
from creditdesk.policy import services as policy
from creditdesk.policy.rules import DEFAULT
from tests.invoices.people import BEARINGS, BOOK, HOURS, SELLER, a_buyer, a_draft
from tests.invoices.test_issuing import selling, texts
from tests.invoices.test_services import assert_books_hold


def valid(actor: Actor, number: str) -> bytes:
    """Return the kept UBL, once it and the CII were found valid as they are kept."""
    for form in ("ubl", "cii"):
        content = issued_queries.document_file(actor.company_id, number, form).content
        assert [one for one in rendering.validate(content) if one.is_fatal] == []
    return issued_queries.document_file(actor.company_id, number, "ubl").content


def test_discounts_for_paying_early_are_kept_and_said_to_people_and_machines(actor: Actor) -> None:
    customer_id = a_buyer(selling(actor))
    draft = a_draft(customer_id, terms_code="3/8, 2/14 net 30", issued_on=date(2026, 3, 10))
    [number] = services.issue(actor, [draft])
    invoice = queries.invoice(actor.company_id, number)
    # 1 321.88, of it 1 283.36 at 19 % and 38.52 at 7 %; the tax within each share, rounded half up
    assert issued_queries.offers(actor.company_id, [invoice.id]) == [
        OfferRow(invoice.id, Decimal(3), date(2026, 3, 18), 132_188, 3_966, 128_222,
                 "adjust_at_payment", [615, 8]),
        OfferRow(invoice.id, Decimal(2), date(2026, 3, 24), 132_188, 2_644, 129_544,
                 "adjust_at_payment", [410, 5]),
    ]  # fmt: skip
    [said] = texts(valid(actor, number), "PaymentTerms", "Note")
    assert said.split("\n") == [
        "3 % discount (39.66 EUR) if paid by 18 Mar 2026",
        "2 % discount (26.44 EUR) if paid by 24 Mar 2026",
        "#SKONTO#TAGE=8#PROZENT=3.00#",
        "#SKONTO#TAGE=14#PROZENT=2.00#",
        "",
    ]
    [item] = queries.open_items(actor.company_id)
    assert (item.open_minor, item.due_on) == (132_188, date(2026, 4, 9))


def test_the_customers_own_terms_offer_too_and_a_due_date_of_its_own_does_not(
    actor: Actor,
) -> None:
    early = {"code": "early", "net_days": 30, "discounts": [{"percent": "2", "within_days": 10}],
             "discount_base": "without_tax"}  # fmt: skip
    given = {**DEFAULT, "terms": [*DEFAULT["terms"], early]}
    policy.publish(selling(actor), given=given, valid_from=date(2026, 2, 1))
    customer_id = a_buyer(actor, terms_code="early")
    drafts = [a_draft(customer_id), a_draft(customer_id, due_on=date(2026, 4, 30))]
    ids = [queries.invoice(actor.company_id, one).id for one in services.issue(actor, drafts)]
    [offer] = issued_queries.offers(actor.company_id, ids)
    # 2 % of the net 1 114.45, and its tax in proportion
    assert (offer.invoice_id, offer.base_minor, offer.discount_minor) == (ids[0], 111_445, 2_229)
    number = queries.invoices_of(actor.company_id, customer_id)[-1].number
    assert (
        "#SKONTO#TAGE=10#PROZENT=2.00#BASISBETRAG=1114.45#\n"
        in (texts(valid(actor, number), "PaymentTerms", "Note")[0])
    )


def test_instalments_are_said_and_the_first_is_the_due_date(actor: Actor) -> None:
    [number] = services.issue(
        selling(actor), [a_draft(a_buyer(actor), terms_code="halves", issued_on=date(2026, 3, 2))]
    )
    items = queries.open_items(actor.company_id)
    assert [one.open_minor for one in items] == [66_094, 66_094]
    ubl = valid(actor, number)
    assert texts(ubl, "DueDate") == [items[0].due_on.isoformat()]
    [said] = texts(ubl, "PaymentTerms", "Note")
    assert said.count("Instalment ") == 2


def test_of_a_seller_elsewhere_machines_are_told_as_people_are(actor: Actor) -> None:
    austrian = replace(SELLER, country="AT", city="Wien", vat_number="ATU13585627")
    services.set_seller(selling(actor), replace(austrian, valid_from=date(2026, 2, 1)))
    [number] = services.issue(actor, [a_draft(a_buyer(actor), terms_code="2/10 net 30")])
    assert texts(valid(actor, number), "PaymentTerms", "Note") == [
        "2 % discount (26.44 EUR) if paid by 26 Mar 2026"
    ]


def test_what_is_returned_keeps_the_offer_with_its_tax_at_the_largest(actor: Actor) -> None:
    back = replace(BOOK, quantity=Decimal(-1))
    draft = a_draft(a_buyer(selling(actor)), lines=(BEARINGS, back), terms_code="2/10 net 30")
    [number] = services.issue(actor, [draft])
    invoice = queries.invoice(actor.company_id, number)
    # 498.00 at 19 % less 18.00 at 7 %: 573.36, 2 % of it 11.47 with tax of 1.87
    [offer] = issued_queries.offers(actor.company_id, [invoice.id])
    assert (offer.discount_minor, offer.pay_minor, offer.tax_minors) == (1_147, 56_189, [187, 0])


def test_a_discount_of_the_document_lowers_every_tax(actor: Actor) -> None:
    draft = a_draft(a_buyer(selling(actor)), discount_percent=Decimal("2.5"))
    [number] = services.issue(actor, [draft])
    invoice = queries.invoice(actor.company_id, number)
    # 1 078.45 - 26.96 at 19 %, 36.00 - 0.90 at 7 %
    assert (invoice.net_minor, invoice.tax_minor) == (105_149 + 3_510, 19_978 + 246)
    assert list(
        IssuedAllowance.objects.order_by("position").values_list(
            "category", "rate_percent", "percent", "base_minor", "minor"
        )
    ) == [("S", 19, Decimal("2.5"), 107_845, 2_696), ("S", 7, Decimal("2.5"), 3_600, 90)]
    assert texts(valid(actor, number), "AllowanceTotalAmount") == ["27.86"]
    note = services.void(actor, number, issued_on=actor.today, reason="x")
    assert queries.invoice(actor.company_id, note).total_minor == invoice.total_minor
    assert texts(valid(actor, note), "AllowanceTotalAmount") == ["27.86"]
    assert_books_hold(actor)


def test_a_line_of_a_discounted_document_is_credited_with_its_discount(actor: Actor) -> None:
    draft = a_draft(a_buyer(selling(actor)), lines=(BEARINGS, HOURS), discount_percent=Decimal(10))
    [number] = services.issue(actor, [draft])
    note = services.credit_issued(
        actor, number, issued_on=actor.today, reason="x", lines=[CreditedLine(1, Decimal(10))]
    )
    # ten at 12.45, less a tenth
    assert queries.invoice(actor.company_id, note).net_minor == 11_205
    left = queries.invoice(actor.company_id, number).open_minor
    amount = services.credit_issued(
        actor, number, issued_on=actor.today, reason="x", gross_minor=left
    )
    assert left - queries.invoice(actor.company_id, amount).total_minor in {0, 1}


@pytest.mark.parametrize("percent", ["-1", "100", "100.5"])
def test_a_discount_is_a_part_of_the_document(actor: Actor, percent: str) -> None:
    customer_id = a_buyer(selling(actor))
    with pytest.raises(Invalid) as refused:
        services.issue(actor, [a_draft(customer_id, discount_percent=Decimal(percent))])
    assert refused.value.code in {"amount_not_positive", "adjustment_negative"}
    assert queries.open_items(actor.company_id) == []

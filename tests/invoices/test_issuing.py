"""Invoices issued: valid before numbered, without a gap, never edited, credited by document."""

from __future__ import annotations

import hashlib
import io
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from pypdf import PdfReader

from creditdesk.controls import services as controls
from creditdesk.invoices import issued_queries, queries, rendering, services
from creditdesk.invoices.documents.drafts import (
    CreditedLine,
    Draft,
    DraftLine,
    creditor_reference,
    net_within,
)
from creditdesk.invoices.documents.totals import share
from creditdesk.invoices.documents.values import Kind, Preceding, TaxCategory
from creditdesk.invoices.services import issuing, papers
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Refused
from creditdesk.plumbing import sql
from creditdesk.plumbing.models import Event
from creditdesk.policy import services as policy
from tests.invoices.people import (
    BEARINGS,
    HOURS,
    SELLER,
    a_buyer,
    a_draft,
    an_invoice,
    recorded,
)
from tests.invoices.test_services import assert_books_hold, balances, exposed
from tests.support.at_once import at_once, codes, until_somebody_waits_for_a_lock
from tests.support.fixtures import founded


def selling(actor: Actor) -> Actor:
    """Write down who sells, and the policy whose terms say when to pay."""
    services.set_seller(actor, SELLER)
    policy.ensure_default(actor, valid_from=date(2026, 1, 1))
    return actor


TABLES = (
    "invoices_invoice", "invoices_item", "invoices_issueddocument", "invoices_issuedline",
    "invoices_issuedtax", "ledger_posting", "plumbing_file", "plumbing_sequence",
)  # fmt: skip


def standing() -> dict[str, int]:
    return {table: int(sql.scalar(f"SELECT count(*) FROM {table}")) for table in TABLES}


def texts(content: bytes, *names: str) -> list[str]:
    """Return what stands under elements of these names, one inside the other."""
    path = "".join(f"//*[local-name()='{name}']" for name in names)
    return [str(found.text) for found in etree.fromstring(content).xpath(path)]


def test_an_invoice_stands_in_books_and_documents_at_once(actor: Actor) -> None:
    customer_id = a_buyer(selling(actor))
    [number] = services.issue(actor, [a_draft(customer_id, order_reference="SO-7")])
    assert number == "INV-2026-000001"
    invoice = queries.invoice(actor.company_id, number)
    # 498.00 + (611.00 - 30.55) at 19 %, 36.00 at 7 %
    assert (invoice.net_minor, invoice.tax_minor, invoice.total_minor) == (111_445, 20_743, 132_188)
    assert balances(actor) == {"receivable": 132_188, "revenue": -111_445, "vat_output": -20_743}
    assert exposed(actor, customer_id) == {"EUR": (132_188, 0)}
    assert_books_hold(actor)
    issued = issued_queries.issued(actor.company_id, number)
    assert issued is not None
    assert (issued.kind_code, issued.payment_reference) == ("380", creditor_reference(number))
    lines = issued_queries.lines(actor.company_id, issued.id)
    assert [(one.name, one.net_minor) for one in lines] == [
        ("Ball bearing 6204-2RS", 49_800), ("Fitting on site", 58_045), ("Manual", 3_600),
    ]  # fmt: skip
    taxes = issued_queries.taxes(actor.company_id, issued.id)
    assert [(one.rate_percent, one.taxable_minor, one.tax_minor) for one in taxes] == [
        (Decimal(19), 107_845, 20_491), (Decimal(7), 3_600, 252),
    ]  # fmt: skip
    event = Event.objects.get(company_id=actor.company_id, name="invoices.issued")
    assert event.data == {"invoice_ids": [invoice.id]}


def test_its_files_say_the_same_and_are_kept_byte_for_byte(actor: Actor) -> None:
    [number] = services.issue(selling(actor), [a_draft(a_buyer(actor))])
    issued = issued_queries.issued(actor.company_id, number)
    [item] = queries.open_items(actor.company_id)
    assert issued is not None
    digests = {"ubl": issued.ubl_sha256, "cii": issued.cii_sha256, "pdf": issued.pdf_sha256}
    files = {}
    for form, digest in digests.items():
        file = issued_queries.document_file(actor.company_id, number, form)
        files[form] = file.content
        assert hashlib.sha256(file.content).hexdigest() == digest
    for form in ("ubl", "cii"):
        assert [one for one in rendering.validate(files[form]) if one.is_fatal] == []
    assert number in texts(files["ubl"], "ID")
    assert texts(files["ubl"], "PayableAmount") == ["1321.88"]
    assert texts(files["ubl"], "DueDate") == [item.due_on.isoformat()]
    assert texts(files["ubl"], "PaymentID") == [issued.payment_reference]
    assert texts(files["cii"], "DuePayableAmount") == ["1321.88"]
    assert files["pdf"].startswith(b"%PDF")
    assert b"factur-x.xml" in files["pdf"]


@settings(deadline=None)
@given(st.from_regex(r"[A-Z]{1,6}-20[0-9]{2}-[0-9]{1,12}", fullmatch=True))
def test_every_creditor_reference_proves_itself(number: str) -> None:
    reference = creditor_reference(number)
    turned = reference[4:] + reference[:4]
    assert int("".join(str(int(one, 36)) for one in turned)) % 97 == 1
    assert len(reference) <= 25
    assert reference[4:] == number.replace("-", "")[-21:]


def refusing(**given: Any) -> Callable[[int], Draft]:
    return lambda customer_id: a_draft(customer_id, **given)


REFUSED: dict[str, tuple[Callable[[int], Draft], str]] = {
    "no_lines": (refusing(lines=()), "lines_missing"),
    "no_name": (refusing(lines=(replace(BEARINGS, name=" "),)), "item_name_missing"),
    "unit": (refusing(lines=(replace(BEARINGS, unit="PCS"),)), "unit_unknown"),
    "negative_price": (refusing(lines=(replace(BEARINGS, price=Decimal(-1)),)), "price_negative"),
    "returned": (
        refusing(lines=(replace(BEARINGS, quantity=Decimal(-1)),)), "amount_not_positive",
    ),
    "nought": (refusing(lines=(replace(BEARINGS, price=Decimal(0)),)), "amount_not_positive"),
    "no_rate": (refusing(lines=(replace(BEARINGS, rate_percent=None),)), "rate_missing"),
    "exempt_why": (
        refusing(lines=(replace(BEARINGS, category=TaxCategory.EXEMPT, rate_percent=None),)),
        "exemption_reason_missing",
    ),
    "reverse_charge": (
        refusing(
            lines=(replace(BEARINGS, category=TaxCategory.REVERSE_CHARGE, rate_percent=None),)
        ),
        "buyer_number_missing",
    ),
    "currency": (refusing(currency="EUX"), "currency_unknown"),
    "tomorrow": (refusing(issued_on=date(2026, 3, 17)), "issued_ahead"),
    "before_seller": (refusing(issued_on=date(2025, 12, 31)), "seller_missing"),
    "terms": (refusing(terms_code="NOSUCH"), "terms_unknown"),
    "due_early": (refusing(due_on=date(2026, 3, 15)), "due_before_issued"),
    "due_never": (refusing(due_on=date(2046, 3, 15)), "due_out_of_range"),
    "control": (refusing(note="bell \x07"), "text_malformed"),
    "letters": (refusing(note="a glyph of Linear B: \U00010000"), "glyph_missing"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_takes_no_number_and_leaves_nothing(actor: Actor, name: str) -> None:
    make, code = REFUSED[name]
    customer_id = a_buyer(selling(actor))
    before = standing()
    with pytest.raises(Invalid) as refused:
        services.issue(actor, [a_draft(customer_id), make(customer_id)])
    assert (refused.value.code, bool(refused.value.mend)) == (code, True)
    assert standing() == before
    assert services.issue(actor, [a_draft(customer_id)]) == ["INV-2026-000001"]


@pytest.mark.parametrize(
    ("at", "code"),
    [({"country": ""}, "buyer_country_missing"), ({"city": ""}, "buyer_city_missing")],
)
def test_a_buyer_without_an_address_is_named(actor: Actor, at: dict[str, str], code: str) -> None:
    customer_id = a_buyer(selling(actor), **at)
    with pytest.raises(Invalid) as refused:
        services.issue(actor, [a_draft(customer_id)])
    assert refused.value.code == code
    assert refused.value.place.field == f"invoices.0.customer.{next(iter(at))}"


def test_without_a_seller_nothing_is_issued(actor: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        services.issue(actor, [a_draft(a_buyer(actor))])
    assert refused.value.code == "seller_missing"


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"name": ""}, "seller_name_missing", "name"),
        ({"vat_number": ""}, "seller_tax_number_missing", "vat_number"),
        ({"account": "DE75512108001245126198"}, "seller_account_malformed", "account"),
        ({"country": "XX"}, "seller_country_missing", "country"),
        ({"city": "Kiel\x00"}, "text_malformed", "city"),
    ],
)
def test_a_seller_that_could_not_stand_on_an_invoice_is_refused(
    actor: Actor, changed: dict[str, str], code: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        services.set_seller(actor, replace(SELLER, **changed))
    assert (refused.value.code, refused.value.place.field) == (code, field)
    assert issued_queries.sellers(actor.company_id) == []


def test_the_seller_of_the_day_is_named(actor: Actor) -> None:
    services.set_seller(selling(actor), replace(SELLER, valid_from=date(2026, 3, 10), name="New"))
    customer_id = a_buyer(actor)
    drafts = [a_draft(customer_id, issued_on=date(2026, 3, day)) for day in (9, 10)]
    said = [
        texts(issued_queries.document_file(actor.company_id, number, "ubl").content,
              "AccountingSupplierParty", "RegistrationName")
        for number in services.issue(actor, drafts)
    ]  # fmt: skip
    assert said == [["Acme Supply GmbH"], ["New"]]


def test_numbers_begin_anew_each_year_and_pass_over_what_came_from_elsewhere(actor: Actor) -> None:
    customer_id = a_buyer(selling(actor))
    services.set_seller(actor, replace(SELLER, valid_from=date(2025, 1, 1)))
    recorded(actor, an_invoice(customer_id, "INV-2026-000002"))
    drafts = [
        a_draft(customer_id),
        a_draft(customer_id),
        a_draft(customer_id, issued_on=date(2025, 12, 30)),
    ]
    assert services.issue(actor, drafts) == [
        "INV-2026-000001",
        "INV-2026-000003",
        "INV-2025-000001",
    ]


def test_where_the_erp_is_the_book_nothing_is_issued(actor: Actor) -> None:
    customer_id = a_buyer(selling(actor))
    controls.set_book(actor, book="erp")
    with pytest.raises(Refused) as refused:
        services.issue(actor, [a_draft(customer_id)])
    assert refused.value.code == "book_is_erp"


def test_what_is_returned_gives_its_discount_back(actor: Actor) -> None:
    returned = replace(HOURS, quantity=Decimal("-0.5"))
    [number] = services.issue(selling(actor), [a_draft(a_buyer(actor), lines=(BEARINGS, returned))])
    # half an hour at 94.00, less 5 %, is 44.65
    assert queries.invoice(actor.company_id, number).net_minor == 49_800 - 4_465


def test_the_same_key_issues_once(actor: Actor) -> None:
    customer_id = a_buyer(selling(actor))
    numbers = [services.issue(actor.keyed("k"), [a_draft(customer_id)]) for _ in range(2)]
    assert numbers == [["INV-2026-000001"]] * 2
    assert standing()["invoices_invoice"] == 1


def test_who_bills_neither_credits_nor_applies_cash(
    actor: Actor, actor_of: Callable[..., Actor]
) -> None:
    customer_id = a_buyer(selling(actor))
    biller = actor_of(actor.company_id, role="biller")
    [number] = services.issue(biller, [a_draft(customer_id)])
    for role in ("biller", "cash_applier", "collector", "master_data"):
        with pytest.raises(Refused) as refused:
            services.credit_issued(
                actor_of(actor.company_id, role=role), number, issued_on=actor.today, reason="x"
            )
        assert refused.value.code == "not_permitted"
    for role in ("resolver", "cash_applier", "collector", "master_data", "manager"):
        with pytest.raises(Refused) as refused:
            services.issue(actor_of(actor.company_id, role=role), [a_draft(customer_id)])
        assert refused.value.code == "not_permitted"
    with pytest.raises(Refused):
        services.set_seller(biller, SELLER)
    assert not biller.may("cash.apply")


@pytest.mark.parametrize(
    "table",
    ["invoices_seller", "invoices_issueddocument", "invoices_issuedline", "invoices_issuedtax"],
)
def test_what_was_issued_is_never_edited(actor: Actor, table: str) -> None:
    services.issue(selling(actor), [a_draft(a_buyer(actor))])
    for attempt in (f"UPDATE {table} SET company_id = company_id", f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError) as refused, transaction.atomic():
            sql.execute(attempt)
        assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)


# -- every draft that passes our checks passes the norm's


def figures(low: int, high: int, places: int) -> st.SearchStrategy[Decimal]:
    return st.integers(low, high).map(lambda n: Decimal(n).scaleb(-places))


CATEGORIES = [one for one in TaxCategory if one is not TaxCategory.OUTSIDE_SCOPE]
LINE = st.builds(
    DraftLine,
    name=st.sampled_from(["Ball bearing", "Wälzlager <Größe 3>", "A & B"]),
    quantity=figures(-5_000, 500_000, 3),
    unit=st.sampled_from(["C62", "HUR", "KGM"]),
    price=figures(0, 5_000_000, 4),
    discount_percent=figures(0, 10_000, 2),
    category=st.sampled_from(CATEGORIES),
    rate_percent=figures(1, 27, 0),
).map(
    lambda one: one if one.category in {TaxCategory.STANDARD, TaxCategory.CANARY_ISLANDS,
                                        TaxCategory.CEUTA_MELILLA}
    else replace(one, rate_percent=None)
)  # fmt: skip
OUTSIDE = LINE.map(lambda one: replace(one, category=TaxCategory.OUTSIDE_SCOPE, rate_percent=None))


def drawn_up(actor: Actor, draft: Draft, kind: Kind) -> papers.Paper:
    """Return the draft as a document of a kind; what takes back or replaces names an invoice."""
    preceding = () if kind is Kind.INVOICE else (Preceding("INV-2026-000001", actor.today),)
    if kind is not Kind.CREDIT_NOTE:
        return issuing.outline(actor, draft, kind=kind, preceding=preceding)
    paper = papers.drawn_up(actor, draft, kind=kind, prefix="CN", preceding=preceding)
    if paper.totals.net_minor <= 0:
        raise Invalid("amount_not_positive", "It comes to nothing")
    return paper


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    lines=st.lists(LINE, min_size=1, max_size=5) | st.lists(OUTSIDE, min_size=1, max_size=2),
    currency=st.sampled_from(["EUR", "USD", "JPY", "KWD"]),
    kind=st.sampled_from([Kind.INVOICE, Kind.CORRECTED_INVOICE, Kind.CREDIT_NOTE]),
    discount_percent=st.just(Decimal(0)) | figures(1, 9_999, 2),
    terms_code=st.sampled_from(["", "3/8, 2/14 net 30", "halves"]),
)
def test_what_our_checks_let_pass_the_norm_lets_pass(
    actor: Actor,
    lines: list[DraftLine],
    currency: str,
    kind: Kind,
    discount_percent: Decimal,
    terms_code: str,
) -> None:
    with transaction.atomic():
        customer_id = a_buyer(selling(actor), vat_number="DE136695976")
        draft = a_draft(
            customer_id, lines=tuple(lines), currency=currency, exemption_reason="Law",
            discount_percent=discount_percent, terms_code=terms_code,
        )  # fmt: skip
        reasons = {line.category for line in lines}
        if TaxCategory.EXEMPT not in reasons:
            draft = replace(draft, exemption_reason="")
        code = ""
        try:
            paper = papers.proved(drawn_up(actor, draft, kind))
            sums = paper.totals
            taken_off = (sums.allowances_minor or 0) - (sums.charges_minor or 0)
            assert sum(sums.of_lines) - taken_off == sums.net_minor
            assert sum(group.taxable_minor for group in sums.taxes) == sums.net_minor
        except Invalid as refused:
            code = refused.code
        transaction.set_rollback(True)
    assert code in {"", "amount_not_positive"}


# -- credit notes


def credited(actor: Actor, **given: Any) -> tuple[str, queries.InvoiceRow]:
    number = services.credit_issued(
        actor, "INV-2026-000001", issued_on=actor.today, reason="Wrong", **given
    )
    return number, queries.invoice(actor.company_id, number)


def test_a_whole_credit_takes_back_every_line_and_names_the_invoice(actor: Actor) -> None:
    customer_id = a_buyer(selling(actor))
    services.issue(actor, [a_draft(customer_id)])
    number, note = credited(actor)
    assert (number, note.total_minor, note.corrects_number) == (
        "CN-2026-000001", 132_188, "INV-2026-000001",
    )  # fmt: skip
    assert balances(actor) == {}
    assert exposed(actor, customer_id) == {"EUR": (0, 0)}
    ubl = issued_queries.document_file(actor.company_id, number, "ubl").content
    assert etree.QName(etree.fromstring(ubl)).localname == "CreditNote"
    assert texts(ubl, "CreditNoteTypeCode") == ["381"]
    assert texts(ubl, "InvoiceDocumentReference", "ID") == ["INV-2026-000001"]
    for form in ("ubl", "cii"):
        content = issued_queries.document_file(actor.company_id, number, form).content
        assert [one for one in rendering.validate(content) if one.is_fatal] == []
    with pytest.raises(Invalid) as refused:
        credited(actor)
    assert refused.value.code == "credited_already"


def test_lines_are_credited_by_quantity_and_never_twice(actor: Actor) -> None:
    services.issue(selling(actor), [a_draft(a_buyer(actor))])
    _, note = credited(actor, lines=[CreditedLine(1, Decimal(10)), CreditedLine(3)])
    assert (note.net_minor, note.tax_minor) == (12_450 + 3_600, 2_366 + 252)
    before = standing()
    for lines, code in (
        ([CreditedLine(1, Decimal(31))], "line_above_invoice"),
        ([CreditedLine(1, Decimal(-1))], "line_above_invoice"),
        ([CreditedLine(3)], "line_above_invoice"),
        ([CreditedLine(4)], "line_unknown"),
        ([CreditedLine(2), CreditedLine(2)], "line_twice"),
    ):
        with pytest.raises(Invalid) as refused:
            credited(actor, lines=lines)
        assert refused.value.code == code
    assert standing() == before
    credited(actor, lines=[CreditedLine(1), CreditedLine(2)])
    assert queries.invoice(actor.company_id, "INV-2026-000001").open_minor <= 1
    assert_books_hold(actor)


def test_a_part_is_shared_over_the_taxes_of_the_invoice(actor: Actor) -> None:
    services.issue(selling(actor), [a_draft(a_buyer(actor))])
    number, note = credited(actor, gross_minor=10_000)
    # 97.09 of it at 19 %, 2.91 at 7 %
    assert (note.net_minor, note.tax_minor) == (8_159 + 272, 1_550 + 19)
    for minor, code in ((132_188, "credit_above_invoice"), (0, "amount_not_positive")):
        with pytest.raises(Invalid) as refused:
            credited(actor, gross_minor=minor)
        assert refused.value.code == code
    assert number == "CN-2026-000001"
    assert_books_hold(actor)


@given(
    gross=st.integers(1, 10**12),
    rate=st.decimals(0, 100, places=2),
)
def test_a_net_amount_with_its_tax_falls_short_by_a_cent_at_most(gross: int, rate: Decimal) -> None:
    net = net_within(gross, rate)
    assert 0 <= gross - net - share(net, rate) <= 1


def test_what_came_from_elsewhere_is_credited_without_a_document(actor: Actor) -> None:
    recorded(actor, an_invoice(a_buyer(selling(actor))))
    services.credit_amount(actor, "INV-1", issued_on=actor.today, gross_minor=1_190, reason="x")
    note = queries.invoice(actor.company_id, "CN-2026-000001")
    assert (note.net_minor, note.tax_minor) == (1_000, 190)
    assert issued_queries.issued(actor.company_id, note.number) is None
    with pytest.raises(Refused) as refused:
        services.credit_issued(actor, "INV-1", issued_on=actor.today, reason="x")
    assert refused.value.code == "not_issued_here"


# -- many at once


def test_numbers_have_no_gap_whoever_fails_meanwhile(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    actor = selling(actor_of(founded().id))
    ids = [a_buyer(actor, f"C{n}") for n in range(3)]
    rendering.warm()

    def good(n: int) -> Callable[[], object]:
        return lambda: services.issue(actor, [a_draft(ids[n % 3])])

    def late_fault(n: int) -> Callable[[], object]:
        """Fail after the number was taken: the page cannot be set with this letter."""
        return lambda: services.issue(actor, [a_draft(ids[n % 3], note="\U00010000")])

    def early_fault(n: int) -> Callable[[], object]:
        return lambda: services.issue(actor, [a_draft(ids[n % 3], lines=())])

    work = [make(n) for n in range(4) for make in (good, late_fault, early_fault)]
    found = at_once(*work)
    assert codes(found) == ["glyph_missing"] * 4 + ["lines_missing"] * 4
    numbers = sorted(one[0] for one in found if isinstance(one, list))
    assert numbers == [f"INV-2026-{n:06d}" for n in range(1, 5)]
    assert standing()["invoices_issueddocument"] == 4
    assert_books_hold(actor)


def test_equal_ones_at_once_are_issued_once_where_it_is_asked_for(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    actor = selling(actor_of(founded().id))
    customer_id, other_id = a_buyer(actor), a_buyer(actor, "C2")
    rendering.warm()
    draft = a_draft(customer_id)
    found = at_once(*[lambda: services.issue(actor, [draft], equal_minutes=30)] * 4)
    assert codes(found) == ["equal_issued"] * 3
    assert standing()["invoices_issueddocument"] == 1
    services.issue(actor, [a_draft(other_id)], equal_minutes=30)
    services.issue(actor, [replace(draft, issued_on=date(2026, 3, 13))], equal_minutes=30)
    services.issue(actor, [draft])  # said to be another one
    later = replace(actor, at=actor.at + timedelta(minutes=31))
    services.issue(later, [draft], equal_minutes=30)
    for number in ("INV-2026-000001", "INV-2026-000004", "INV-2026-000005"):
        services.void(actor, number, issued_on=actor.today, reason="typed twice")
    services.issue(actor, [draft], equal_minutes=30)  # what was taken back is not in the way
    assert_books_hold(actor)


def test_the_rules_are_asked_before_the_range_is_locked(
    committed_db: str, actor_of: Callable[..., Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another holds the range, an invoice still comes as far as being proved valid."""
    actor = selling(actor_of(founded().id))
    customer_id = a_buyer(actor)
    services.issue(actor, [a_draft(customer_id)])
    asked = threading.Event()
    proved = papers.proved

    def noted(paper: papers.Paper) -> papers.Paper:
        result = proved(paper)
        asked.set()
        return result

    monkeypatch.setattr(papers, "proved", noted)
    with transaction.atomic():
        sql.execute("SELECT 1 FROM plumbing_sequence WHERE name = 'INV-2026' FOR UPDATE")
        thread = threading.Thread(
            target=lambda: at_once(lambda: services.issue(actor, [a_draft(customer_id)]))
        )
        thread.start()
        assert asked.wait(30)
        until_somebody_waits_for_a_lock("%plumbing_sequence")
    thread.join(30)
    assert standing()["invoices_invoice"] == 2
    connection.close()


def page_text(actor: Actor, number: str) -> str:
    content = issued_queries.document_file(actor.company_id, number, "pdf").content
    with PdfReader(io.BytesIO(content)) as read:
        return " ".join(" ".join(page.extract_text() for page in read.pages).split())


def test_what_paying_early_earns_stands_on_the_page_to_the_cent(actor: Actor) -> None:
    """3 % of 1,321.88 is 39.66, 2 % is 26.44: what cash will take for paid in full."""
    customer_id = a_buyer(selling(actor))
    draft = a_draft(customer_id, terms_code="3/8 2/14 net 30")
    [number] = services.issue(actor, [draft])
    said = page_text(actor, number)
    spoken = re.sub(r"(?<=\d)\s(?=\d{3}\b)", "", said)
    assert "Paid by 24 Mar 2026 1282.22 EUR, less 3 % discount (39.66)" in spoken
    assert "Paid by 30 Mar 2026 1295.44 EUR, less 2 % discount (26.44)" in spoken
    file = issued_queries.document_file(actor.company_id, number, "ubl").content
    assert any("2 % discount" in one for one in texts(file, "PaymentTerms", "Note"))


def test_an_invoice_in_instalments_is_due_with_the_first(actor: Actor) -> None:
    customer_id = a_buyer(selling(actor))
    [number] = services.issue(actor, [a_draft(customer_id, terms_code="30/60/90 days")])
    items = queries.items_of(actor.company_id, queries.invoice(actor.company_id, number).id)
    assert len(items) == 3
    file = issued_queries.document_file(actor.company_id, number, "ubl").content
    assert texts(file, "DueDate") == [items[0].due_on.isoformat()]
    said = page_text(actor, number)
    assert "Scan to pay the first" in said
    assert said.count("440.63") == 2

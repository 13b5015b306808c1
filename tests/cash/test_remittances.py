"""Remittance advices: read in any form, kept once, tied without doubt, applied as they say."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditdesk.cash import queries
from creditdesk.cash import services as cash
from creditdesk.cash.readers.advices import ToldLine, read_confined, read_text
from creditdesk.cash.rules import Receipt, build_payers
from creditdesk.cash.rules.advices import Advice, AdvisedLine, tie
from creditdesk.contact import services as contact
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound
from creditdesk.plumbing import sql
from tests.cash import stage
from tests.corpus import advices as corpus

ON = date(2026, 3, 10)

TEXT = """Payer: Acorn Foods GmbH
Payment reference: AV-2026-7781  date 10.03.2026 EUR
INV-2026-0001  1.190,00    0,00    1.190,00
INV-2026-0002  500,00  -25,00  475,00  goods damaged
INV-2026-0003  300,00
less freight   -12,50
Total paid   1.952,50
"""


def told(text: str) -> list[tuple[str, Decimal, Decimal, str]]:
    return [
        (line.numbers[0], line.paid, line.deduction, line.reason) for line in read_text(text).lines
    ]


def test_a_text_is_read_line_by_line() -> None:
    assert told(TEXT) == [
        ("INV-2026-0001", Decimal(1190), Decimal(0), ""),
        ("INV-2026-0002", Decimal(475), Decimal(25), "goods damaged"),
        ("INV-2026-0003", Decimal("287.50"), Decimal("12.50"), "less freight"),
    ]
    advice = read_text(TEXT)
    assert (advice.total, advice.paid) == (Decimal("1952.50"), Decimal("1952.50"))
    assert (advice.payer, advice.reference, advice.paid_on, advice.currency) == (
        "Acorn Foods GmbH", "AV-2026-7781", ON, "EUR",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("your inv 20260044 over 1,200.00 EUR", ("20260044", "1200.00", "0", "")),
        ("RE 2026/0044 100,00 -2,00 Skonto", ("2026/0044", "98.00", "2.00", "RE Skonto")),
        ("A-1234 100.00 98.00", ("A-1234", "98.00", "2.00", "")),
        ("A-1234 100.00 less discount 2.00", ("A-1234", "98.00", "2.00", "less discount")),
        ("A-1234 1'000.00", ("A-1234", "1000.00", "0", "")),
        ("A-1234 of 03.02.2026: 10.00", ("A-1234", "10.00", "0", "")),
    ],
)
def test_a_line_in_many_writings(line: str, expected: tuple[str, str, str, str]) -> None:
    number, paid, kept, reason = expected
    assert told(line) == [(number, Decimal(paid), Decimal(kept), reason)]


@pytest.mark.parametrize(
    "text", ["", "See you on 10.03.2026", "Total 100.00", "call 0049 30 123456", "-5,00"]
)
def test_what_is_no_advice_has_no_lines(text: str) -> None:
    assert told(text) == []


@settings(max_examples=40)
@given(st.text(max_size=800))
def test_any_text_is_read_without_a_fault(text: str) -> None:
    for line in read_text(text).lines:
        assert line.paid >= 0
        assert line.deduction >= 0
        assert line.numbers


def workbook(*rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


TABLE = "Invoice number;Amount paid;Deduction;Reason\nINV-1;95,00;5,00;broken\nINV-2;1.200,50;;\n"
LINES = (
    ToldLine(2, ("INV-1",), Decimal("95.00"), Decimal("5.00"), "broken"),
    ToldLine(3, ("INV-2",), Decimal("1200.50")),
)


def test_a_csv_a_workbook_and_a_pdf_say_the_same() -> None:
    assert read_confined(TABLE.encode(), "a.csv").lines == LINES
    rows = workbook(
        ("Invoice number", "Amount paid", "Deduction", "Reason"),
        ("INV-1", 95, 5, "broken"), ("INV-2", 1200.5, None, None), ("Total", 1295.5, None, None),
    )  # fmt: skip
    read = read_confined(rows, "a.xlsx")
    assert [(line.numbers, line.paid, line.deduction) for line in read.lines] == [
        (("INV-1",), 95, 5), (("INV-2",), Decimal("1200.50"), 0),
    ]  # fmt: skip
    assert read.paid == Decimal("1295.5")
    page = corpus.pdf("Advice no AV-9931", "INV-1001  100.00  -5.00  95.00  broken", "Total 95.00")
    shown = read_confined(page, "a.pdf")
    assert (shown.format, shown.reference, shown.paid) == ("pdf", "AV-9931", 95)
    assert shown.lines == (ToldLine(2, ("INV-1001",), Decimal(95), Decimal(5), "broken"),)


@pytest.mark.parametrize(
    ("content", "code", "place"),
    [
        (b"Invoice;Paid\nX-1;abc\n", "advice_amount_unreadable", "a.csv, line 2, Paid"),
        (b"Invoice;Amount paid\nX-1;\n", "advice_amount_missing", "a.csv, line 2, Amount paid"),
        (b"Invoice;Amount paid\nX-1;1.234\n", "advice_amounts_unclear", "a.csv, Amount paid"),
        (b"Invoice;Amount paid\n;5,00\n", "advice_empty", "a.csv"),
        (b"  \n", "advice_empty", "a.csv"),
        (b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n", "advice_unreadable", "a.csv"),
        (b"x" * (10 * 2**20 + 1), "advice_too_large", "a.csv"),
    ],
)  # fmt: skip
def test_a_refusal_names_file_line_and_field(content: bytes, code: str, place: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_confined(content, "a.csv")
    assert (refused.value.code, str(refused.value.place)) == (code, place)
    assert refused.value.mend


# -- which payment an advice announces ---------------------------------------------------------

NOBODY = build_payers({}, {}, {})


def receipt(payment_id: int, minor: int, text: str = "", name: str = "") -> Receipt:
    return Receipt(
        payment_id=payment_id, minor=minor, currency="EUR", received_on=ON, text=text,
        counterparty=name,
    )  # fmt: skip


def advice(advice_id: int, minor: int, *, of: int = 1, **more: object) -> Advice:
    given: dict[str, object] = {
        "advice_id": advice_id, "reference": f"ADV-{advice_id}", "currency": "EUR",
        "total_minor": minor, "about_on": ON, "customer_ids": frozenset({of}),
        "lines": (AdvisedLine("INV-1", "INV1", minor),),
    }  # fmt: skip
    return Advice(**(given | more))  # type: ignore[arg-type]


def tied(receipts: list[Receipt], advices: list[Advice]) -> dict[int, list[int]]:
    known = build_payers({}, {"ACORN": {1}, "BIRCH": {2}}, {})
    return {
        one.receipt.payment_id: [each.advice_id for each in one.advices]
        for one in tie(receipts, advices, known)
    }


def test_an_amount_alone_ties_where_nobody_else_fits() -> None:
    assert tied([receipt(1, 500)], [advice(7, 500)]) == {1: [7]}
    assert tied([receipt(1, 500)], [advice(7, 501)]) == {}
    assert tied([receipt(1, 500)], [advice(7, 500, currency="USD")]) == {}


def test_between_equals_nothing_is_tied() -> None:
    assert tied([receipt(1, 500), receipt(2, 500)], [advice(7, 500)]) == {}
    assert tied([receipt(1, 500)], [advice(7, 500), advice(8, 500)]) == {}


def test_the_reference_of_the_advice_in_the_text_decides() -> None:
    receipts = [receipt(1, 500, "avis AV 2026/77"), receipt(2, 500)]
    named = advice(7, 500, told_reference="AV-2026-77")
    assert tied(receipts, [named, advice(8, 500)]) == {1: [7], 2: [8]}


def test_payer_and_days_must_allow_it() -> None:
    assert tied([receipt(1, 500, name="Birch")], [advice(7, 500, of=1)]) == {}
    assert tied([receipt(1, 500, name="Birch")], [advice(7, 500, of=2), advice(8, 500)]) == {1: [7]}
    other = advice(7, 500, of=1, payer_name="Birch Ltd")
    assert tied([receipt(1, 500, name="Birch")], [other]) == {1: [7]}
    assert tied([receipt(1, 500)], [advice(7, 500, about_on=date(2026, 1, 1))]) == {}
    assert tied([receipt(1, 500)], [advice(7, 500, about_on=date(2026, 3, 25))]) == {}


def test_several_advices_of_one_customer_make_one_payment() -> None:
    advices = [advice(7, 500), advice(8, 700), advice(9, 90)]
    assert tied([receipt(1, 1_200)], advices) == {1: [7, 8]}
    assert tied([receipt(1, 1_200)], [advice(7, 500), advice(8, 700, of=2)]) == {}
    assert tied([receipt(1, 1_200)], [*advices, advice(10, 700)]) == {}


# -- on PostgreSQL -----------------------------------------------------------------------------


def counts() -> tuple[int, ...]:
    tables = ("cash_remittanceadvice", "cash_adviceline", "cash_allocation", "plumbing_file")
    return tuple(int(sql.scalar(f"SELECT count(*) FROM {table}")) for table in tables)


def take(desk: Actor, content: str, name: str = "advice.csv") -> cash.TakenAdvice:
    return cash.take_in_advice(desk, filename=name, content=content.encode())


def test_an_advice_settles_what_it_says_and_keeps_why(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods")
    first = stage.invoice(desk, acorn, "INV-1", 10_000)
    second = stage.invoice(desk, acorn, "INV-2", 120_050)
    taken = take(desk, TABLE)
    assert (taken.status, taken.lines, taken.is_known) == ("read", 2, False)
    assert take(desk, TABLE, "again.csv").is_known
    payment = stage.paid(desk, 129_550, "thank you")
    result = cash.match(desk)
    assert (result.matched, result.applied, result.left) == (1, 1, 0)
    assert (stage.open_minor(first), stage.open_minor(second)) == (500, 0)
    assert stage.payment(payment) == stage.Row(acorn, 129_550, 0, on_account=False)
    [row] = queries.payments(desk.company_id)
    assert (row.method, [(one.code, one.params) for one in row.reasons]) == (
        "advice",
        [
            ("advice_lines", {"advice": taken.reference, "count": 2}),
            ("advice_deduction", {"number": "INV-1", "amount": "5.00 EUR", "text": "broken"}),
            ("advised_deduction", {"number": "INV-1", "amount": "5.00 EUR"}),
        ],
    )
    kept = queries.advice(desk.company_id, taken.reference)
    assert (kept.status, kept.payment_reference) == ("tied", row.reference)
    assert [one.id for one in queries.advices_of_payment(desk.company_id, payment)] == [kept.id]
    stage.prove(desk)


def test_one_advice_may_pay_for_several_customers(desk: Actor) -> None:
    acorn, birch = stage.customer(desk, "Acorn Foods"), stage.customer(desk, "Birch Farms")
    first = stage.invoice(desk, acorn, "INV-1", 9_500)
    second = stage.invoice(desk, birch, "INV-2", 120_050)
    take(desk, TABLE)
    payment = stage.paid(desk, 129_550, name="Holding One")
    assert cash.match(desk).applied == 1
    assert (stage.open_minor(first), stage.open_minor(second)) == (0, 0)
    assert stage.payment(payment).customer_id == birch  # whose part is the larger one
    assert stage.exposed(desk, acorn) == (0, 0)
    assert stage.exposed(desk, birch) == (0, 0)
    stage.prove(desk)
    cash.undo(desk, payment)
    assert (stage.open_minor(first), stage.open_minor(second)) == (9_500, 120_050)
    assert stage.exposed(desk, acorn) == (9_500, 0)
    assert stage.exposed(desk, birch) == (120_050, 129_550)
    stage.prove(desk)


def test_what_is_not_clear_is_proposed_first_of_all(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods")
    item = stage.invoice(desk, acorn, "INV-1", 9_500)
    take(desk, TABLE)
    payment = stage.paid(desk, 129_550, name="Acorn Foods")
    assert cash.match(desk).applied == 0
    [row] = queries.exceptions(desk.company_id)
    assert row.proposals[0].allocations == ((item, 9_500),)
    codes = [one.code for one in row.proposals[0].reasons]
    assert codes == ["advice_lines", "advice_deduction", "advice_number_unknown"]
    matches = sql.scalar("SELECT count(*) FROM cash_match")
    cash.match(desk)
    assert sql.scalar("SELECT count(*) FROM cash_match") == matches
    assert stage.payment(payment).unapplied_minor == 129_550


def test_an_undone_payment_is_left_alone_by_its_advice(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods")
    stage.invoice(desk, acorn, "INV-1", 10_000)
    stage.invoice(desk, acorn, "INV-2", 120_050)
    take(desk, TABLE)
    payment = stage.paid(desk, 129_550)
    cash.match(desk)
    cash.undo(desk, payment)
    assert cash.match(desk).applied == 0
    assert stage.payment(payment).unapplied_minor == 129_550
    stage.prove(desk)


def test_a_refused_advice_is_kept_and_mended_later(desk: Actor) -> None:
    bad = b"Invoice;Amount paid\nX-1;abc\n"
    before = counts()
    with pytest.raises(Invalid) as refused:
        cash.take_in_advice(desk, filename="bad.csv", content=bad)
    assert counts() == before
    why = cash.refusal_of(refused.value)
    kept = cash.keep_refused_advice(desk, filename="bad.csv", content=bad, why=why)
    assert kept.status == "refused"
    row = queries.advice(desk.company_id, kept.reference)
    assert (row.fault_code, row.fault_place) == (
        "advice_amount_unreadable", "bad.csv, line 2, Amount paid",
    )  # fmt: skip
    assert cash.keep_refused_advice(desk, filename="b.csv", content=bad, why=why) == kept
    with pytest.raises(Conflict):
        cash.tie_advice(desk, kept.reference, payment_reference="PAY-1")
    cash.set_aside_advice(desk, kept.reference, reason="a test")
    assert queries.advice_counts(desk.company_id) == {"set_aside": 1}


def test_a_person_ties_and_sets_aside(desk: Actor, other: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods")
    stage.invoice(desk, acorn, "INV-1", 10_000)
    stage.invoice(desk, acorn, "INV-2", 120_050)
    taken = take(desk, TABLE)
    payments = [stage.paid(desk, 129_550, f"twin {n}") for n in (1, 2)]
    assert cash.match(desk).applied == 0  # between equals nothing is tied
    reference = next(
        one.reference for one in queries.payments(desk.company_id) if one.id == payments[1]
    )
    with pytest.raises(NotFound):
        cash.tie_advice(other, taken.reference, payment_reference=reference)
    with pytest.raises(NotFound):
        cash.tie_advice(desk, taken.reference, payment_reference="PAY-0")
    cash.tie_advice(desk, taken.reference, payment_reference=reference)
    assert cash.match(desk).applied == 1
    assert stage.payment(payments[1]).unapplied_minor == 0
    with pytest.raises(Invalid) as refused:
        cash.set_aside_advice(desk, taken.reference, reason=" ")
    assert refused.value.code == "reason_missing"
    reader = replace(desk, permissions=frozenset({"read"}))
    with pytest.raises(Exception, match="may not do"):
        take(reader, "x")


def mail(text: str, *parts: tuple[str, bytes]) -> bytes:
    from email.message import EmailMessage  # noqa: PLC0415 - only here

    message = EmailMessage()
    message["From"], message["Subject"] = "ap@acorn.example", "Remittance advice"
    message["Message-ID"] = "<one@acorn.example>"
    message.set_content(text)
    for name, content in parts:
        message.add_attachment(
            content, maintype="application", subtype="octet-stream", filename=name
        )
    return message.as_bytes()


def test_advices_come_by_mail_in_its_text_or_attached(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods")
    stage.invoice(desk, acorn, "INV-2026-0001", 10_000)
    item = stage.invoice(desk, acorn, "INV-2026-0002", 7_500)
    for n, content in enumerate(
        [
            mail("we paid inv 2026 0001 = INV-2026-0001 over 100.00 EUR, Total paid 100.00"),
            mail("order 4711 00", ("avis.csv", b"Invoice;Paid\nINV20260002;75,00\n")),
            mail("Lunch 2026-0099 for 12.50?"),
            mail("broken", ("avis.csv", b"Invoice;Paid\nX;abc\n")),
        ]
    ):  # fmt: skip
        contact.take_in_mail(desk, filename=f"{n}.eml", content=content, door="desk")
    result = cash.read_mailed_advices(desk)
    assert (result.mails, result.advices) == (4, 2)
    assert cash.read_mailed_advices(desk) == cash.MailedResult(0, 0)
    rows = queries.advices(desk.company_id).rows
    assert [(one.source, one.total_minor, one.customer_id) for one in reversed(rows)] == [
        ("mail", 10_000, acorn), ("attachment", 7_500, acorn),
    ]  # fmt: skip
    stage.paid(desk, 7_500, "as advised")
    assert cash.match(desk).applied == 1
    assert stage.open_minor(item) == 0


@pytest.mark.parametrize("sample", corpus.SAMPLES, ids=lambda sample: sample.name)
def test_hostile_files_are_refused_or_read(sample: corpus.AdviceSample) -> None:
    build: Callable[[], bytes] = sample.build
    if sample.code is None:
        assert read_confined(build(), "given.dat").lines
        return
    with pytest.raises(Invalid) as refused:
        read_confined(build(), "given.dat")
    assert refused.value.code == sample.code
    assert "given.dat" in str(refused.value.place)

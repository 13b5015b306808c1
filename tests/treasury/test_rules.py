"""The treasury's rules: calendars, identifiers, mandates, returns, files, as tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from creditdesk.kernel.errors import Refused
from creditdesk.treasury.rules import ach, debit_returns, mandates, pain, target
from creditdesk.treasury.rules.ach import Entry
from creditdesk.treasury.rules.clearing import Line, Paid, cleared
from creditdesk.treasury.rules.identifiers import (
    creditor_identifier_of,
    iban_of,
    is_reference,
    masked,
    sepa_text,
)
from creditdesk.treasury.rules.mandates import Leave
from creditdesk.treasury.rules.refunds import Payee, is_account_seen, seal
from creditdesk.treasury.services.schemas import require_valid

DAY = date(2026, 3, 16)
AT = datetime(2026, 3, 16, 9, 30, tzinfo=UTC)
IBAN = "DE89370400440532013000"


# TARGET


@pytest.mark.parametrize(
    ("year", "sunday"),
    [(2002, (3, 31)), (2008, (3, 23)), (2011, (4, 24)), (2024, (3, 31)), (2025, (4, 20)),
     (2026, (4, 5)), (2038, (4, 25))],
)  # fmt: skip
def test_easter(year: int, sunday: tuple[int, int]) -> None:
    assert target.easter(year) == date(year, *sunday)


def test_target_closes_six_days_a_year() -> None:
    assert sorted(target.closing_days(2026)) == [
        date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1),
        date(2026, 12, 25), date(2026, 12, 26),
    ]  # fmt: skip
    assert target.CALENDAR.add_business_days(date(2026, 4, 7), -1) == date(2026, 4, 2)


# Identifiers


@pytest.mark.parametrize("text", ["DE89 3704 0044 0532 0130 00", "de89370400440532013000"])
def test_an_iban_is_read_without_its_spaces(text: str) -> None:
    assert iban_of(text) == IBAN


@pytest.mark.parametrize(
    "text",
    ["", "DE88370400440532013000", "DE8937040044053201300", "XX89370400440532013000", "12345",
     "DE89370400440532013000 ' OR 1=1"],
)  # fmt: skip
def test_a_wrong_iban_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="no IBAN"):
        iban_of(text)


@given(st.integers(0, 21), st.integers(0, 9))
def test_any_digit_altered_is_found(place: int, digit: int) -> None:
    altered = IBAN[:place] + str(digit) + IBAN[place + 1 :]
    if altered != IBAN:
        with pytest.raises(ValueError, match="no IBAN"):
            iban_of(altered)


def test_a_creditor_identifier_has_check_digits() -> None:
    assert creditor_identifier_of("DE98ZZZ09999999999") == "DE98ZZZ09999999999"
    for wrong in ("DE97ZZZ09999999999", "", "DE98"):
        with pytest.raises(ValueError, match="no creditor identifier"):
            creditor_identifier_of(wrong)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("M-2026-0001", True), ("a" * 35, True), ("a" * 36, False), ("", False), ("M 1", False),
     ("/M1", False), ("M//1", False), ("Mü", False)],
)  # fmt: skip
def test_mandate_references(text: str, *, is_one: bool) -> None:
    assert is_reference(text) is is_one


@pytest.mark.parametrize(
    ("text", "written"),
    [("Müller & Söhne", "Mueller + Soehne"), ("Łódź", "Lodz"), ('a<b>&"c', "a b + c"),
     ("Ünïcødé  \n x", "Uenicode x"), ("日本", ""), ("x" * 80, "x" * 70)],
)  # fmt: skip
def test_text_as_banks_take_it(text: str, written: str) -> None:
    assert sepa_text(text, 70) == written


def test_an_account_is_shown_by_its_ends() -> None:
    assert masked(IBAN) == "DE89 … 3000"


# Refunds


PAYEE = Payee(
    reference="RFD-1", source="1", customer_id=2, currency="EUR", minor=100, iban=IBAN, payee="A"
)


@pytest.mark.parametrize(
    "change",
    [{"reference": "RFD-2"}, {"source": "2"}, {"customer_id": 1}, {"currency": "USD"},
     {"minor": 101}, {"iban": "X"}, {"payee": "B"}],
)  # fmt: skip
def test_every_part_of_a_refund_is_sealed(change: dict[str, object]) -> None:
    assert seal(replace(PAYEE, **change)) != seal(PAYEE)


def test_only_the_very_account_was_seen() -> None:
    assert is_account_seen(IBAN, ["DE89 3704 0044 0532 0130 00"])
    assert not is_account_seen(IBAN, [IBAN[:-1] + "1", ""])
    assert not is_account_seen("", [""])


REFUND = Paid(
    refund_id=1, reference="RFD-2026-000001", minor=100, currency="EUR", iban=IBAN,
    message_id="PF-2026-000001", account="OURS", execute_on=DAY,
)  # fmt: skip
LEFT = Line(
    line_id=1, minor=-100, currency="EUR", booked_on=DAY, is_return=False, account="OURS", text=""
)


@pytest.mark.parametrize(
    ("line", "paid"),
    [
        ({"text": "x RFD-2026-000001 y"}, [1]),
        ({"text": "RFD-2026-000001", "minor": -99}, []),
        ({"text": "RFD-2026-000001", "currency": "USD"}, []),
        ({"text": "RFD-2026-000001", "account": "ANOTHER"}, []),
        ({"text": "PF-2026-000001", "minor": -300}, [1, 2]),
        ({"text": "PF-2026-000001", "minor": -301}, []),
        ({"counterparty_account": IBAN}, [1]),
        ({"counterparty_account": IBAN, "booked_on": DAY - timedelta(days=1)}, []),
        ({"counterparty_account": IBAN, "booked_on": DAY + timedelta(days=11)}, []),
        ({"text": "rent"}, []),
    ],
)
def test_which_line_pays_which_refund(line: dict[str, object], paid: list[int]) -> None:
    other = replace(REFUND, refund_id=2, reference="RFD-2026-000002", minor=200)
    found = cleared([replace(LEFT, **line)], [REFUND, other], window_days=10)
    assert (sorted(found.paid), found.failed) == (paid, {})


def test_equals_are_not_guessed_between_and_a_line_pays_once() -> None:
    twin = replace(REFUND, refund_id=2, reference="RFD-2026-000002")
    plain = replace(LEFT, counterparty_account=IBAN)
    assert cleared([plain], [REFUND, twin], window_days=10).paid == {}
    named = replace(LEFT, text="RFD-2026-000001")
    assert cleared([named, named], [REFUND, twin], window_days=10).paid == {1: DAY}


def test_only_what_left_comes_back_and_once() -> None:
    back = replace(LEFT, minor=100, is_return=True, text="RFD-2026-000001", reason="AC04")
    assert cleared([back], [REFUND], window_days=10).failed == {}
    paid = replace(REFUND, is_paid=True)
    assert cleared([back, back], [paid], window_days=10).failed == {1: (DAY, "AC04")}


# Mandates

LEAVE = Leave(state="live", scheme="CORE", is_recurrent=True, signed_on=date(2023, 3, 16))


@pytest.mark.parametrize(
    ("change", "on", "why"),
    [
        ({}, date(2026, 3, 16), ""),
        ({}, date(2026, 3, 17), "mandate_lapsed"),
        ({"used_on": date(2023, 6, 30)}, date(2026, 6, 30), ""),
        ({"used_on": date(2023, 6, 30)}, date(2026, 7, 1), "mandate_lapsed"),
        ({"state": "revoked"}, DAY, "mandate_revoked"),
        ({"state": "stopped"}, DAY, "mandate_stopped"),
        ({"has_pending_change": True}, DAY, "account_change_waits"),
        ({}, date(2023, 3, 15), "mandate_not_signed_yet"),
        ({"is_recurrent": False}, DAY, ""),
        ({"is_recurrent": False, "used_on": date(2026, 1, 1)}, DAY, "mandate_used_up"),
    ],
)
def test_when_a_mandate_may_be_collected_on(change: dict[str, object], on: date, why: str) -> None:
    assert mandates.why_not(replace(LEAVE, **change), on, months=36) == why


def test_sequence_types() -> None:
    used = replace(LEAVE, used_on=DAY)
    assert mandates.sequence_of(LEAVE) == "FRST"
    assert mandates.sequence_of(used) == "RCUR"
    assert mandates.sequence_of(used, is_final=True) == "FNAL"
    assert mandates.sequence_of(replace(LEAVE, is_recurrent=False)) == "OOFF"


# Debits that come back


@pytest.mark.parametrize(
    ("code", "attempt", "step"),
    [("AM04", 1, "retry"), ("AM04", 2, "ask_customer"), ("MD01", 1, "stop_mandate"),
     ("AC01", 1, "stop_mandate"), ("AC04", 1, "stop_mandate"), ("AC06", 1, "stop_mandate"),
     ("AG01", 1, "stop_mandate"), ("MD06", 1, "ask_customer"), ("MD07", 1, "stop_mandate"),
     ("MS02", 1, "ask_customer"), ("MS03", 1, "ask_customer"), ("RC01", 1, "mend_file"),
     ("RR01", 1, "mend_file"), ("RR04", 1, "ask_customer"), ("SL01", 1, "ask_customer"),
     ("", 1, "ask_customer"), ("ZZ99", 1, "ask_customer")],
)  # fmt: skip
def test_what_is_done_about_a_debit_that_came_back(code: str, attempt: int, step: str) -> None:
    assert debit_returns.next_step(code, attempt=attempt, retries_max=1) == step


def test_how_long_a_debit_may_come_back() -> None:
    until = debit_returns.may_still_come_back_until
    assert until("CORE", DAY) == date(2026, 5, 11)
    assert until("CORE", DAY, authorised=False) == date(2027, 4, 16)
    assert until("B2B", DAY) == date(2026, 3, 19)
    assert until("B2B", date(2026, 4, 2)) == date(2026, 4, 9)  # over Easter
    assert debit_returns.returned_by_bank_until("CORE", DAY) == date(2026, 3, 23)


# ACH

ENTRY = Entry(entered_on=date(2026, 1, 5), minor=1_000, code="R01")


@pytest.mark.parametrize(
    ("change", "on", "minor", "why"),
    [
        ({}, DAY, 1_000, ""),
        ({"code": "R09", "retries": 1}, DAY, 1_000, ""),
        ({"retries": 2}, DAY, 1_000, "retries_used_up"),
        ({}, date(2026, 7, 4), 1_000, ""),
        ({}, date(2026, 7, 5), 1_000, "retry_too_late"),
        ({}, DAY, 999, "retry_of_another_amount"),
        ({"code": "R10"}, DAY, 1_000, "reason_forbids_retry"),
        ({"code": "R02"}, DAY, 1_000, "reason_forbids_retry"),
        ({"code": "R99"}, DAY, 1_000, "reason_forbids_retry"),
    ],
)
def test_an_ach_debit_is_sent_again_at_most_twice(
    change: dict[str, object], on: date, minor: int, why: str
) -> None:
    assert ach.why_no_retry(replace(ENTRY, **change), on=on, minor=minor) == why


@pytest.mark.parametrize(
    ("code", "until"),
    [("R01", date(2026, 3, 18)), ("R29", date(2026, 3, 18)), ("R10", date(2026, 5, 15)),
     ("R07", date(2026, 5, 15)), ("R06", None), ("R99", None)],
)  # fmt: skip
def test_until_when_an_ach_return_arrives(code: str, until: date | None) -> None:
    assert ach.comes_back_by(code, DAY, target.CALENDAR) == until


@pytest.mark.parametrize(
    ("entries", "returned", "states"),
    [
        (1_000, [], ["good", "good", "good"]),
        (1_000, ["R10"] * 4, ["watch", "good", "good"]),
        (1_000, ["R10"] * 5, ["watch", "good", "good"]),
        (1_000, ["R29", "R05", "R07", "R10", "R11", "R10"], ["over", "good", "good"]),
        (1_000, ["R03"] * 24, ["good", "watch", "good"]),
        (1_000, ["R02"] * 31, ["good", "over", "good"]),
        (1_000, ["R01"] * 120, ["good", "good", "watch"]),
        (1_000, ["R01"] * 151, ["good", "good", "over"]),
        (0, [], ["good", "good", "good"]),
    ],
)
def test_return_rates_beside_their_levels(
    entries: int, returned: list[str], states: list[str]
) -> None:
    assert [one.state for one in ach.return_rates(entries, returned)] == states


def test_a_return_rate_is_exact() -> None:
    first, *_ = ach.return_rates(800, ["R10"] * 3)
    assert (first.percent, first.level_percent) == (Decimal("0.375"), Decimal("0.5"))


def test_one_return_fee_told_of_beforehand_and_five_days_to_reverse() -> None:
    assert ach.may_charge_fee(ENTRY, was_told=True, fees=0)
    assert not ach.may_charge_fee(ENTRY, was_told=False, fees=0)
    assert not ach.may_charge_fee(ENTRY, was_told=True, fees=1)
    assert not ach.may_charge_fee(replace(ENTRY, code="R10"), was_told=True, fees=0)
    assert ach.may_reverse(DAY, date(2026, 3, 23), target.CALENDAR)
    assert not ach.may_reverse(DAY, date(2026, 3, 24), target.CALENDAR)


# Files

OWN = pain.OwnSide(name="Acme Supply", iban=IBAN, identifier="DE98ZZZ09999999999")
DEBIT = pain.Debit(
    end_to_end="DD-1-1", minor=12_345, currency="EUR", holder="Müller & Söhne", iban=IBAN, bic="",
    text="INV-1", mandate="M-1", signed_on=date(2025, 1, 2), sequence="FRST",
)  # fmt: skip


@pytest.mark.parametrize("schema", [pain.DIRECT_DEBIT, pain.DIRECT_DEBIT_OLD])
def test_a_collection_fits_the_banks_schema(schema: str) -> None:
    debits = [
        DEBIT,
        replace(DEBIT, end_to_end="DD-1-2", sequence="RCUR", bic="COBADEFFXXX", minor=5,
                was_iban="FR1420041010050500013M02606", town="Zürich", country="CH"),
        replace(DEBIT, end_to_end="DD-1-3", sequence="RCUR", minor=10),
    ]  # fmt: skip
    content = pain.direct_debits("PF-1", AT, OWN, DAY, debits, scheme="CORE", schema=schema)
    require_valid(content, schema)
    space = {"p": f"urn:iso:std:iso:20022:tech:xsd:{schema}"}
    tree = etree.fromstring(content)
    assert tree.findtext(".//p:GrpHdr/p:CtrlSum", namespaces=space) == "123.60"
    assert [each.text for each in tree.findall(".//p:PmtInf/p:PmtInfId", space)] == [
        "PF-1-FRST", "PF-1-RCUR",
    ]  # fmt: skip
    assert [each.text for each in tree.findall(".//p:PmtInf/p:CtrlSum", space)] == [
        "123.45", "0.15",
    ]  # fmt: skip
    assert tree.findtext(".//p:Dbtr/p:Nm", namespaces=space) == "Mueller + Soehne"
    assert tree.findtext(".//p:OrgnlDbtrAcct//p:IBAN", namespaces=space) == (
        "FR1420041010050500013M02606"
    )


def test_an_address_in_a_file_is_structured() -> None:
    """Since November 2026 banks take no lines of text as an address."""
    abroad = replace(DEBIT, town="Zürich", country="CH")
    parts = [DEBIT, replace(abroad, end_to_end="DD-1-2")]
    content = pain.direct_debits("PF-1", AT, OWN, DAY, parts, scheme="CORE")
    space = {"p": f"urn:iso:std:iso:20022:tech:xsd:{pain.DIRECT_DEBIT}"}
    tree = etree.fromstring(content)
    [address] = tree.findall(".//p:Dbtr/p:PstlAdr", space)
    assert [(etree.QName(one).localname, one.text) for one in address] == [
        ("TwnNm", "Zuerich"), ("Ctry", "CH"),
    ]  # fmt: skip
    assert tree.findall(".//p:AdrLine", space) == []


def test_the_same_gives_the_same_bytes() -> None:
    one, other = (
        pain.direct_debits("PF-1", AT, OWN, DAY, debits, scheme="B2B")
        for debits in ([DEBIT, replace(DEBIT, end_to_end="DD-0")],
                       [replace(DEBIT, end_to_end="DD-0"), DEBIT])
    )  # fmt: skip
    assert one == other


@given(
    name=st.text(max_size=90),
    text=st.text(max_size=160),
    minor=st.integers(1, 99_999_999_999),
)
def test_whatever_people_are_called_the_file_is_valid(name: str, text: str, minor: int) -> None:
    transfer = pain.Transfer(
        end_to_end="RFD-1", minor=minor, currency="EUR", payee=f"x{name}", iban=IBAN,
        text=f"x{text}",
    )  # fmt: skip
    content = pain.credit_transfers("PF-1", AT, OWN, DAY, [transfer])
    require_valid(content, pain.CREDIT_TRANSFER)


def test_a_file_that_does_not_fit_is_refused() -> None:
    content = pain.credit_transfers(
        "PF-1", AT, replace(OWN, iban="nonsense"), DAY,
        [pain.Transfer(end_to_end="R", minor=1, currency="EUR", payee="A", iban=IBAN, text="t")],
    )  # fmt: skip
    with pytest.raises(Refused) as caught:
        require_valid(content, pain.CREDIT_TRANSFER)
    assert caught.value.code == "payment_file_invalid"

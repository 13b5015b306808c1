"""Receipts and deposit slips as pages: for the customer at the counter, and for the bank."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.utils import translation
from django.utils.translation import gettext

from creditdesk.cash.rules.receipts import CHEQUE, Cheque, Kind
from creditdesk.controls import queries as controls
from creditdesk.invoices import issued_queries, rendering
from creditdesk.invoices.documents.values import Address, Contact, Party
from creditdesk.invoices.paper import frame
from creditdesk.kernel.actor import Actor
from creditdesk.look import words

RECEIPT: Final = "creditdesk.cash.paper.receipt"
DEPOSIT: Final = "creditdesk.cash.paper.deposit"
# What of a slip is no receipt: more or less cash than was taken.
DIFFERENCE: Final = "difference"
ENGLISH: Final = "en"
LANGUAGES: Final = frozenset({ENGLISH, "de"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptSheet:
    """What a receipt says."""

    reference: str
    kind: Kind
    customer_id: int
    currency: str
    minor: int
    received_on: date
    counts_on: date
    cheque: Cheque | None
    named: tuple[str, ...]
    on_account: bool
    note: str
    taken_by: str


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A cheque, cash, or a difference of the till, as a line of a deposit slip."""

    reference: str
    kind: str
    customer: str
    cheque_number: str
    drawer: str
    drawer_bank: str
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositSheet:
    """What a deposit slip says."""

    reference: str
    account: str
    account_name: str
    currency: str
    brought_on: date
    total_minor: int
    rows: tuple[SheetRow, ...]
    taken_by: str


def receipt(actor: Actor, sheet: ReceiptSheet) -> bytes:
    """Return a receipt as a PDF in the customer's language; the same gives the same bytes."""
    buyer, language = issued_queries.buyer(actor.company_id, sheet.customer_id)
    with translation.override(language if language in LANGUAGES else ENGLISH):
        shown = frame.breakable(_receipt(sheet, _seller(actor), buyer))
    return rendering.typeset(RECEIPT, shown, sheet.received_on)


def deposit(actor: Actor, sheet: DepositSheet) -> bytes:
    """Return a deposit slip as a PDF in the language of who draws it up."""
    return rendering.typeset(
        DEPOSIT, frame.breakable(_deposit(sheet, _seller(actor))), sheet.brought_on
    )


def _receipt(sheet: ReceiptSheet, seller: Party, buyer: Party) -> dict[str, Any]:
    around = frame.Frame(
        kind=gettext("Receipt"),
        number=sheet.reference,
        issued_on=sheet.received_on,
        seller=seller,
        buyer=buyer,
        references=[
            (gettext("Receipt"), sheet.reference),
            (gettext("Received on"), words.day(sheet.received_on)),
            (gettext("Received by"), sheet.taken_by),
        ],
    )
    return {
        **frame.data(around),
        "hero": {
            "label": gettext("Received in a cheque")
            if sheet.kind == CHEQUE
            else gettext("Received in cash"),
            "amount": str(words.figure(sheet.minor, sheet.currency)),
            "currency": sheet.currency,
        },
        "facts": _facts(sheet),
        "sentences": _sentences(sheet),
        "signed": gettext("Signature"),
    }


def _facts(sheet: ReceiptSheet) -> list[list[str]]:
    cheque = sheet.cheque
    told = [
        (gettext("Cheque"), cheque.number if cheque else ""),
        (gettext("Drawer"), cheque.drawer if cheque else ""),
        (gettext("Drawer's bank"), cheque.bank if cheque else ""),
        (gettext("Date on the cheque"), words.day(cheque.dated_on) if cheque else ""),
        (gettext("For"), ", ".join(sheet.named) or (_account_words() if sheet.on_account else "")),
        (gettext("Note"), sheet.note),
    ]
    return [[label, value] for label, value in told if value]


def _account_words() -> str:
    return gettext("your account with us")


def _sentences(sheet: ReceiptSheet) -> list[str]:
    if sheet.cheque is None:
        return [gettext("We have received this amount in cash.")]
    found = [gettext("A cheque counts as paid once the bank has honoured it.")]
    if sheet.counts_on > sheet.received_on:
        on = words.day(sheet.counts_on)
        found.insert(0, gettext("The cheque is dated ahead: it counts from %(day)s.") % {"day": on})
    return found


def _deposit(sheet: DepositSheet, seller: Party) -> dict[str, Any]:
    def money(minor: int) -> str:
        return str(words.figure(minor, sheet.currency))

    day = words.day(sheet.brought_on)
    around = frame.Frame(
        kind=gettext("Deposit slip"),
        number=sheet.reference,
        issued_on=sheet.brought_on,
        seller=seller,
        buyer=Party(
            name=sheet.account_name or gettext("To our bank"),
            address=Address(country=seller.address.country),
        ),
        references=[
            (gettext("Reference"), sheet.reference),
            (gettext("To account"), sheet.account),
            (gettext("Brought on"), day),
            (gettext("Drawn up by"), sheet.taken_by),
        ],
    )
    cheques = [one for one in sheet.rows if one.kind == CHEQUE]
    cash = sum(one.minor for one in sheet.rows if one.kind != CHEQUE)
    return {
        **frame.data(around),
        "currency": sheet.currency,
        "ask": gettext("Please credit the total in one amount and name %(reference)s.")
        % {"reference": sheet.reference},
        "columns": [
            gettext("Receipt"), gettext("Cheque"), gettext("Drawer"), gettext("Drawer's bank"),
            gettext("Amount"),
        ],
        "lines": [_line(one, money(one.minor)) for one in sheet.rows],
        "sums": [
            [gettext("Cheques: %(count)d") % {"count": len(cheques)},
             money(sum(one.minor for one in cheques))],
            [gettext("Cash"), money(cash)],
        ],
        "total": [gettext("Total"), money(sheet.total_minor)],
        "signed": [gettext("Brought by"), gettext("Received by the bank")],
    }  # fmt: skip


def _line(one: SheetRow, amount: str) -> list[str]:
    if one.kind == CHEQUE:
        return [one.reference, one.cheque_number, one.drawer, one.drawer_bank, amount]
    if one.kind == DIFFERENCE:
        told = gettext("More in the till") if one.minor > 0 else gettext("Missing in the till")
        return [one.reference, gettext("Cash"), told, "", amount]
    return [one.reference, gettext("Cash"), one.customer, "", amount]


def _seller(actor: Actor) -> Party:
    """Return who writes: the seller on our invoices, or the company where the ERP issues them."""
    row = issued_queries.seller(actor.company_id, actor.today)
    if row is not None:
        return row.particulars.party
    company = controls.company(actor.company_id)
    street, _, rest = company.address.partition("\n")
    address = Address(country=company.country, street=street, extra=rest.replace("\n", ", "))
    return Party(
        name=company.name,
        address=address,
        contact=Contact("", company.phone, company.sender_email),
    )

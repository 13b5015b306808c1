"""What makes an invoice acceptable, what falls due when, and where credit goes first. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

from creditdesk.kernel.calendars import BusinessCalendar, day_of
from creditdesk.kernel.currencies import CURRENCIES
from creditdesk.kernel.money import MINOR_MAX, split, to_minor
from creditdesk.kernel.references import reference_key
from creditdesk.ledger.rules import RECEIVABLE, REVENUE, UNAPPLIED, VAT_OUTPUT, Posting
from creditdesk.policy.rules import Instalment, Terms, instalments
from creditdesk.policy.rules.terms.dates import whole_weights

INVOICE: Final = "invoice"
CREDIT_NOTE: Final = "credit_note"
CHARGE: Final = "charge"
NUMBER_LENGTH_MAX: Final = 64
TEXT_LENGTH_MAX: Final = 200
EARLIEST: Final = date(1990, 1, 1)
AHEAD_DAYS_MAX: Final = 366
INSTALMENTS_MAX: Final = 60

PERCENT: Final = 100

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvoice:
    """An invoice as it was issued; an explicit `due_on` makes one instalment of it.

    `instalments` given are what falls due when. Without either the terms decide: those named, else
    the customer's, else the policy's default. `converts_minor` is what it takes of the credit set
    aside for its order, where that is not all of it.
    """

    customer_id: int
    number: str
    issued_on: date
    currency: str
    net_minor: int
    tax_minor: int = 0
    due_on: date | None = None
    terms_code: str = ""
    order_reference: str = ""
    customer_reference: str = ""
    instalments: tuple[Instalment, ...] = ()
    converts_minor: int | None = None

    @property
    def total_minor(self) -> int:
        """Net and tax together."""
        return self.net_minor + self.tax_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCreditNote:
    """A credit note, amounts positive; `corrects` is the number of the invoice it lowers first.

    `takes_back` names accounts and amounts where it is not revenue and VAT that it takes back.
    """

    customer_id: int
    number: str
    issued_on: date
    currency: str
    net_minor: int
    tax_minor: int = 0
    corrects: str = ""
    reason: str = ""
    order_reference: str = ""
    customer_reference: str = ""
    takes_back: tuple[tuple[str, int], ...] = ()

    @property
    def total_minor(self) -> int:
        """Net and tax together."""
        return self.net_minor + self.tax_minor


NewDocument = NewInvoice | NewCreditNote


@dataclass(frozen=True, slots=True)
class Rejected:
    """A document that was not recorded: its place in the batch, a code, and what it is about."""

    position: int
    number: str
    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RecordResult:
    """How many were recorded, how many were known already and the same, which were rejected."""

    recorded: int
    known: int
    rejected: tuple[Rejected, ...] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """A document that stands in the books, as far as a repeat of it is compared."""

    number: str
    kind: str
    customer_id: int
    issued_on: date
    currency: str
    net_minor: int
    tax_minor: int
    due_on: date | None
    is_opening: bool = False
    parts: str = ""


@dataclass(frozen=True, slots=True)
class OpenPart:
    """What is open on an item."""

    item_id: int
    issued_on: date
    due_on: date
    open_minor: int


@dataclass(frozen=True, slots=True)
class Application:
    """A part of a credit note that lowers an open item."""

    item_id: int
    minor: int
    on: date
    settles: bool


def number_key(number: str) -> str:
    """Return a document number for matching; one without letters or digits is its own key."""
    return reference_key(number) or number


def fault_of(new: NewDocument, *, today: date) -> str:
    """Return why the document cannot be recorded, or an empty text."""
    if not new.number.strip():
        return "number_missing"
    if len(new.number) > NUMBER_LENGTH_MAX:
        return "number_too_long"
    order, customer = new.order_reference, new.customer_reference
    if len(order) > TEXT_LENGTH_MAX or len(customer) > TEXT_LENGTH_MAX:
        return "text_malformed"
    if _CONTROL.search(f"{new.number}{order}{customer}"):
        return "text_malformed"
    if new.currency not in CURRENCIES:
        return "currency_malformed"
    due_on = new.due_on if isinstance(new, NewInvoice) else None
    return (
        _amount_fault(new)
        or _date_fault(new.issued_on, due_on, today)
        or (_instalment_fault(new, today) if isinstance(new, NewInvoice) else "")
    )


def _amount_fault(new: NewDocument) -> str:
    total_minor = new.net_minor + new.tax_minor
    if total_minor == 0:
        return "amount_zero"
    if total_minor < 0:
        return "amount_negative"
    if new.net_minor < 0 or new.tax_minor < 0:
        return "amount_signs_mixed"
    return "amount_too_large" if total_minor > MINOR_MAX // 1_000_000 else ""


def _instalment_fault(new: NewInvoice, today: date) -> str:
    parts = new.instalments
    if not parts:
        return ""
    days = [part.due_on for part in parts]
    numbers = [part.number for part in parts]
    if numbers != list(range(1, len(parts) + 1)) or len(parts) > INSTALMENTS_MAX:
        return "instalments_malformed"
    if days != sorted(days) or min(part.minor for part in parts) <= 0:
        return "instalments_malformed"
    if sum(part.minor for part in parts) != new.total_minor:
        return "instalments_sum_differs"
    if new.due_on is not None and new.due_on not in days:
        return "instalments_due_differs"
    return next(filter(None, (_date_fault(new.issued_on, day, today) for day in days)), "")


# Terms may count from delivery or from a base date before the document: due dates some weeks
# earlier than the invoice are found in real ledgers; more than a quarter is a slip.
DUE_EARLY_DAYS_MAX = 92


@lru_cache(4096)
def _date_fault(issued_on: date, due_on: date | None, today: date) -> str:
    if not EARLIEST <= issued_on <= today + timedelta(days=AHEAD_DAYS_MAX):
        return "issued_out_of_range"
    if due_on is not None and due_on < issued_on - timedelta(days=DUE_EARLY_DAYS_MAX):
        return "due_before_issued"
    if due_on is not None and due_on > issued_on + timedelta(days=3660):
        return "due_out_of_range"
    return ""


def differences(new: NewDocument, known: Recorded) -> tuple[str, ...]:
    """Return the fields in which a repeated document differs from the recorded one.

    The tax of a document taken over at going live is not known and not compared.
    """
    kind = INVOICE if isinstance(new, NewInvoice) else CREDIT_NOTE
    pairs = (
        ("kind", kind, known.kind),
        ("customer_number", new.customer_id, known.customer_id),
        ("issued_on", new.issued_on, known.issued_on),
        ("currency", new.currency, known.currency),
        ("total", new.net_minor + new.tax_minor, known.net_minor + known.tax_minor),
        ("tax", known.tax_minor if known.is_opening else new.tax_minor, known.tax_minor),
    )
    found = [field for field, given, recorded in pairs if given != recorded]
    if isinstance(new, NewInvoice) and new.instalments:
        if not known.is_opening and parts_text(new.instalments) != known.parts:
            found.append("instalments")
    elif isinstance(new, NewInvoice) and new.due_on is not None and new.due_on != known.due_on:
        found.append("due_on")
    return tuple(found)


def parts_text(parts: Sequence[Instalment]) -> str:
    """Return instalments as the books write them: day and amount of each, in order."""
    return ";".join(f"{part.due_on} {part.minor}" for part in parts)


_PART = re.compile(r"(\d{4}-\d{2}-\d{2})[\s:=]+(\d{1,15}(?:[.,]\d{1,4})?)\s*(%?)")


def read_instalments(text: str, total_minor: int, currency: str) -> tuple[Instalment, ...]:
    """Return instalments written as “2026-04-01 500.00; 2026-05-01 500.00”, or with percents.

    Raises ValueError where they are written otherwise, or percents do not make up the whole.
    """
    found = [_PART.fullmatch(one.strip()) for one in re.split(r"[;|\n]", text) if one.strip()]
    parts = sorted((day_of(one[1]), one[2].replace(",", "."), one[3]) for one in found if one)
    signs = {sign for _, _, sign in parts}
    if not found or not all(found) or len(signs) != 1:
        raise ValueError(f"{text[:80]!r} are no instalments")
    if signs == {""}:
        minors = [to_minor(number, currency) for _, number, _ in parts]
    else:
        percents = [Decimal(number) for _, number, _ in parts]
        if sum(percents) != PERCENT:
            raise ValueError("the percents do not sum to 100")
        minors = split(total_minor, whole_weights(percents))
    numbered = enumerate(zip(parts, minors, strict=True), start=1)
    return tuple(Instalment(number, part[0], minor) for number, (part, minor) in numbered)


def parts_of(new: NewInvoice, terms: Terms | None, calendar: BusinessCalendar) -> list[Instalment]:
    """Return what falls due when: as given, one part at an explicit due date, else by the terms."""
    if new.instalments:
        return list(new.instalments)
    if new.due_on is not None or terms is None:
        return [Instalment(1, new.due_on or new.issued_on, new.net_minor + new.tax_minor)]
    return instalments(terms, new.issued_on, new.net_minor + new.tax_minor, calendar)


def share_of_tax(tax_minor: int, total_minor: int, parts: Sequence[Instalment]) -> list[int]:
    """Return the tax within each instalment: in proportion, rounded down, the rest in the last.

    No part holds more tax than it is worth.
    """
    if len(parts) == 1:
        return [tax_minor]
    shares = [tax_minor * part.minor // total_minor for part in parts]
    shares[-1] += tax_minor - sum(shares)
    for n in range(len(parts) - 1, 0, -1):
        excess = max(0, shares[n] - parts[n].minor)
        shares[n] -= excess
        shares[n - 1] += excess
    return shares


def apply_credit(minor: int, open_parts: Iterable[OpenPart], *, on: date) -> list[Application]:
    """Lower the oldest due items first, until the credit is used up or nothing is open.

    An application is dated when both the item and the credit stood: never before the item's issue.
    """
    found: list[Application] = []
    for part in sorted(open_parts, key=lambda part: (part.due_on, part.item_id)):
        applied = min(minor, part.open_minor)
        if applied <= 0:
            continue
        minor -= applied
        found.append(
            Application(part.item_id, applied, max(on, part.issued_on), applied == part.open_minor)
        )
    return found


def credit_note_postings(credit_note_id: int, new: NewCreditNote, *, on: date) -> list[Posting]:
    """Return what a credit note takes back, held as unapplied credit from `on`."""
    takes_back = new.takes_back or ((REVENUE, new.net_minor), (VAT_OUTPUT, new.tax_minor))
    return [
        Posting(
            debit=account,
            credit=UNAPPLIED,
            currency=new.currency,
            minor=minor,
            effective_on=on,
            source_kind=CREDIT_NOTE,
            source_id=credit_note_id,
            customer_id=new.customer_id,
        )
        for account, minor in takes_back
        if minor > 0
    ]


def application_posting(
    application_id: int, applied: Application, *, customer_id: int, currency: str
) -> Posting:
    """Return the move of unapplied credit onto an open item."""
    return Posting(
        debit=UNAPPLIED,
        credit=RECEIVABLE,
        currency=currency,
        minor=applied.minor,
        effective_on=applied.on,
        source_kind="credit_application",
        source_id=application_id,
        customer_id=customer_id,
        item_id=applied.item_id,
    )

"""Remittance advices taken in: read, kept, refused ones too; tied to a payment by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from creditdesk.cash.models import AdviceLine, MailRead, Payment, RemittanceAdvice
from creditdesk.cash.queries import remittances as read
from creditdesk.cash.readers.advices import ToldAdvice, ToldLine, read_confined
from creditdesk.cash.rules import Receipt, build_index
from creditdesk.cash.rules.documents import named_documents
from creditdesk.cash.services.files import Refusal
from creditdesk.contact import inbox
from creditdesk.contact import queries as contact
from creditdesk.controls import queries as controls
from creditdesk.controls.commands import acts_on, command
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place
from creditdesk.kernel.money import exponent
from creditdesk.kernel.references import reference_key
from creditdesk.plumbing.services import keep_file, take_references

READ, TIED, REFUSED, SET_ASIDE = "read", "tied", "refused", "set_aside"
PREFIX = "ADV"
ATTACHED = (".pdf", ".csv", ".xlsx", ".txt")


@dataclass(frozen=True, slots=True)
class TakenAdvice:
    """What became of an advice; `is_known`: it was here before, and nothing changed."""

    reference: str
    status: str
    lines: int
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class MailedResult:
    """Mails looked through, and the advices found in them."""

    mails: int
    advices: int


@dataclass(frozen=True, slots=True)
class _Source:
    """Where an advice comes from."""

    kind: str
    filename: str
    key: str
    file_id: int | None = None
    mail_id: int | None = None
    customer_id: int | None = None


@command("cash.take_in_advice")
def take_in_advice(actor: Actor, *, filename: str, content: bytes) -> TakenAdvice:
    """Keep an advice given as a file, read into lines; the same file again changes nothing.

    Raises Invalid, naming file, line and field, where it cannot be read; nothing is kept then.
    """
    key = _digest(content)
    known = _known(actor, key)
    if known is not None and known.status != REFUSED:
        return _taken(known, is_known=True)
    told = read_confined(content, filename)
    source = _Source("upload", filename, key, file_id=keep_file(actor, filename, content))
    row = _kept(actor, source, told, known)
    acts_on("advice", [row.id])
    return _taken(row)


@command("cash.keep_refused_advice")
def keep_refused_advice(
    actor: Actor, *, filename: str, content: bytes, why: Refusal
) -> TakenAdvice:
    """Keep an advice that could not be read with why; the same bytes again are one."""
    source = _Source(
        "upload", filename, _digest(content), file_id=keep_file(actor, filename, content)
    )
    return _taken(_refused(actor, source, why))


@command("cash.read_advices")
def read_mailed_advices(actor: Actor) -> MailedResult:
    """Look through the mails that came in for advices: their text, and what is attached.

    A mail is looked through once. Only what names a document known here is an advice; what cannot
    be read stays with its mail.
    """
    mails = read.unread_mails(actor.company_id)
    found = 0
    for mail in mails:
        here = sum(_of_mail(actor, mail, told, kind) for told, kind in _told_by(actor, mail))
        MailRead.objects.get_or_create(
            company_id=actor.company_id,
            mail_id=mail.id,
            defaults={"advices": here, "recorded_at": actor.at},
        )
        found += here
    return MailedResult(len(mails), found)


def _told_by(actor: Actor, mail: read.UnreadMail) -> Iterable[tuple[ToldAdvice, str]]:
    """Yield what the attachments of a mail say, or else what its text says."""
    row = contact.mail(actor.company_id, mail.id)
    content = contact.original(actor.company_id, mail.id).content
    has_attached = False
    for one in row.attachments:
        name = str(one["name"])
        if name.lower().endswith(ATTACHED):
            try:
                attached = inbox.attachment(content, mail.filename, int(one["place"]))
                told = read_confined(attached, name)
            except Invalid:
                continue
            has_attached = True
            yield told, f"attachment:{one['place']}:{name}"
    if not has_attached and row.body_text.strip():
        try:
            yield read_confined(row.body_text.encode(), mail.filename), "mail"
        except Invalid:
            return


def _of_mail(actor: Actor, mail: read.UnreadMail, told: ToldAdvice, kind: str) -> bool:
    """Keep what a mail says if it names a document known here; say whether it does."""
    lines = _resolved(actor, told, mail.customer_id)
    if not any(line.is_known for line in lines):
        return False
    source, _, rest = kind.partition(":")
    key = _digest(f"mail {mail.id} {kind}".encode())
    where = _Source(
        source, rest.partition(":")[2] or mail.filename, key,
        mail_id=mail.id, customer_id=mail.customer_id,
    )  # fmt: skip
    if _known(actor, key) is None:
        _kept(actor, where, told, None)
    return True


@dataclass(frozen=True, slots=True)
class _Resolved:
    """A line with the number it names: as issued, if the document is known."""

    line: ToldLine
    number: str
    number_key: str
    is_known: bool
    customer_id: int | None = None


def _resolved(actor: Actor, told: ToldAdvice, customer_id: int | None) -> list[_Resolved]:
    """Find the document each line names: by its number, or in any writing among its customers'."""
    keys = {reference_key(number) for line in told.lines for number in line.numbers}
    known = read.known_documents(actor.company_id, keys)
    owners = {one.customer_id for one in known.values()}
    owners |= {customer_id} if customer_id is not None else set()
    index = build_index(invoices.open_items(actor.company_id, customer_ids=owners))
    found = []
    for line in told.lines:
        hit = next((known[k] for n in line.numbers if (k := reference_key(n)) in known), None)
        if hit is not None:
            found.append(_Resolved(line, hit.number, hit.number_key, True, hit.customer_id))
            continue
        receipt = Receipt(
            payment_id=0, minor=1, currency=told.currency, received_on=actor.today,
            text=" , ".join(line.numbers),
        )  # fmt: skip
        named = named_documents(receipt, index)
        if len(named) == 1:
            document = named[0].document
            key = document.items[0].number_key
            found.append(_Resolved(line, document.number, key, True, document.customer_id))
        else:
            number = line.numbers[0]
            found.append(_Resolved(line, number, reference_key(number), False))
    return found


def _kept(
    actor: Actor, source: _Source, told: ToldAdvice, row: RemittanceAdvice | None
) -> RemittanceAdvice:
    """Write down an advice with its lines; in place of one that was refused before."""
    lines = _resolved(actor, told, source.customer_id)
    currency = told.currency or _currency(actor, lines)
    owners = {line.customer_id for line in lines if line.customer_id is not None}
    owner = source.customer_id or (owners.pop() if len(owners) == 1 else None)
    advice = row or RemittanceAdvice(
        company_id=actor.company_id,
        reference=take_references(actor, PREFIX, 1)[0],
        source=source.kind,
        source_key=source.key,
        recorded_at=actor.at,
        recorded_by=actor.name,
    )
    advice.file_id, advice.mail_id, advice.filename = (
        source.file_id, source.mail_id, source.filename,
    )  # fmt: skip
    advice.format, advice.payer_name = told.format, told.payer
    advice.customer_id, advice.told_reference = owner, told.reference
    advice.paid_on, advice.currency = told.paid_on, currency
    advice.total_minor = _minor(told.paid, currency, source.filename)
    advice.status, advice.fault_code, advice.fault_text = READ, "", ""
    advice.save()
    AdviceLine.objects.bulk_create(
        [
            AdviceLine(
                company_id=actor.company_id,
                advice=advice,
                line_no=n,
                number=one.number,
                number_key=one.number_key,
                paid_minor=_minor(one.line.paid, currency, source.filename, one.line.line_no),
                deduction_minor=_minor(
                    one.line.deduction, currency, source.filename, one.line.line_no
                ),
                reason=one.line.reason,
            )
            for n, one in enumerate(lines, 1)
        ],
        batch_size=1000,
    )
    return advice


def _currency(actor: Actor, lines: Sequence[_Resolved]) -> str:
    """Return the currency of the documents named, or else the company's."""
    known = read.known_documents(actor.company_id, {line.number_key for line in lines})
    told = {one.currency for one in known.values()}
    return told.pop() if len(told) == 1 else controls.company(actor.company_id).currency


def _minor(amount: Decimal, currency: str, file: str, line: int | None = None) -> int:
    scaled = amount.scaleb(exponent(currency))
    if scaled != scaled.to_integral_value():
        raise Invalid(
            "advice_amount_unreadable",
            f"{amount} {currency} has a fraction of a minor unit",
            place=Place(file=file, line=line),
            mend="Correct the amount, or name the currency",
        )
    return int(scaled)


def _refused(actor: Actor, source: _Source, why: Refusal) -> RemittanceAdvice:
    row = _known(actor, source.key)
    if row is not None:
        return row
    return RemittanceAdvice.objects.create(
        company_id=actor.company_id,
        reference=take_references(actor, PREFIX, 1)[0],
        source=source.kind,
        source_key=source.key,
        file_id=source.file_id,
        filename=source.filename,
        status=REFUSED,
        fault_code=why.code,
        fault_text=why.message,
        fault_place=why.place,
        fault_mend=why.mend,
        recorded_at=actor.at,
        recorded_by=actor.name,
    )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _known(actor: Actor, key: str) -> RemittanceAdvice | None:
    return RemittanceAdvice.objects.filter(company_id=actor.company_id, source_key=key).first()


def _taken(row: RemittanceAdvice, *, is_known: bool = False) -> TakenAdvice:
    count = AdviceLine.objects.filter(advice_id=row.id).count()
    return TakenAdvice(row.reference, row.status, count, is_known)


@command("cash.apply")
def tie_advice(actor: Actor, reference: str, *, payment_reference: str) -> TakenAdvice:
    """Say which payment an advice goes with: matching proposes and applies by it from now on."""
    row = _locked(actor, reference)
    if row.status == REFUSED:
        raise Conflict("advice_unread", "The advice could not be read; set it aside")
    payment = Payment.objects.filter(
        company_id=actor.company_id, reference=payment_reference
    ).first()
    if payment is None:
        raise NotFound("payment_unknown", f"There is no payment {payment_reference[:60]!r}")
    if payment.currency != row.currency:
        raise Invalid(
            "advice_currency_differs",
            f"The advice is in {row.currency}, the payment in {payment.currency}",
            place=Place(field="payment"),
            mend="Choose another payment",
        )
    acts_on("payment", [payment.id])
    row.payment, row.status = payment, TIED
    row.tied_at, row.tied_by = actor.at, actor.name
    row.save(update_fields=["payment", "status", "tied_at", "tied_by"])
    return _taken(row)


@command("cash.set_aside_advice")
def set_aside_advice(actor: Actor, reference: str, *, reason: str) -> TakenAdvice:
    """Say that an advice serves no payment; it stays kept. Again changes nothing."""
    if not reason.strip():
        raise Invalid(
            "reason_missing",
            "Setting an advice aside needs a reason",
            place=Place(field="reason"),
            mend="Say in a word why",
        )
    row = _locked(actor, reference)
    row.status, row.payment, row.tied_at, row.tied_by = SET_ASIDE, None, None, ""
    row.settled_by, row.settled_why = actor.name, reason.strip()[:200]
    row.save(update_fields=["status", "payment", "tied_at", "tied_by", "settled_by", "settled_why"])
    return _taken(row)


def _locked(actor: Actor, reference: str) -> RemittanceAdvice:
    row = (
        RemittanceAdvice.objects.select_for_update(of=("self",))
        .filter(company_id=actor.company_id, reference=reference)
        .first()
    )
    if row is None:
        raise NotFound("advice_unknown", "There is no such remittance advice")
    return row

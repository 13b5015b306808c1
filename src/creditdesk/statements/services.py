"""Writers of statements of account: who is sent one how often, and the sending."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils import translation
from django.utils.translation import gettext

from creditdesk.contact import services as contact
from creditdesk.contact.rules import Draft, DraftFile
from creditdesk.controls import queries as controls
from creditdesk.controls.commands import command
from creditdesk.controls.privacy.cases import Case
from creditdesk.controls.privacy.rules import (
    Line,
    Part,
    first_kept_moment,
    kept_until,
    retention,
)
from creditdesk.controls.privacy.services.redacting import redact
from creditdesk.customers import queries as customers
from creditdesk.customers.queries import ContactRow, CustomerRow
from creditdesk.invoices import issued_queries
from creditdesk.invoices.documents.values import Address, Contact, Party
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place, Refused
from creditdesk.look import words
from creditdesk.plumbing.services import keep_file
from creditdesk.statements import paper, queries, rules
from creditdesk.statements.models import Schedule, Sent
from creditdesk.statements.paper import Correspondents
from creditdesk.statements.rules import DoesNotAddUp, Period, Statement

BATCH: Final = 200
ENGLISH: Final = "en"
LANGUAGES: Final = frozenset({ENGLISH, "de"})
PURPOSE: Final = "service"
_PDF: Final = "application/pdf"


@dataclass(frozen=True, slots=True)
class SendResult:
    """How many customers were written to, with how many statements, and why others were not.

    `left` counts the others by code: `no_address`, `nothing_to_tell`, or `gate`.
    """

    customers: int
    statements: int
    left: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Letter:
    """What one customer is to be sent."""

    statements: list[Statement]
    files: list[DraftFile]
    draft: Draft


@command("statements.set_schedule")
def set_schedule(actor: Actor, every: str, *, customer_number: str | None = None) -> None:
    """Have a customer, or everybody without a schedule of their own, sent statements so often."""
    if every not in rules.EVERY:
        raise Invalid(
            "interval_unknown",
            f"{every[:40]!r} is no interval of statements",
            place=Place(field="every"),
            mend=f"Choose one of {', '.join(rules.EVERY)}",
        )
    customer_id = None
    if customer_number is not None:
        customer_id = customers.customer(actor.company_id, customer_number).id
    Schedule.objects.create(
        company_id=actor.company_id,
        customer_id=customer_id,
        every=every,
        recorded_at=actor.at,
        recorded_by=actor.name,
    )


@command("statements.send")
def send(
    actor: Actor,
    customer_ids: Sequence[int],
    *,
    first_on: date,
    last_on: date,
    period_key: str | None = None,
) -> SendResult:
    """Queue statements of a period for customers, one PDF per currency, each kept as it leaves.

    Nothing is queued for whom there is nothing to tell. With `period_key` a statement leaves once:
    Conflict when another did so meanwhile. Refused, for all, when the books of one do not add up.
    """
    _refuse_period(first_on, last_on, actor.today)
    if period_key is not None:
        gone = queries.done(actor.company_id, period_key)
        customer_ids = [one for one in customer_ids if one not in gone]
    left: Counter[str] = Counter()
    letters = list(_letters(actor, customer_ids, first_on, last_on, left))
    queued = contact.queue(actor, [one.draft for one in letters])
    rows = []
    for letter, outcome in zip(letters, queued.outcomes, strict=True):
        if outcome.message_id is None:
            left["gate"] += 1
            continue
        rows += _rows(actor, letter, outcome.message_id, period_key)
    _keep(rows)
    sent = {row.customer_id for row in rows}
    return SendResult(len(sent), len(rows), dict(left))


def send_due(actor: Actor) -> SendResult:
    """Send every statement whose month or quarter is over and that has not left; safe to repeat.

    Each batch commits by itself. A period missed is not made up for: only the last one is sent.
    """
    total: Counter[str] = Counter()
    left: Counter[str] = Counter()
    for period, ids in _due(actor.company_id, actor.today):
        for start in range(0, len(ids), BATCH):
            done = send(
                actor,
                ids[start : start + BATCH],
                first_on=period.first_on,
                last_on=period.last_on,
                period_key=period.key,
            )
            total.update(customers=done.customers, statements=done.statements)
            left.update(done.left)
    return SendResult(total["customers"], total["statements"], dict(left))


def statement_page(
    actor: Actor, number: str, currency: str, *, first_on: date, last_on: date
) -> bytes:
    """Return the PDF of a statement without sending or keeping it; NotFound if there is none."""
    customer = customers.customer(actor.company_id, number)
    for one in of_customer(actor, customer.id, first_on=first_on, last_on=last_on):
        if one.currency == currency:
            return paper.page(one, _between(actor, customer, None), on=actor.today)
    raise NotFound("statement_unknown", f"Nothing happened in {currency} in this period")


def of_customer(
    actor: Actor, customer_id: int, *, first_on: date, last_on: date
) -> list[Statement]:
    """Return the statements of a customer over a period that is over, one per currency."""
    _refuse_period(first_on, last_on, actor.today)
    return _found(actor.company_id, [customer_id], first_on, last_on)[customer_id]


def _due(company_id: int, today: date) -> Iterator[tuple[Period, list[int]]]:
    default, own = queries.schedule(company_id), queries.own_schedules(company_id)
    if default == rules.NEVER and not own:
        return
    everybody = sorted(customers.names(company_id))
    for every in (rules.MONTH, rules.QUARTER):
        ids = [one for one in everybody if own.get(one, default) == every]
        period = rules.last_period(every, today)
        if period is not None and ids:
            gone = queries.done(company_id, period.key)
            yield period, [one for one in ids if one not in gone]


def _found(
    company_id: int, ids: Sequence[int], first_on: date, last_on: date
) -> dict[int, list[Statement]]:
    try:
        return queries.statements(company_id, ids, first_on=first_on, last_on=last_on)
    except DoesNotAddUp as error:
        raise Refused(
            "statement_does_not_add_up",
            "Opening, movements and open items do not come to one balance: nothing is sent",
            mend="Run the proof of the books and look at what it names",
        ) from error


def _letters(
    actor: Actor, ids: Sequence[int], first_on: date, last_on: date, left: Counter[str]
) -> Iterator[_Letter]:
    company_id = actor.company_id
    accounts = customers.customers_by_id(company_id, ids)
    people = customers.primary_contacts(company_id, ids)
    for customer_id, found in _found(company_id, ids, first_on, last_on).items():
        person = people.get(customer_id)
        if not found:
            left["nothing_to_tell"] += 1
        elif person is None or not person.email:
            left["no_address"] += 1
        else:
            yield _letter(actor, accounts[customer_id], person, found)


def _letter(
    actor: Actor, customer: CustomerRow, person: ContactRow, found: list[Statement]
) -> _Letter:
    between = _between(actor, customer, person)
    files = [_kept(actor, one, between) for one in found]
    with translation.override(between.language):
        last_on = words.day(found[0].last_on)
        owed = ", ".join(
            f"{words.figure(one.closing_minor, one.currency)} {one.currency}" for one in found
        )
        subject = gettext("Statement of account on %(day)s: %(owed)s") % {
            "day": last_on,
            "owed": owed,
        }
        body = "\n\n".join([
            gettext("Dear %(name)s,") % {"name": person.name or customer.name},
            gettext(
                "enclosed is the statement of your account %(number)s on %(day)s: what stood open"
                " before, what moved, and what stands open now."
            ) % {"number": customer.number, "day": last_on},
            gettext("If something differs in your books, please answer this e-mail."),
            gettext("Kind regards"),
        ])  # fmt: skip
    draft = Draft(
        customer_id=customer.id,
        customer_name=customer.name,
        recipient=person.email,
        recipient_name=person.name,
        contact_id=person.id,
        purpose=PURPOSE,
        language=between.language,
        country=customer.country,
        currency=found[0].currency,
        subject=subject,
        body=body,
        files=tuple(files),
    )
    return _Letter(found, files, draft)


def _kept(actor: Actor, statement: Statement, between: Correspondents) -> DraftFile:
    """Keep the page of a statement, byte for byte as it leaves."""
    content = paper.page(statement, between, on=actor.today)
    day, currency = f"{statement.last_on:%Y-%m-%d}", statement.currency
    name = f"statement-{between.customer_number}-{day}-{currency}.pdf"
    digest = hashlib.sha256(content).hexdigest()
    return DraftFile(keep_file(actor, name, content), name, _PDF, digest)


def _between(actor: Actor, customer: CustomerRow, person: ContactRow | None) -> Correspondents:
    language = (person.language if person else "") or customer.language
    seller, account = _seller(actor)
    buyer, _ = issued_queries.buyer(actor.company_id, customer.id)
    return Correspondents(
        seller=seller,
        buyer=buyer,
        customer_number=customer.number,
        language=language if language in LANGUAGES else ENGLISH,
        account=account,
    )


def _seller(actor: Actor) -> tuple[Party, str]:
    """Return who writes: the seller on our invoices, or the company where the ERP issues them."""
    row = issued_queries.seller(actor.company_id, actor.today)
    if row is not None:
        return row.particulars.party, row.particulars.account
    company = controls.company(actor.company_id)
    street, _, rest = company.address.partition("\n")
    address = Address(country=company.country, street=street, extra=rest.replace("\n", ", "))
    contact_ = Contact("", company.phone, company.sender_email)
    return Party(name=company.name, address=address, contact=contact_), ""


def _rows(actor: Actor, letter: _Letter, message_id: int, period_key: str | None) -> list[Sent]:
    return [
        Sent(
            company_id=actor.company_id,
            customer_id=one.customer_id,
            currency=one.currency,
            first_on=one.first_on,
            last_on=one.last_on,
            opening_minor=one.opening_minor,
            moved_minor=one.moved_minor,
            closing_minor=one.closing_minor,
            period_key=period_key,
            message_id=message_id,
            file_id=file.file_id,
            recorded_at=actor.at,
            recorded_by=actor.name,
        )
        for one, file in zip(letter.statements, letter.files, strict=True)
    ]


def _keep(rows: Sequence[Sent]) -> None:
    try:
        with transaction.atomic():
            Sent.objects.bulk_create(rows)
    except IntegrityError as error:
        if "statement_scheduled_once" not in str(error):
            raise
        raise Conflict(
            "statement_sent_already", "Another run sent these statements meanwhile"
        ) from error


def _refuse_period(first_on: date, last_on: date, today: date) -> None:
    if first_on > last_on:
        raise Invalid(
            "period_backwards",
            "The period ends before it begins",
            place=Place(field="first_on"),
            mend="Put the earlier day first",
        )
    if last_on > today:
        raise Invalid(
            "period_not_over",
            "The period ends on a day that has not come",
            place=Place(field="last_on"),
            mend="Let it end today or earlier",
        )


def erase_personal(case: Case) -> Part:
    """Erase the pages of statements older than business letters are kept; the figures stay."""
    if case.subject.kind != "customer":
        return Part(())
    rule = retention(case.country, "letters", case.actor.today)
    since = first_kept_moment(case.country, "letters", case.actor.today)
    mine = Sent.objects.filter(company_id=case.actor.company_id, customer_id=case.subject.id)
    young = mine.filter(recorded_at__gte=since)
    latest = young.aggregate(latest=Max("recorded_at"))["latest"]
    until = kept_until(rule, latest.date()) if latest else None
    kept = Line("statements", young.count(), kept=True, reason="law", until=until,
                source=rule.source)  # fmt: skip
    return Part((_erase_pages(case, mine.filter(recorded_at__lt=since)), kept))


def retain(case: Case) -> tuple[Line, ...]:
    """Erase the pages of statements older than business letters are kept, whosever they are."""
    since = first_kept_moment(case.country, "letters", case.actor.today)
    old = Sent.objects.filter(company_id=case.actor.company_id, recorded_at__lt=since)
    return (_erase_pages(case, old.exclude(customer_id__in=case.held)),)


def _erase_pages(case: Case, statements: QuerySet[Sent]) -> Line:
    ids = sorted(set(statements.values_list("file_id", flat=True)))
    erased = redact(
        case.actor.company_id, "plumbing_file", ids, erasure_id=case.erasure_id, at=case.actor.at
    )
    return Line("statements", erased)

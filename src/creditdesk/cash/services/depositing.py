"""Deposits: what was taken over the counter, brought to the bank in one go, and credited there.

Whatever is on a deposit counts once: the bank's credit moves it from the counter to the bank and
is no second payment. A credit that names a deposit and differs from it waits for a person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from creditdesk.cash.models import BankAccount, Deposit, DepositCredit, Receipt, TillCount
from creditdesk.cash.paper import sheets
from creditdesk.cash.paper.sheets import DIFFERENCE, DepositSheet, SheetRow
from creditdesk.cash.rules.deposits import Brought, Credited, recognise, sums
from creditdesk.cash.rules.values import Reason
from creditdesk.cash.services.choosing import Chosen, chosen
from creditdesk.cash.services.moving import Move, move
from creditdesk.cash.services.writing import (
    NewMatch,
    PaymentState,
    keep_matches,
    next_ids,
    payments,
    say,
)
from creditdesk.controls.commands import acts_on, command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place, Refused
from creditdesk.kernel.money import from_minor
from creditdesk.ledger.rules import UNDEPOSITED
from creditdesk.plumbing import sql
from creditdesk.plumbing.services import keep_file, take_references
from creditdesk.policy import queries as policies

PREFIX: Final = "DEP"
WHY: Final = "deposit"
METHOD: Final = "deposit"
_PUT = """
    UPDATE cash_receipt SET deposit_id = %(deposit_id)s
     WHERE company_id = %(company_id)s AND id = ANY(%(ids)s::bigint[])
       AND deposit_id IS NULL AND cancelled_at IS NULL AND payment_id IS NOT NULL
"""
_AWAITED = """
    SELECT id, reference, account_id, currency, total_minor, brought_on FROM cash_deposit
     WHERE company_id = %s AND credited_at IS NULL AND voided_at IS NULL ORDER BY id FOR UPDATE
"""
# Credits of nobody known, not dealt with, that have the amount of a deposit or speak of one.
_CREDITS = """
    SELECT p.id, l.account_id, p.currency, p.total_minor, p.received_on,
           concat_ws(' ', l.text, l.reference, l.counterparty, array_to_string(
                     l.structured_references, ' ')),
           l.counterparty = '' AND l.counterparty_account = '' AND l.structured_references = '{}'
      FROM cash_payment p
      JOIN cash_bankline l ON l.id = p.bank_line_id
      JOIN cash_bankaccount b ON b.id = l.account_id
      LEFT JOIN LATERAL (SELECT is_certain FROM cash_match
                          WHERE payment_id = p.id ORDER BY id DESC LIMIT 1) m ON TRUE
     WHERE p.company_id = %(company_id)s AND p.customer_id IS NULL AND b.is_collecting
       AND p.unapplied_minor = p.total_minor AND p.received_on >= %(since)s
       AND m.is_certain IS NOT TRUE AND NOT p.on_account
       AND (p.total_minor = ANY(%(minors)s::bigint[])
            OR concat_ws(' ', l.text, l.reference, array_to_string(l.structured_references, ' '))
               ILIKE '%%' || %(prefix)s || '%%')
     ORDER BY p.id
"""


@dataclass(frozen=True, slots=True)
class DepositResult:
    """A deposit drawn up: its number, how many receipts, and what they come to."""

    reference: str
    receipts: int
    currency: str
    total_minor: int


@dataclass(frozen=True, slots=True)
class RecognisedResult:
    """How many deposits the bank was found to have credited, and how many credits differ."""

    credited: int
    differing: int


@command("cash.deposit")
def deposit(
    actor: Actor, references: Sequence[str], *, account: str, brought_on: date
) -> DepositResult:
    """Put receipts on one deposit to a bank account, with its slip; each receipt once.

    Differences of the till go with the cash by their numbers, more of it or less.

    Conflict where one was deposited or cancelled meanwhile, Refused where one is not money yet or
    of another currency than the account.
    """
    if not references:
        raise _deposit_empty()
    if brought_on > actor.today:
        raise Invalid(
            "received_ahead", "It cannot have been brought ahead", place=Place(field="brought_on"),
            mend="Give today or a day before.",
        )  # fmt: skip
    together = chosen(actor, references)
    currency, receipts = together.currency, together.receipts
    to = _account(actor, account, currency)
    total = together.total_minor
    acts_on("receipt", [one.id for one in receipts])
    [reference] = take_references(actor, PREFIX, 1)
    sheet = DepositSheet(
        reference=reference, account=to.identifier, account_name=to.name, currency=currency,
        brought_on=brought_on, total_minor=total, taken_by=actor.name,
        rows=tuple(_rows(together)),
    )  # fmt: skip
    file_id = keep_file(actor, f"{reference}.pdf", sheets.deposit(actor, sheet))
    [deposit_id] = next_ids("cash_deposit", 1)
    Deposit.objects.create(
        id=deposit_id, company_id=actor.company_id, reference=reference, account_id=to.id,
        currency=currency, total_minor=total, receipts_total=len(receipts), brought_on=brought_on,
        file_id=file_id, recorded_at=actor.at, recorded_by=actor.name,
    )  # fmt: skip
    acts_on("deposit", [deposit_id])
    _put(actor, together, deposit_id)
    return DepositResult(reference, len(receipts), currency, total)


def _rows(together: Chosen) -> Iterator[SheetRow]:
    for one in together.receipts:
        yield SheetRow(
            one.reference, one.kind, one.customer_name, one.cheque_number, one.drawer,
            one.drawer_bank, one.minor,
        )  # fmt: skip
    for each in together.differences:
        yield SheetRow(each.reference, DIFFERENCE, "", "", "", "", each.minor)


def _put(actor: Actor, together: Chosen, deposit_id: int) -> None:
    """Tie receipts and differences to their deposit, each once."""
    asked = {"company_id": actor.company_id, "deposit_id": deposit_id}
    ids = sql.array([one.id for one in together.receipts])
    if sql.execute(_PUT, {**asked, "ids": ids}) != len(together.receipts):
        raise Conflict("receipt_deposited", "A receipt was deposited meanwhile; look again")
    TillCount.objects.filter(
        company_id=actor.company_id, id__in=[one.id for one in together.differences]
    ).update(deposit_id=deposit_id)


@command("cash.match")
def recognise_deposits(actor: Actor) -> RecognisedResult:
    """Know deposits among what the bank credited, before matching looks at it. Repeatable.

    A credit that names a deposit and differs is left to a person: matching applies it to nothing.
    """
    rules = policies.in_force(actor.company_id, actor.today).counter
    awaited = sql.fetch(Brought, _AWAITED, [actor.company_id])
    if not awaited:
        return RecognisedResult(0, 0)
    lines = sql.fetch(
        Credited,
        _CREDITS,
        {
            "company_id": actor.company_id,
            "since": min(one.brought_on for one in awaited) - timedelta(days=1),
            "minors": sorted({one.minor for one in awaited} | sums(awaited)),
            "prefix": PREFIX,
        },
    )
    found = recognise(awaited, lines, search_days=rules.deposit_search_days)
    by_id = {one.deposit_id: one for one in awaited}
    held_in: dict[int, list[str]] = defaultdict(list)
    for deposit_id, payment_id in found.credited:
        held_in[payment_id].append(by_id[deposit_id].reference)
    for deposit_id, payment_id in found.credited:
        row = Deposit.objects.get(id=deposit_id)
        _credit(actor, row, {payment_id: row.total_minor}, said=", ".join(held_in[payment_id]))
    _say_differing(actor, {p: by_id[d] for d, p in found.differing})
    return RecognisedResult(len(found.credited), len(found.differing))


@command("cash.settle_deposit")
def settle_deposit(actor: Actor, reference: str, payment_references: Sequence[str]) -> None:
    """Say which credits of the bank a deposit is; Refused unless they come to its total."""
    row = _locked(actor, reference)
    acts_on("deposit", [row.id])
    named = sorted({one.strip() for one in payment_references} - {""})
    ids = sql.scalars(
        "SELECT p.id FROM cash_payment p JOIN cash_bankline l ON l.id = p.bank_line_id"
        " JOIN cash_bankaccount b ON b.id = l.account_id WHERE p.company_id = %s"
        " AND p.reference = ANY(%s) AND p.currency = %s AND b.is_collecting ORDER BY p.id",
        [actor.company_id, named, row.currency],
    )
    if not named or len(ids) != len(named):
        raise NotFound("payment_unknown", "There is no such credit of the bank in this currency")
    held = payments(actor, ids, lock=True)
    _check_free(held.values())
    total = sum(one.total_minor for one in held.values())
    if total != row.total_minor:
        raise Refused(
            "deposit_differs",
            f"The bank credited {from_minor(total, row.currency)},"
            f" {row.reference} is {from_minor(row.total_minor, row.currency)}",
            mend="Ask the bank, or void the deposit and draw it up anew.", total=total,
        )  # fmt: skip
    _credit(actor, row, {one.id: one.total_minor for one in held.values()}, said=row.reference)


@command("cash.settle_deposit")
def unsettle_deposit(actor: Actor, reference: str) -> None:
    """Say that the credits of a deposit are none of it: it waits again, they are money received."""
    row = _held(actor, reference)
    acts_on("deposit", [row.id])
    credits_ = list(DepositCredit.objects.filter(deposit_id=row.id, undone_at=None).order_by("id"))
    if row.credited_at is None or not credits_:
        raise Conflict("deposit_waits", "The bank has not credited this deposit yet")
    for one in credits_:
        one.undone_at, one.undone_by = actor.at, actor.name
        one.save(update_fields=["undone_at", "undone_by"])
    move(
        actor,
        [Move(one.payment_id, -one.minor, UNDEPOSITED, WHY, actor.today) for one in credits_],
    )
    for one in credits_:
        say(actor, one.payment_id, Reason("deposit_undone", {"deposit": row.reference}))
    row.credited_at, row.credited_on, row.credited_by = None, None, ""
    row.save(update_fields=["credited_at", "credited_on", "credited_by"])


@command("cash.void_deposit")
def void_deposit(actor: Actor, reference: str, *, reason: str) -> None:
    """Say that a deposit never got to the bank: its receipts may be deposited anew.

    Refused once the bank credited it, or a cheque on it bounced, so that it was there.
    """
    why = reason.strip()
    if not why:
        raise Invalid(
            "reason_missing", "A deposit is voided only with a reason",
            place=Place(field="reason"), mend="Say what happened.",
        )  # fmt: skip
    row = _locked(actor, reference)
    acts_on("deposit", [row.id])
    held = list(Receipt.objects.select_for_update().filter(deposit_id=row.id).order_by("id"))
    returned = sql.scalar(
        "SELECT count(*) FROM cash_payment WHERE company_id = %s AND id = ANY(%s)"
        " AND returned_minor > 0",
        [actor.company_id, [one.payment_id for one in held]],
    )
    if returned:
        raise Refused(
            "deposit_bounced", "A cheque on it came back, so it was at the bank",
            mend="Ask the bank what it credited.",
        )  # fmt: skip
    for one in held:
        one.deposit_id = None
        one.save(update_fields=["deposit_id"])
    TillCount.objects.filter(company_id=actor.company_id, deposit_id=row.id).update(deposit_id=None)
    row.voided_at, row.voided_by, row.void_reason = actor.at, actor.name, why[:500]
    row.save(update_fields=["voided_at", "voided_by", "void_reason"])


def _account(actor: Actor, identifier: str, currency: str) -> BankAccount:
    row = BankAccount.objects.filter(
        company_id=actor.company_id, identifier=identifier, currency=currency, is_collecting=True
    ).first()
    if row is None:
        raise NotFound("account_unknown", "There is no such bank account in this currency")
    return row


def _held(actor: Actor, reference: str) -> Deposit:
    """Return a deposit of the company, locked."""
    row = (
        Deposit.objects.select_for_update()
        .filter(company_id=actor.company_id, reference=reference)
        .first()
    )
    if row is None:
        raise NotFound("deposit_unknown", "There is no such deposit")
    return row


def _locked(actor: Actor, reference: str) -> Deposit:
    """Return a deposit that waits for the bank, locked."""
    row = _held(actor, reference)
    if row.credited_at is not None or row.voided_at is not None:
        raise Conflict("deposit_ended", "The deposit was credited or voided meanwhile; look again")
    return row


def _check_free(held: Iterable[PaymentState]) -> None:
    """Refuse credits that are not wholly unapplied and nobody's."""
    for one in held:
        if one.customer_id is not None or one.free_minor != one.total_minor:
            raise Refused(
                "credit_is_somebodys", f"{one.reference} is applied, or somebody's",
                mend="Undo that first.", payment=one.reference,
            )  # fmt: skip


def _credit(actor: Actor, row: Deposit, minors: Mapping[int, int], *, said: str) -> None:
    """Move what the bank credited, so much by each line, from the counter; end the deposit."""
    held = payments(actor, minors)
    move(
        actor,
        [Move(one.id, minors[one.id], UNDEPOSITED, WHY, one.received_on) for one in held.values()],
    )
    DepositCredit.objects.bulk_create(
        DepositCredit(
            company_id=actor.company_id, deposit_id=row.id, payment_id=one.id,
            minor=minors[one.id], recorded_at=actor.at, recorded_by=actor.name,
        )
        for one in held.values()
    )  # fmt: skip
    why = Reason("deposit_credited", {"deposit": said})
    _say(actor, dict.fromkeys(held, why))
    row.credited_on = max(one.received_on for one in held.values())
    row.credited_at, row.credited_by = actor.at, actor.name
    row.save(update_fields=["credited_on", "credited_at", "credited_by"])


def _say_differing(actor: Actor, differing: Mapping[int, Brought]) -> None:
    """Write down of credits that they name a deposit and differ; matching leaves them alone."""
    _say(
        actor,
        {
            payment_id: Reason(
                "deposit_differs",
                {
                    "deposit": one.reference,
                    "total": f"{from_minor(one.minor, one.currency)} {one.currency}",
                },
            )
            for payment_id, one in differing.items()
        },
    )


def _say(actor: Actor, reasons: Mapping[int, Reason]) -> None:
    ids = next_ids("cash_match", len(reasons))
    matches = [
        NewMatch(id=match_id, payment_id=payment_id, method=METHOD, is_certain=True, reasons=(why,))
        for match_id, (payment_id, why) in zip(ids, reasons.items(), strict=True)
    ]
    if matches:
        keep_matches(actor, matches, policies.in_force(actor.company_id, actor.today).version)


def _deposit_empty() -> Invalid:
    return Invalid(
        "nothing_chosen", "Nothing was chosen", place=Place(field="receipt"),
        mend="Tick what is brought to the bank.",
    )  # fmt: skip

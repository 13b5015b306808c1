"""Refunds: asked for, their bank details checked, approved, and released by yet another person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from creditdesk.cash import queries as cash_read
from creditdesk.cash.services import paying_out
from creditdesk.controls import queries as controls
from creditdesk.controls.commands import acts_on, command, require_approval
from creditdesk.customers import queries as customers
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place, Refused
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce
from creditdesk.plumbing.services import take_references
from creditdesk.policy import queries as policy
from creditdesk.treasury.events import RefundsReleased
from creditdesk.treasury.models import Refund
from creditdesk.treasury.rules import pain, target
from creditdesk.treasury.rules.identifiers import iban_of, masked
from creditdesk.treasury.rules.refunds import Payee, is_account_seen, seal
from creditdesk.treasury.services import sources
from creditdesk.treasury.services.files import NewFile, keep_file, next_message_id

NOTE_LENGTH_MAX = 500
APPROVES = "treasury.approve_refund"
EURO = "EUR"
CALL_BACK, PAYER_ACCOUNT = "call_back", "payer_account"
_ACCOUNTS = """
    SELECT DISTINCT l.counterparty_account
      FROM cash_payment p JOIN cash_bankline l ON l.id = p.bank_line_id
     WHERE p.company_id = %s AND p.id = %s AND l.counterparty_account <> ''
"""


@dataclass(frozen=True, slots=True)
class RefundResult:
    """How a refund stands after somebody dealt with it."""

    refund_id: int
    reference: str
    state: str
    is_checked: bool


@dataclass(frozen=True, slots=True)
class ReleaseResult:
    """The file that pays refunds, and what it holds."""

    file_id: int
    reference: str
    filename: str
    sha256: str
    refunds: tuple[str, ...]
    total_minor: int
    currency: str


@command("treasury.ask_refund")
def ask_refund(
    actor: Actor, payment_id: int, *, minor: int, iban: str, payee: str, reason: str
) -> RefundResult:
    """Ask to pay unapplied money of a payment back; it is set apart from now on.

    Where it is to go back to the account it came from, its bank details count as checked.
    """
    require_positive(minor)
    account, name, why = account_of(iban), said(payee, "payee"), said(reason, "reason")
    payment = paying_out.earmark(actor, {payment_id: minor})[payment_id]
    if payment.currency != EURO:
        raise Refused("refund_not_euro", "Only euros are paid out by a SEPA file")
    if payment.customer_id is None:
        raise Refused("payer_unknown", "Say first whose money this is")
    is_seen = is_account_seen(account, sql.scalars(_ACCOUNTS, [actor.company_id, payment_id]))
    row = Refund.objects.create(
        company_id=actor.company_id, reference=take_references(actor, "RFD", 1)[0],
        customer_id=payment.customer_id, payment_id=payment_id, currency=payment.currency,
        minor=minor, iban=account, payee=name, reason=why, state="asked",
        asked_at=actor.at, asked_by=actor.name, asked_by_id=actor.user_id,
        **checked(actor, payment.customer_id, account, is_seen=is_seen),
    )  # fmt: skip
    acts_on("refund", [row.id])
    return result(row)


def refuse_unsettled(actor: Actor, pairs: Iterable[tuple[int, str]]) -> None:
    """Refuse (customer, account) that waits for the customer's call-back, or was denied in it."""
    for _, account in customers.unsettled_accounts(actor.company_id, pairs):
        raise Refused(
            "bank_details_waiting",
            f"{masked(account)} is not confirmed by a call-back of the customer, or was denied in"
            " it; nothing is paid there",
        )


def checked(actor: Actor, customer_id: int, account: str, *, is_seen: bool) -> dict[str, object]:
    """Return how bank details count as checked: money came from there, or they were called back."""
    refuse_unsettled(actor, [(customer_id, account)])
    in_force = customers.paid_on(actor.company_id, customer_id)
    if in_force is not None and in_force.account_key == account:
        return {
            "check_kind": CALL_BACK, "checked_by": in_force.decided_by,
            "checked_by_id": in_force.decided_by_id, "checked_at": in_force.decided_at,
        }  # fmt: skip
    if is_seen:
        return {"check_kind": PAYER_ACCOUNT, "checked_by": "system", "checked_at": actor.at}
    return {}


@command("treasury.confirm_bank_details")
def confirm_bank_details(actor: Actor, refund_id: int, *, spoke_to: str, note: str) -> RefundResult:
    """Keep that somebody called the payer back, on a number known before, and who confirmed.

    Nobody who asks, approves or releases the refund confirms its bank details.
    """
    row = _locked(actor, refund_id, ("asked",))
    row.check_kind, row.checked_at = CALL_BACK, actor.at
    row.checked_by, row.checked_by_id = actor.name, actor.user_id
    row.check_note = f"{said(spoke_to, 'spoke_to')}: {said(note, 'note')}"
    row.save(
        update_fields=["check_kind", "checked_by", "checked_by_id", "checked_at", "check_note"]
    )
    acts_on("refund", [row.id])
    return result(row)


@command("treasury.approve_refund")
def approve_refund(actor: Actor, refund_id: int) -> RefundResult:
    """Approve a refund whose bank details are checked; from now on nothing of it may change.

    Above what the policy lets one person approve, others approve it too. Raises Refused for who
    asked, without a person, and before the check.
    """
    _require_person(actor)
    row = _locked(actor, refund_id, ("asked",))
    refuse_unsettled(actor, [(row.customer_id, row.iban)])
    if actor.user_id in (row.asked_by_id, row.checked_by_id):
        raise Refused("own_refund", "Nobody approves a refund they asked for or checked")
    if row.checked_at is None:
        raise Refused(
            "bank_details_unchecked",
            "The bank details are not checked yet: call the payer on a number known before",
        )
    _require_authority(actor, row)
    row.state, row.digest = "approved", seal(_payee(row))
    row.approved_at, row.approved_by, row.approved_by_id = actor.at, actor.name, actor.user_id
    row.save(update_fields=["state", "digest", "approved_at", "approved_by", "approved_by_id"])
    acts_on("refund", [row.id])
    return result(row)


def _require_authority(actor: Actor, row: Refund) -> None:
    """Go on only when as many others approved as the policy asks for a refund of this amount."""
    count = policy.approvers_needed(
        actor.company_id, actor.today, "refund", [(row.minor, row.currency)], user_id=actor.user_id
    )
    if not count:
        return
    customer = customers.customer_by_id(actor.company_id, row.customer_id)
    require_approval(
        APPROVES,
        count=count,
        about={
            "refund": row.reference, "customer": customer.number,
            "customer_name": customer.name, "minor": row.minor, "currency": row.currency,
        },
        documents=[_document(row)],
        barred=[one for one in (row.asked_by_id, row.checked_by_id) if one is not None],
        version=seal(_payee(row)),
    )  # fmt: skip


def _document(row: Refund) -> str:
    return f"refund:{row.id}"


@command("treasury.ask_refund")
def cancel_refund(actor: Actor, refund_id: int, *, reason: str) -> RefundResult:
    """Take a refund back before it is released; its money may be applied again."""
    return _ended(actor, refund_id, "cancelled", reason)


@command("treasury.approve_refund")
def refuse_refund(actor: Actor, refund_id: int, *, reason: str) -> RefundResult:
    """Refuse a refund, with a reason; its money may be applied again."""
    return _ended(actor, refund_id, "refused", reason)


def _ended(actor: Actor, refund_id: int, state: str, reason: str) -> RefundResult:
    why = said(reason, "reason")
    row = _locked(actor, refund_id, ("asked", "approved"))
    sources.free(actor, row)
    row.state, row.outcome, row.finished_on = state, why, actor.today
    row.save(update_fields=["state", "outcome", "finished_on"])
    return result(row)


@command("treasury.release_refund")
def release_refunds(
    actor: Actor, refund_ids: Sequence[int], *, account: str, execute_on: date | None = None
) -> ReleaseResult:
    """Release approved refunds in one file to the bank, paid from one of our accounts.

    The second approval: by somebody who neither asked for, nor checked, nor approved one of them.
    Raises Conflict `refund_altered` where a refund is not as it was approved; nothing leaves then.
    """
    _require_person(actor)
    rows = _all_locked(actor, refund_ids)
    _require_another(actor, rows)
    _require_unaltered(rows)
    acts_on("refund", [row.id for row in rows])
    paid_from = _own_account(actor, account, rows[0].currency)
    on = target.CALENDAR.roll(max(execute_on or actor.today, actor.today), "following")
    message_id = next_message_id(actor)
    own = pain.OwnSide(name=controls.company(actor.company_id).name, iban=paid_from)
    content = pain.credit_transfers(message_id, actor.at, own, on, [_transfer(row) for row in rows])
    total = sum(row.minor for row in rows)
    file = keep_file(
        actor,
        NewFile(
            kind="refunds", message_id=message_id, schema=pain.CREDIT_TRANSFER, content=content,
            account=paid_from, currency=rows[0].currency, payments=len(rows), total_minor=total,
            execute_on=on,
            checks={
                "refunds": [
                    {"reference": row.reference, "digest": row.digest, "check": row.check_kind,
                     "asked_by": row.asked_by, "approved_by": row.approved_by}
                    for row in rows
                ],
                "released_by": actor.name,
            },
        ),
    )  # fmt: skip
    Refund.objects.filter(id__in=[row.id for row in rows]).update(state="released", file=file)
    sources.pay_out(actor, rows)
    announce(
        actor,
        [
            RefundsReleased(
                refund_ids=tuple(row.id for row in rows),
                customer_ids=tuple(sorted({row.customer_id for row in rows})),
                file_id=file.id,
            )
        ],
    )
    return ReleaseResult(
        file.id, file.reference, file.filename, file.sha256,
        tuple(row.reference for row in rows), total, rows[0].currency,
    )  # fmt: skip


def _transfer(row: Refund) -> pain.Transfer:
    return pain.Transfer(
        end_to_end=row.reference, minor=row.minor, currency=row.currency, payee=row.payee,
        iban=row.iban, text=f"{row.reference} {row.reason}",
    )  # fmt: skip


def _payee(row: Refund) -> Payee:
    return Payee(
        reference=row.reference, source=_source(row), customer_id=row.customer_id,
        currency=row.currency, minor=row.minor, iban=row.iban, payee=row.payee,
    )  # fmt: skip


def _source(row: Refund) -> str:
    """Return what is paid back: a payment by its id, or a credit note."""
    return f"credit {row.credit_note_id}" if row.payment_id is None else str(row.payment_id)


def require_positive(minor: int) -> None:
    """Refuse a refund of nothing, or of less."""
    if minor <= 0:
        raise Invalid(
            "refund_not_positive", "A refund needs a positive amount", place=Place(field="amount"),
            mend="Give how much is to be paid back.",
        )  # fmt: skip


def _require_person(actor: Actor) -> None:
    if actor.user_id is None:
        raise Refused("refund_needs_a_person", "Only a person who is signed in lets money out")


def _require_another(actor: Actor, rows: Sequence[Refund]) -> None:
    also = controls.approved_by(actor.company_id, APPROVES, [_document(row) for row in rows])
    for row in rows:
        had_part = {row.asked_by_id, row.approved_by_id, row.checked_by_id}
        if actor.user_id in had_part | also.get(_document(row), set()):
            raise Refused(
                "refund_same_person",
                f"{row.reference} was asked for, checked or approved by you; somebody else"
                " releases it",
                refund=row.reference,
            )


def _require_unaltered(rows: Sequence[Refund]) -> None:
    for row in rows:
        if seal(_payee(row)) != row.digest:
            raise Conflict(
                "refund_altered",
                f"{row.reference} is not what was approved; nothing is released",
                refund=row.reference,
            )
    if len({row.currency for row in rows}) > 1:
        raise Refused("currency_differs", "One file pays one currency")


def _own_account(actor: Actor, account: str, currency: str) -> str:
    wanted = account_of(account)
    known = {
        row.identifier
        for row in cash_read.bank_freshness(actor.company_id)
        if row.currency == currency
    }
    if wanted not in known:
        raise Refused("account_not_ours", f"{masked(wanted)} is no account of the company")
    return wanted


def _all_locked(actor: Actor, refund_ids: Sequence[int]) -> list[Refund]:
    ids = set(refund_ids)
    rows = list(
        Refund.objects.select_for_update(of=("self",))
        .filter(company_id=actor.company_id, id__in=ids)
        .order_by("id")
    )
    if not ids or len(rows) < len(ids):
        raise NotFound("refund_unknown", "There is no such refund")
    for row in rows:
        _require_state(row, ("approved",))
    refuse_unsettled(actor, [(row.customer_id, row.iban) for row in rows])
    return rows


def _locked(actor: Actor, refund_id: int, states: Sequence[str]) -> Refund:
    row = (
        Refund.objects.select_for_update(of=("self",))
        .filter(company_id=actor.company_id, id=refund_id)
        .first()
    )
    if row is None:
        raise NotFound("refund_unknown", "There is no such refund")
    _require_state(row, states)
    return row


def _require_state(row: Refund, states: Sequence[str]) -> None:
    if row.state not in states:
        raise Conflict(
            "refund_changed", f"{row.reference} is {row.state} by now; look again", state=row.state
        )


def account_of(text: str) -> str:
    """Return an account number; Invalid where a digit is wrong."""
    try:
        return iban_of(text)
    except ValueError as error:
        raise Invalid(
            "iban_wrong", str(error).capitalize(), place=Place(field="iban"),
            mend="Copy it again from the bank's own paper.",
        ) from error  # fmt: skip


def said(text: str, field: str) -> str:
    """Return what somebody said on one line; Invalid where that is nothing, or too much."""
    told = " ".join(text.split())
    if not told or len(told) > NOTE_LENGTH_MAX:
        raise Invalid(
            "text_missing", "This must be said, in at most 500 letters", place=Place(field=field),
            mend="Say it in a few words.",
        )  # fmt: skip
    return told


def result(row: Refund) -> RefundResult:
    """Return how a refund stands."""
    return RefundResult(row.id, row.reference, row.state, row.checked_at is not None)

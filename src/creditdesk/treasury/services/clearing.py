"""What bank lines say of files we handed over: refunds paid, and refunds that came back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from creditdesk.cash.events import PaymentsReturned, StatementsTakenIn
from creditdesk.cash.services import paying_out
from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce
from creditdesk.treasury.events import RefundsFinished
from creditdesk.treasury.models import Refund
from creditdesk.treasury.rules.clearing import Line, Paid, cleared
from creditdesk.treasury.services import sources

WINDOW_DAYS = 10
# A line out, or a line in that returns one: of the files just taken in.
_LINES = """
    SELECT l.id, l.minor, l.currency, l.booked_on, l.is_reversal, b.identifier,
           concat_ws(' ', l.reference, l.text, array_to_string(l.structured_references, ' ')),
           l.counterparty_account, l.return_reason
      FROM cash_bankline l
      JOIN cash_statement s ON s.id = l.statement_id
      JOIN cash_bankaccount b ON b.id = l.account_id
     WHERE l.company_id = %(company_id)s AND s.file_id = ANY(%(files)s::bigint[])
       AND l.recorded_at = %(at)s AND (l.minor < 0) <> l.is_reversal
     ORDER BY l.booked_on, l.id
"""
_ON_THEIR_WAY = """
    SELECT r.id, r.reference, r.minor, r.currency, r.iban, r.state, f.message_id, f.account,
           f.execute_on
      FROM treasury_refund r JOIN treasury_paymentfile f ON f.id = r.file_id
     WHERE r.company_id = %(company_id)s
       AND (r.state = 'released' OR (r.state = 'paid' AND r.finished_on >= %(since)s))
     ORDER BY r.id FOR UPDATE OF r
"""


@dataclass(frozen=True, slots=True)
class _OnItsWay:
    id: int
    reference: str
    minor: int
    currency: str
    iban: str
    state: str
    message_id: str
    account: str
    execute_on: date

    def paid(self) -> Paid:
        return Paid(
            refund_id=self.id, reference=self.reference, minor=self.minor, currency=self.currency,
            iban=self.iban, message_id=self.message_id, account=self.account,
            execute_on=self.execute_on, is_paid=self.state == "paid",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Line:
    id: int
    minor: int
    currency: str
    booked_on: date
    is_reversal: bool
    account: str
    text: str
    counterparty_account: str
    reason: str

    def told(self) -> Line:
        return Line(
            line_id=self.id, minor=self.minor, currency=self.currency, booked_on=self.booked_on,
            is_return=self.is_reversal, account=self.account, text=self.text,
            counterparty_account=self.counterparty_account, reason=self.reason,
        )  # fmt: skip


def clear_refunds(actor: Actor, events: Sequence[StatementsTakenIn]) -> None:
    """Say of refunds on their way what new bank lines tell: paid, or back on account.

    A line that names none beyond doubt changes nothing.
    """
    on_way = sql.fetch(
        _OnItsWay,
        _ON_THEIR_WAY,
        {"company_id": actor.company_id, "since": actor.today - timedelta(days=60)},
    )
    if not on_way:
        return
    lines = sql.fetch(
        _Line,
        _LINES,
        {
            "company_id": actor.company_id,
            "files": [event.file_id for event in events],
            "at": actor.at,
        },
    )
    found = cleared(
        [line.told() for line in lines], [one.paid() for one in on_way], window_days=WINDOW_DAYS
    )
    by_id = {one.id: one for one in on_way}
    _pay(actor, {refund_id: (by_id[refund_id], on) for refund_id, on in found.paid.items()})
    for refund_id, (on, reason) in found.failed.items():
        _fail(actor, by_id[refund_id], on, reason, was_paid=True)
    if found.paid or found.failed:
        announce(
            actor,
            [RefundsFinished(paid_ids=tuple(found.paid), failed_ids=tuple(found.failed))],
        )


def _pay(actor: Actor, paid: dict[int, tuple[_OnItsWay, date]]) -> None:
    if not paid:
        return
    paying_out.clear(actor, {key: (one.currency, one.minor, on) for key, (one, on) in paid.items()})
    for key, (_, on) in paid.items():
        Refund.objects.filter(id=key).update(state="paid", finished_on=on)


def _fail(actor: Actor, one: _OnItsWay, on: date, reason: str, *, was_paid: bool) -> None:
    row = Refund.objects.get(company_id=actor.company_id, id=one.id)
    sources.take_back(actor, row, on=on, was_paid=was_paid)
    Refund.objects.filter(id=one.id).update(state="failed", finished_on=on, outcome=reason)


@command("treasury.release_refund")
def fail_refund(actor: Actor, refund_id: int, *, reason: str) -> None:
    """Say that the bank refused a refund before paying it; its money is on account again."""
    if not reason.strip():
        raise Invalid(
            "reason_missing", "Say why the bank refused it", place=Place(field="reason"),
            mend="Give the bank's code or words.",
        )  # fmt: skip
    on_way = sql.fetch(
        _OnItsWay, _ON_THEIR_WAY, {"company_id": actor.company_id, "since": actor.today}
    )
    found = next((one for one in on_way if one.id == refund_id), None)
    if found is None:
        if not Refund.objects.filter(company_id=actor.company_id, id=refund_id).exists():
            raise NotFound("refund_unknown", "There is no such refund")
        raise Conflict("refund_changed", "The refund is not on its way; look again")
    if found.state != "released":
        raise Conflict("refund_changed", "The bank paid it already; look again")
    _fail(actor, found, actor.today, reason.strip(), was_paid=False)
    announce(actor, [RefundsFinished(paid_ids=(), failed_ids=(refund_id,))])


def cancel_refunds_of_returned(actor: Actor, events: Sequence[PaymentsReturned]) -> None:
    """Cancel refunds of payments that the bank took back: there is nothing to pay back any more."""
    ids = {one for event in events for one in event.payment_ids}
    waiting = list(
        Refund.objects.select_for_update(of=("self",))
        .filter(company_id=actor.company_id, payment_id__in=ids, state__in=["asked", "approved"])
        .order_by("id")
    )
    if not waiting:
        return
    kept = dict(
        Refund.objects.filter(id__in=[row.id for row in waiting])
        .filter(payment__earmarked_minor__gt=0)
        .values_list("id", "payment_id")
    )
    gone = [row.id for row in waiting if row.id not in kept]
    Refund.objects.filter(id__in=gone).update(
        state="cancelled", outcome="payment_returned", finished_on=actor.today
    )

"""Payouts known among what the bank brought, or took: receipts moved, lines posted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from creditdesk.cash import services as cash
from creditdesk.cash.events import PaymentsReceived, StatementsTakenIn
from creditdesk.cash.services import Move
from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, NotFound, Refused
from creditdesk.ledger import services as ledger
from creditdesk.ledger.rules import BANK, ONLINE, Posting
from creditdesk.payments.events import PayoutCleared
from creditdesk.payments.models import Payout
from creditdesk.payments.queries import payouts as reads
from creditdesk.payments.queries.payouts import BankSide
from creditdesk.payments.rules import payouts as rules
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce

WHY = "payout"
# By hand a line is taken from further off: the bank may have been late, or shut.
DAYS_BY_HAND = 60
_AWAITED = """
    SELECT id FROM payments_payout
     WHERE company_id = %s AND payment_id IS NULL AND bank_line_id IS NULL AND failed_on IS NULL
     ORDER BY id FOR UPDATE
"""


@dataclass(frozen=True, slots=True)
class _Found:
    """A payout under lock with the line of the bank it is."""

    payout: Payout
    line: BankSide


def clear_received(actor: Actor, events: Sequence[PaymentsReceived]) -> None:
    """Know payouts among what the bank brought, before matching looks at it; reacts at once."""
    if any(event.payment_ids for event in events):
        clear_awaited(actor)


def clear_taken(actor: Actor, events: Sequence[StatementsTakenIn]) -> None:
    """Know what the provider took from our bank among new lines; reacts at once."""
    if any(event.lines_new for event in events):
        clear_awaited(actor)


def clear_awaited(actor: Actor) -> list[int]:
    """Clear each awaited payout by the one line that can be it; return the payouts.

    Between equals nothing is decided: a person says which is which.
    """
    awaited = {row.id: row for row in _awaited(actor)}
    if not awaited:
        return []
    since = min(row.arrives_on for row in awaited.values()) - timedelta(days=rules.DAYS_EARLY)
    minors = {row.minor for row in awaited.values()}
    lines = {one.key: one for one in reads.bank_side(actor.company_id, minors, since=since)}
    pairs = rules.pairs(
        [
            rules.Awaited(one.id, one.payout, one.minor, one.currency, one.arrives_on)
            for one in awaited.values()
        ],
        [
            rules.Candidate(key, one.minor, one.currency, one.booked_on, one.words.upper())
            for key, one in lines.items()
        ],
    )
    for payout_id, key in pairs:
        _clear(actor, _Found(awaited[payout_id], lines[key]))
    return [payout_id for payout_id, _ in pairs]


def _awaited(actor: Actor) -> list[Payout]:
    awaited = sql.scalars(_AWAITED, [actor.company_id])
    return list(Payout.objects.filter(id__in=awaited).order_by("id")) if awaited else []


@command("payments.clear_payout")
def clear(actor: Actor, payout: str, line: int) -> None:
    """Say which line of the bank a payout is: the id of a receipt, or of the line that took it.

    Refused where it is of another amount or currency, somebody's, or too long before or after.
    """
    found = (
        Payout.objects.select_for_update(of=("self",))
        .filter(company_id=actor.company_id, payout=payout)
        .first()
    )
    if found is None:
        raise NotFound("payout_unknown", f"There is no payout {payout[:60]!r}")
    if found.failed_on is not None:
        raise Conflict("payout_failed", "The payout failed; the money is with the provider")
    if found.payment_id is not None or found.bank_line_id is not None:
        raise Conflict("payout_cleared", "The payout is cleared already")
    asked = [one for one in candidates(found) if one.id == line]
    if not asked:
        raise Refused(
            "payout_differs", "The receipt is of another amount or currency, or somebody's"
        )
    _clear(actor, _Found(found, asked[0]))


def lines_for(company_id: int, payout: str) -> list[BankSide]:
    """Return the lines of the bank that a payout may be; none where there is no such payout."""
    found = Payout.objects.filter(company_id=company_id, payout=payout).first()
    return [] if found is None else candidates(found)


def candidates(of: Payout) -> list[BankSide]:
    """Return the lines of the bank that a payout may be, by amount, currency and day."""
    since = of.arrives_on - timedelta(days=DAYS_BY_HAND)
    return [
        one
        for one in reads.bank_side(of.company_id, {of.minor}, since=since)
        if one.currency == of.currency
        and one.booked_on <= of.arrives_on + timedelta(days=DAYS_BY_HAND)
    ]


def _clear(actor: Actor, found: _Found) -> None:
    payout, line = found.payout, found.line
    came = payout.minor > 0
    Payout.objects.filter(company_id=actor.company_id, id=payout.id).update(
        payment_id=line.id if came else None,
        bank_line_id=None if came else line.id,
        cleared_at=actor.at,
    )
    if came:
        cash.move(actor, [Move(line.id, payout.minor, ONLINE, WHY, actor.today)])
    else:
        _post_taken(actor, payout, line.booked_on)
    announce(
        actor,
        [
            PayoutCleared(
                payout=payout.payout,
                payment_id=line.id if came else None,
                currency=payout.currency,
                minor=payout.minor,
                fee_minor=payout.fee_minor,
            )
        ],
    )


def _post_taken(actor: Actor, payout: Payout, on: date) -> None:
    """Post what the provider took from our bank: it owes us so much less, or nothing any more."""
    ledger.post(
        actor,
        [
            Posting(
                debit=ONLINE,
                credit=BANK,
                currency=payout.currency,
                minor=-payout.minor,
                effective_on=ledger.hold_open(actor).earliest(on),
                source_kind="payout_taken",
                source_id=payout.id,
            )
        ],
    )

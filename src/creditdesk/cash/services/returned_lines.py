"""Lines by which the bank took money back: kept with the statement, then tied to their payments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from creditdesk.cash.models import Return
from creditdesk.cash.rules.lines import Occurrence
from creditdesk.cash.rules.returns import Returnable, ReturnedLine, Tied, tie
from creditdesk.cash.services.returned_writing import Known, Returned
from creditdesk.cash.services.returning import ReturnResult, take_back
from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies

# Looked at again as long as the payment may still arrive; the rest waits for a person.
_NEW = """
    SELECT r.id, r.minor, r.currency, r.returned_on,
           ARRAY_PREPEND(l.reference, l.structured_references), l.counterparty_account, l.text,
           r.reason_code
      FROM cash_return r JOIN cash_bankline l ON l.id = r.bank_line_id
     WHERE r.company_id = %(company_id)s AND r.state = 'waiting' AND r.why IN ('', 'no_payment')
     ORDER BY r.returned_on, r.id FOR UPDATE OF r
"""
_CANDIDATES = """
    SELECT r.id, p.id, p.reference, p.total_minor - p.returned_minor - p.refunded_minor,
           p.currency, p.received_on, ARRAY_PREPEND(l.reference, l.structured_references),
           l.counterparty_account, coalesce(c.cheque_number, '')
      FROM cash_return r
      JOIN cash_payment p ON p.company_id = r.company_id AND p.currency = r.currency
       AND p.received_on BETWEEN r.returned_on - %(days)s AND r.returned_on
       AND p.total_minor - p.returned_minor - p.refunded_minor
           BETWEEN r.minor - %(charges)s AND r.minor
      JOIN cash_bankline l ON l.id = p.bank_line_id
      LEFT JOIN cash_receipt c ON c.payment_id = p.id
     WHERE r.company_id = %(company_id)s AND r.id = ANY(%(ids)s::bigint[])
       AND p.total_minor > p.returned_minor
       AND (c.id IS NULL OR (c.kind = 'cheque' AND c.deposit_id IS NOT NULL))
     ORDER BY r.id, p.id
"""
_WAIT = """
    UPDATE cash_return r SET why = d.why, candidates = d.candidates::bigint[]
      FROM unnest(%(ids)s::bigint[], %(whys)s::text[], %(candidates)s::text[])
           AS d (id, why, candidates)
     WHERE r.id = d.id AND r.company_id = %(company_id)s AND r.state = 'waiting'
"""


@dataclass(frozen=True, slots=True)
class _Line:
    return_id: int
    minor: int
    currency: str
    returned_on: date
    references: list[str]
    account: str
    text: str
    reason_code: str

    def told(self) -> ReturnedLine:
        return ReturnedLine(
            return_id=self.return_id, minor=self.minor, currency=self.currency,
            returned_on=self.returned_on, references=tuple(self.references),
            account=self.account, text=self.text,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Candidate:
    return_id: int
    payment_id: int
    reference: str
    left_minor: int
    currency: str
    received_on: date
    references: list[str]
    account: str
    cheque: str

    def returnable(self) -> Returnable:
        return Returnable(
            payment_id=self.payment_id, reference=self.reference, left_minor=self.left_minor,
            currency=self.currency, received_on=self.received_on,
            references=tuple(self.references), account=self.account,
            cheque=self.cheque,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TiedResult:
    """How many returns of statements were tied to their payments, and how many wait."""

    tied: int
    waiting: int
    result: ReturnResult | None


def keep_returned(actor: Actor, lines: Mapping[int, Occurrence]) -> None:
    """Keep each new line by which the bank took money back, to be tied once payments are known."""
    taken = [
        (line_id, found.line)
        for line_id, found in lines.items()
        if found.line.is_reversal and found.line.minor < 0
    ]
    if not taken:
        return
    sql.copy_columns(
        "cash_return",
        {
            "bank_line_id": [line_id for line_id, _ in taken],
            "returned_on": [line.booked_on for _, line in taken],
            "currency": [line.currency for _, line in taken],
            "minor": [-line.minor for _, line in taken],
            "reason_code": [line.return_reason for _, line in taken],
            "candidates": ["{}" for _ in taken],
        },
        {
            "company_id": actor.company_id,
            "charges_minor": 0,
            "state": "waiting",
            "why": "",
            "recorded_at": actor.at,
            "settled_by": "",
        },
    )


def tie_returns(actor: Actor) -> TiedResult:
    """Take back the payments that new returns name beyond doubt; the others wait for a person.

    Within the caller's command and transaction. Safe to repeat.
    """
    lines = sql.fetch(_Line, _NEW, {"company_id": actor.company_id})
    if not lines:
        return TiedResult(0, 0, None)
    rules = policies.in_force(actor.company_id, actor.today).returns
    candidates: dict[int, list[Returnable]] = defaultdict(list)
    for row in sql.fetch(
        _Candidate,
        _CANDIDATES,
        {
            "company_id": actor.company_id,
            "ids": [line.return_id for line in lines],
            "days": rules.search_days,
            "charges": rules.charges_max_minor,
        },
    ):
        candidates[row.return_id].append(row.returnable())
    found = tie(
        [line.told() for line in lines], candidates, charges_max_minor=rules.charges_max_minor
    )
    by_id = {line.return_id: line for line in lines}
    known = [_known(by_id[one.return_id], one) for one in found if one.payment_id is not None]
    result = take_back(actor, known) if known else None
    waiting = [one for one in found if one.payment_id is None]
    _wait(actor, waiting)
    return TiedResult(len(known), len(waiting), result)


def _known(line: _Line, one: Tied) -> Known:
    if one.payment_id is None:
        raise ValueError("a return without a payment is not known")
    return Known(
        return_id=line.return_id,
        why=one.why,
        returned=Returned(
            payment_id=one.payment_id,
            on=line.returned_on,
            reason_code=line.reason_code,
            minor=line.minor - one.charges_minor,
            charges_minor=one.charges_minor,
        ),
    )


def _wait(actor: Actor, waiting: Sequence[Tied]) -> None:
    sql.execute(
        _WAIT,
        {
            "company_id": actor.company_id,
            "ids": [one.return_id for one in waiting],
            "whys": [one.why for one in waiting],
            "candidates": [sql.array(one.candidates) for one in waiting],
        },
    )


@command("cash.return_payments")
def tie_return(
    actor: Actor, return_id: int, *, payment_id: int, fee_minor: int | None = None
) -> ReturnResult:
    """Say which payment a waiting return undoes; the rest follows as for any other.

    What the bank took beyond what is left of the payment counts as its charges. Raises Conflict
    where somebody dealt with the return meanwhile.
    """
    row = _waiting(actor, return_id)
    left = sql.scalar(
        "SELECT total_minor - returned_minor - refunded_minor FROM cash_payment"
        " WHERE company_id = %s AND id = %s AND currency = %s",
        [actor.company_id, payment_id, row.currency],
    )
    if left is None:
        raise NotFound("payment_unknown", "There is no such payment in this currency")
    rules = policies.in_force(actor.company_id, actor.today).returns
    gone = min(row.minor, int(left))
    if row.minor - gone > rules.charges_max_minor:
        raise Conflict(
            "return_exceeds_payment", "The bank took back more than is left of the payment"
        )
    returned = Returned(
        payment_id=payment_id, on=row.returned_on, reason_code=row.reason_code, minor=gone,
        charges_minor=row.minor - gone, fee_minor=fee_minor,
    )  # fmt: skip
    return take_back(actor, [Known(return_id=return_id, returned=returned)])


@command("cash.return_payments")
def set_return_aside(actor: Actor, return_id: int, *, reason: str) -> None:
    """Say that a waiting return undoes no payment here, and why; it no longer waits."""
    if not reason.strip():
        raise Invalid(
            "reason_missing", "A return is set aside only with a reason",
            place=Place(field="reason"), mend="Say what it was.",
        )  # fmt: skip
    row = _waiting(actor, return_id)
    row.state, row.why = "set_aside", reason.strip()[:500]
    row.settled_at, row.settled_by = actor.at, actor.name
    row.save(update_fields=["state", "why", "settled_at", "settled_by"])


def _waiting(actor: Actor, return_id: int) -> Return:
    """Return the waiting return, locked."""
    row = (
        Return.objects.select_for_update().filter(company_id=actor.company_id, id=return_id).first()
    )
    if row is None:
        raise NotFound("return_unknown", "There is no such return")
    if row.state != "waiting":
        raise Conflict("return_settled", "Somebody dealt with this return meanwhile; look again")
    return row

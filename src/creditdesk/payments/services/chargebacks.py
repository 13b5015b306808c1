"""Disputes of card holders: a case, the money gone and the items open again; won, all is back."""

from __future__ import annotations

from datetime import date, datetime

from creditdesk.cash import queries as cash_read
from creditdesk.cash.services import CHARGED_BACK, REFUNDED_ELSEWHERE
from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.ledger import services as ledger
from creditdesk.ledger.rules import ONLINE, PAYMENT_FEES, Posting
from creditdesk.payments.events import ChargebackEnded, ChargedBack
from creditdesk.payments.models import Attempt, Case, Chargeback
from creditdesk.payments.rules import cases as rules
from creditdesk.payments.rules.amounts import Share
from creditdesk.payments.rules.cases import NewCase
from creditdesk.payments.rules.notices import Contested, Refunded
from creditdesk.payments.services.cases import open_cases, told_of
from creditdesk.payments.services.taking_back import TakenBack, put_back, take_back
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce

LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


@command("payments.contest")
def contest(actor: Actor, told: Contested, *, at: datetime, notice_id: int) -> str:
    """Bring books and case to how a dispute stands; return what was done, as a code.

    What is told late or twice changes nothing; an end is never overtaken.
    """
    sql.scalar(LOCK, [f"dispute {actor.company_id} {told.id}"])
    known = Chargeback.objects.filter(company_id=actor.company_id, dispute=told.id).first()
    if known is None:
        paid = _paid_by(actor, told.intent)
        if paid is None:
            return "not_ours"
        known = _opened(actor, told, paid, at, notice_id)
    elif not rules.is_newer(known.state, known.told_at, at):
        told_of_nothing(actor, known, notice_id)
        return "known"
    else:
        told_of(
            actor,
            known.case_id,
            notice_id,
            state=rules.state_of(told.state),
            due_on=told.due_on,
            ending=rules.ending_of(told.state),
        )
    return _stand(actor, known, told, at, notice_id)


def told_of_nothing(actor: Actor, known: Chargeback, notice_id: int) -> None:
    """Keep what was told late with the case, which stays as it is."""
    case = Case.objects.get(company_id=actor.company_id, id=known.case_id)
    told_of(actor, case.id, notice_id, state=case.state, due_on=case.due_on, ending=case.ending)


def _paid_by(actor: Actor, intent: str) -> int | None:
    if not intent:
        return None
    found = Attempt.objects.filter(
        company_id=actor.company_id, intent=intent, payment_id__isnull=False
    ).first()
    return None if found is None else found.payment_id


def _opened(
    actor: Actor, told: Contested, payment_id: int, at: datetime, notice_id: int
) -> Chargeback:
    asked = NewCase(
        kind=rules.CHARGEBACK,
        payment_id=payment_id,
        currency=told.currency,
        minor=told.minor,
        due_on=told.due_on,
        notice_id=notice_id,
    )
    reference = open_cases(actor, [asked])[0]
    case = Case.objects.get(company_id=actor.company_id, reference=reference)
    ending = rules.ending_of(told.state)
    Case.objects.filter(id=case.id, company_id=actor.company_id).update(
        state=rules.state_of(told.state), ending=ending, closed_on=actor.today if ending else None
    )
    return Chargeback.objects.create(
        company_id=actor.company_id,
        dispute=told.id,
        payment_id=payment_id,
        case_id=case.id,
        state="",
        reason=told.reason,
        currency=told.currency,
        minor=told.minor,
        told_at=at,
        recorded_at=actor.at,
    )


def _stand(actor: Actor, known: Chargeback, told: Contested, at: datetime, notice_id: int) -> str:
    """Take the money off, or give it back, as the dispute stands now."""
    on, done = min(at.date(), actor.today), "noted"
    if rules.has_taken(told.state) and not known.taken_minor:
        taken = take_back(
            actor, known.payment_id, known.minor, why=CHARGED_BACK, on=on, reason=known.reason
        )
        known.taken_minor, known.applied = taken.minor, _kept(taken)
        known.return_id = taken.return_id
        _say_taken(actor, known, taken)
        done = "charged_back"
    elif rules.ending_of(told.state) == "won" and known.taken_minor:
        put_back(
            actor, known.payment_id, known.taken_minor, _shares(known.applied),
            return_id=known.return_id, why="won", on=on,
        )  # fmt: skip
        known.taken_minor, known.applied = 0, []
        done = "won"
    known.fee_minor += _fee(actor, known, told.fee_minor, on, notice_id)
    Chargeback.objects.filter(id=known.id, company_id=actor.company_id).update(
        state=told.state, told_at=at, taken_minor=known.taken_minor, applied=known.applied,
        fee_minor=known.fee_minor, return_id=known.return_id,
    )  # fmt: skip
    ending = rules.ending_of(told.state)
    if ending:
        owner = cash_read.payments_by_id(actor.company_id, [known.payment_id])
        announce(
            actor,
            [
                ChargebackEnded(
                    payment_id=known.payment_id,
                    customer_id=owner[known.payment_id].customer_id,
                    outcome=ending,
                )
            ],
        )
        return ending
    return done


def _kept(taken: TakenBack) -> list[list[int]]:
    return [[one.item_id, one.minor] for one in taken.reopened]


def _shares(kept: list[list[int]]) -> list[Share]:
    return [Share(item_id, minor) for item_id, minor in kept]


def _say_taken(actor: Actor, known: Chargeback, taken: TakenBack) -> None:
    owner = cash_read.payments_by_id(actor.company_id, [known.payment_id])[known.payment_id]
    announce(
        actor,
        [
            ChargedBack(
                payment_id=known.payment_id,
                customer_id=owner.customer_id,
                item_ids=tuple(one.item_id for one in taken.reopened),
                currency=known.currency,
                minor=taken.minor,
                reason=known.reason,
            )
        ],
    )


def _fee(actor: Actor, known: Chargeback, fee_minor: int, on: date, notice_id: int) -> int:
    """Post what the provider took for the dispute, or gave back, since it last told; return it."""
    more = fee_minor - known.fee_minor
    if not more:
        return 0
    ledger.post(
        actor,
        [
            Posting(
                debit=PAYMENT_FEES if more > 0 else ONLINE,
                credit=ONLINE if more > 0 else PAYMENT_FEES,
                currency=known.currency,
                minor=abs(more),
                effective_on=ledger.hold_open(actor).earliest(on),
                source_kind="dispute_fee",
                source_id=notice_id,
            )
        ],
    )
    return more


@command("payments.contest")
def refund_elsewhere(actor: Actor, told: Refunded, *, on: date, notice_id: int) -> str:
    """Let money that the provider paid back by itself leave its payment, and open a case of it."""
    sql.scalar(LOCK, [f"refund {actor.company_id} {told.intent}"])
    payment_id = _paid_by(actor, told.intent)
    if payment_id is None:
        return "not_ours"
    more = told.minor - _refunded(actor, payment_id)
    if more <= 0:
        return "known"
    taken = take_back(actor, payment_id, more, why=REFUNDED_ELSEWHERE, on=min(on, actor.today))
    asked = NewCase(
        kind=rules.REFUNDED,
        payment_id=payment_id,
        currency=told.currency,
        minor=more,
        notice_id=notice_id,
    )
    open_cases(actor, [asked])
    return "refunded" if taken.minor == more else "refunded_in_part"


# Before returns were the one way, it left as a move.
_REFUNDED = """
    SELECT (SELECT coalesce(sum(minor), 0) FROM cash_return
             WHERE company_id = %(company_id)s AND payment_id = %(payment_id)s AND why = %(why)s)
         + (SELECT coalesce(sum(minor), 0) FROM cash_move
             WHERE company_id = %(company_id)s AND payment_id = %(payment_id)s AND why = %(why)s)
"""


def _refunded(actor: Actor, payment_id: int) -> int:
    asked = {
        "company_id": actor.company_id, "payment_id": payment_id, "why": REFUNDED_ELSEWHERE,
    }  # fmt: skip
    return int(sql.scalar(_REFUNDED, asked))

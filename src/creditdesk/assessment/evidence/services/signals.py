"""Writers of signals: what an opening looked like, and why a signal is none after all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac

from creditdesk.assessment.evidence.models import OpeningSignal, OpeningTrace, SignalAnswer
from creditdesk.assessment.evidence.queries import signals as read
from creditdesk.assessment.evidence.queries.signals import SignalRow
from creditdesk.assessment.evidence.rules.signals import Known, Opening, Raised, signals, traces
from creditdesk.controls.commands import acts_on, command
from creditdesk.customers.rules import account_key
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place
from creditdesk.plumbing.encoding import digest
from creditdesk.policy import queries as policy

SALT: Final = "creditdesk.opening"
REASON_LENGTH: Final = 2_000


@command("assessment.look_at_opening")
def look_at_opening(
    actor: Actor,
    opening: Opening,
    *,
    application_id: int | None = None,
    customer_id: int | None = None,
) -> list[SignalRow]:
    """Keep what looks like fraud about an opening, and its traces; return every signal it has.

    Looked at again it leaves what stands and adds what is new; the traces are keyed digests.
    """
    rules = policy.in_force(actor.company_id, actor.today).evidence
    marks = {kind: _keyed(actor, kind, text) for kind, text in traces(opening).items()}
    about = {"application_id": application_id, "customer_id": customer_id}
    known = Known(
        account_holders=read.account_holders(
            actor.company_id, account_key(opening.bank_account), besides=customer_id
        ),
        openings=read.openings_like(
            actor.company_id, marks, since=actor.today - timedelta(days=rules.openings_days),
            **about,
        ),
    )  # fmt: skip
    found = signals(opening, known, most=rules.openings_max, days=rules.openings_days)
    _keep(actor, found, marks, about)
    return read.raised(actor.company_id, **about)


def _keep(
    actor: Actor,
    found: Sequence[Raised],
    marks: Mapping[str, str],
    about: Mapping[str, int | None],
) -> None:
    OpeningSignal.objects.bulk_create(
        [
            OpeningSignal(
                company_id=actor.company_id, code=one.code, severity=one.severity,
                body=dict(one.params), fingerprint=digest([one.code, dict(one.params)]),
                recorded_at=actor.at, recorded_by=actor.name, **about,
            )
            for one in found
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    OpeningTrace.objects.bulk_create(
        [
            OpeningTrace(
                company_id=actor.company_id, kind=kind, digest=mark, seen_on=actor.today, **about
            )
            for kind, mark in marks.items()
        ],
        ignore_conflicts=True,
    )


@command("assessment.answer_signal")
def answer_signal(actor: Actor, signal_id: int, *, reason: str) -> None:
    """Say why a signal is none after all; it stops nothing any more. Conflict the second time."""
    if not reason.strip():
        raise answer_without_reason()
    if not read.is_known(actor.company_id, signal_id):
        raise NotFound("signal_unknown", "There is no such signal")
    acts_on("opening_signal", {signal_id})
    try:
        with transaction.atomic():
            SignalAnswer.objects.create(
                company_id=actor.company_id, signal_id=signal_id,
                body={"reason": reason.strip()[:REASON_LENGTH]}, recorded_at=actor.at,
                recorded_by=actor.name,
            )  # fmt: skip
    except IntegrityError as error:
        raise signal_answered_already() from error


def forget_traces(actor: Actor) -> int:
    """Delete traces older than policy looks back; return how many. Not a command of its own."""
    days = policy.in_force(actor.company_id, actor.today).evidence.openings_days
    old = OpeningTrace.objects.filter(
        company_id=actor.company_id, seen_on__lt=actor.today - timedelta(days=days)
    )
    return old.delete()[0]


def _keyed(actor: Actor, kind: str, text: str) -> str:
    """Return a digest that says nothing without the key of this installation."""
    made = salted_hmac(SALT, f"{actor.company_id}:{kind}:{text}", algorithm="sha256")
    return made.hexdigest()


def answer_without_reason() -> Invalid:
    """Return the error of an answer without a why."""
    return Invalid(
        "answer_without_reason", "An answer needs a reason", place=Place(field="reason"),
        mend="Say what shows that nothing is wrong",
    )  # fmt: skip


def signal_answered_already() -> Conflict:
    """Return the conflict of a signal answered before."""
    return Conflict("signal_answered_already", "The signal is answered already")

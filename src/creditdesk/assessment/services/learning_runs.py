"""Writers of learning: asked for at the desk, done by a job, told by its run."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from django.db import IntegrityError, transaction
from procrastinate.contrib.django import app

from creditdesk.assessment import learning, own_history
from creditdesk.assessment.history import History
from creditdesk.assessment.models import FittingRun
from creditdesk.assessment.queries import CardRow
from creditdesk.assessment.services.cards import fitted
from creditdesk.controls.commands import command, require
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, DomainError

TASK: Final = "assessment.fit"


@command("assessment.fit_card")
def ask_fit(actor: Actor) -> int:
    """Let a job learn a card from our own history; Conflict while one waits. Return the run."""
    try:
        with transaction.atomic():
            run = FittingRun.objects.create(
                company_id=actor.company_id, asked_at=actor.at, asked_by=actor.name
            )
    except IntegrityError as error:
        raise fitting_waits_already() from error
    app.configure_task(TASK, allow_unknown=True).defer(company_id=actor.company_id, run_id=run.id)
    return run.id


def work_fit(actor: Actor, run_id: int) -> None:
    """Learn what a run asked for, outside any transaction; once it ended nothing more is done.

    The card is its asker's, who therefore does not approve it. What is refused is told by the run.
    """
    run = FittingRun.objects.filter(company_id=actor.company_id, id=run_id).first()
    if run is None or run.state != FittingRun.State.WAITING:
        return
    whole = own_history.read(actor.company_id, actor.today)
    try:
        card = fitted(replace(actor, name=run.asked_by), whole)
    except DomainError as error:
        _end(actor, run_id, whole, code=error.code)
    else:
        _end(actor, run_id, whole, card_id=card.id)


def fit_own(actor: Actor) -> CardRow:
    """Learn a card from our own history now; Refused where too few of our customers failed."""
    require(actor, "assessment.fit_card")
    whole = own_history.read(actor.company_id, actor.today)
    if learning.is_too_few(whole.bad):
        raise learning.fitting_lacks_outcomes()
    return fitted(actor, whole)


def _end(
    actor: Actor, run_id: int, whole: History, *, code: str = "", card_id: int | None = None
) -> None:
    state = FittingRun.State.REFUSED if code else FittingRun.State.DONE
    waiting = FittingRun.objects.filter(id=run_id, state=FittingRun.State.WAITING)
    waiting.update(
        state=state, code=code, card_id=card_id, bad=sum(whole.bad),
        good=len(whole.bad) - sum(whole.bad), ended_at=actor.at,
    )  # fmt: skip


def fitting_waits_already() -> Conflict:
    """Return the conflict of a second card to be learned before the first is."""
    return Conflict("fitting_waits_already", "A scorecard is being learned already")

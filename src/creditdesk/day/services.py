"""The main job: one day at the credit desk, safe to repeat, to interrupt and to run late."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import DatabaseError, transaction

from creditdesk.assessment.cases import services as applications
from creditdesk.assessment.evidence import services as evidence
from creditdesk.assessment.reviews import services as reviews
from creditdesk.cash import services as cash
from creditdesk.collections import services as collections
from creditdesk.controls.audit import services as audit
from creditdesk.credit import services as credit
from creditdesk.customers import services as customers
from creditdesk.day import publishing, queries, rules
from creditdesk.day.telling import services as telling
from creditdesk.insight import queries as proofs
from creditdesk.insight import services as insight
from creditdesk.invoices import charge_queries as charges
from creditdesk.invoices import services as invoices
from creditdesk.invoices.recurring import services as recurring
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, DomainError, NotFound, Refused
from creditdesk.monitoring.alerts import services as alerts
from creditdesk.monitoring.ratings import services as ratings
from creditdesk.orders import services as orders
from creditdesk.plumbing import sql
from creditdesk.plumbing.encoding import to_json
from creditdesk.policy import queries as policy
from creditdesk.reconciliation import services as reconciliation
from creditdesk.statements import services as statements

LOCK_SPACE = 1_001
FIRST_JUDGEMENT = "judge_promises"
LEARN, PUBLISH, PROVE = "learn", "publish_head", queries.LAST_STEP
RATE, ALERT, REVIEW = "rate_payers", "raise_alerts", "start_reviews"
# What a day may leave to a later one without deciding anything else, and what it then reports.
LEFT_OUT: Mapping[str, dict[str, Any]] = {
    RATE: {"left_out": True},
    ALERT: {"left_out": True},
    REVIEW: {"left_out": True},
    LEARN: {"left_out": True},
    PUBLISH: {"left_out": True},
    PROVE: {"differences": [], "left_out": True},
}
WEEK = 7
# Steps that end within this while of the last note are noted with the first that ends after it.
NOTED_AFTER_SECONDS = 1.0
NOTE = """
    INSERT INTO day_daystep (company_id, business_date, step, report, recorded_at)
    SELECT %(company_id)s, %(business_date)s, done.step, done.report::jsonb, %(at)s
      FROM unnest(%(steps)s::text[], %(reports)s::text[])
           WITH ORDINALITY AS done (step, report, place)
     ORDER BY done.place
    ON CONFLICT (company_id, business_date, step)
    DO UPDATE SET report = EXCLUDED.report, recorded_at = EXCLUDED.recorded_at
"""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A bank file that waits to be taken in."""

    filename: str
    content: bytes


@dataclass(frozen=True, slots=True)
class StepReport:
    """What one step of the day did."""

    step: str
    report: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DayReport:
    """What the day did in one company."""

    company_id: int
    business_date: date
    missed_dates: tuple[date, ...]
    steps: tuple[StepReport, ...]


def send(actor: Actor) -> StepReport:
    """Send what is queued and whose hour has come; the scheduler asks for this all day."""
    return StepReport("send", _plain(_send(actor, ())))


Step = Callable[[Actor, Sequence[Arrival]], object]


def run(
    actor: Actor,
    *,
    arrivals: Sequence[Arrival] = (),
    tell: Callable[[StepReport], None] = lambda _: None,
    without: Collection[str] = (),
) -> DayReport:
    """Work the business date of the actor in its company; what is done already stays done.

    A simulation that lives hundreds of days watches, learns, seals and proves the books at the end
    of some: the others say that this was left out. Only what is in `LEFT_OUT` may be.

    Each step commits by itself and is harmless to repeat, so that an interrupted day is simply
    run again. Missed dates are judged one by one, once all cash is known that came meanwhile;
    contacting happens once, for today. Raises Conflict while another process works the same
    company's day.
    """
    with _alone(actor.company_id):
        missed = rules.missed_dates(queries.last_finished(actor.company_id), actor.today)
        done = []
        with _noting(actor) as note:
            for name, step in STEPS:
                if name == FIRST_JUDGEMENT:
                    for day in missed:
                        _judge(actor, day)
                if name in LEFT_OUT and name in without:
                    report = StepReport(name, LEFT_OUT[name])
                else:
                    report = StepReport(name, _plain(step(actor, arrivals)))
                note(report)
                tell(report)
                done.append(report)
        return DayReport(actor.company_id, actor.today, tuple(missed), tuple(done))


@contextmanager
def _alone(company_id: int) -> Iterator[None]:
    """Hold the company's day for this connection; a rival is told, not kept waiting."""
    if not sql.scalar("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_SPACE, company_id]):
        raise Conflict("day_running", "The day of this company is being worked already")
    try:
        yield
    finally:
        sql.scalar("SELECT pg_advisory_unlock(%s, %s)", [LOCK_SPACE, company_id])


@transaction.atomic
def _judge(actor: Actor, day: date) -> None:
    """Judge what a missed date decided: promises by the cash up to it."""
    report = StepReport(FIRST_JUDGEMENT, _plain(collections.judge_promises(actor, on=day)))
    _note(actor, [report], on=day)


@contextmanager
def _noting(actor: Actor) -> Iterator[Callable[[StepReport], None]]:
    """Note what steps report, those of a moment together; what was done before an error too."""
    waiting: list[StepReport] = []
    noted_at = time.monotonic()

    def note(report: StepReport) -> None:
        nonlocal noted_at
        waiting.append(report)
        if time.monotonic() - noted_at >= NOTED_AFTER_SECONDS:
            _note(actor, waiting)
            waiting.clear()
            noted_at = time.monotonic()

    try:
        yield note
    except BaseException:
        with suppress(DatabaseError):  # of the error that ended the day one is told
            _note(actor, waiting)
        raise
    _note(actor, waiting)


def _note(actor: Actor, done: Sequence[StepReport], on: date | None = None) -> None:
    """Keep what the steps reported; the latest run of a date counts."""
    if not done:
        return
    sql.execute(
        NOTE,
        {
            "company_id": actor.company_id,
            "business_date": on or actor.today,
            "steps": sql.array(one.step for one in done),
            "reports": sql.array([to_json(one.report) for one in done]),
            "at": actor.at,
        },
    )


def _plain(report: object) -> dict[str, Any]:
    """Return a step's result as JSON values."""
    plain = json.loads(to_json(report))
    return plain if isinstance(plain, dict) else {"result": plain}


def _take_in(actor: Actor, arrivals: Sequence[Arrival]) -> object:
    """Take in each file that arrived; one that is refused is reported and stops no other."""
    lines, refused = 0, []
    for arrival in arrivals:
        try:
            taken = cash.take_in(actor, filename=arrival.filename, content=arrival.content)
        except DomainError as error:
            refused.append({"file": arrival.filename, "code": error.code, "why": str(error)})
            cash.keep_refused(
                actor,
                filename=arrival.filename,
                content=arrival.content,
                why=cash.refusal_of(error),
            )
        else:
            lines += taken.lines_new
    return {"files": len(arrivals), "lines_new": lines, "refused": refused}


def _match(actor: Actor, _: Sequence[Arrival]) -> object:
    """Read what payers advised by mail, and match; what was learned until yesterday judges."""
    cash.read_mailed_advices(actor)
    return cash.match(actor)


def _catch_up(actor: Actor, _: Sequence[Arrival]) -> object:
    """Replay by date, and realise by rates, what arrived late; nothing to do costs one question."""
    return cash.catch_up(actor)


def _learn(actor: Actor, _: Sequence[Arrival]) -> object:
    """Learn from what was confirmed, for tomorrow."""
    return cash.train(actor)


def _judge_today(actor: Actor, _: Sequence[Arrival]) -> object:
    return collections.judge_promises(actor, on=actor.today)


def _rate(actor: Actor, _: Sequence[Arrival]) -> object:
    """Judge how customers pay, once the day's cash is known."""
    return ratings.rate_payers(actor)


def _reconcile(actor: Actor, _: Sequence[Arrival]) -> object:
    """Compare with the ERP, if it sent its list or totals since the last time."""
    return reconciliation.reconcile_new(actor) or {"differences": None}


def _charge_late(actor: Actor, _: Sequence[Arrival]) -> object:
    """Charge late interest through the last month's end, where policy says so.

    What is wrong with policy or rates is reported and stops no other step; a later day makes up.
    """
    month_end = actor.today.replace(day=1) - timedelta(days=1)
    charged = charges.charged_through(actor.company_id)
    through = max(month_end, charged or month_end)
    try:
        # Asked first: what the command refuses is rolled back, and with a rollback the connection
        # forgets every planned statement.
        if policy.in_force(actor.company_id, through).interest.mode == "off":
            return {"mode": "off"}
        return invoices.charge(actor, through=through)
    except (Refused, NotFound) as refused:
        return {"refused": refused.code, "why": refused.message}


def _issue_recurring(actor: Actor, _: Sequence[Arrival]) -> object:
    """Issue the recurring invoices that are due, with the turns missed; refused ones stop alone."""
    return recurring.run_due(actor)


def _work_applications(actor: Actor, _arrivals: Sequence[Arrival]) -> object:
    return applications.work(actor)


def _start_reviews(actor: Actor, _: Sequence[Arrival]) -> object:
    return reviews.start_reviews(actor)


def _expire(actor: Actor, _: Sequence[Arrival]) -> object:
    return {"orders_expired": list(credit.expire(actor))}


def _screen(actor: Actor, _: Sequence[Arrival]) -> object:
    """Compare names with sanctions lists where either changed; without a list nothing is done."""
    return evidence.screen(actor)


def _raise_alerts(actor: Actor, _: Sequence[Arrival]) -> object:
    """Look at every customer: what wants somebody's look is raised, what is over is closed."""
    return alerts.raise_alerts(actor)


def _recheck(actor: Actor, _: Sequence[Arrival]) -> object:
    """Look at held orders anew: what came in may have made room for them, or paid what was asked.

    Those that wait too long by then are the business of a higher role.
    """
    settled = orders.settle_conditions(actor)
    checked = orders.recheck_held(actor)
    return {
        "accepted": checked.accepted,
        "still_held": checked.still_held,
        "paid_for": settled.released,
        "not_paid_for": settled.lapsed,
        "late": orders.escalate_late(actor),
    }


def _contact(actor: Actor, _: Sequence[Arrival]) -> object:
    return collections.run(actor, run_on=actor.today)


def _tell(actor: Actor, _: Sequence[Arrival]) -> object:
    """Queue the statements of account whose month or quarter is over.

    Books that do not add up stop the statements, and are reported; they stop no other step.
    """
    try:
        return statements.send_due(actor)
    except (Refused, Conflict) as refused:
        return {"refused": refused.code, "why": refused.message}


def _send(actor: Actor, _: Sequence[Arrival]) -> object:
    """Send what is queued; a mail server that does not answer leaves it for the next time."""
    to_staff = telling.send_to_staff(actor)
    try:
        sent = _plain(collections.send_queued(actor))
    except Refused as refused:
        sent = {"refused": refused.code, "why": refused.message}
    return {**sent, "to_staff": to_staff} if to_staff else sent


def _tell_policy(actor: Actor, _: Sequence[Arrival]) -> object:
    """Tell of new rules what was not told yet, and remind whoever has still to read them."""
    return telling.tell_pending(actor)


def _worklist(actor: Actor, _: Sequence[Arrival]) -> object:
    return {"listed": collections.refresh_worklist(actor, on=actor.today)}


def _morning(actor: Actor, _: Sequence[Arrival]) -> object:
    return insight.write_morning(actor, as_of=actor.today)


def _prove(actor: Actor, _: Sequence[Arrival]) -> object:
    return {"differences": [str(d) for d in proofs.prove(actor.company_id)]}


def _publish(actor: Actor, _: Sequence[Arrival]) -> object:
    """Seal what the day recorded and let the head leave the house."""
    sealed = audit.seal()
    published = publishing.publish_head(actor)
    return {
        "rows_sealed": sealed.rows,
        "sequence": published.sequence,
        "head": published.head,
        "failed": list(published.failed),
    }


def _keep_accounts(actor: Actor, _: Sequence[Arrival]) -> object:
    """Once a week: quiet accounts fall asleep, and what is old of the journal of looks leaves."""
    if not queries.is_due_again(actor.company_id, "keep_accounts", actor.today, days=WEEK):
        return {"left_out": True}
    return customers.keep(actor)


STEPS: tuple[tuple[str, Step], ...] = (
    ("take_in", _take_in),
    ("match", _match),
    ("catch_up", _catch_up),
    (FIRST_JUDGEMENT, _judge_today),
    (RATE, _rate),
    ("issue_recurring", _issue_recurring),
    ("screen_names", _screen),
    ("expire_reservations", _expire),
    ("recheck_orders", _recheck),
    ("reconcile", _reconcile),
    (ALERT, _raise_alerts),
    ("charge_interest", _charge_late),
    ("contact", _contact),
    ("applications", _work_applications),
    (REVIEW, _start_reviews),
    ("tell_policy", _tell_policy),
    ("statements", _tell),
    ("send", _send),
    ("keep_accounts", _keep_accounts),
    ("worklist", _worklist),
    (LEARN, _learn),
    ("morning", _morning),
    (PUBLISH, _publish),
    (PROVE, _prove),
)

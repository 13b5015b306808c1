"""Retrying and discarding failed jobs: who may, whose, previewed, on the record."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from procrastinate.contrib.django import app

from creditdesk.controls import commands, jobs
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, NotFound, Refused
from creditdesk.plumbing import sql
from creditdesk.plumbing.jobs import queries

AUDIT = "SELECT command FROM controls_auditentry WHERE company_id = %s ORDER BY id"


def failed(company_id: int) -> int:
    job_id = int(app.configure_task("day.run", allow_unknown=True).defer(company_id=company_id))
    sql.execute(
        "UPDATE procrastinate_jobs SET status = 'failed', attempts = 5 WHERE id = %s", [job_id]
    )
    return job_id


def state(job_id: int) -> str | None:
    row = queries.job(job_id)
    return row.state if row else None


def test_a_dead_job_is_retried_on_the_record(actor: Actor) -> None:
    job = failed(actor.company_id)
    assert jobs.retry(actor, job) == "day.run"
    assert state(job) == "waiting"
    assert sql.scalars(AUDIT, [actor.company_id])[-1] == "controls.retry_job"
    with pytest.raises(Conflict) as refused:
        jobs.retry(actor, job)
    assert refused.value.code == "job_not_retryable"


def test_a_dead_job_is_discarded_on_the_record(actor: Actor) -> None:
    job = failed(actor.company_id)
    with commands.preview():
        assert jobs.discard(actor, job) == "day.run"
    assert state(job) == "dead"
    assert jobs.discard(actor, job) == "day.run"
    assert state(job) is None
    assert sql.scalars(AUDIT, [actor.company_id]) == ["controls.discard_job"]
    with pytest.raises(NotFound):
        jobs.discard(actor, job)


def test_a_waiting_job_cannot_be_discarded(actor: Actor) -> None:
    job = failed(actor.company_id)
    jobs.retry(actor, job)
    with pytest.raises(Conflict) as refused:
        jobs.discard(actor, job)
    assert refused.value.code == "job_not_failed"
    assert state(job) == "waiting"


def test_jobs_of_another_company_are_not_there(actor: Actor) -> None:
    job = failed(actor.company_id + 1)
    for act in (jobs.retry, jobs.discard):
        with pytest.raises(NotFound) as refused:
            act(actor, job)
        assert refused.value.code == "job_unknown"
    assert state(job) == "dead"


@pytest.mark.parametrize(
    ("role", "may"),
    [("manager", True), ("administrator", True), ("collector", False), ("auditor", False)],
)
def test_who_may(
    actor: Actor,
    actor_of: Callable[..., Actor],
    role: str,
    may: bool,  # noqa: FBT001 - a row of a table
) -> None:
    job, who = failed(actor.company_id), actor_of(actor.company_id, role=role)
    if may:
        assert jobs.retry(who, job) == "day.run"
        return
    for act in (jobs.retry, jobs.discard):
        with pytest.raises(Refused) as refused:
            act(who, job)
        assert refused.value.code == "not_permitted"
    assert state(job) == "dead"

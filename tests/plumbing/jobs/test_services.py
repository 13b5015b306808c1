"""Jobs that failed, stalled or ended: what becomes of each, on the real queue."""

from __future__ import annotations

from datetime import timedelta

import pytest
from procrastinate.contrib.django import app

from creditdesk.plumbing import clock, sql
from creditdesk.plumbing.jobs import queries, rules, services

pytestmark = pytest.mark.django_db


def queued(lock: str | None = None, company_id: int = 1) -> int:
    job = app.configure_task("day.send", queueing_lock=lock, allow_unknown=True)
    return int(job.defer(company_id=company_id))


def status(job_id: int) -> str:
    return str(sql.scalar("SELECT status FROM procrastinate_jobs WHERE id = %s", [job_id]))


def attempts(job_id: int) -> int:
    return int(sql.scalar("SELECT attempts FROM procrastinate_jobs WHERE id = %s", [job_id]))


def taken(job_id: int, *, heard: float | None) -> None:
    """A worker heard of so many seconds ago runs the job; `None`: its worker is gone."""
    worker = None
    if heard is not None:
        at = clock.of_database() - timedelta(seconds=heard)
        worker = sql.scalar(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s) RETURNING id", [at]
        )
    sql.execute(
        "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE id = %s",
        [worker, job_id],
    )


def failed(job_id: int, times: int, *, ago: float) -> None:
    """The job failed so often, the last time so many seconds ago."""
    taken(job_id, heard=0)
    sql.execute(
        "UPDATE procrastinate_jobs SET status = 'failed', attempts = %s WHERE id = %s",
        [times, job_id],
    )
    sql.execute(
        "UPDATE procrastinate_events SET at = %s WHERE job_id = %s",
        [clock.of_database() - timedelta(seconds=ago), job_id],
    )


def test_a_job_whose_worker_died_waits_again() -> None:
    lost, gone, alive = queued(), queued(), queued()
    taken(lost, heard=31)
    taken(gone, heard=None)
    taken(alive, heard=20)
    assert queries.counts()["stalled"] == 2
    assert services.sweep() == services.Swept(0, 2, 0, 0)
    assert [status(job) for job in (lost, gone, alive)] == ["todo", "todo", "doing"]
    assert [attempts(job) for job in (lost, gone, alive)] == [1, 1, 0]
    assert services.sweep() == services.Swept(0, 0, 0, 0)


def test_a_job_that_kills_every_worker_is_given_up() -> None:
    job = queued()
    for _ in range(rules.ATTEMPTS_MAX - 1):
        taken(job, heard=None)
        assert services.sweep().given_back == 1
    taken(job, heard=None)
    assert services.sweep() == services.Swept(0, 0, 1, 0)
    [row] = queries.listing(None).rows
    assert (row.id, row.state, row.code) == (job, "dead", services.WORKER_LOST)
    assert row.attempts == rules.ATTEMPTS_MAX


def test_a_stalled_job_gives_way_to_one_alike_that_waits() -> None:
    old = queued("day.send-1")
    taken(old, heard=None)
    new = queued("day.send-1")
    assert services.sweep() == services.Swept(1, 0, 0, 0)
    assert (status(old), status(new)) == ("aborted", "todo")


@pytest.mark.parametrize(
    ("times", "ago", "lock", "waits"),
    [
        (1, 29, None, False), (1, 31, None, True),
        (2, 59, None, False), (2, 61, None, True),
        (4, 239, None, False), (4, 241, None, True),
        (5, 100_000, None, False),  # left to people
        (5, 3599, "day.send-1", False), (5, 3601, "day.send-1", True),  # the schedule's own
        (9, 3601, "day.send-1", True),
    ],
)  # fmt: skip
def test_a_failed_job_is_tried_again_after_a_growing_pause(
    times: int,
    ago: int,
    lock: str | None,
    waits: bool,  # noqa: FBT001 - a row of a table
) -> None:
    job = queued(lock)
    failed(job, times, ago=ago)
    assert services.sweep().tried_again == int(waits)
    assert status(job) == ("todo" if waits else "failed")
    assert attempts(job) == times


def test_of_two_failed_alike_one_is_tried_and_the_older_is_replaced_by_it() -> None:
    old = queued("day.send-1")
    failed(old, 1, ago=100)
    new = queued("day.send-1")
    failed(new, 1, ago=100)
    assert services.sweep().tried_again == 1
    assert (status(old), status(new)) == ("failed", "todo")
    assert services.sweep().replaced == 1
    assert (status(old), status(new)) == ("cancelled", "todo")


def test_retry_and_discard_are_for_failed_jobs_only() -> None:
    job = queued("day.send-1")
    assert not services.retry(job)
    assert not services.discard(job)
    failed(job, 5, ago=1)
    assert services.retry(job)
    assert status(job) == "todo"
    failed(job, 5, ago=1)
    queued("day.send-1")
    assert not services.retry(job)
    assert status(job) == "failed"
    assert services.discard(job)
    assert status(job) == "cancelled"
    assert not services.retry(job)


def test_what_ended_long_ago_is_forgotten_with_its_fault() -> None:
    old, new, dead = queued(), queued(), queued()
    for job in (old, new, dead):
        failed(job, 5, ago=rules.KEPT_DAYS * 86_400 + 10)
        services.note_fault(job, "some_code")
    sql.execute("UPDATE procrastinate_jobs SET status = 'cancelled' WHERE id = %s", [old])
    sql.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", [new])
    sql.execute("UPDATE procrastinate_events SET at = %s WHERE job_id = %s",
                [clock.machine(), new])  # fmt: skip
    assert services.forget() == 1
    assert sql.scalars("SELECT id FROM procrastinate_jobs ORDER BY id") == [new, dead]
    assert sql.scalars("SELECT job_id FROM plumbing_jobfault ORDER BY 1") == [new, dead]


def test_the_overview_counts_every_state() -> None:
    assert queries.overview().oldest_waiting_seconds is None
    waiting, running, stalled, dying, dead = (queued() for _ in range(5))
    taken(running, heard=3)
    taken(stalled, heard=None)
    failed(dying, 1, ago=1)
    failed(dead, 5, ago=1)
    sql.execute("UPDATE procrastinate_events SET at = %s WHERE job_id = %s",
                [clock.of_database() - timedelta(seconds=500), waiting])  # fmt: skip
    found = queries.overview()
    assert (found.waiting, found.running, found.retrying, found.stalled, found.dead) == (
        1, 1, 1, 1, 1,
    )  # fmt: skip
    assert 500 <= (found.oldest_waiting_seconds or 0) < 560
    assert found.workers == 3
    assert 0 <= (found.heartbeat_age_seconds or -1) < 60


def test_a_job_put_off_is_not_late_before_its_time() -> None:
    at = clock.of_database() + timedelta(hours=1)
    app.configure_task("day.send", schedule_at=at, allow_unknown=True).defer(company_id=1)
    found = queries.overview()
    assert (found.waiting, found.oldest_waiting_seconds) == (1, None)


def test_jobs_are_listed_by_company_and_state() -> None:
    mine, other = queued(company_id=7), queued(company_id=8)
    failed(other, 5, ago=1)
    assert [row.id for row in queries.listing(7).rows] == [mine]
    assert [row.id for row in queries.listing(None).rows] == [other, mine]
    assert [row.id for row in queries.listing(None, state="waiting").rows] == [mine]
    assert queries.listing(None, size=1).total == 2
    assert [row.id for row in queries.listing(None, page=2, size=1).rows] == [mine]
    assert queries.counts(8) == {**dict.fromkeys(queries.STATES, 0), "dead": 1}
    assert queries.job(other) == queries.listing(8).rows[0]
    assert queries.job(other + 1000) is None

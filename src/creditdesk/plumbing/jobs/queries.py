"""What the queue holds: how many jobs stand where, and the list of them, without what they carry.

A job is shown by its name, company and codes; its arguments stay in its row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from creditdesk.plumbing import clock, sql
from creditdesk.plumbing.jobs.rules import ATTEMPTS_MAX
from creditdesk.plumbing.operation.facts import Jobs

# A worker says every ten seconds that it lives; after three times that it is given up.
LOST_SECONDS = 30
STATES = ("waiting", "running", "retrying", "stalled", "dead")
_STATE = f"""
    CASE WHEN j.status = 'todo' THEN 'waiting'
         WHEN j.status = 'failed' AND j.attempts < {ATTEMPTS_MAX} THEN 'retrying'
         WHEN j.status = 'failed' THEN 'dead'
         WHEN j.worker_id IS NULL OR w.last_heartbeat < %(lost)s THEN 'stalled'
         ELSE 'running' END
"""
_OPEN = """
    FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
   WHERE j.status IN ('todo', 'doing', 'failed')
"""
_COUNTS = f"SELECT {_STATE} AS state, count(*) {_OPEN} GROUP BY 1"
_OLDEST = """
    SELECT min(greatest(coalesce(j.scheduled_at, '-infinity'), e.at))
      FROM procrastinate_jobs j
      JOIN procrastinate_events e ON e.job_id = j.id
       AND e.type IN ('deferred', 'deferred_for_retry', 'retried')
     WHERE j.status = 'todo' AND coalesce(j.scheduled_at, '-infinity') <= %(at)s
"""
_WORKERS = """
    SELECT count(*), max(last_heartbeat) FROM procrastinate_workers
     WHERE last_heartbeat >= %(lost)s
"""
_LIST = f"""
    SELECT j.id, j.task_name, {_STATE} AS state, j.attempts,
           (j.args->>'company_id')::bigint, j.scheduled_at,
           (SELECT max(e.at) FROM procrastinate_events e WHERE e.job_id = j.id),
           coalesce(f.code, '')
      FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
      LEFT JOIN plumbing_jobfault f ON f.job_id = j.id
     WHERE j.status IN ('todo', 'doing', 'failed')
       AND (%(company_id)s::bigint IS NULL OR (j.args->>'company_id')::bigint = %(company_id)s)
       AND (%(state)s = '' OR {_STATE} = %(state)s)
"""


@dataclass(frozen=True, slots=True)
class _Count:
    state: str
    count: int


@dataclass(frozen=True, slots=True)
class _Workers:
    count: int
    heard_at: datetime | None


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job that is not over; `code` says why it last failed, `since` when it last moved."""

    id: int
    name: str
    state: str
    attempts: int
    company_id: int | None
    scheduled_at: datetime | None
    since: datetime | None
    code: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the jobs, and how many there are in all."""

    rows: Sequence[JobRow]
    total: int
    page: int
    size: int


def lost_before() -> datetime:
    """Return the moment before which a worker must have been heard last to be given up."""
    return clock.of_database() - timedelta(seconds=LOST_SECONDS)


def counts(company_id: int | None = None) -> dict[str, int]:
    """Return how many jobs stand in each state, every state named; of one company if given."""
    about = " AND (j.args->>'company_id')::bigint = %(company_id)s" if company_id else ""
    statement = _COUNTS.replace(" GROUP BY 1", f"{about} GROUP BY 1")
    rows = sql.fetch(_Count, statement, {"lost": lost_before(), "company_id": company_id})
    return dict.fromkeys(STATES, 0) | {row.state: row.count for row in rows}


def overview() -> Jobs:
    """Return the whole queue in numbers."""
    at = clock.of_database()
    lost = at - timedelta(seconds=LOST_SECONDS)
    found = counts()
    oldest = sql.scalar(_OLDEST, {"at": at})
    workers = sql.fetch_one(_Workers, _WORKERS, {"lost": lost}) or _Workers(0, None)
    return Jobs(
        waiting=found["waiting"],
        running=found["running"],
        retrying=found["retrying"],
        stalled=found["stalled"],
        dead=found["dead"],
        oldest_waiting_seconds=(at - oldest).total_seconds() if oldest else None,
        workers=workers.count,
        heartbeat_age_seconds=(at - workers.heard_at).total_seconds() if workers.heard_at else None,
    )


def listing(company_id: int | None, *, state: str = "", page: int = 1, size: int = 50) -> Page:
    """Return the jobs that are not over, the dead first, then the oldest; of a company if given."""
    asked = {"company_id": company_id, "state": state, "lost": lost_before()}
    total = int(sql.scalar(f"SELECT count(*) FROM ({_LIST}) AS every", asked))
    rows = sql.fetch(
        JobRow,
        f"{_LIST} ORDER BY j.status = 'failed' DESC, j.id LIMIT %(size)s OFFSET %(skip)s",
        {**asked, "size": size, "skip": (page - 1) * size},
    )
    return Page(rows, total, page, size)


def job(job_id: int) -> JobRow | None:
    """Return one job that is not over, whoever's it is."""
    asked = {"company_id": None, "state": "", "lost": lost_before(), "id": job_id}
    return sql.fetch_one(JobRow, f"{_LIST} AND j.id = %(id)s", asked)


def is_at_hand(queueing_lock: str) -> bool:
    """Whether a job of that lock waits, runs, or failed and will be tried again."""
    return bool(
        sql.scalar(
            "SELECT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = %s"
            " AND status IN ('todo', 'doing', 'failed'))",
            [queueing_lock],
        )
    )

"""Writers of the queue: what failed or lost its worker goes back, is given up, or is forgotten.

The effects of a job are harmless to repeat, so a job whose worker died is simply run again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from creditdesk.plumbing import clock, sql
from creditdesk.plumbing.jobs import rules
from creditdesk.plumbing.jobs.queries import LOST_SECONDS

WORKER_LOST = "worker_lost"
_PARAMS = {
    "attempts_max": rules.ATTEMPTS_MAX,
    "pause_seconds": rules.PAUSE_SECONDS,
    "rest_seconds": rules.REST_SECONDS,
}
# A newer job of the same queueing lock does, or did, what an older one was to do.
_REPLACE = """
    UPDATE procrastinate_jobs j
       SET status = CASE j.status WHEN 'doing' THEN 'aborted' ELSE 'cancelled' END
                    ::procrastinate_job_status, abort_requested = false
     WHERE j.queueing_lock IS NOT NULL
       AND (j.status = 'failed' OR j.id = ANY(%(stalled)s::bigint[]))
       AND EXISTS (SELECT 1 FROM procrastinate_jobs n
                    WHERE n.queueing_lock = j.queueing_lock AND n.id > j.id
                      AND n.status IN ('todo', 'doing', 'succeeded')
                      AND NOT n.id = ANY(%(stalled)s::bigint[]))
"""
_STALLED = """
    SELECT j.id FROM procrastinate_jobs j
     WHERE j.status = 'doing'
       AND (j.worker_id IS NULL OR j.worker_id IN (
            SELECT w.id FROM procrastinate_workers w WHERE w.last_heartbeat < %(lost)s))
       FOR UPDATE OF j SKIP LOCKED
"""
_GIVE_BACK = """
    UPDATE procrastinate_jobs SET status = 'todo', attempts = attempts + 1, worker_id = NULL,
           scheduled_at = NULL, abort_requested = false
     WHERE id = ANY(%(stalled)s::bigint[]) AND status = 'doing'
       AND attempts + 1 < %(attempts_max)s
"""
_GIVE_UP = """
    WITH given_up AS (
        UPDATE procrastinate_jobs SET status = 'failed', attempts = attempts + 1
         WHERE id = ANY(%(stalled)s::bigint[]) AND status = 'doing'
        RETURNING id
    )
    INSERT INTO plumbing_jobfault (job_id, code, at)
    SELECT id, %(code)s, %(at)s FROM given_up
    ON CONFLICT (job_id) DO UPDATE SET code = EXCLUDED.code, at = EXCLUDED.at
"""
_TRY_AGAIN = """
    UPDATE procrastinate_jobs SET status = 'todo', scheduled_at = NULL, worker_id = NULL
     WHERE id IN (
        SELECT DISTINCT ON (coalesce(j.queueing_lock, j.id::text)) j.id
          FROM procrastinate_jobs j
         CROSS JOIN LATERAL (SELECT max(e.at) AS at FROM procrastinate_events e
                              WHERE e.job_id = j.id) moved
         WHERE j.status = 'failed'
           AND CASE WHEN j.attempts < %(attempts_max)s
                    THEN moved.at < %(at)s - make_interval(
                         secs => %(pause_seconds)s * 2 ^ (greatest(j.attempts, 1) - 1))
                    ELSE j.queueing_lock IS NOT NULL
                     AND moved.at < %(at)s - make_interval(secs => %(rest_seconds)s) END
         ORDER BY coalesce(j.queueing_lock, j.id::text), j.id DESC)
       AND status = 'failed'
"""
_RETRY = """
    UPDATE procrastinate_jobs SET status = 'todo', scheduled_at = NULL, worker_id = NULL
     WHERE id = %(id)s AND status = 'failed'
       AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs n
                        WHERE n.queueing_lock = procrastinate_jobs.queueing_lock
                          AND n.status = 'todo')
"""
_DISCARD = (
    "UPDATE procrastinate_jobs SET status = 'cancelled' WHERE id = %(id)s AND status = 'failed'"
)
_NOTE = """
    INSERT INTO plumbing_jobfault (job_id, code, at) VALUES (%(id)s, %(code)s, %(at)s)
    ON CONFLICT (job_id) DO UPDATE SET code = EXCLUDED.code, at = EXCLUDED.at
"""
_FORGET = """
    WITH over AS (
        SELECT j.id FROM procrastinate_jobs j
         WHERE j.status IN ('succeeded', 'cancelled', 'aborted')
           AND NOT EXISTS (SELECT 1 FROM procrastinate_events e
                            WHERE e.job_id = j.id AND e.at >= %(before)s)
         ORDER BY j.id LIMIT %(limit)s
    ), faults AS (
        DELETE FROM plumbing_jobfault f USING over WHERE f.job_id = over.id
    )
    DELETE FROM procrastinate_jobs j USING over WHERE j.id = over.id
"""
FORGOTTEN_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did, in jobs."""

    replaced: int
    given_back: int
    given_up: int
    tried_again: int


@transaction.atomic
def sweep() -> Swept:
    """No job is stalled afterwards, and each failed one that has rested waits again; repeatable."""
    at = clock.of_database()
    lost = at - timedelta(seconds=LOST_SECONDS)
    stalled = sql.scalars(_STALLED, {"lost": lost})
    asked = {**_PARAMS, "stalled": stalled, "at": at, "code": WORKER_LOST}
    return Swept(
        replaced=sql.execute(_REPLACE, asked),
        given_back=sql.execute(_GIVE_BACK, asked),
        given_up=sql.execute(_GIVE_UP, asked),
        tried_again=sql.execute(_TRY_AGAIN, asked),
    )


def retry(job_id: int) -> bool:
    """Let a failed job wait again; return whether it could, one alike may wait already."""
    return sql.execute(_RETRY, {"id": job_id}) == 1


def discard(job_id: int) -> bool:
    """Give up a failed job for good; return whether it was one."""
    return sql.execute(_DISCARD, {"id": job_id}) == 1


def note_fault(job_id: int, code: str) -> None:
    """Keep why a job failed, as a code."""
    sql.execute(_NOTE, {"id": job_id, "code": code, "at": clock.machine()})


def forget() -> int:
    """Delete jobs that ended long ago, so many at once; return how many."""
    before = clock.of_database() - timedelta(days=rules.KEPT_DAYS)
    return sql.execute(_FORGET, {"before": before, "limit": FORGOTTEN_AT_ONCE})

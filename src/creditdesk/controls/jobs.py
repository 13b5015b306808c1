"""Commands about jobs that failed: people look, mend the cause, and let them run or drop them."""

from __future__ import annotations

from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, NotFound
from creditdesk.plumbing.jobs import queries, services


@command("controls.retry_job")
def retry(actor: Actor, job_id: int) -> str:
    """Let a failed job be run again; return its name."""
    found = _of(actor, job_id)
    if not services.retry(job_id):
        raise Conflict("job_not_retryable", "The job did not fail, or one alike waits already")
    return found.name


@command("controls.discard_job")
def discard(actor: Actor, job_id: int) -> str:
    """Drop a failed job for good; return its name."""
    found = _of(actor, job_id)
    if not services.discard(job_id):
        raise Conflict("job_not_failed", "Only a job that failed can be discarded")
    return found.name


def _of(actor: Actor, job_id: int) -> queries.JobRow:
    found = queries.job(job_id)
    if found is None or found.company_id != actor.company_id:
        raise NotFound("job_unknown", "There is no such job")
    return found

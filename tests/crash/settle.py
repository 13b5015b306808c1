"""End every job of an installation that nobody serves any more; run by itself.

It does what the scheduler and a worker do, without their pauses: what a killed worker left is
given back by the sweeper, what failed is tried again, and all of it is run.
"""

from __future__ import annotations

import os

from creditdesk.config import database

TRIES = 6
# Nobody serves: whoever says that he lives has died.
NOBODY_LIVES = (
    "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 hour'"
)
FAILED = "SELECT id FROM procrastinate_jobs WHERE status = 'failed'"
OPEN = "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed')"
NEVER_QUEUED = """
    SELECT e.id FROM plumbing_event e WHERE e.name = %s AND NOT EXISTS (
        SELECT FROM procrastinate_jobs j
         WHERE j.task_name = %s AND j.args->'event_ids' @> to_jsonb(e.id))
"""


def main() -> None:
    """Sweep and work until nothing is left, and check that every fact had its jobs."""
    database.prepare()
    os.environ["DJANGO_SETTINGS_MODULE"] = "creditdesk.config.settings"
    import django

    django.setup()
    _work()
    _check_reactions()
    print("settled")


def _work() -> None:
    from creditdesk.plumbing import sql
    from creditdesk.plumbing.jobs import services, working

    for _ in range(TRIES):
        sql.execute(NOBODY_LIVES)
        services.sweep()
        for job_id in sql.scalars(FAILED):
            services.retry(job_id)
        working.work(wait=False)
        if not sql.scalar(OPEN):
            return
    raise AssertionError("jobs are left that do not end")


def _check_reactions() -> None:
    from creditdesk.plumbing import sql
    from creditdesk.plumbing.events import LATER

    for kind, tasks in LATER.items():
        for task in tasks:
            found = sql.scalars(NEVER_QUEUED, [kind.name, task])
            assert not found, f"{kind.name} without its job {task}: {found[:5]}"


if __name__ == "__main__":
    main()

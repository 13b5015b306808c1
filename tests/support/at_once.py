"""Work done at the same moment by threads with connections of their own."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
from django.db import connections

from creditdesk.kernel.errors import DomainError
from tests.support import database

PATIENCE = 30.0


def at_once(*work: Callable[[], object]) -> list[object]:
    """Run everything in threads that start together; return results, or the errors of the house."""
    barrier = Barrier(len(work))

    def run(one: Callable[[], object]) -> object:
        try:
            barrier.wait(timeout=PATIENCE)
            return one()
        except DomainError as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(run, work))


def codes(results: Sequence[object]) -> list[str]:
    """Return the codes of the errors among the results, in order."""
    return sorted(result.code for result in results if isinstance(result, DomainError))


def until_somebody_waits_for_a_lock(beginning: str) -> None:
    """Return once a statement that begins so waits for a lock in this database."""
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
        " AND wait_event_type = 'Lock' AND query ILIKE %s"
    )
    name = connections["default"].settings_dict["NAME"]
    deadline = time.monotonic() + PATIENCE
    # The server's superuser sees what every session asks, whatever role it works in.
    with psycopg.connect(os.environ[database.SERVER], autocommit=True) as watching:
        while watching.execute(waiting, [name, f"%{beginning}%"]).fetchone() == (0,):
            if time.monotonic() > deadline:
                raise AssertionError(f"nobody waited in {beginning!r}")
            time.sleep(0.02)

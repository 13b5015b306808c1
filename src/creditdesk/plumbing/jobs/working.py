"""The worker: runs one job after the other until it is asked to stop, and then leaves in time."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from django.db import Error as DatabaseError
from django.db import close_old_connections
from procrastinate import App, JobContext
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.worker import Worker

from creditdesk.plumbing.faults import code_of
from creditdesk.plumbing.jobs import services
from creditdesk.plumbing.logs import lines

# Within this the running job may end; below the time after which a silent worker is given up.
GRACE_SECONDS = 20
POLL_SECONDS = 5.0
OVERDUE = 75
logger = structlog.get_logger(__name__)


def noted(call_next: Callable[[], Any], context: JobContext, _: Worker) -> Any:  # noqa: ANN401 - the task's own
    """Run a job on a fresh connection; keep the code of its failure, which goes on its way."""
    close_old_connections()
    told = context.job.task_kwargs.get("company_id")
    lines.about(job=context.job.id, task=context.job.task_name, company_id=told)
    started = time.perf_counter()
    try:
        result = call_next()
        logger.info("job", outcome="done", ms=_since(started))
    except Exception as error:
        close_old_connections()
        with suppress(DatabaseError):
            services.note_fault(context.job.id or 0, code_of(error))
        logger.exception("job", outcome="failed", ms=_since(started))
        raise
    else:
        return result
    finally:
        lines.about_nothing()
        close_old_connections()


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)


def work(*, concurrency: int = 1, grace_seconds: float = GRACE_SECONDS, wait: bool = True) -> None:
    """Run jobs until told to stop; then the running one ends, or its process within the grace.

    A job that was cut off stays marked as running; the next sweep gives it to another worker.
    """
    if isinstance(app.connector, DjangoConnector):
        with app.replace_connector(app.connector.get_worker_connector()) as ready:
            _run(ready, concurrency, grace_seconds, wait=wait)


def _run(ready: App, concurrency: int, grace_seconds: float, *, wait: bool) -> None:
    async def until_told() -> None:
        async with ready.open_async():
            working = asyncio.ensure_future(
                ready.run_worker_async(
                    concurrency=concurrency,
                    wait=wait,
                    fetch_job_polling_interval=POLL_SECONDS,
                    task_middleware=[noted],
                    install_signal_handlers=False,
                )
            )
            _stop_when_told(working, grace_seconds)
            with suppress(asyncio.CancelledError):
                await working

    asyncio.run(until_told())


def _stop_when_told(working: asyncio.Future[None], grace_seconds: float) -> None:
    """Take no further job once told to stop; a job that does not end in time goes down with us."""
    loop = asyncio.get_running_loop()

    def leave() -> None:
        logger.error("a job did not end in time and will be run again")
        os._exit(OVERDUE)

    def stop() -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_IGN)
        loop.call_later(grace_seconds, leave)
        working.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)

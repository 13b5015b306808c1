"""Commands that serve: the web server, the job worker, the scheduler, each its own process."""

from __future__ import annotations

import logging
import math
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from threading import Event
from zoneinfo import ZoneInfo

from django.db import Error as DatabaseError
from django.db import close_old_connections
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from creditdesk.config import database
from creditdesk.controls import queries as controls
from creditdesk.day import queries as days
from creditdesk.faces.cli import companies
from creditdesk.plumbing import clock
from creditdesk.plumbing.jobs import queries as queue
from creditdesk.plumbing.jobs import services as jobs
from creditdesk.plumbing.jobs import working

COUNTS = "PROMETHEUS_MULTIPROC_DIR"
PARTS = ("web", "worker", "scheduler")
LOOK_SECONDS = 0.3
# A running job may take its grace to end; after that nothing is waited for.
STOP_SECONDS = working.GRACE_SECONDS + 5
SCHEDULE_SECONDS = 60
WEB_GRACE_SECONDS = 15
FORGET_SECONDS = 3600
# A part that ended by itself is started again, but not for ever.
RESTARTS_MAX, RESTARTS_SECONDS = 5, 120
PAUSE_SECONDS = 1.0
DAY_BEGINS_HOUR = 6
WEB_PROCESSES_MAX = 4
logger = logging.getLogger(__name__)


def web_processes() -> int:
    """Return how many processes answer the web: one a core, since Python works on one at a time."""
    given = os.environ.get("CREDITDESK_WEB_PROCESSES", "")
    if given.isdecimal() and int(given) > 0:
        return int(given)
    return min(WEB_PROCESSES_MAX, len(os.sched_getaffinity(0)))


def commands(
    parts: Sequence[str], host: str, port: int, processes: int = 0
) -> dict[str, list[str]]:
    """Return the command line of each part to run; all of them when none is named."""
    python = sys.executable
    every = {
        "web": [
            python, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port),
            "--workers", str(processes or web_processes()),
            "--workers-kill-timeout", str(WEB_GRACE_SECONDS),
            "--blocking-threads", "4", "--no-ws", "--log-level", "warning",
            "creditdesk.config.wsgi:application",
        ],
        "worker": [python, "-m", "creditdesk", "worker"],
        "scheduler": [python, "-m", "creditdesk", "schedule"],
    }  # fmt: skip
    return {name: every[name] for name in parts or PARTS}


def start(
    parts: Sequence[str], host: str, port: int, processes: int = 0
) -> dict[str, subprocess.Popen[bytes]]:
    """Start the parts as processes of their own."""
    database.static_folder().mkdir(parents=True, exist_ok=True)
    _count_together(port)
    return {
        name: _started(command) for name, command in commands(parts, host, port, processes).items()
    }


def _count_together(port: int) -> None:
    """Let all web processes of this port count into one folder, from nothing."""
    folder = database.home() / "counts" / str(port)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ[COUNTS] = str(folder)


def _started(command: Sequence[str]) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "creditdesk.config.settings"}
    if "granian" not in command:
        environment.pop(COUNTS, None)
    return subprocess.Popen(  # noqa: S603 - our own commands
        command, env=environment, start_new_session=True
    )


def end(running: Mapping[str, subprocess.Popen[bytes]]) -> None:
    """Ask every part to finish what it does, and end those that do not."""
    for process in running.values():
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    for process in running.values():
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def serve(*, parts: Sequence[str], host: str, port: int, processes: int = 0) -> int:
    """Run the parts until told to stop; one that ends by itself is started again.

    Status 1 when one ends again and again: then something is wrong that a person must mend.
    """
    told = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told.set())
    wanted = commands(parts, host, port, processes)
    running = start(parts, host, port, processes)
    if "web" in running:
        print(f"The desk is at http://{host}:{port}/  (Ctrl-C stops it)", flush=True)
    ends: list[float] = []
    try:
        while not told.wait(LOOK_SECONDS):
            for name in [name for name, process in running.items() if process.poll() is not None]:
                ends = [at for at in ends if time.monotonic() - at < RESTARTS_SECONDS]
                ends.append(time.monotonic())
                print(f"creditdesk: {name} ended by itself", file=sys.stderr, flush=True)
                if len(ends) > RESTARTS_MAX or told.wait(PAUSE_SECONDS * len(ends)):
                    return 0 if told.is_set() else 1
                running[name] = _started(wanted[name])
    finally:
        end(running)
    return 0


def worker(*, concurrency: int, grace_seconds: int) -> int:
    """Run jobs in this process until told to stop."""
    working.work(concurrency=concurrency, grace_seconds=grace_seconds)
    return 0


def schedule() -> int:
    """Each minute give back what lost its worker and queue what is due; end when told to.

    A moved clock queues nothing: the days of a demo are worked by hand.
    """
    told = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told.set())
    forgotten = -math.inf
    while not told.is_set():
        close_old_connections()
        try:
            jobs.sweep()
            if time.monotonic() - forgotten > FORGET_SECONDS:
                jobs.forget()
                forgotten = time.monotonic()
            if not clock.is_moved():
                queue_due()
        except DatabaseError:
            logger.exception("the schedule waits for the database")
        told.wait(SCHEDULE_SECONDS)
    return 0


def queue_due() -> list[str]:
    """Queue, per company, the day once its morning begins, and sending while anything may wait.

    What waits, runs or failed is not queued a second time, and both are harmless to repeat.
    Return the names of the jobs queued, with the company's code.
    """
    queued = []
    for of in controls.companies():
        actor = companies.actor(of)
        due = ["day.send"]
        has_begun = actor.at.astimezone(ZoneInfo(of.timezone)).hour >= DAY_BEGINS_HOUR
        if has_begun and days.last_finished(of.id) != actor.today:
            due.insert(0, "day.run")
        queued += [f"{name} {of.code}" for name in due if _queue(name, of.id)]
    return queued


def _queue(name: str, company_id: int) -> bool:
    lock = f"{name}-{company_id}"
    if queue.is_at_hand(lock):
        return False
    job = app.configure_task(name, queueing_lock=lock, allow_unknown=True)
    try:
        job.defer(company_id=company_id)
    except AlreadyEnqueued:
        return False
    return True

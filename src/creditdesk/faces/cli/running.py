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
from contextlib import suppress
from pathlib import Path
from threading import Event
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException

from creditdesk.config import database
from creditdesk.config.online import of_company
from creditdesk.controls import queries as controls
from creditdesk.controls.audit import services as audit
from creditdesk.day import queries as days
from creditdesk.faces.cli import companies
from creditdesk.faces.cli.tongue import gettext
from creditdesk.orders import wait_queries
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
# A part that ended by itself is started again; one that does not stay up, not for ever.
FALLS_MAX, STAYS_UP_SECONDS = 5, 20
PAUSE_SECONDS = 1.0
SEAL_SECONDS = 1
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
    shutil.rmtree(_counts(port), ignore_errors=True)
    _counts(port).mkdir(parents=True)
    wanted = commands(parts, host, port, processes)
    return {name: _started(command, port) for name, command in wanted.items()}


def _counts(port: int) -> Path:
    """Return the folder into which all web processes of this port count together."""
    return database.home() / "counts" / str(port)


def _started(command: Sequence[str], port: int) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "creditdesk.config.settings"}
    if "granian" in command:
        environment[COUNTS] = str(_counts(port))
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


def serve(*, parts: Sequence[str], host: str, port: int, processes: int = 1) -> int:
    """Run the parts until told to stop; one that ends by itself is started again.

    Status 1 when parts do not stay up: then something is wrong that a person must mend.
    """
    told = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told.set())
    wanted = commands(parts, host, port, processes)
    running = start(parts, host, port, processes)
    if "web" in running:
        address = f"http://{host}:{port}/"
        print(gettext("The desk is at %(address)s  (Ctrl-C stops it)", address=address), flush=True)
    began = dict.fromkeys(running, time.monotonic())
    falls = 0
    try:
        while not told.wait(LOOK_SECONDS):
            for name in [name for name, process in running.items() if process.poll() is not None]:
                fell = gettext("%(part)s ended by itself", part=name)
                print(f"creditdesk: {fell}", file=sys.stderr, flush=True)
                stayed_up = time.monotonic() - began[name] > STAYS_UP_SECONDS
                falls = 0 if stayed_up else falls + 1
                if falls > FALLS_MAX:
                    return 1
                told.wait(PAUSE_SECONDS * falls)
                _bury(running[name])
                running[name], began[name] = _started(wanted[name], port), time.monotonic()
    finally:
        end(running)
    return 0


def _bury(process: subprocess.Popen[bytes]) -> None:
    """Leave nothing of a part that ended: its children may hold what the next one needs."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def worker(*, concurrency: int, grace_seconds: int) -> int:
    """Run jobs in this process until told to stop."""
    working.work(concurrency=concurrency, grace_seconds=grace_seconds)
    return 0


def schedule() -> int:
    """Each minute give back what lost its worker and queue what is due; seal every second.

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
        except (DatabaseError, ConnectorException):
            logger.exception("the schedule waits for the database")
        _seal_until(told, time.monotonic() + SCHEDULE_SECONDS)
    return 0


def _seal_until(told: Event, due_at: float) -> None:
    """Chain what was recorded every second, until the next minute's work or until told to end."""
    while not told.wait(SEAL_SECONDS) and time.monotonic() < due_at:
        try:
            audit.seal()
        except DatabaseError:
            close_old_connections()
            logger.exception("the sealer waits for the database")


def queue_due() -> list[str]:
    """Queue, per company, the day once its morning begins, and sending while anything may wait.

    Handing on held orders is queued when one is past its goal and nobody was told.

    What waits, runs or failed is not queued a second time, and both are harmless to repeat.
    Return the names of the jobs queued, with the company's code.
    """
    queued = []
    for of in controls.companies():
        actor = companies.actor(of)
        due = ["day.send"]
        due += ["day.drop"] if settings.DROP_FOLDER else []
        due += ["day.mail"] if settings.INBOX_URL else []
        due += ["payments.sweep"] if of_company(settings.STRIPE_KEYS, of.code) else []
        # Past its goal an order is handed on within the minute; without one nothing is queued.
        due += ["orders.escalate"] if wait_queries.has_late(of.id, actor.at) else []
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

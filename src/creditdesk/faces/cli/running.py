"""Commands that serve: the web server, the job worker, the scheduler, each its own process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from types import FrameType
from zoneinfo import ZoneInfo

from procrastinate.contrib.django import app as jobs
from procrastinate.exceptions import AlreadyEnqueued

from creditdesk.config import database
from creditdesk.controls import queries as controls
from creditdesk.day import queries as days
from creditdesk.faces.cli import companies
from creditdesk.plumbing import clock

PARTS = ("web", "worker", "scheduler")
LOOK_SECONDS = 0.3
STOP_SECONDS = 10
SCHEDULE_SECONDS = 60
DAY_BEGINS_HOUR = 6
WEB_PROCESSES_MAX = 4


def web_processes() -> int:
    """Return how many processes answer the web: one a core, since Python works on one at a time."""
    given = os.environ.get("CREDITDESK_WEB_PROCESSES", "")
    if given.isdecimal() and int(given) > 0:
        return int(given)
    return min(WEB_PROCESSES_MAX, len(os.sched_getaffinity(0)))


def commands(parts: Sequence[str], host: str, port: int) -> dict[str, list[str]]:
    """Return the command line of each part to run; all of them when none is named."""
    python = sys.executable
    every = {
        "web": [
            python, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port),
            "--workers", str(web_processes()), "--blocking-threads", "4", "--no-ws",
            "--log-level", "warning", "creditdesk.config.wsgi:application",
        ],
        "worker": [python, "-m", "django", "procrastinate", "worker", "--concurrency", "1"],
        "scheduler": [python, "-m", "creditdesk", "schedule"],
    }  # fmt: skip
    return {name: every[name] for name in parts or PARTS}


def start(parts: Sequence[str], host: str, port: int) -> dict[str, subprocess.Popen[bytes]]:
    """Start the parts as processes of their own."""
    database.static_folder().mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "creditdesk.config.settings"}
    return {
        name: subprocess.Popen(  # noqa: S603 - our own commands
            command, env=environment, start_new_session=True
        )
        for name, command in commands(parts, host, port).items()
    }


def end(running: dict[str, subprocess.Popen[bytes]]) -> None:
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


def serve(*, parts: Sequence[str], host: str, port: int) -> int:
    """Run the parts until one of them ends or we are told to stop."""
    asked: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        asked.append(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    running = start(parts, host, port)
    if "web" in running:
        print(f"The desk is at http://{host}:{port}/  (Ctrl-C stops it)", flush=True)
    try:
        while not asked:
            ended = [name for name, process in running.items() if process.poll() is not None]
            if ended:
                print(f"creditdesk: {ended[0]} ended by itself", file=sys.stderr)
                return 1
            time.sleep(LOOK_SECONDS)
    finally:
        end(running)
    return 0


def schedule() -> int:
    """Queue what is due every minute; a moved clock is left alone."""
    while True:
        if not clock.is_moved():
            queue_due()
        time.sleep(SCHEDULE_SECONDS)


def queue_due() -> list[str]:
    """Queue, per company, the day once its morning begins, and sending while anything may wait.

    What is queued already is not queued twice, and both are harmless to repeat. Return the names
    of the jobs queued, with the company's code.
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
    job = jobs.configure_task(name, queueing_lock=f"{name}-{company_id}", allow_unknown=True)
    try:
        job.defer(company_id=company_id)
    except AlreadyEnqueued:
        return False
    return True

"""Workers and web servers as processes: killed, told to stop, and what they write meanwhile."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from threading import Thread
from urllib.parse import urlencode

import psycopg
import pytest
from django.db import connections
from procrastinate.contrib.django import app

from creditdesk.cash import services as cash
from creditdesk.controls import queries as companies
from creditdesk.controls import services as controls
from creditdesk.faces.cli import running
from creditdesk.insight.queries import prove
from creditdesk.kernel.actor import Actor
from creditdesk.orders import wait_queries
from creditdesk.orders.tasks import escalate
from creditdesk.plumbing import clock, sql
from creditdesk.plumbing.jobs import queries as queue
from creditdesk.plumbing.jobs import services as jobs
from creditdesk.plumbing.jobs import working
from creditdesk.policy import services as policy
from tests.day import desk as desks
from tests.orders.verbs import a_customer, an_order
from tests.scenarios.test_command_line import environment
from tests.support.fixtures import founded

ROOT = Path(__file__).resolve().parents[2]
WAIT_SECONDS = 120
STATUS = "SELECT status, attempts FROM procrastinate_jobs WHERE id = %s"
WAITING = """
    SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
OTHERS = """
    SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
Process = subprocess.Popen[bytes]


def until(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not what():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


@pytest.fixture
def desk(committed_db: str, actor_of: Callable[..., Actor]) -> desks.Desk:
    """Customers to be reminded today, the bank being known up to the day before."""
    desk = desks.opened(actor_of(founded().id), customer_count=3)
    arrival = desks.bank_file(("INV-000-+45", 11_900))
    cash.take_in(desk.actor, filename=arrival.filename, content=arrival.content)
    clock.move(datetime(2026, 3, 16, 9, 30, tzinfo=UTC))
    return desk


@pytest.fixture
def start(committed_db: str, tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Start a command as a process of its own; what still runs in the end is killed."""
    started: list[Process] = []
    log = (tmp_path / "log").open("wb")

    def type_(*words: object, **more: str) -> Process:
        process = subprocess.Popen(
            [sys.executable, "-m", "creditdesk", *map(str, words)],
            cwd=ROOT, env={**environment(committed_db), **more}, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield type_
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    log.close()


@contextmanager
def held(table: str) -> Iterator[None]:
    """Within the block nobody else touches the table: whoever needs it waits there."""
    connections["owner"].close()
    with connections["owner"].cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")
    connections["owner"].close()


def status(job_id: int) -> tuple[str, int]:
    with connections["default"].cursor() as cursor:
        cursor.execute(STATUS, [job_id])
        found: tuple[str, int] = cursor.fetchone()
        return found


def the_day(desk: desks.Desk) -> int:
    return int(app.configure_task("day.run", queueing_lock="day.run-1", allow_unknown=True)
               .defer(company_id=desk.actor.company_id))  # fmt: skip


def nobody_was_heard_of() -> None:
    at = clock.of_database() - timedelta(seconds=queue.LOST_SECONDS + 1)
    sql.execute("UPDATE procrastinate_workers SET last_heartbeat = %s", [at])


def reminders() -> list[int]:
    """How many messages each customer got."""
    return [
        int(count)
        for count in sql.scalars("SELECT count(*) FROM contact_message GROUP BY customer_id")
    ]


def test_a_worker_killed_within_a_job_leaves_nothing_half_done_and_another_does_it_once(
    desk: desks.Desk, start: Callable[..., Process]
) -> None:
    job = the_day(desk)
    with held("contact_verdict"):
        worker = start("worker")
        until(lambda: sql.scalar(WAITING))
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    until(lambda: sql.scalar(OTHERS) == 0)
    assert status(job) == ("doing", 0)
    assert reminders() == []
    assert jobs.sweep().given_back == 0  # it was heard of a moment ago
    nobody_was_heard_of()
    assert jobs.sweep().given_back == 1
    other = start("worker")
    until(lambda: status(job)[0] != "todo" and status(job)[0] != "doing")
    assert status(job) == ("succeeded", 2)
    assert reminders() == [1, 1, 1]
    assert prove(desk.actor.company_id) == []
    other.send_signal(signal.SIGTERM)
    assert other.wait(WAIT_SECONDS) == 0


def test_a_worker_told_to_stop_ends_its_job_first(
    desk: desks.Desk, start: Callable[..., Process]
) -> None:
    job = the_day(desk)
    with held("contact_verdict"):
        worker = start("worker", "--grace", 60)
        until(lambda: sql.scalar(WAITING))
        worker.send_signal(signal.SIGTERM)
        after = int(app.configure_task("day.send", allow_unknown=True)
                    .defer(company_id=desk.actor.company_id))  # fmt: skip
    assert worker.wait(WAIT_SECONDS) == 0
    assert status(job) == ("succeeded", 1)
    assert reminders() == [1, 1, 1]
    assert status(after) == ("todo", 0)
    assert queue.overview().workers == 0


def test_a_job_that_does_not_end_in_time_is_cut_off_and_given_back(
    desk: desks.Desk, start: Callable[..., Process]
) -> None:
    job = the_day(desk)
    with held("contact_verdict"):
        worker = start("worker", "--grace", 1)
        until(lambda: sql.scalar(WAITING))
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(WAIT_SECONDS) == working.OVERDUE
        assert status(job) == ("doing", 0)
    until(lambda: sql.scalar(OTHERS) == 0)
    assert reminders() == []
    nobody_was_heard_of()
    assert jobs.sweep().given_back == 1
    assert status(job) == ("todo", 1)


def free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Browser:
    """Asks the desk as a browser does: with its cookies, its token, its forms."""

    def __init__(self, port: int) -> None:
        self.port, self.cookies = port, dict[str, str]()

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=WAIT_SECONDS)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
        given = {**(form or {}), "csrfmiddlewaretoken": self.cookies.get("csrftoken", "")}
        connection.request(method, path, urlencode(given) if form is not None else None, headers)
        answer = connection.getresponse()
        for header, value in answer.getheaders():
            if header.lower() == "set-cookie":
                made = SimpleCookie(value)
                self.cookies.update({name: one.value for name, one in made.items()})
        body = answer.read().decode()
        connection.close()
        return answer.status, body

    def is_there(self) -> bool:
        try:
            return self.ask("GET", "/health/live")[0] == 200
        except OSError:
            return False


def until_nobody_new_is_let_in(port: int, seconds: float = 5) -> None:
    """Give the server time to notice that it was told; it need not take all of it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return
        time.sleep(0.05)


def test_a_web_server_told_to_stop_answers_what_it_has_begun(
    desk: desks.Desk, start: Callable[..., Process], tmp_path: Path
) -> None:
    port = free_port()
    served = start("serve", "--web", "--port", port, CREDITDESK_HOME=str(tmp_path / "home"))
    browser = Browser(port)
    until(browser.is_there)
    answers: list[tuple[int, str]] = []
    asking = Thread(target=lambda: answers.append(browser.ask("GET", "/metrics")))
    with held("invoices_item"):
        asking.start()
        until(lambda: sql.scalar(WAITING))
        served.send_signal(signal.SIGTERM)
        until_nobody_new_is_let_in(port)
    asking.join(WAIT_SECONDS)
    assert served.wait(WAIT_SECONDS) == 0
    [(code, text)] = answers
    assert (code, 'creditdesk_open_items{company="acme"}' in text) == (200, True)


# What must never stand in a log, put wherever people put things.
MARKS = {
    "name": "Erika Zmarkname", "mail": "zmark.mail@zmark.example", "iban": "DE02120300000000202051",
    "login": "zmarklogin", "password": "zmark-password-1", "number": "ZMARKNUMBER",
    "search": "zmarksearch", "street": "Zmarkstrasse 7",
}  # fmt: skip
MARK = re.compile(r"zmark|DE0212030|DE02 1203", re.IGNORECASE)


def break_customers() -> None:
    """Whoever writes a customer or a step of the day fails, with the person's name in the error."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION 'refused: %', NEW.name USING DETAIL = NEW.name; END $$"
        )
        cursor.execute(
            "CREATE FUNCTION broken_step() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" RAISE EXCEPTION 'refused: {MARKS['name']} {MARKS['mail']}'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER broken BEFORE INSERT OR UPDATE ON customers_customer"
            " FOR EACH ROW EXECUTE FUNCTION broken()"
        )
        cursor.execute(
            "CREATE TRIGGER broken BEFORE INSERT ON day_daystep"
            " FOR EACH ROW EXECUTE FUNCTION broken_step()"
        )


def use_the_desk(browser: Browser, port: int) -> None:
    """Sign in wrongly and rightly, search, fail in a form, call the API wrongly."""
    browser.ask("GET", "/login/")
    wrong = {"username": MARKS["login"], "password": MARKS["password"] + "x"}
    assert browser.ask("POST", "/login/", wrong)[0] in (200, 403, 429)
    assert browser.ask("POST", "/login/", {"username": "anna", "password": MARKS["password"]})[
        0
    ] in (200, 302)
    assert browser.ask("GET", f"/search?q={MARKS['search']}")[0] == 200
    assert browser.ask("GET", f"/customers/{MARKS['number']}/")[0] == 404
    assert browser.ask("GET", f"/nowhere/{MARKS['number']}")[0] == 404
    customer = {
        "number": MARKS["number"], "name": MARKS["name"], "currency": "EUR", "language": "en",
        "country": "DE", "street": MARKS["street"], "email": MARKS["mail"],
    }  # fmt: skip
    code, page = browser.ask("POST", "/customers/new", customer)
    assert (code, MARKS["name"] in page) == (500, False)
    connection = HTTPConnection("127.0.0.1", port, timeout=WAIT_SECONDS)
    body = json.dumps({"customer_number": MARKS["iban"], "total": MARKS["name"]})
    connection.request("POST", "/api/v1/orders/check", body,
                       {"Authorization": f"Bearer cd_{MARKS['login']}"})  # fmt: skip
    assert connection.getresponse().status == 401
    connection.close()


def test_nobodys_data_reaches_the_log(
    desk: desks.Desk, start: Callable[..., Process], tmp_path: Path
) -> None:
    controls.add_user("anna", password=MARKS["password"], first_name="Zmarkname")
    controls.grant("anna", company_id=desk.actor.company_id, role="master_data", by="test")
    break_customers()
    job = the_day(desk)
    port = free_port()
    served = start("serve", "--port", port, CREDITDESK_HOME=str(tmp_path / "home"),
                   CREDITDESK_LOG="DEBUG", CREDITDESK_LOG_FORMAT="json")  # fmt: skip
    browser = Browser(port)
    until(browser.is_there)
    use_the_desk(browser, port)
    until(lambda: status(job)[0] == "failed")
    served.send_signal(signal.SIGTERM)
    assert served.wait(WAIT_SECONDS) == 0
    log = (tmp_path / "log").read_text()
    assert [line for line in log.splitlines() if MARK.search(line)] == []
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    requests = [line for line in lines if line["event"] == "request"]
    assert {"/search", "/customers/new", "unmatched"} <= {line["route"] for line in requests}
    [failed] = [line for line in requests if line["status"] == 500]
    assert (failed["company"], failed["method"]) == ("acme", "POST")
    assert isinstance(failed["actor"], int)
    [why] = [line for line in lines if line.get("logger") == "django.request"]
    assert (why["fault"], why["request"]) == ("database_p0001", failed["request"])
    assert any("customers/services" in frame for frame in why["frames"])
    [died] = [line for line in lines if line["event"] == "job"]
    assert (died["task"], died["job"], died["outcome"]) == ("day.run", job, "failed")
    assert (died["fault"], died["company_id"]) == ("database_p0001", desk.actor.company_id)
    assert [row.code for row in queue.listing(None).rows] == ["database_p0001"]
    assert psycopg.errors.RaiseException.sqlstate == "P0001"


def test_a_part_that_dies_is_started_again(
    committed_db: str, start: Callable[..., Process], tmp_path: Path
) -> None:
    port = free_port()
    served = start("serve", "--web", "--port", port, CREDITDESK_HOME=str(tmp_path / "home"))
    until(Browser(port).is_there)
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(served.pid)], capture_output=True, text=True, check=True
    )
    [web] = map(int, found.stdout.split())
    os.killpg(web, signal.SIGKILL)
    until(lambda: "web ended by itself" in (tmp_path / "log").read_text())
    until(Browser(port).is_there)
    served.send_signal(signal.SIGTERM)
    assert served.wait(WAIT_SECONDS) == 0
    assert not Browser(port).is_there()


def test_what_waits_runs_or_failed_is_not_queued_twice(desk: desks.Desk) -> None:
    assert running.queue_due() == ["day.run acme", "day.send acme"]
    assert running.queue_due() == []
    sql.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE task_name = 'day.run'")
    sql.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE task_name = 'day.send'")
    assert running.queue_due() == ["day.send acme"]
    sql.execute("DELETE FROM procrastinate_jobs")
    clock.move(datetime(2026, 3, 17, 4, 30, tzinfo=UTC))  # before the morning begins
    assert running.queue_due() == ["day.send acme"]


def test_an_order_past_its_goal_is_handed_on_within_the_minute(desk: desks.Desk) -> None:
    clock.move(datetime(2026, 3, 17, 7, 30, tzinfo=UTC))
    of = companies.company_by_code("acme")
    actor = companies.system_actor(of, "test")
    policy.ensure_default(actor, valid_from=date(2020, 1, 1))
    a_customer(actor, "HELD-1", limit=1_000)
    an_order(actor, "SO-LATE", customer="HELD-1")
    assert "orders.escalate acme" not in running.queue_due()
    clock.move(datetime(2026, 3, 17, 14, 30, tzinfo=UTC))
    assert "orders.escalate acme" in running.queue_due()
    assert "orders.escalate acme" not in running.queue_due()
    escalate.func(company_id=of.id)
    sql.execute("DELETE FROM procrastinate_jobs")
    assert "orders.escalate acme" not in running.queue_due()
    [row] = wait_queries.queue(of.id)
    assert (row.reference, row.escalated_to) == ("SO-LATE", "manager")


def test_parts_that_do_not_stay_up_end_the_server(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CREDITDESK_HOME", str(tmp_path))
    monkeypatch.setattr(running, "PAUSE_SECONDS", 0.0)
    falls = [sys.executable, "-c", "print('fell')"]
    monkeypatch.setattr(running, "commands", lambda *_: {"worker": falls})
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        assert running.serve(parts=["worker"], host="127.0.0.1", port=1) == 1
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    out, err = capfd.readouterr()
    assert err.count("worker ended by itself") == running.FALLS_MAX + 1
    assert out.count("fell") == running.FALLS_MAX + 1

"""The day: repeated, interrupted, late; each customer gets the one right message, once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from django.db import connection, connections

from creditdesk.cash.models import Allocation, BankLine, Payment
from creditdesk.collections.models import Promise
from creditdesk.contact.models import Message, Verdict
from creditdesk.controls.queries import CompanyRow
from creditdesk.day import services as days
from creditdesk.day.models import DayStep
from creditdesk.insight.queries import prove
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict
from creditdesk.plumbing import clock, sql
from tests.day import desk as desks
from tests.support.fixtures import founded

TODAY = desks.TODAY
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def desk(committed_db: str, actor_of: Callable[..., Actor]) -> desks.Desk:
    return desks.opened(actor_of(founded().id))


def steps(report: days.DayReport) -> dict[str, dict[str, object]]:
    return {step.step: step.report for step in report.steps}


def messages_by_customer() -> dict[int, int]:
    counts: dict[int, int] = {}
    for customer_id in Message.objects.values_list("customer_id", flat=True):
        counts[customer_id] = counts.get(customer_id, 0) + 1
    return counts


def test_a_day_applies_cash_writes_to_who_is_late_and_proves_the_books(desk: desks.Desk) -> None:
    arrival = desks.bank_file(("INV-000-+45", 11_900), ("inv 001 +10 thanks", 11_901))
    report = steps(days.run(desk.actor, arrivals=[arrival]))
    assert report["take_in"] == {"files": 1, "lines_new": 2, "refused": []}
    assert report["match"]["applied"] == 2
    assert report["prove"] == {"differences": []}
    assert Allocation.objects.count() == 2
    assert set(messages_by_customer().values()) == {1}
    assert len(messages_by_customer()) == 12
    assert report["send"]["sent"] == 12
    assert set(Message.objects.values_list("status", flat=True)) == {"sent"}
    assert Verdict.objects.filter(stage="queue").count() >= 12


@pytest.mark.parametrize(("seconds", "statements"), [(0, len(days.STEPS)), (10**6, 1)])
def test_steps_of_a_moment_are_noted_together(
    desk: desks.Desk, monkeypatch: pytest.MonkeyPatch, seconds: int, statements: int
) -> None:
    monkeypatch.setattr(days, "NOTED_AFTER_SECONDS", seconds)
    written: list[str] = []

    def note(execute: Callable[..., object], statement: str, *given: object) -> object:
        written.extend(["noted"] if "INSERT INTO day_daystep" in statement else [])
        return execute(statement, *given)

    with connection.execute_wrapper(note):
        report = days.run(desk.actor, without=set(days.LEFT_OUT))
    kept = DayStep.objects.filter(business_date=TODAY).order_by("id")
    assert [(one.step, one.report) for one in kept] == list(steps(report).items())
    assert len(written) == statements


def test_what_was_done_before_an_error_is_noted(desk: desks.Desk) -> None:
    def tell(report: days.StepReport) -> None:
        if report.step == "match":
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        days.run(desk.actor, tell=tell)
    noted = DayStep.objects.filter(business_date=TODAY).order_by("id")
    assert [one.step for one in noted] == ["take_in", "match"]


def test_a_repeated_day_changes_nothing(desk: desks.Desk) -> None:
    arrival = desks.bank_file(("INV-000-+45", 11_900))
    days.run(desk.actor, arrivals=[arrival])
    before = (Message.objects.count(), Allocation.objects.count(), Payment.objects.count())
    again = steps(days.run(desk.actor, arrivals=[arrival]))
    assert again["take_in"]["lines_new"] == 0
    assert again["contact"]["is_repeat"] is True
    assert again["send"]["sent"] == 0
    assert before == (
        Message.objects.count(), Allocation.objects.count(), Payment.objects.count()
    )  # fmt: skip


def test_a_refused_file_is_reported_and_stops_no_other(desk: desks.Desk) -> None:
    broken = days.Arrival("broken.xml", b"<Document><BkToCstmrStmt>")
    good = desks.bank_file(("INV-000-+45", 11_900))
    report = steps(days.run(desk.actor, arrivals=[broken, good]))
    assert report["take_in"]["lines_new"] == 1
    refused = report["take_in"]["refused"]
    assert isinstance(refused, list)
    assert [r["file"] for r in refused] == ["broken.xml"]


def later(actor: Actor, days_later: int) -> Actor:
    today = TODAY + timedelta(days=days_later)
    return replace(actor, today=today, at=actor.at + timedelta(days=days_later))


def test_nine_days_late_each_customer_gets_one_message_and_missed_dates_are_judged(
    desk: desks.Desk,
) -> None:
    broken = desks.promise_of(desk, 3, minor=11_903, due_on=TODAY + timedelta(days=2))
    kept = desks.promise_of(desk, 4, minor=11_904, due_on=TODAY + timedelta(days=3))
    days.run(desk.actor, arrivals=[desks.bank_file(("INV-000-+45", 11_900))])
    sent_first = messages_by_customer()
    assert {desk.customer_ids[3], desk.customer_ids[4]}.isdisjoint(sent_first)
    late = later(desk.actor, 9)
    in_time = desks.bank_file(
        ("INV-004-+45", 11_904), booked_on=TODAY + timedelta(days=3), opening=111_900
    )
    newest = desks.bank_file(
        ("INV-005-+45", 11_905), booked_on=late.today - timedelta(days=1), opening=123_804
    )
    report = days.run(late, arrivals=[in_time, newest])
    assert list(report.missed_dates) == [TODAY + timedelta(days=n) for n in range(1, 9)]
    # Paid in time, though nobody knew before today: judged by the cash, not by when we looked.
    statuses = dict(Promise.objects.values_list("reference", "status"))
    assert statuses == {broken: "broken", kept: "kept"}
    sent_late = {
        customer: count - sent_first.get(customer, 0)
        for customer, count in messages_by_customer().items()
    }
    assert max(sent_late.values()) == 1
    assert steps(report)["prove"] == {"differences": []}


def test_two_processes_do_not_work_one_day_at_once(desk: desks.Desk) -> None:
    is_inside, may_go = Event(), Event()

    def hold(_: days.StepReport) -> None:
        is_inside.set()
        may_go.wait(timeout=20)

    def first() -> days.DayReport:
        try:
            return days.run(desk.actor, tell=hold)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(first)
        assert is_inside.wait(timeout=20)
        with pytest.raises(Conflict) as refused:
            days.run(desk.actor)
        may_go.set()
        assert running.result().business_date == TODAY
    assert refused.value.code == "day_running"


def test_the_lock_is_given_back_after_a_failure(
    desk: desks.Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: days.StepReport) -> None:
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        days.run(desk.actor, tell=fail)
    assert steps(days.run(desk.actor))["prove"] == {"differences": []}


def _environment(database: str) -> dict[str, str]:
    """Point a child process at the test's own database."""
    told = dict(os.environ)
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        before, _, after = told[name].partition("?")
        told[name] = before.rpartition("/")[0] + f"/{database}" + (f"?{after}" if after else "")
    return told


def test_killed_at_any_instant_the_day_is_simply_run_again(
    committed_db: str, desk: desks.Desk, tmp_path: Path
) -> None:
    """Six runs are killed at random instants; the seventh finishes what they began."""
    moment = datetime.combine(TODAY, datetime.min.time(), tzinfo=UTC) + timedelta(hours=9)
    clock.move(moment)
    receipts = [(f"INV-{n:03d}-+45", 11_900 + n) for n in range(12)]
    arrival = desks.bank_file(*receipts)
    file = tmp_path / arrival.filename
    file.write_bytes(arrival.content)
    connection.close()
    command = [sys.executable, "-m", "creditdesk", "day", "--bank", str(file), "--json"]
    chance = random.Random(11)
    for _ in range(6):
        child = subprocess.Popen(
            command, cwd=ROOT, env=_environment(committed_db),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(chance.uniform(1.0, 3.5))
        child.send_signal(signal.SIGKILL)
        child.wait()
    time.sleep(0.5)
    done = subprocess.run(
        command, cwd=ROOT, env=_environment(committed_db), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert BankLine.objects.count() == 12
    assert Payment.objects.filter(unapplied_minor=0).count() == 12
    assert Allocation.objects.count() == 12
    assert set(messages_by_customer().values()) == {1}
    # What was handed over when the power went is left to a person and not sent a second time.
    assert set(Message.objects.values_list("status", flat=True)) <= {"sent", "handed_over"}
    assert prove(desk.actor.company_id) == []
    assert DayStep.objects.filter(business_date=TODAY, step="prove").count() == 1


def test_each_company_has_its_own_day(committed_db: str, actor_of: Callable[..., Actor]) -> None:
    first: CompanyRow = founded("first")
    second: CompanyRow = founded("second")
    one, other = desks.opened(actor_of(first.id), customer_count=2), actor_of(second.id)
    desks.opened(other, customer_count=3)
    days.run(one.actor, arrivals=[desks.bank_file(("INV-000-+45", 11_900))])
    assert set(Message.objects.values_list("company_id", flat=True)) == {first.id}
    assert set(DayStep.objects.values_list("company_id", flat=True)) == {first.id}


def test_where_no_interest_is_charged_a_day_forgets_no_planned_statement(desk: desks.Desk) -> None:
    asked = "SELECT 1 AS planned_before_the_day"
    sql.scalar(asked, planned=True)
    assert steps(days.run(desk.actor))["charge_interest"] == {"mode": "off"}
    kept = "SELECT count(*) FROM pg_prepared_statements WHERE statement = %s"
    assert sql.scalar(kept, [asked]) == 1

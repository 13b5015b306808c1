"""The page of jobs: what is seen, by whom, and what may be done with what failed."""

from __future__ import annotations

import pytest
from django.test import Client
from procrastinate.contrib.django import app

from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.plumbing.jobs import queries, services
from tests.faces.desk.conftest import SignedIn
from tests.faces.desk.pages import body, csv_rows, rows, words


def a_job(company_id: int, *, attempts: int = 0, name: str = "day.run") -> int:
    """A job that waits; with attempts, one that failed so often."""
    job = int(app.configure_task(name, allow_unknown=True).defer(company_id=company_id))
    if attempts:
        sql.execute(
            "UPDATE procrastinate_jobs SET status = 'failed', attempts = %s WHERE id = %s",
            [attempts, job],
        )
        services.note_fault(job, "database_57p01")
    return job


def test_jobs_of_the_company_are_shown_the_failed_first(
    desk: Actor, other: Actor, manager: Client
) -> None:
    waiting = a_job(desk.company_id, name="day.send")
    dead = a_job(desk.company_id, attempts=5)
    a_job(other.company_id, attempts=5, name="secret.job")
    found = rows(manager.get("/jobs/"))
    assert [str(job) in row for job, row in zip((dead, waiting), found, strict=True)] == [True] * 2
    assert "Failed for good" in found[0]
    assert "database_57p01" in found[0]
    assert "Waiting" in found[1]
    assert rows(manager.get("/jobs/?state=dead")) == found[:1]
    exported = csv_rows(manager.get("/jobs/?format=csv"))
    assert [line[0] for line in exported[1:]] == [str(dead), str(waiting)]


def test_nothing_waits(manager: Client) -> None:
    assert "No job is waiting" in words(manager.get("/jobs/"))


def test_a_failed_job_is_retried_and_another_discarded(desk: Actor, manager: Client) -> None:
    first, second = a_job(desk.company_id, attempts=5), a_job(desk.company_id, attempts=5)
    page = body(manager.get("/jobs/"))
    assert page.count("data-confirm=") == 4
    assert manager.post(f"/jobs/{first}/retry").status_code == 303
    assert manager.post(f"/jobs/{second}/discard").status_code == 303
    assert [row.id for row in queries.listing(desk.company_id).rows] == [first]
    again = manager.post(f"/jobs/{first}/retry")
    assert (again.status_code, "job_not_retryable" in words(again)) == (409, True)
    assert manager.post(f"/jobs/{second}/discard").status_code == 404
    assert manager.get(f"/jobs/{first}/retry").status_code == 405


@pytest.mark.parametrize("role", ["auditor", "collector"])
def test_who_may_not_act_sees_no_button_and_is_refused(
    desk: Actor, signed_in: SignedIn, role: str
) -> None:
    job, client = a_job(desk.company_id, attempts=5), signed_in(role)
    assert f"/jobs/{job}/retry" not in body(client.get("/jobs/"))
    for act in ("retry", "discard"):
        response = client.post(f"/jobs/{job}/{act}")
        assert (response.status_code, "not_permitted" in words(response)) == (403, True)
    assert queries.counts(desk.company_id)["dead"] == 1


def test_jobs_of_others_cannot_be_touched(other: Actor, manager: Client) -> None:
    job = a_job(other.company_id, attempts=5)
    assert manager.post(f"/jobs/{job}/retry").status_code == 404
    assert queries.counts(other.company_id)["dead"] == 1


def test_the_menu_leads_there(signed_in: SignedIn) -> None:
    assert 'href="/jobs/"' in body(signed_in("administrator").get("/components/"))

"""`creditdesk jobs`: the list, and acting on what failed in the name of the command line."""

from __future__ import annotations

import json

import pytest

from creditdesk.faces.cli import jobs
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, NotFound
from creditdesk.plumbing import sql
from creditdesk.plumbing.jobs import queries
from tests.faces.desk.test_jobs import a_job


def typed(*, state: str = "", retry: int = 0, discard: int = 0, as_json: bool = False) -> int:
    return jobs.jobs(state=state, retry=retry, discard=discard, as_json=as_json)


def test_they_are_listed(actor: Actor, capsys: pytest.CaptureFixture[str]) -> None:
    dead, waiting = a_job(actor.company_id, attempts=5), a_job(actor.company_id, name="day.send")
    assert typed() == 0
    said = capsys.readouterr().out
    assert all(word in said for word in (str(dead), "day.run", "acme", "database_57p01"))
    assert said.endswith("2 jobs are not over\n")
    typed(state="waiting", as_json=True)
    [row] = json.loads(capsys.readouterr().out)
    assert (row["id"], row["state"]) == (waiting, "waiting")
    with pytest.raises(NotFound) as refused:
        typed(state="gone")
    assert refused.value.code == "job_state_unknown"


def test_what_failed_is_retried_or_discarded(
    actor: Actor, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = a_job(actor.company_id, attempts=5), a_job(actor.company_id, attempts=5)
    assert typed(retry=first) == 0
    assert typed(discard=second) == 0
    assert capsys.readouterr().out == "day.run waits to be run again\nday.run is discarded\n"
    assert [row.state for row in queries.listing(None).rows] == ["waiting"]
    by = sql.scalars("SELECT actor FROM controls_auditentry ORDER BY id")
    assert by == ["command line", "command line"]
    with pytest.raises(Conflict):
        typed(retry=first)
    with pytest.raises(NotFound):
        typed(retry=second + 1)

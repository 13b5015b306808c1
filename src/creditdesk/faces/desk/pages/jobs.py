"""Jobs: what waits, runs and failed; a person retries or discards what failed for good."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.controls import jobs as commands
from creditdesk.faces.desk import forms, lists, requests
from creditdesk.faces.desk.lists import Column
from creditdesk.faces.desk.pages.policy_telling import undelivered_count
from creditdesk.look.shapes import Tone
from creditdesk.plumbing.jobs import queries
from creditdesk.plumbing.jobs.queries import JobRow


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job in words; `may_act` when somebody may retry or discard it."""

    row: JobRow
    name: str
    state: str
    tone: Tone
    may_act: bool


@dataclass(frozen=True, slots=True)
class View:
    """A saved view: its filter, its name, how many stand there."""

    value: str
    label: str
    count: int


def state_word(state: str) -> tuple[str, Tone]:
    """Return the state of a job in a word with its tone."""
    known: dict[str, tuple[str, Tone]] = {
        "waiting": (gettext("Waiting"), "info"),
        "running": (gettext("Running"), "info"),
        "retrying": (gettext("Will be tried again"), "warn"),
        "stalled": (gettext("Lost its worker"), "warn"),
        "dead": (gettext("Failed for good"), "bad"),
    }
    return known.get(state, (state, ""))


def name_word(name: str) -> str:
    """Return what a job does in words; a job nobody named stands as its code."""
    known = {
        "day.run": gettext("Work the day"),
        "day.send": gettext("Send what is queued"),
        "day.drop": gettext("Take in the drop folder"),
        "day.mail": gettext("Fetch mail"),
    }
    return known.get(name, name)


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show the company's jobs that are not over, the failed ones first; or give them as a file."""
    desk = requests.of(request)
    ask = lists.asked(request)
    state = lists.choice(request, "state", queries.STATES)
    may_act = desk.actor.may("controls.retry_job") and desk.actor.may("controls.discard_job")

    def line(row: JobRow) -> JobLine:
        word, tone = state_word(row.state)
        is_failed = row.state in ("dead", "retrying")
        return JobLine(row, name_word(row.name), word, tone, may_act and is_failed)

    def fetch(page: int, size: int) -> queries.Page:
        return queries.listing(desk.company.id, state=state, page=page, size=size)

    if ask.format:
        rows = (line(row) for row in lists.every(fetch))
        return lists.export(desk, _columns(), rows, name="jobs", form=ask.format)
    page = fetch(ask.page, lists.PER_PAGE)
    return lists.show(
        desk,
        "desk/jobs/list.html",
        "desk/jobs/_rows.html",
        {
            "lines": [line(row) for row in page.rows],
            "undelivered": undelivered_count(desk),
            "mark": lists.mark(page),
            "ask": ask,
            "state": state,
            "views": _views(desk.company.id),
        },
    )


def _views(company_id: int) -> list[View]:
    counts = queries.counts(company_id)
    return [
        View("", gettext("All"), sum(counts.values())),
        *(View(one, state_word(one)[0], counts[one]) for one in queries.STATES),
    ]


def _columns() -> list[Column[JobLine]]:
    return [
        Column("id", gettext("Number"), lambda one: one.row.id, "number"),
        Column("name", gettext("Job"), lambda one: one.name),
        Column("state", gettext("State"), lambda one: one.state),
        Column("attempts", gettext("Attempts"), lambda one: one.row.attempts, "number"),
        Column("since", gettext("Since"), lambda one: one.row.since, "date"),
        Column("code", gettext("Why"), lambda one: one.row.code),
    ]


@require_POST
def retry(request: HttpRequest, job_id: int) -> HttpResponse:
    """Let a failed job be run again."""
    name = commands.retry(forms.acting(requests.of(request)), job_id)
    messages.success(request, gettext("%(job)s waits to be run again") % {"job": name_word(name)})
    return HttpResponseRedirect(forms.way_back(request, reverse("jobs")), status=303)


@require_POST
def discard(request: HttpRequest, job_id: int) -> HttpResponse:
    """Drop a failed job for good."""
    name = commands.discard(forms.acting(requests.of(request)), job_id)
    messages.success(request, gettext("%(job)s is discarded") % {"job": name_word(name)})
    return HttpResponseRedirect(forms.way_back(request, reverse("jobs")), status=303)


urlpatterns = [
    path("jobs/", listing, name="jobs"),
    path("jobs/<int:job_id>/retry", retry, name="job-retry"),
    path("jobs/<int:job_id>/discard", discard, name="job-discard"),
]

"""Periods of the books: what each came to, what keeps it open, closing and reopening."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.faces.desk import forms, lists, requests
from creditdesk.faces.desk.lists import Column
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.kernel.errors import NotFound
from creditdesk.ledger import queries as ledger
from creditdesk.ledger import services, wording
from creditdesk.ledger.queries import ActRow, TrialLine
from creditdesk.ledger.rules import OPEN, Period
from creditdesk.look.shapes import Tone


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """A period with its status in a word."""

    period: Period
    status: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class ActLine:
    """An act on a period, in words."""

    row: ActRow
    act: str


@dataclass(frozen=True, slots=True)
class AccountLine:
    """A line of the trial balance with the account's name."""

    row: TrialLine
    name: str


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show the periods, and of the chosen one its trial balance and what keeps it open."""
    desk = requests.of(request)
    known = list(reversed(ledger.periods(desk.company.id, until=desk.actor.today)))
    chosen = _chosen(desk, known)
    lines = _trial(desk, chosen)
    ask = lists.asked(request, sorts=(), sort="")
    if ask.format and chosen:
        name = f"trial-balance-{chosen.last_on}"
        return lists.export(desk, _columns(), lines, name=name, form=ask.format)
    return render(request, "desk/periods/page.html", _context(desk, known, chosen, lines))


def _context(
    desk: DeskRequest, known: Sequence[Period], chosen: Period | None, lines: list[AccountLine]
) -> dict[str, object]:
    code, differences = "", list[str]()
    if chosen and chosen.status != "closed":
        code, differences = services.what_blocks(desk.actor, chosen.last_on)
    not_open = [period for period in known if period.status != OPEN]
    return {
        "lines": [PeriodLine(one, *wording.status(one.status)) for one in known],
        "chosen": PeriodLine(chosen, *wording.status(chosen.status)) if chosen else None,
        "trial": lines,
        "rows": lines,
        "blocked": wording.blocked(code) if code else "",
        "differences": differences,
        "may_close": desk.actor.may("ledger.close_period") and not code and not differences,
        "is_open": chosen is not None and chosen.status == OPEN,
        "is_closed": chosen is not None and chosen.status == "closed",
        "may_reopen": desk.actor.may("ledger.reopen_period")
        and bool(not_open)
        and chosen == not_open[0],
        "acts": [ActLine(row, wording.act(row.act)) for row in ledger.acts(desk.company.id)],
    }


def _chosen(desk: DeskRequest, known: Sequence[Period]) -> Period | None:
    """Return the period of the address, else the oldest that is not closed, else the latest."""
    wanted = lists.day(desk, "at")
    if wanted is not None:
        found = next((one for one in known if one.last_on == wanted), None)
        if found is None:
            raise NotFound("period_unknown", gettext("There is no period that ends on this day"))
        return found
    waiting = [one for one in known if one.status != "closed"]
    return waiting[-1] if waiting else next(iter(known), None)


def _trial(desk: DeskRequest, chosen: Period | None) -> list[AccountLine]:
    if chosen is None:
        return []
    rows = ledger.trial_balance(desk.company.id, first_on=chosen.first_on, last_on=chosen.last_on)
    return [AccountLine(row, wording.account(row.account)) for row in rows]


def _columns() -> list[Column[AccountLine]]:
    def currency(line: AccountLine) -> str:
        return line.row.currency

    return [
        Column("account", gettext("Account"), lambda line: line.name),
        Column("currency", gettext("Currency"), currency),
        Column("opening", gettext("Opening"), lambda one: one.row.opening_minor, "money", currency),
        Column("debit", gettext("Debits"), lambda one: one.row.debit_minor, "money", currency),
        Column("credit", gettext("Credits"), lambda one: one.row.credit_minor, "money", currency),
        Column("closing", gettext("Closing"), lambda one: one.row.closing_minor, "money", currency),
    ]


@require_POST
def close(request: HttpRequest) -> HttpResponse:
    """Close the books through the period's last day, for good or softly."""
    desk = requests.of(request)
    last_on = forms.required_day(request, "last_on")
    soft = forms.text(request, "kind") == "soft"
    services.close_period(forms.acting(desk), last_on, soft=soft)
    said = (
        gettext("The books are soft-closed up to %(day)s")
        if soft
        else gettext("The books are closed up to %(day)s")
    )
    messages.success(request, said % {"day": date_format(last_on)})
    return _back(last_on)


@require_POST
def reopen(request: HttpRequest) -> HttpResponse:
    """Open the last closed period again, for the reason given."""
    desk = requests.of(request)
    last_on = forms.required_day(request, "last_on")
    reason = forms.text(request, "reason", is_required=True)
    services.reopen_period(forms.acting(desk), last_on, reason=reason)
    messages.success(request, gettext("The period is open again"))
    return _back(last_on)


def _back(last_on: date) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('periods')}?at={last_on.isoformat()}", status=303)


urlpatterns = [
    path("periods/", listing, name="periods"),
    path("periods/close", close, name="periods-close"),
    path("periods/reopen", reopen, name="periods-reopen"),
]

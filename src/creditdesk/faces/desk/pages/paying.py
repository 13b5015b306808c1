"""How customers pay: the list of payers, and one customer's rating with what it counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from babel.dates import format_skeleton
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from creditdesk.customers import queries as customers
from creditdesk.customers.queries import CustomerRow
from creditdesk.faces.desk import lists, requests
from creditdesk.faces.desk.lists import Column
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.look import words
from creditdesk.look.shapes import Tone, TrendPoint, TrendSeries
from creditdesk.look.tags.figures import money_text
from creditdesk.monitoring.ratings import queries, rules, wording
from creditdesk.monitoring.ratings.queries import Judged, PartRow, PayerRow, RatingRow
from creditdesk.plumbing.listing import Page
from creditdesk.policy import queries as policies

GRADE_TONES: Final[dict[str, Tone]] = {
    "A": "good", "B": "good", "C": "warn", "D": "bad", "E": "bad",
}  # fmt: skip
DRIFTS: Final = (rules.LATER, rules.AS_USUAL)
CHARTED: Final = 12  # more labels than that run into each other
HISTORY: Final = timedelta(days=366)
PARTS_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class PayerLine:
    """A payer of the list in words."""

    row: PayerRow
    tone: Tone
    drift: str
    days: str


@dataclass(frozen=True, slots=True)
class PartShown:
    """A document the rating looks at, whether it counts, and what it opens."""

    row: PartRow
    how: str
    counts: str
    href: str


@dataclass(frozen=True, slots=True)
class KeptShown:
    """A rating as it was kept, in words."""

    row: RatingRow
    tone: Tone
    drift: str
    days: str


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show how every customer pays, filtered and sorted; or give it as a file."""
    desk = requests.of(request)
    ask = lists.asked(request, sorts=queries.SORTS, sort="-days")
    grades = (*rules.GRADES, queries.NO_GRADE)
    grade = lists.choice(request, "grade", grades)
    drift = lists.choice(request, "drift", DRIFTS)

    def fetch(page: int, size: int) -> Page[queries.PayerRow]:
        return queries.listing(
            desk.company.id, text=ask.text, grade=grade, drift=drift, sort=ask.sort,
            page=page, size=size,
        )  # fmt: skip

    if ask.format:
        return lists.export(
            desk, _columns(), lists.every(fetch), name="payer-ratings", form=ask.format
        )
    page = fetch(ask.page, lists.PER_PAGE)
    return lists.show(
        desk,
        "desk/paying/list.html",
        "desk/paying/_rows.html",
        {
            "lines": [_line(row) for row in page.rows],
            "mark": lists.mark(page),
            "ask": ask,
            "grade": grade,
            "drift": drift,
            "grades": [(one, _grade_name(one)) for one in grades],
            "drifts": [(one, wording.drift_word(one)) for one in DRIFTS],
        },
    )


def _grade_name(code: str) -> str:
    if code == queries.NO_GRADE:
        return gettext("Without a grade")
    return f"{code} · {wording.grade(code)}"


def _line(row: PayerRow) -> PayerLine:
    return PayerLine(
        row, GRADE_TONES.get(row.grade, ""), wording.drift_word(row.drift), wording.days(row.days)
    )


def _columns() -> list[Column[PayerRow]]:
    return [
        Column("number", gettext("Number"), lambda one: one.number),
        Column("name", gettext("Name"), lambda one: one.name),
        Column("grade", gettext("Grade"), lambda one: one.grade),
        Column("days", gettext("Weighted days late"), lambda one: one.days, "number"),
        Column("paydex", "PAYDEX", lambda one: one.paydex, "number"),
        Column("drift", gettext("Drift"), lambda one: wording.drift_word(one.drift)),
        Column("as_of", gettext("Rated on"), lambda one: one.as_of, "date"),
        Column("before", gettext("Grade before"), lambda one: one.before),
    ]


@require_safe
def page(request: HttpRequest, number: str) -> HttpResponse:
    """Show a customer's grade, PAYDEX and drift as of today, with every document they count."""
    desk = requests.of(request)
    customer = customers.customer(desk.company.id, number)
    company_id, today = desk.company.id, desk.actor.today
    policy = policies.in_force(company_id, today)
    parts = queries.parts(company_id, customer.id, today)
    ask = lists.asked(request)
    if ask.format:
        return lists.export(
            desk, _part_columns(), parts, name=f"paying-{customer.number}", form=ask.format
        )
    judged = queries.judged(company_id, today, policy, ids=[customer.id])[customer.id]
    history = queries.rating_history(company_id, customer.id, since=today - HISTORY)
    rating = judged.rating
    context = {
        "customer": customer,
        "today": today,
        "judged": judged,
        "rating": rating,
        "policy": policy,
        "tone": GRADE_TONES.get(rating.grade, ""),
        "grade_words": wording.grade(rating.grade),
        "days": wording.days(rating.days),
        "paydex_words": wording.paydex(rating.paydex),
        "drift_word": wording.drift_word(rating.drift.word),
        "drift_tone": "bad" if rating.drift.word == rules.LATER else "",
        "drift_sentence": wording.drift(rating.drift, judged.norm),
        "signals": queries.signals(company_id, today, [customer.id])[customer.id],
        "within_days": queries.WITHIN_DAYS,
        "sums": _sums(desk, judged),
        "parts": [_part(row, judged) for row in parts[:PARTS_SHOWN]],
        "has_more": len(parts) > PARTS_SHOWN,
        "history": [_kept(row) for row in reversed(history)],
        "trend": _trend(customer, history),
    }
    return render(request, "desk/customer/paying.html", context)


def _sums(desk: DeskRequest, judged: Judged) -> list[tuple[str, str, str]]:
    """Return what is counted and what is not: a name, an amount, and a word about it."""
    of, counted = judged.behaviour, judged.rating.counted
    unpaid = counted.unpaid_minor if counted else 0
    currency = desk.company.currency
    since = counted.unpaid_from if counted else None
    told = [
        (gettext("Paid in the window"), of.paid_minor, ""),
        (gettext("Unpaid, and later than what was paid"), unpaid,
         gettext("from %(days)d days late on") % {"days": since} if since is not None else ""),
        (gettext("Unpaid and late, not later than usual so far"), of.overdue_minor - unpaid,
         gettext("does not count yet")),
        (gettext("Not due"), of.not_due_minor, gettext("does not count")),
        (gettext("Contested"), of.disputed_minor, gettext("does not count while it is")),
        (gettext("Written off as lost"), of.lost_minor, gettext("counts as unpaid")),
    ]  # fmt: skip
    return [(name, money_text(minor, currency), word) for name, minor, word in told if minor]


def _part(row: PartRow, judged: Judged) -> PartShown:
    counted = judged.rating.counted
    since = counted.unpaid_from if counted else None
    if row.how == "paid":
        counts = gettext("yes")
    elif row.how == "disputed" or row.late <= 0:
        counts = gettext("no")
    else:
        counts = gettext("yes") if since is not None and row.late >= since else gettext("not yet")
    return PartShown(row, wording.how(row.how), counts, reverse("invoice", args=[row.number]))


def _part_columns() -> list[Column[PartRow]]:
    return [
        Column("number", gettext("Document"), lambda one: one.number),
        Column("how", gettext("State"), lambda one: wording.how(one.how)),
        Column("due_on", gettext("Due"), lambda one: one.due_on, "date"),
        Column("ended_on", gettext("Paid on"), lambda one: one.ended_on, "date"),
        Column("late", gettext("Days late"), lambda one: one.late, "number"),
        Column("currency", gettext("Currency"), lambda one: one.own_currency),
        Column("amount", gettext("Amount"), lambda one: one.own_minor, "money",
               lambda one: one.own_currency),
    ]  # fmt: skip


def _kept(row: RatingRow) -> KeptShown:
    return KeptShown(
        row, GRADE_TONES.get(row.grade, ""), wording.drift_word(row.drift), wording.days(row.days)
    )


def _trend(customer: CustomerRow, history: Sequence[RatingRow]) -> tuple[TrendSeries, ...]:
    """Return the weighted days over time; each point opens its line of the history below."""
    here = reverse("customer-paying", args=[customer.number])
    known = [row for row in history if row.days is not None]
    # Evenly chosen, the last one among them.
    every = -(-len(known) // CHARTED)
    points = tuple(
        TrendPoint(
            format_skeleton("MMMd", row.as_of, locale=words.locale()),
            row.days,
            f"{row.grade or '–'} · {wording.days(row.days)}",
            f"{here}#rating-{row.id}",
        )
        for row in reversed(known[::-1][:: every or 1])
        if row.days is not None
    )
    return (TrendSeries(gettext("Weighted days late"), points),) if len(points) > 1 else ()


urlpatterns = [
    path("payer-ratings/", listing, name="payer-ratings"),
    path("customers/<path:number>/paying", page, name="customer-paying"),
]

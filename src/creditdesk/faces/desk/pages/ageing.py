"""Ageing of any date, as of it and as known at another, down to the document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from creditdesk.customers import queries as customers
from creditdesk.faces.desk import lists, requests
from creditdesk.faces.desk.lists import Column
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.insight import queries as insight
from creditdesk.insight.queries import CustomerAgeing
from creditdesk.insight.rules import BUCKETS
from creditdesk.look import words

SORT = "-overdue"


@dataclass(frozen=True, slots=True)
class AsOf:
    """The date pair of the page: what was owed on a day, by what was known on a day."""

    as_of: date
    known_on: date | None
    known_at: datetime | None

    def query(self, **more: str) -> str:
        """Return the pair as an address query."""
        pair = {"as_of": self.as_of.isoformat()}
        if self.known_on:
            pair["known_at"] = self.known_on.isoformat()
        return urlencode({**pair, **more})


def _as_of(request: DeskRequest) -> AsOf:
    known_on = lists.day(request, "known_at")
    known_at = None
    if known_on is not None:
        zone = ZoneInfo(request.company.timezone)
        known_at = datetime.combine(known_on, time.max, tzinfo=zone)
    return AsOf(lists.day(request, "as_of") or request.actor.today, known_on, known_at)


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show who owes what for how long on a date; or give it as a file."""
    desk = requests.of(request)
    columns = _columns()
    ask = lists.asked(request, sorts=lists.sorts_of(columns), sort=SORT)
    at = _as_of(desk)
    ageing = insight.ageing(desk.company.id, as_of=at.as_of, known_at=at.known_at)
    currency = lists.choice(request, "currency", [one.currency for one in ageing.totals])
    bucket = lists.choice(request, "bucket", BUCKETS)
    rows = _wanted(ageing.rows, ask.text, currency, bucket)
    rows = lists.arranged(rows, columns, ask.sort)
    if ask.format:
        return lists.export(desk, columns, rows, name="ageing", form=ask.format)
    shown, mark = lists.page_of(rows, ask.page)
    context = {
        "rows": shown,
        "mark": mark,
        "ask": ask,
        "at": at,
        "at_query": at.query(),
        "is_today": at.as_of == desk.actor.today and at.known_at is None,
        "ageing": ageing,
        "own": ageing.in_company_currency,
        "bucket_links": [f"?{at.query(bucket=code)}" for code in BUCKETS],
        "currency": currency,
        "bucket": bucket,
        "bucket_name": words.bucket_names()[BUCKETS.index(bucket)] if bucket else "",
        "bucket_heads": list(zip(BUCKETS, words.bucket_names(), strict=True)),
        "is_filtered": bool(ask.text or currency or bucket),
    }
    return lists.show(desk, "desk/ageing/list.html", "desk/ageing/_rows.html", context)


def _wanted(
    rows: Sequence[CustomerAgeing], text: str, currency: str, bucket: str
) -> list[CustomerAgeing]:
    """Return the rows that match the filters of the address."""
    place = BUCKETS.index(bucket) if bucket else None
    wanted = text.casefold()
    return [
        row
        for row in rows
        if (not currency or row.buckets.currency == currency)
        and (place is None or row.buckets.late_minor[place])
        and (not wanted or wanted in row.name.casefold() or wanted in row.number.casefold())
    ]


def _columns() -> list[Column[CustomerAgeing]]:
    def currency(row: CustomerAgeing) -> str:
        return row.buckets.currency

    names = words.bucket_names()
    parts = [
        Column(code, names[place], _bucket_value(place), "money", currency)
        for place, code in enumerate(BUCKETS)
    ]
    return [
        Column("number", gettext("Customer number"), lambda row: row.number),
        Column("name", gettext("Customer"), lambda row: row.name),
        Column("currency", gettext("Currency"), currency),
        *parts,
        Column(
            "overdue", gettext("Late"), lambda row: row.buckets.overdue_minor, "money", currency
        ),
        Column("total", gettext("Total"), lambda row: row.buckets.total_minor, "money", currency),
        Column(
            "unapplied",
            gettext("Unapplied"),
            lambda row: row.buckets.unapplied_minor,
            "money",
            currency,
        ),
    ]


def _bucket_value(place: int) -> Callable[[CustomerAgeing], int]:
    return lambda row: row.buckets.late_minor[place]


@require_safe
def customer_items(request: HttpRequest, number: str) -> HttpResponse:
    """Show the items behind a customer's buckets on the date, each leading to its document."""
    desk = requests.of(request)
    at = _as_of(desk)
    customer = customers.customer(desk.company.id, number)
    items = insight.aged_items(desk.company.id, customer.id, as_of=at.as_of, known_at=at.known_at)
    columns = _item_columns()
    ask = lists.asked(request, sorts=lists.sorts_of(columns), sort="due_on")
    arranged = lists.arranged(items, columns, ask.sort)
    if ask.format:
        return lists.export(desk, columns, arranged, name="ageing-items", form=ask.format)
    rows = insight.customer_rows(
        desk.company.id, as_of=at.as_of, known_at=at.known_at, customer_ids=[customer.id]
    )
    shown, mark = lists.page_of(arranged, ask.page, 200)
    context = {
        "customer": customer,
        "items": shown,
        "mark": mark,
        "at": at,
        "totals": [row.buckets for row in rows],
        "back": f"{reverse('ageing')}?{at.query()}",
        "is_today": at.as_of == desk.actor.today and at.known_at is None,
    }
    return render(request, "desk/ageing/customer.html", context)


def _item_columns() -> list[Column[insight.AgedItem]]:
    def currency(item: insight.AgedItem) -> str:
        return item.currency

    return [
        Column("number", gettext("Document"), lambda item: item.number),
        Column("instalment", gettext("Instalment"), lambda item: item.instalment, "number"),
        Column("issued_on", gettext("Issued"), lambda item: item.issued_on, "date"),
        Column("due_on", gettext("Due"), lambda item: item.due_on, "date"),
        Column("late", gettext("Days late"), lambda item: item.late_days, "number"),
        Column("currency", gettext("Currency"), currency),
        Column("total", gettext("Amount"), lambda item: item.total_minor, "money", currency),
        Column("open", gettext("Open"), lambda item: item.open_minor, "money", currency),
    ]


urlpatterns = [
    path("ageing/", listing, name="ageing"),
    path("ageing/<path:number>/", customer_items, name="ageing-customer"),
]

"""The audit trail: who did what, when, why and with what; and how far it is sealed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from creditdesk.controls.audit import personal, queries, trail
from creditdesk.controls.audit.trail import EntryRow, Wanted
from creditdesk.faces.desk import lists, requests
from creditdesk.faces.desk.frame import SEE_ALL
from creditdesk.faces.desk.lists import Column
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.kernel.errors import Refused

READERS = SEE_ALL | {"administrator"}
BLANK = {"erased": True}  # arguments of a row that was blanked by rule
PARTS_SHOWN_MAX = 40
TEXT_SHOWN_MAX = 300


@dataclass(frozen=True, slots=True)
class Part:
    """One value of an act: where it stood, and its text; `is_erased` when it left by rule."""

    name: str
    text: str
    is_erased: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """An entry of the trail with its arguments and outcome made readable."""

    row: EntryRow
    arguments: tuple[Part, ...]
    outcome: tuple[Part, ...]


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show the acts, newest first, by who, what, when and words in them; or give them as a file."""
    desk = requests.of(request)
    if not desk.roles & READERS:
        raise Refused("not_permitted", "The audit trail is for auditors and administrators")
    company_id, ask = desk.company.id, lists.asked(request)
    actors, commands = trail.actors(company_id), trail.commands(company_id)
    wanted = Wanted(
        actor=lists.choice(request, "who", actors),
        command=lists.choice(request, "what", commands),
        text=ask.text,
        since=lists.day(request, "since"),
        until=lists.day(request, "until"),
    )
    if ask.format:
        rows = lists.every(
            lambda page, size: trail.entries(company_id, wanted, page=page, size=size)
        )
        return lists.export(desk, _columns(), rows, name="audit", form=ask.format)
    page = trail.entries(company_id, wanted, page=ask.page)
    return lists.show(
        desk,
        "desk/audit/list.html",
        "desk/audit/_rows.html",
        {
            "acts": _acts(desk, page.rows),
            "mark": lists.mark(page),
            "ask": ask,
            "wanted": wanted,
            "actors": actors,
            "commands": commands,
            "state": queries.state(company_id),
            "head": queries.head(company_id),
            "published": queries.published_heads(company_id)[-1:],
        },
    )


def _acts(desk: DeskRequest, rows: list[EntryRow]) -> list[Act]:
    told = [(row, _parts(row.arguments), _parts(row.outcome)) for row in rows]
    digests = [text for _, *both in told for parts in both for _, text, taken in parts if taken]
    values = trail.values_of(desk.company.id, digests)

    def shown(parts: list[tuple[str, str, bool]]) -> tuple[Part, ...]:
        found = []
        for name, text, taken in parts[:PARTS_SHOWN_MAX]:
            value = values.get(text) if taken else text
            erased = Part(name, gettext("erased by rule"), is_erased=True)
            found.append(erased if value is None else Part(name, value[:TEXT_SHOWN_MAX]))
        return tuple(found)

    return [Act(row, shown(arguments), shown(outcome)) for row, arguments, outcome in told]


def _parts(text: str) -> list[tuple[str, str, bool]]:
    """Return every value of a JSON text with its place, and whether a digest stands for it."""
    return list(_walk("", json.loads(text))) if text else []


def _walk(name: str, told: object) -> Iterator[tuple[str, str, bool]]:
    if isinstance(told, dict) and told.keys() == {personal.KEY}:
        yield name, str(told[personal.KEY]), True
    elif told == BLANK:
        yield name, "", True
    elif isinstance(told, dict):
        for key, part in told.items():
            yield from _walk(f"{name}.{key}" if name else str(key), part)
    elif isinstance(told, list):
        for place, part in enumerate(told, start=1):
            yield from _walk(f"{name} {place}".strip(), part)
    elif told not in ("", None):
        yield name, told if isinstance(told, str) else json.dumps(told), False


def _columns() -> list[Column[EntryRow]]:
    return [
        Column("id", gettext("Number"), lambda one: one.id, "number"),
        Column("at", gettext("Business time"), lambda one: one.at.isoformat()),
        Column("machine_at", gettext("Machine time"), lambda one: one.machine_at.isoformat()),
        Column("who", gettext("Who"), lambda one: one.actor),
        Column("what", gettext("What"), lambda one: one.command),
        Column("why", gettext("Why"), lambda one: one.reason),
        Column("arguments", gettext("With"), lambda one: one.arguments),
        Column("outcome", gettext("Outcome"), lambda one: one.outcome),
        Column("sealed", gettext("Sealed"), lambda one: gettext("yes") if one.is_sealed else ""),
    ]


urlpatterns = [path("audit/", listing, name="audit")]

"""Announce facts. The journal row and its reactions commit with the change that caused them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from procrastinate.contrib.django import app
from procrastinate.types import JSONValue

from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.plumbing.encoding import to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of every announced fact; field values must be JSON-ready, dates included."""

    name: ClassVar[str]


AtOnce = Callable[[Actor, Sequence[Any]], object]

# Filled by creditdesk.wiring, the one page that lists who reacts to what.
AT_ONCE: dict[type[Event], list[AtOnce]] = {}
LATER: dict[type[Event], list[str]] = {}


JOURNAL = """
    INSERT INTO plumbing_event (company_id, name, data, recorded_at)
    SELECT %(company_id)s, e.name, e.data::jsonb, %(at)s
    FROM unnest(%(names)s::text[], %(data)s::text[]) WITH ORDINALITY AS e (name, data, place)
    ORDER BY e.place
    RETURNING id
"""


def _data(event: Event) -> str:
    """Return the fields as JSON, without the deep copy that costs most for ids by the thousand."""
    return to_json({field.name: getattr(event, field.name) for field in fields(event)})


def announce(actor: Actor, events: Sequence[Event]) -> None:
    """Record the facts, run the reactions due at once, queue one job per later reaction."""
    if not events:
        return
    ids = sql.scalars(
        JOURNAL,
        {
            "company_id": actor.company_id,
            "names": sql.array([event.name for event in events]),
            "data": sql.array([_data(event) for event in events]),
            "at": actor.at,
        },
        planned=True,
    )
    of_kind: dict[type[Event], list[Event]] = defaultdict(list)
    ids_of_kind: dict[type[Event], list[int]] = defaultdict(list)
    for event, event_id in zip(events, ids, strict=True):
        of_kind[type(event)].append(event)
        ids_of_kind[type(event)].append(event_id)
    for kind, batch in of_kind.items():
        for react in AT_ONCE.get(kind, []):
            react(actor, batch)
        for task in LATER.get(kind, []):
            app.configure_task(task, allow_unknown=True).defer(
                company_id=actor.company_id, event_ids=list[JSONValue](ids_of_kind[kind])
            )

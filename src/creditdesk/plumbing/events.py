"""Announce facts. The journal row and its reactions commit with the change that caused them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from procrastinate.contrib.django import app
from procrastinate.types import JSONValue

from creditdesk.kernel.actor import Actor
from creditdesk.plumbing.encoding import to_json
from creditdesk.plumbing.models import Event as EventRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of every announced fact; field values must be JSON-ready, dates included."""

    name: ClassVar[str]


AtOnce = Callable[[Actor, Sequence[Any]], None]

# Filled by creditdesk.wiring, the one page that lists who reacts to what.
AT_ONCE: dict[type[Event], list[AtOnce]] = {}
LATER: dict[type[Event], list[str]] = {}


def announce(actor: Actor, events: Sequence[Event]) -> None:
    """Record the facts, run the reactions due at once, queue one job per later reaction."""
    if not events:
        return
    rows = EventRow.objects.bulk_create(
        EventRow(
            company_id=actor.company_id,
            name=event.name,
            data=json.loads(to_json(asdict(event))),
            recorded_at=actor.at,
        )
        for event in events
    )
    of_kind: dict[type[Event], list[Event]] = defaultdict(list)
    ids_of_kind: dict[type[Event], list[int]] = defaultdict(list)
    for event, row in zip(events, rows, strict=True):
        of_kind[type(event)].append(event)
        ids_of_kind[type(event)].append(row.id)
    for kind, batch in of_kind.items():
        for react in AT_ONCE.get(kind, []):
            react(actor, batch)
        for task in LATER.get(kind, []):
            app.configure_task(task, allow_unknown=True).defer(
                company_id=actor.company_id, event_ids=list[JSONValue](ids_of_kind[kind])
            )

"""The facts collections announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from creditdesk.plumbing.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class DunningRunFinished(Event):
    """A dunning run decided who is written to."""

    name: ClassVar[str] = "collections.dunning_run_finished"
    run_on: str
    messages_queued: int
    customers_held: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DunningRunHeld(Event):
    """A dunning run wrote to nobody."""

    name: ClassVar[str] = "collections.dunning_run_held"
    run_on: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseMade(Event):
    """A customer said money would come."""

    name: ClassVar[str] = "collections.promise_made"
    customer_id: int
    reference: str
    currency: str
    minor: int
    due_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisesJudged(Event):
    """Promises were kept, partly kept or broken, judged by the cash."""

    name: ClassVar[str] = "collections.promises_judged"
    kept: tuple[str, ...]
    part_kept: tuple[str, ...]
    broken: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityLogged(Event):
    """Somebody called, met or noted something about a customer."""

    name: ClassVar[str] = "collections.activity_logged"
    customer_id: int
    activity_id: int
    kind: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstRunSigned(Event):
    """Somebody signed the shadow first run; customers are written to from a date on."""

    name: ClassVar[str] = "collections.first_run_signed"
    sends_from: str
    by: str

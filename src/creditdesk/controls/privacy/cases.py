"""One erasure as rooms see it, and who takes part in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from creditdesk.controls.privacy.rules import Line, Part, Subject
from creditdesk.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Case:
    """One erasure: whose, in which company's country, and what rooms above already keep.

    `held` are customers of whom nothing leaves while a hold stands, `held_contacts` their people.
    """

    actor: Actor
    subject: Subject
    country: str
    erasure_id: int
    kept: tuple[Line, ...] = ()
    held: frozenset[int] = frozenset()
    held_contacts: frozenset[int] = frozenset()


Eraser = Callable[[Case], Part]
Retainer = Callable[[Case], tuple[Line, ...]]
# Filled by creditdesk.wiring, from the top of the house down: who erases a person's data.
ERASERS: list[Eraser] = []
# Likewise: who erases what is older than its period, whosever it is.
RETAINERS: list[Retainer] = []
# Which accounts have ended, by company.
ENDED: list[Callable[[int], list[int]]] = []

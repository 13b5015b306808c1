"""Decisions of every room made again, by what was stored with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from creditdesk.assessment.cases import queries as cases
from creditdesk.assessment.cases import services as deciding
from creditdesk.assessment.reviews import replaying as reviews
from creditdesk.collections import replay_queries as reminders
from creditdesk.contact.queries import replaying as gate
from creditdesk.credit import queries as credit
from creditdesk.customers import queries as customers
from creditdesk.insight import queries
from creditdesk.kernel.errors import NotFound
from creditdesk.monitoring.alerts.queries import replaying as alerts
from creditdesk.monitoring.ratings import queries as ratings
from creditdesk.orders import condition_queries, replay_queries

NAMED_MAX = 20
# For each decision nothing where it comes out the same, else what it is called.
Made = Iterator[str | None]


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many decisions were made again from what was stored, and those that came out otherwise.

    At most `NAMED_MAX` are named; `unlike` counts them all.
    """

    count: int
    unlike: int
    named: tuple[str, ...]


@transaction.atomic
def replayed(company_id: int) -> Replayed:
    """Decide again what was decided about orders, applications, limits, payers and reminders.

    Ratings, alerts, reviews and verdicts of the gate among them; what was erased is left out.
    """
    count, unlike, named = 0, 0, list[str]()
    for made in KINDS:
        for name in made(company_id):
            count += 1
            if name is not None:
                unlike += 1
                named.append(name)
    return Replayed(count, unlike, tuple(named[:NAMED_MAX]))


def _orders(company_id: int) -> Made:
    for one, is_same in replay_queries.replayed(company_id):
        if is_same:
            yield None
        else:
            yield f"order {condition_queries.reference_of(one.order_id)}: {one.id}"


def _applications(company_id: int) -> Made:
    """Decide applications again; the limit one was granted must stand as it was decided."""
    otherwise = set(queries.granted_otherwise(company_id))
    for decision_id, reference in cases.decision_ids(company_id):
        try:
            is_same = deciding.replay(company_id, decision_id) and decision_id not in otherwise
        except NotFound:  # its assessment was erased by rule
            continue
        yield None if is_same else f"application {reference}: {decision_id}"


def _limits(company_id: int) -> Made:
    for one, is_same in credit.replayed(company_id):
        yield None if is_same else f"limit of {one.customer_number}: {one.id}"


def _ratings(company_id: int) -> Made:
    for row, is_same in ratings.replayed(company_id):
        if is_same:
            yield None
        else:
            known = customers.customers_by_id(company_id, [row.customer_id])
            yield f"rating of {known[row.customer_id].number}: {row.id}"


def _alerts(company_id: int) -> Made:
    for one, is_same in alerts.replayed(company_id):
        yield None if is_same else f"alert {one.signal} of {one.customer_number}: {one.id}"


def _reviews(company_id: int) -> Made:
    for one, is_same in reviews.replayed(company_id):
        yield None if is_same else f"review {one.reference}: {one.id}"


def _reminders(company_id: int) -> Made:
    for one, is_same in reminders.replayed(company_id):
        yield None if is_same else f"reminder {one.message_reference}: {one.id}"


def _verdicts(company_id: int) -> Made:
    for one, is_same in gate.replayed(company_id):
        yield None if is_same else f"contact verdict {one.message_reference}: {one.id}"


KINDS: Final[tuple[Callable[[int], Made], ...]] = (
    _orders, _applications, _limits, _ratings, _alerts, _reviews, _reminders, _verdicts,
)  # fmt: skip

"""In which order money pays that names nothing: the order in force, what it decided, a replay."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.cash import queries as cash
from creditdesk.cash import services as cash_services
from creditdesk.cash.services import Moved
from creditdesk.customers import queries as customers
from creditdesk.faces.desk import confirming, requests
from creditdesk.faces.desk.confirming import Attempt
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.kernel.actor import Actor
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import Policy
from creditdesk.policy.rules.allocation_law import allocation_law, country_of, law_for

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Place:
    """One place of the order, in words."""

    number: int
    time_class: str
    component: str


@dataclass(frozen=True, slots=True)
class LawLine:
    """What decides the order for the customers of a country, in words."""

    country: str
    customers: int
    decides: str
    components: str
    sources: str
    choice: str


def laws(desk: DeskRequest, policy: Policy) -> list[LawLine]:
    """Return by country of the customers, the most first, whose word the order is."""
    found = []
    for row in customers.countries(desk.company.id):
        country = country_of(policy.interest.jurisdiction, row.country)
        law = allocation_law(country, desk.actor.today)
        decides = law_for(policy.allocation, country, desk.actor.today, is_consumer=False)
        found.append(
            LawLine(
                country=row.country or "–",
                customers=row.customers,
                decides=_decides(has_row=law is not None, by_law=decides is not None),
                components=" → ".join(map(_component, law.names)) if law else "",
                sources="; ".join(law.sources) if law else "",
                choice=_choice(law.choice) if law else "",
            )
        )
    return found


def _decides(*, has_row: bool, by_law: bool) -> str:
    if by_law:
        return gettext("the law: the policy leaves it open")
    if has_row:
        return gettext("the policy: the law gives way to it")
    return gettext("the policy: no law is kept")


def _choice(code: str) -> str:
    return {
        "debtor": gettext("what the debtor names when paying comes first"),
        "debtor_if_agreed": gettext("what the debtor names comes first if the creditor agrees"),
        "debtor_then_creditor": gettext(
            "what the debtor names comes first, else what the creditor says"
        ),
    }[code]


def _component(code: str) -> str:
    return {
        "costs": gettext("costs"),
        "interest": gettext("interest"),
        "principal": gettext("principal"),
    }[code]


def places(order: tuple[str, ...]) -> list[Place]:
    """Return the order of a policy in words."""
    times = {
        "past_due": gettext("late"),
        "due": gettext("due that day"),
        "in_advance": gettext("not due yet"),
    }
    pairs = [pair.split(":") for pair in order]
    return [Place(n, times[time], _component(of)) for n, (time, of) in enumerate(pairs, start=1)]


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the order in force, and what stands paid by it."""
    return _page(requests.of(request))


@require_POST
def replay(request: HttpRequest) -> HttpResponse:
    """First show what a replay by date would change, then do it."""
    desk = requests.of(request)

    def act(actor: Actor, _chosen: None, _reason: str, _expected: int | None) -> tuple[Moved, ...]:
        return cash_services.replay(actor)

    attempt = confirming.attempt(
        desk, None, lambda: None, act, wants_reason=False, tells_refusals=True
    )
    if attempt.done is None:
        return _page(desk, attempt)
    count = len({one.payment_id for one in attempt.done})
    said = ngettext("%(count)d payment moved", "%(count)d payments moved", count)
    messages.success(desk, said % {"count": count})
    return HttpResponseRedirect(reverse("allocation-order"), status=303)


def _page(
    desk: DeskRequest, attempt: Attempt[None, tuple[Moved, ...]] | None = None
) -> HttpResponse:
    policy = policies.in_force(desk.company.id, desk.actor.today)
    context = {
        "policy": policy,
        "places": places(policy.allocation.order),
        "laws": laws(desk, policy),
        "binding": allocation_law("DE", desk.actor.today, applies_to="consumer_credit"),
        "rows": cash.ordered(desk.company.id, limit=SHOWN),
        "attempt": attempt,
        "may_replay": desk.actor.may("cash.match"),
    }
    status = attempt.status if attempt else 200
    return render(desk, "desk/cash/allocation_order.html", context, status=status)


urlpatterns = [
    path("cash/order/", page, name="allocation-order"),
    path("cash/order/replay", replay, name="allocation-replay"),
]

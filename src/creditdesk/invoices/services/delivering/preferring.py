"""Writer of how documents are sent: by customer, and what goes for the rest of a company."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from django.db.models import Q

from creditdesk.controls.commands import command
from creditdesk.customers import queries as customers
from creditdesk.invoices.delivery_rules import EMAIL, WAYS, Route, forms_of
from creditdesk.invoices.models import DeliveryPreference
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Place

TEXT_CHARACTERS_MAX: Final = 200
_ADDRESS = re.compile(r"[^\s@<>\"(),:;\\]{1,64}@[^\s@<>\"(),:;\\]{1,189}\.[^\s@<>\"(),:;\\.]{2,63}")


@command("invoices.set_route")
def set_route(
    actor: Actor,
    customer_id: int | None,
    *,
    channel: str,
    forms: Sequence[str] = ("pdf",),
    email: str = "",
    recipient_name: str = "",
    asks_receipt: bool = False,
) -> None:
    """Have documents of a customer sent so from now on; with `None` those of all others.

    An empty channel takes a customer's own way back: the company's holds again. What is under way
    already is not called back.
    """
    if customer_id is not None:
        customers.customer_by_id(actor.company_id, customer_id)
    if not channel:
        _forget(actor, [customer_id])
        return
    is_own = customer_id is not None
    route = Route(
        channel,
        forms_of(forms),
        email.strip() if is_own else "",
        recipient_name.strip() if is_own else "",
        asks_receipt and channel == EMAIL,
    )
    refuse_unfit(route)
    keep_routes(actor, {customer_id: route})


def keep_routes(actor: Actor, routes: Mapping[int | None, Route | None]) -> None:
    """Have each customer sent documents so, nothing taking their own way back; within a command.

    The routes are fit, and the customers are the company's.
    """
    _forget(actor, [customer_id for customer_id, route in routes.items() if route is None])
    DeliveryPreference.objects.bulk_create(
        [
            DeliveryPreference(
                company_id=actor.company_id,
                customer_id=customer_id,
                channel=route.channel,
                forms=list(route.forms),
                email=route.email,
                name=route.name,
                asks_receipt=route.asks_receipt,
                recorded_at=actor.at,
                recorded_by=actor.name,
            )
            for customer_id, route in routes.items()
            if route is not None
        ],
        update_conflicts=True,
        unique_fields=["company_id", "customer"],
        update_fields=[
            "channel", "forms", "email", "name", "asks_receipt", "recorded_at", "recorded_by",
        ],
    )  # fmt: skip


def _forget(actor: Actor, customer_ids: Sequence[int | None]) -> None:
    mine = Q(customer_id__in=[one for one in customer_ids if one is not None])
    if None in customer_ids:
        mine |= Q(customer_id=None)
    DeliveryPreference.objects.filter(mine, company_id=actor.company_id).delete()


def refuse_unfit(route: Route) -> None:
    """Refuse a way that cannot work: Invalid at its field."""
    channel, forms, email, name = route.channel, route.forms, route.email, route.name
    if channel not in WAYS:
        raise Invalid(
            "channel_unknown",
            f"There is no way to send documents called {channel[:40]!r}",
            place=Place(field="channel"),
            mend=f"Use one of {', '.join(WAYS)}",
        )
    if not forms:
        raise Invalid(
            "forms_missing",
            "Nothing would be sent",
            place=Place(field="forms"),
            mend="Choose PDF, UBL or CII",
        )
    if email and not _ADDRESS.fullmatch(email):
        raise Invalid(
            "email_malformed",
            "This is no e-mail address",
            place=Place(field="email"),
            mend="Write it as invoices@example.com",
        )
    if len(name) > TEXT_CHARACTERS_MAX or not name.isprintable():
        raise Invalid(
            "text_malformed",
            "The text is too long or has invisible characters",
            place=Place(field="recipient_name"),
            mend="Correct it",
        )

"""Writer of how documents are sent: by customer, and what goes for the rest of a company."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from creditdesk.controls.commands import command
from creditdesk.customers import queries as customers
from creditdesk.invoices.delivery_rules import EMAIL, WAYS, forms_of
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
    mine: dict[str, Any] = {"company_id": actor.company_id, "customer_id": customer_id}
    if not channel:
        DeliveryPreference.objects.filter(**mine).delete()
        return
    chosen = forms_of(forms)
    _refuse_unfit(channel, chosen, email.strip(), recipient_name.strip())
    DeliveryPreference.objects.update_or_create(
        **mine,
        defaults={
            "channel": channel,
            "forms": list(chosen),
            "email": email.strip() if customer_id is not None else "",
            "name": recipient_name.strip() if customer_id is not None else "",
            "asks_receipt": asks_receipt and channel == EMAIL,
            "recorded_at": actor.at,
            "recorded_by": actor.name,
        },
    )


def _refuse_unfit(channel: str, forms: Sequence[str], email: str, name: str) -> None:
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

"""Links at which customers may pay: an invoice, a selection of items, all that is open."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

from creditdesk.controls import queries as controls
from creditdesk.controls.commands import command
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, NotFound, Place, Refused
from creditdesk.payments import gateway, tokens
from creditdesk.payments.models import Link
from creditdesk.plumbing import sql

LINK_DAYS = 90
# A link that ends sooner is not given out again: whoever gets it shall have time.
FRESH_DAYS = 30
LABEL_NUMBERS = 3
_KNOWN = """
    SELECT DISTINCT ON (customer_id, kind, currency, item_ids)
           id, key, customer_id, kind, currency, item_ids
      FROM payments_link
     WHERE company_id = %(company_id)s AND customer_id = ANY(%(customers)s::bigint[])
       AND expires_at > %(fresh)s
     ORDER BY customer_id, kind, currency, item_ids, id DESC
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payability:
    """What somebody shall be able to pay: items of one customer, or (without) all that is open."""

    customer_id: int
    currency: str
    item_ids: tuple[int, ...] = ()
    kind: str = "items"
    label: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    id: int
    key: str
    customer_id: int
    kind: str
    currency: str
    item_ids: list[int]


def is_set_up(company_id: int) -> bool:
    """Whether the company takes payments online: it has a key, and customers an address."""
    return is_set_up_for(controls.company(company_id).code)


def is_set_up_for(code: str) -> bool:
    """Whether the company of that code takes payments online."""
    return bool(settings.PUBLIC_URL and gateway.key_of_company(code))


@command("payments.link")
def links_for(actor: Actor, asked: Sequence[Payability]) -> list[str]:
    """Return the address to pay each at, in order; what was given out lately is given again.

    Refused where the company takes no payments online.
    """
    if not is_set_up(actor.company_id):
        raise Refused("online_not_set_up", "The company takes no payments online yet")
    known = _known(actor, asked)
    keys = []
    for one in asked:
        same = (one.customer_id, one.kind, one.currency, tuple(sorted(one.item_ids)))
        if same not in known:
            known[same] = _made(actor, one)
        keys.append(known[same])
    return [tokens.address_of(key) for key in keys]


def link_for(
    actor: Actor,
    *,
    invoice_number: str = "",
    item_ids: Iterable[int] = (),
    customer_id: int | None = None,
    currency: str = "",
) -> str:
    """Return the address to pay an invoice, items of one customer, or an account's balance at.

    Empty where the company takes no payments online, so that a letter can leave the line out.
    """
    if not is_set_up(actor.company_id):
        return ""
    if invoice_number:
        asked = of_invoice(actor.company_id, invoice_number)
    elif customer_id is not None and not (ids := tuple(item_ids)):
        of = currency or controls.company(actor.company_id).currency
        asked = Payability(customer_id=customer_id, currency=of, kind="account")
    else:
        asked = of_items(actor.company_id, item_ids if customer_id is None else ids)
    return links_for(actor, [asked])[0]


def of_invoice(company_id: int, number: str) -> Payability:
    """Return what paying an invoice means; NotFound where there is none."""
    found = invoices.invoice(company_id, number)
    items = tuple(row.item_id for row in invoices.items_of(company_id, found.id))
    if not items:
        raise Refused("nothing_to_pay", f"{number} is nothing to be paid", number=number)
    return Payability(
        customer_id=found.customer_id,
        currency=found.currency,
        item_ids=items,
        kind="invoice",
        label=found.number,
    )


def of_items(company_id: int, item_ids: Iterable[int]) -> Payability:
    """Return what paying these items means; all of one customer and currency."""
    ids = sorted(set(item_ids))
    rows = invoices.items_by_id(company_id, ids)
    if not ids or len(rows) < len(ids):
        raise NotFound("item_unknown", "There is no such open item")
    if len({(row.customer_id, row.currency) for row in rows.values()}) > 1:
        raise Invalid(
            "items_differ",
            "The items belong to several customers or currencies",
            place=Place(field="items"),
            mend="Make a link for each",
        )
    first = rows[ids[0]]
    numbers = sorted({row.number for row in rows.values()})
    return Payability(
        customer_id=first.customer_id,
        currency=first.currency,
        item_ids=tuple(ids),
        label=", ".join(numbers[:LABEL_NUMBERS]) + (" …" if len(numbers) > LABEL_NUMBERS else ""),
    )


def _known(
    actor: Actor, asked: Sequence[Payability]
) -> dict[tuple[int, str, str, tuple[int, ...]], str]:
    rows = sql.fetch(
        _Known,
        _KNOWN,
        {
            "company_id": actor.company_id,
            "customers": sql.array(sorted({one.customer_id for one in asked})),
            "fresh": actor.at + timedelta(days=FRESH_DAYS),
        },
    )
    return {(row.customer_id, row.kind, row.currency, tuple(row.item_ids)): row.key for row in rows}


def _made(actor: Actor, one: Payability) -> str:
    key = secrets.token_urlsafe(24)
    Link.objects.create(
        company_id=actor.company_id,
        key=key,
        customer_id=one.customer_id,
        kind=one.kind,
        currency=one.currency,
        item_ids=sorted(one.item_ids),
        label=one.label,
        expires_at=actor.at + timedelta(days=LINK_DAYS),
        recorded_at=actor.at,
        recorded_by=actor.name,
    )
    return key

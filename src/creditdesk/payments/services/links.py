"""Links at which customers may pay: an invoice, a selection of items, all that is open."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings

from creditdesk.controls import queries as controls
from creditdesk.controls.commands import command
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, NotFound, Place, Refused
from creditdesk.payments import gateway, tokens
from creditdesk.payments.models import Link
from creditdesk.payments.rules import amounts
from creditdesk.plumbing import sql

LINK_DAYS = 90
# A link that ends sooner is not given out again: whoever gets it shall have time.
FRESH_DAYS = 30
LABEL_NUMBERS = 3
# Who of these customers is debited for what falls due in a currency; the rooms above tell.
Debited = Callable[[int, Collection[int], str], set[int]]
DEBITED: dict[str, Debited] = {}
_KNOWN = """
    SELECT DISTINCT ON (customer_id, kind, currency, item_ids)
           id, key, customer_id, kind, currency, item_ids
      FROM payments_link
     WHERE company_id = %(company_id)s AND customer_id = ANY(%(customers)s::bigint[])
       AND expires_at > %(fresh)s
     ORDER BY customer_id, kind, currency, item_ids, id DESC
"""


_OPEN_INVOICES = """
    SELECT d.id, d.number, i.customer_id, i.currency, array_agg(i.id ORDER BY i.id),
           sum(i.open_minor)::bigint, max(i.due_on)
      FROM invoices_item i JOIN invoices_invoice d ON d.id = i.invoice_id
     WHERE d.company_id = %(company_id)s AND d.id = ANY(%(ids)s::bigint[])
     GROUP BY d.id, d.number, i.customer_id, i.currency HAVING sum(i.open_minor) > 0
     ORDER BY d.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payability:
    """What somebody shall be able to pay: items of one customer, or (without) all that is open.

    `until` is when it falls due: the address lives on for as long as any other after that.
    """

    customer_id: int
    currency: str
    item_ids: tuple[int, ...] = ()
    kind: str = "items"
    label: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class _OpenInvoice:
    invoice_id: int
    number: str
    customer_id: int
    currency: str
    item_ids: list[int]
    open_minor: int
    due_on: date


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
    made = {_same(one): _new(actor, one) for one in asked if _same(one) not in known}
    Link.objects.bulk_create(made.values(), batch_size=1_000)
    known |= {same: link.key for same, link in made.items()}
    return [tokens.address_of(known[_same(one)]) for one in asked]


def offered(actor: Actor, asked: Sequence[tuple[Payability, int]]) -> list[str]:
    """Return the address to pay each at, with what is open of it; empty where that cannot be.

    Nothing is made where the company takes no payments online, nor for an amount that the provider
    would not take.
    """
    if not is_set_up(actor.company_id):
        return [""] * len(asked)
    payable = [one for one, minor in asked if amounts.is_payable(minor, one.currency)]
    found = iter(links_for(actor, payable))
    return [next(found) if amounts.is_payable(minor, one.currency) else "" for one, minor in asked]


def links_of_invoices(actor: Actor, invoice_ids: Sequence[int]) -> dict[int, str]:
    """Return the address to pay each of these invoices at, by its id; those open and payable.

    What is going to be debited has none, lest it be paid twice; a reminder for a debit that came
    back has one.
    """
    if not is_set_up(actor.company_id):
        return {}
    rows = sql.fetch(
        _OpenInvoice,
        _OPEN_INVOICES,
        {"company_id": actor.company_id, "ids": sql.array(sorted(invoice_ids))},
    )
    debited = _debited(actor.company_id, rows)
    rows = [row for row in rows if (row.customer_id, row.currency) not in debited]
    asked = [
        (
            Payability(
                customer_id=row.customer_id, currency=row.currency,
                item_ids=tuple(row.item_ids), kind="invoice", label=row.number, until=row.due_on,
            ),
            row.open_minor,
        )
        for row in rows
    ]  # fmt: skip
    found = zip(rows, offered(actor, asked), strict=True)
    return {row.invoice_id: address for row, address in found if address}


def _debited(company_id: int, rows: Iterable[_OpenInvoice]) -> set[tuple[int, str]]:
    """Return the customers, with the currency, whose debts are collected from their account."""
    customers: dict[str, set[int]] = {}
    for row in rows:
        customers.setdefault(row.currency, set()).add(row.customer_id)
    return {
        (one, currency)
        for currency, asked in customers.items()
        for tell in DEBITED.values()
        for one in tell(company_id, asked, currency)
    }


def sample_address(company_id: int) -> str:
    """Return what an address to pay at looks like, for letters that are only shown; maybe empty."""
    return f"{settings.PUBLIC_URL}/pay/…" if is_set_up(company_id) else ""


def _same(one: Payability) -> tuple[int, str, str, tuple[int, ...]]:
    return one.customer_id, one.kind, one.currency, tuple(sorted(one.item_ids))


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
    return Payability(
        customer_id=first.customer_id,
        currency=first.currency,
        item_ids=tuple(ids),
        label=label_of(row.number for row in rows.values()),
    )


def label_of(numbers: Iterable[str]) -> str:
    """Return the first of these document numbers, as the payer reads them at the provider."""
    found = sorted(set(numbers))
    return ", ".join(found[:LABEL_NUMBERS]) + (" …" if len(found) > LABEL_NUMBERS else "")


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


def _new(actor: Actor, one: Payability) -> Link:
    last = actor.at if one.until is None else datetime.combine(one.until, time.max, UTC)
    return Link(
        company_id=actor.company_id,
        key=secrets.token_urlsafe(24),
        customer_id=one.customer_id,
        kind=one.kind,
        currency=one.currency,
        item_ids=sorted(one.item_ids),
        label=one.label,
        expires_at=max(actor.at, last) + timedelta(days=LINK_DAYS),
        recorded_at=actor.at,
        recorded_by=actor.name,
    )

"""Commands for money that came in: another currency, credit set off, order of allocation."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date

from creditdesk.cash import queries, services
from creditdesk.cash.rules.exchange import Wanted
from creditdesk.cash.rules.netting import Against, netted
from creditdesk.controls.commands import preview
from creditdesk.customers import queries as customers
from creditdesk.faces.cli import companies
from creditdesk.faces.cli.tongue import gettext
from creditdesk.invoices import queries as invoices
from creditdesk.invoices.queries import OpenItemRow
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, NotFound, Place
from creditdesk.kernel.money import convert, from_minor, to_minor
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import Policy
from creditdesk.policy.rules.allocation_law import country_of, law_for

PAYMENT = "PAY-"


@dataclass(frozen=True, slots=True)
class _Named:
    """An item as typed, and so much of it; None: as much as there is."""

    item: OpenItemRow
    minor: int | None


def rates(*, payment: str, company: str) -> int:
    """Print the payer's open items in other currencies with what each costs."""
    of = companies.the_one(company)
    row = queries.payment(of.id, payment).payment
    found = invoices.open_items(of.id, customer_ids=[row.customer_id or 0])
    items = [item for item in found if item.currency != row.currency]
    known = queries.best_rates(row, {item.currency for item in items})
    print(f"{payment}  {_money(row.unapplied_minor, row.currency)}")
    for item in items:
        said = gettext("no rate is known")
        if item.currency in known:
            rate = known[item.currency].rate
            cost = convert(
                item.open_minor, source=item.currency, target=row.currency, rate=1 / rate
            )
            said = f"{_money(cost, row.currency)}  1 {row.currency} = {rate:.6f} {item.currency}"
        print(f"  {item.number}  {_money(item.open_minor, item.currency)}  {said}")
    return 0


def exchange(*, payment: str, items: Sequence[str], company: str, is_preview: bool) -> int:
    """Apply a payment to items in another currency, or show what that would be."""
    of = companies.the_one(company)
    actor = companies.actor(of)
    row = queries.payment(of.id, payment).payment
    named = [_named(actor, row.customer_id, text) for text in items]
    wanted = [
        Wanted(
            item_id=one.item.item_id, currency=one.item.currency,
            open_minor=one.item.open_minor, item_minor=one.minor,
        )
        for one in named
    ]  # fmt: skip
    shares = queries.planned_shares(row, wanted)
    with _shown(is_preview=is_preview):
        done = services.apply_exchanged(actor, row.id, shares=shares)
    numbers = {one.item.item_id: one.item.number for one in named}
    for part in done.parts:
        settled = _money(part.item_minor, part.item_currency)
        taken = _money(part.payment_minor, done.currency)
        said = gettext("our difference waits for a rate")
        if part.realised_minor is not None:
            amount = _money(part.realised_minor, part.base_currency)
            said = gettext("our difference %(amount)s", amount=amount)
        print(f"  {numbers[part.item_id]}  {settled}  {taken}  {said}")
    _end(payment, done.unapplied_minor, done.currency, is_preview=is_preview)
    return 0


def set_off(*, credit: str, items: Sequence[str], company: str, is_preview: bool) -> int:
    """Set a credit note or unapplied money against items, or show what that would be."""
    of = companies.the_one(company)
    actor = companies.actor(of)
    if credit.startswith(PAYMENT):
        row = queries.payment(of.id, credit).payment
        named = [_named(actor, row.customer_id, text) for text in items]
        against = _netted(row.unapplied_minor, named)
        with _shown(is_preview=is_preview):
            left = services.apply(actor, row.id, allocations=against).unapplied_minor
        currency = row.currency
    else:
        note = invoices.invoice(of.id, credit)
        free = {
            one.number: one.unapplied_minor
            for one in invoices.unapplied_credit_notes(of.id, note.customer_id)
        }
        named = [_named(actor, note.customer_id, text) for text in items]
        against = _netted(free.get(credit, 0), named)
        with _shown(is_preview=is_preview):
            left = services.set_off(actor, credit, against=against)
        currency = note.currency
    for one in named:
        minor = against.get(one.item.item_id, 0)
        print(f"  {one.item.number}  {_money(minor, currency)}")
    _end(credit, left, currency, is_preview=is_preview)
    return 0


def undo(*, credit: str, company: str) -> int:
    """Take back what a payment or a credit note settled."""
    of = companies.the_one(company)
    actor = companies.actor(of)
    if credit.startswith(PAYMENT):
        row = queries.payment(of.id, credit).payment
        left, currency = services.undo(actor, row.id).unapplied_minor, row.currency
    else:
        note = invoices.invoice(of.id, credit)
        left, currency = services.undo_set_off(actor, credit), note.currency
    print(gettext("%(credit)s: %(amount)s is free again",
                  credit=credit, amount=_money(left, currency)))  # fmt: skip
    return 0


def _print_laws(company_id: int, rules: Policy, today: date) -> None:
    """Print whose word the order is, by country of the customers."""
    for row in customers.countries(company_id):
        country = country_of(rules.interest.jurisdiction, row.country)
        law = law_for(rules.allocation, country, today, is_consumer=False)
        if law is None:
            print(" ", gettext("%(country)s: the policy decides", country=row.country or "-"))
        else:
            said = ", ".join(law.names), "; ".join(law.sources)
            print(f"  {row.country}: {said[0]} ({said[1]})")


def order(*, company: str, is_replay: bool, is_preview: bool) -> int:
    """Print the order of allocation in force, or replay what it decided and print what moved."""
    of = companies.the_one(company)
    actor = companies.actor(of)
    if not (is_replay or is_preview):
        rules = policies.in_force(of.id, actor.today)
        said = (
            gettext("pays without a person")
            if rules.allocation.automatic
            else gettext("only proposes")
        )
        print(f"{of.code}: v{rules.version}, {said}")
        for place, pair in enumerate(rules.allocation.order, start=1):
            print(f"  {place}  {pair}")
        _print_laws(of.id, rules, actor.today)
        return 0
    with _shown(is_preview=is_preview):
        moved = services.replay(actor)
    for one in moved:
        before, after = (
            _money(minor, one.currency) for minor in (one.before_minor, one.after_minor)
        )
        print(f"  {one.payment_reference}  {one.invoice_number}  {before} → {after}")
    if not moved:
        print(gettext("A replay changes nothing"))
    elif is_preview:
        print(gettext("Nothing is written yet"))
    return 0


def _shown(*, is_preview: bool) -> AbstractContextManager[object]:
    return preview() if is_preview else nullcontext()


def _end(credit: str, left: int, currency: str, *, is_preview: bool) -> None:
    print(gettext("%(credit)s: %(amount)s left", credit=credit, amount=_money(left, currency)))
    if is_preview:
        print(gettext("Nothing is written yet"))


def _netted(free_minor: int, named: Sequence[_Named]) -> dict[int, int]:
    return netted(
        free_minor, [Against(one.item.item_id, one.item.open_minor, one.minor) for one in named]
    )


def _named(actor: Actor, customer_id: int | None, text: str) -> _Named:
    """Return the item a word names, `INV-1/2=100.00`; NotFound where the customer has none such."""
    name, _, amount = text.partition("=")
    rows: list[OpenItemRow] = []
    number, instalment = name, 1
    try:
        rows = invoices.items_of(actor.company_id, invoices.invoice(actor.company_id, name).id)
    except NotFound:
        number, _, last = name.rpartition("/")
        if not (number and last.isascii() and last.isdecimal() and len(last) < len("1000")):
            raise
        instalment = int(last)
        rows = invoices.items_of(actor.company_id, invoices.invoice(actor.company_id, number).id)
    item = next((row for row in rows if row.instalment == instalment), None)
    if item is None or item.customer_id != customer_id:
        raise NotFound("item_unknown", f"There is no open item {name!r} of this payer")
    return _Named(item, _minor(amount, item.currency) if amount else None)


def _minor(amount: str, currency: str) -> int:
    try:
        return to_minor(amount, currency)
    except ValueError as error:
        raise Invalid(
            "amount_malformed", f"{amount[:40]!r} is no amount in {currency}",
            place=Place(field="amount"), mend="Write it as 1234.50",
        ) from error  # fmt: skip


def _money(minor: int, currency: str) -> str:
    return f"{from_minor(minor, currency)} {currency}"

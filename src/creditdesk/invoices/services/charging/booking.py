"""Charges written: as memos, or as documents with items, postings and exposure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from creditdesk.credit import services as credit_room
from creditdesk.credit.rules import ExposureChange
from creditdesk.invoices import rules
from creditdesk.invoices.models import Charge
from creditdesk.invoices.rules import NewCreditNote, NewInvoice
from creditdesk.invoices.services import writing
from creditdesk.invoices.services.charging.deciding import COMPENSATION, INTEREST, Decision
from creditdesk.invoices.services.crediting import take_back
from creditdesk.invoices.services.writing import NewItems
from creditdesk.kernel.actor import Actor
from creditdesk.ledger import rules as books
from creditdesk.ledger import services as ledger
from creditdesk.ledger.rules import RECEIVABLE
from creditdesk.plumbing.services import take_references

RETURN_FEE = "return_fee"
DUNNING_FEE = "dunning_fee"
LATE = (INTEREST, COMPENSATION)
ACCOUNTS: Mapping[str, str] = {
    INTEREST: books.INTEREST,
    COMPENSATION: books.COMPENSATION,
    RETURN_FEE: books.RETURN_FEES,
    DUNNING_FEE: books.DUNNING_FEES,
}
PREFIX = "LI"


@dataclass(frozen=True, slots=True)
class Back:
    """A part of a charge to be taken back: which, how much, whose document it stands on."""

    charge_id: int
    kind: str
    minor: int
    customer_id: int
    item_id: int
    currency: str
    document_number: str


def issue(
    actor: Actor, decisions: Sequence[Decision], *, pay_within_days: int
) -> dict[tuple[int, str], tuple[int, str]]:
    """Make one document per customer and currency; return its id and number by these two."""
    sums: dict[tuple[int, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in decisions:
        sums[one.item.customer_id, one.currency][one.kind] += one.minor
    keys = sorted(sums)
    numbers = take_references(actor, PREFIX, len(keys)) if keys else []
    due_on = actor.today + timedelta(days=pay_within_days)
    new = [
        NewInvoice(
            customer_id=customer_id, number=number, issued_on=actor.today, due_on=due_on,
            currency=currency, net_minor=sum(sums[customer_id, currency].values()),
        )
        for number, (customer_id, currency) in zip(numbers, keys, strict=True)
    ]  # fmt: skip
    written, items = issued(actor, new, due_on=due_on)
    book(actor, items, {kind: [sums[key][kind] for key in keys] for kind in LATE})
    return {key: (written[number], number) for key, number in zip(keys, numbers, strict=True)}


def issued(
    actor: Actor, new: Sequence[NewInvoice], *, due_on: date
) -> tuple[Mapping[str, int], NewItems]:
    """Write charge documents of one untaxed item each; return their ids by number, and the items.

    The items are not in the books yet: `book` says of what kind they are.
    """
    written = writing.insert(actor, new, kind=rules.CHARGE)
    return written, NewItems(
        ids=writing.item_ids(len(new)),
        invoice_ids=[written[one.number] for one in new],
        customer_ids=[one.customer_id for one in new],
        instalments=[1] * len(new),
        currencies=[one.currency for one in new],
        issued=[one.issued_on for one in new],
        due=[due_on] * len(new),
        minors=[one.net_minor for one in new],
        taxes=[0] * len(new),
    )


def book(actor: Actor, items: NewItems, minors: Mapping[str, Sequence[int]]) -> None:
    """Write the items, and post and expose what they hold, each kind of charge apart."""
    if not items.ids:
        return
    writing.write_items(actor, items)
    posted_on = ledger.hold_open(actor).each(items.issued)
    ledger.post_columns(
        actor,
        [
            ledger.PostingColumns(
                debit=RECEIVABLE,
                credit=ACCOUNTS[kind],
                source_kind="item",
                source_ids=items.ids,
                customer_ids=items.customer_ids,
                item_ids=items.ids,
                currencies=items.currencies,
                minors=of_kind,
                effective_on=posted_on,
            )
            for kind, of_kind in minors.items()
        ],
    )
    credit_room.change_exposure(
        actor,
        [
            ExposureChange(customer_id=customer_id, currency=currency, open_minor=minor)
            for customer_id, currency, minor in zip(
                items.customer_ids, items.currencies, items.minors, strict=True
            )
        ],
    )


def credit_documents(actor: Actor, backs: Sequence[Back], *, reason: str) -> dict[str, int]:
    """Take parts back of the documents they stand on; return credit note ids by document number.

    What of a document is paid already becomes credit the customer has with us.
    """
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    owners = {}
    for one in backs:
        if one.document_number:
            sums[one.document_number][ACCOUNTS[one.kind]] += one.minor
            owners[one.document_number] = (one.customer_id, one.currency)
    documents = sorted(sums)
    if not documents:
        return {}
    numbers = take_references(actor, "CN", len(documents))
    notes = [
        NewCreditNote(
            customer_id=owners[document][0], number=number, issued_on=actor.today,
            currency=owners[document][1], net_minor=sum(sums[document].values()),
            corrects=document, reason=reason, takes_back=tuple(sorted(sums[document].items())),
        )
        for number, document in zip(numbers, documents, strict=True)
    ]  # fmt: skip
    result = take_back(actor, notes)
    if result.recorded != len(notes):
        raise RuntimeError(f"a charge could not be taken back: {result.rejected}")
    ids = writing.ids_of(actor, numbers)
    return {document: ids[number] for number, document in zip(numbers, documents, strict=True)}


def write_backs(
    actor: Actor,
    backs: Sequence[Back],
    notes: Mapping[str, int],
    *,
    act: str,
    policy_version: int,
    reason: str,
) -> list[int]:
    """Write what is taken back, each naming its charge; return the ids."""
    rows = Charge.objects.bulk_create(
        Charge(
            company_id=actor.company_id, customer_id=one.customer_id, item_id=one.item_id,
            kind=one.kind, act=act, of_id=one.charge_id, currency=one.currency, minor=one.minor,
            from_on=actor.today, through_on=actor.today, law="", policy_version=policy_version,
            breakdown={}, document_id=notes.get(one.document_number), reason=reason,
            recorded_at=actor.at, recorded_by=actor.name,
        )
        for one in backs
    )  # fmt: skip
    return [row.id for row in rows]

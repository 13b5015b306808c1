"""Write-offs posted once others approved them: the item is lowered, the loss has its account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from creditdesk.contact import services as contact
from creditdesk.controls import services as controls
from creditdesk.controls.commands import (
    acts_on,
    approval,
    approvers,
    command,
    require_approval,
)
from creditdesk.credit import services as credit_room
from creditdesk.customers import queries as customers
from creditdesk.invoices import write_off_queries as reads
from creditdesk.invoices import write_off_rules as rules
from creditdesk.invoices.events import ItemsWrittenOff
from creditdesk.invoices.services.losses.booking import Act, book
from creditdesk.invoices.services.settling import settle
from creditdesk.invoices.write_off_queries import PartRow
from creditdesk.invoices.write_off_rules import NewWriteOff, OpenPart
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place
from creditdesk.kernel.money import from_minor
from creditdesk.ledger import services as ledger
from creditdesk.plumbing.encoding import digest
from creditdesk.plumbing.events import announce
from creditdesk.plumbing.services import take_references
from creditdesk.policy import queries as policies

APPROVES: Final = "collections.approve_write_off"
PREFIX: Final = "WO"
REASON_LENGTH_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class WrittenOff:
    """What was written off under one reference, by currency, and how many items are closed by it.

    `approval` is the request by which others approved it; empty where one decides alone.
    """

    reference: str
    minor: Mapping[str, int]
    items: int
    items_closed: int
    approval: str


@dataclass(frozen=True, slots=True)
class _Chosen:
    row: PartRow
    minor: int


@command("invoices.write_off")
def write_off(
    actor: Actor, write_offs: Sequence[NewWriteOff], *, because: str, reason: str
) -> WrittenOff:
    """Write off what is open of invoices, all or none, once as many approved as policy asks.

    The request waits for others, machines' too. Approved, it is posted to the account of bad debts
    from that day; what was paid meanwhile makes it Conflict. Refused where the ERP is the book.
    Raises NotFound `invoice_unknown`, Invalid for an amount or instalment that cannot be.
    """
    controls.require_issuing(actor)
    said = _checked(write_offs, because, reason)
    numbers = {one.invoice for one in write_offs}
    credit_room.lock_exposure(actor, {row.customer_id for row in _parts(actor, numbers)})
    chosen = _chosen(write_offs, _parts(actor, numbers))
    acts_on("item", [one.row.item_id for one in chosen])
    _require_authority(actor, chosen, because)
    dates = ledger.hold_open(actor)
    [reference] = take_references(actor, PREFIX, 1)
    granted = ", ".join(one.name for one in approvers())
    acts = [
        Act(
            act=rules.WRITE_OFF, reference=reference, customer_id=one.row.customer_id,
            item_id=one.row.item_id, currency=one.row.currency, minor=one.minor, because=because,
            on=dates.earliest(max(actor.today, one.row.open_since)), approval=approval(),
            approved_by=granted, reason=said,
        )
        for one in chosen
    ]  # fmt: skip
    ids = book(actor, acts)
    settled = settle(
        actor, {act.item_id: act.minor for act in acts}, on={act.item_id: act.on for act in acts}
    )
    contact.withdraw_for_items(actor, [act.item_id for act in acts], reason="written_off")
    announce(actor, [ItemsWrittenOff(
        reference=reference, write_off_ids=tuple(ids),
        item_ids=tuple(sorted(act.item_id for act in acts)),
        customer_ids=tuple(sorted({act.customer_id for act in acts})),
    )])  # fmt: skip
    return WrittenOff(reference, _sums(chosen), len(acts), len(settled), approval())


def _checked(write_offs: Sequence[NewWriteOff], because: str, reason: str) -> str:
    """Return the reason as it is kept; Invalid for what says nothing, or says a thing twice."""
    if because not in rules.REASONS:
        raise Invalid(
            "write_off_reason_unknown", f"{because!r} is no reason to write off",
            place=Place(field="because"), mend=f"Use one of {', '.join(rules.REASONS)}",
        )  # fmt: skip
    said = " ".join(reason.split())
    if not said or len(said) > REASON_LENGTH_MAX:
        raise Invalid(
            "reason_missing", "A write-off needs a reason in words", place=Place(field="reason"),
            mend=f"Write one of at most {REASON_LENGTH_MAX} letters.",
        )  # fmt: skip
    keys = [one.invoice for one in write_offs]
    if not keys or len(set(keys)) < len(keys):
        raise Invalid(
            "write_offs_unclear", "Name at least one invoice, and each once",
            place=Place(field="write_offs"), mend="Leave out the second.",
        )  # fmt: skip
    return said


def _parts(actor: Actor, numbers: set[str]) -> list[PartRow]:
    """Return the instalments of the invoices; NotFound where there is none of a number."""
    found = reads.parts(actor.company_id, numbers)
    for number in sorted(numbers - {row.number for row in found}):
        raise NotFound("invoice_unknown", f"There is no invoice {number!r}", number=number)
    return found


def _chosen(write_offs: Sequence[NewWriteOff], found: Sequence[PartRow]) -> list[_Chosen]:
    """Return what of which instalment is written off; refuse what cannot be."""
    rows = {row.item_id: row for row in found}
    by_number: dict[str, list[OpenPart]] = defaultdict(list)
    for row in found:
        by_number[row.number].append(
            OpenPart(row.item_id, row.instalment, row.open_since, row.open_minor)
        )
    chosen = []
    for one in write_offs:
        _refuse(one, by_number[one.invoice], rows)
        chosen += [
            _Chosen(rows[share.part.item_id], share.minor)
            for share in rules.shared(one, by_number[one.invoice])
        ]
    return chosen


def _refuse(one: NewWriteOff, parts: Sequence[OpenPart], rows: Mapping[int, PartRow]) -> None:
    code = rules.why_not(one, parts)
    if code == "instalment_unknown":
        raise NotFound(
            "instalment_unknown", f"{one.invoice} has no instalment {one.instalment}",
            number=one.invoice,
        )  # fmt: skip
    if code == "nothing_open":
        raise Conflict(
            "nothing_open", f"Nothing of {one.invoice} is open any more", invoice=one.invoice
        )
    if code == "write_off_not_positive":
        raise Invalid(
            "write_off_not_positive", "A write-off needs a positive amount",
            place=Place(field="minor"), mend="Say how much is to be written off.",
        )  # fmt: skip
    if code:
        left = sum(p.open_minor for p in parts if one.instalment in (None, p.instalment))
        currency = rows[parts[0].item_id].currency
        raise Conflict(
            "write_off_above_open",
            f"Of {one.invoice} only {from_minor(left, currency)} {currency} is open",
            invoice=one.invoice,
        )


def _require_authority(actor: Actor, chosen: Sequence[_Chosen], because: str) -> None:
    """Ask as many others as policy says, by all that stands written off of these invoices then."""
    numbers = sorted({one.row.number for one in chosen})
    first = chosen[0].row
    earlier = _earlier(actor, chosen)
    whole = {currency: minor + earlier[currency] for currency, minor in _sums(chosen).items()}
    customer = customers.customer_by_id(actor.company_id, first.customer_id)
    require_approval(
        APPROVES,
        count=policies.approvers_needed(
            actor.company_id,
            actor.today,
            "write_off",
            [(minor, currency) for currency, minor in whole.items()],
            user_id=actor.user_id,
        ),
        about={
            "invoice": numbers[0],
            "customer": customer.number,
            "customer_name": customer.name,
            "minor": _sums(chosen)[first.currency],
            "currency": first.currency,
            "written_off_minor": whole[first.currency],
            "because": because,
            "count": len(numbers),
        },
        documents=[f"item:{one.row.item_id}" for one in chosen],
        also_machines=True,
        version=digest([(one.row.item_id, one.minor, one.row.open_minor) for one in chosen]),
    )


def _earlier(actor: Actor, chosen: Sequence[_Chosen]) -> Mapping[str, int]:
    """Return what stands written off of the invoices before, by currency."""
    found: dict[str, int] = defaultdict(int)
    numbers = {one.row.number for one in chosen}
    items = [row.item_id for row in reads.parts(actor.company_id, numbers)]
    for row in reads.standings(actor.company_id, item_ids=items):
        found[row.currency] += row.standing.left_minor
    return found


def _sums(chosen: Sequence[_Chosen]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for one in chosen:
        found[one.row.currency] += one.minor
    return dict(found)

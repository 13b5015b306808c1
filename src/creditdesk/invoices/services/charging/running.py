"""One run charges every item that qualifies by policy, once per item and day."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from creditdesk.contact import queries as contact
from creditdesk.controls import services as controls
from creditdesk.controls.commands import command
from creditdesk.credit import services as credit_room
from creditdesk.invoices import charge_queries as reads
from creditdesk.invoices import write_off_queries as losses
from creditdesk.invoices.events import ChargesMade
from creditdesk.invoices.models import Charge
from creditdesk.invoices.services.charging import booking
from creditdesk.invoices.services.charging.booking import Back
from creditdesk.invoices.services.charging.deciding import Decision, decide, require_rules
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Refused
from creditdesk.plumbing.events import announce
from creditdesk.policy import queries as policies

REASON_PAID_EARLIER = "paid_or_credited_earlier"


@dataclass(frozen=True, slots=True)
class ChargeTotal:
    """What a run charged, or took back, of one kind in one currency."""

    currency: str
    kind: str
    charged_minor: int
    reversed_minor: int


@dataclass(frozen=True, slots=True)
class ChargeResult:
    """What a run did; `waiting` counts the items left for a later run, by why."""

    through: date
    mode: str
    policy_version: int
    items: int
    customers: int
    totals: tuple[ChargeTotal, ...]
    documents: tuple[str, ...]
    waiting: Mapping[str, int]


@command("invoices.charge")
def charge(actor: Actor, *, through: date) -> ChargeResult:
    """Charge late interest and compensation through a day, to all that qualify by policy.

    What was charged before counts: the same day again charges nothing, a later day the days
    between, however many runs were missed. What turns out paid or credited earlier is taken back.
    Raises Refused: `interest_off`, `interest_ahead`, `interest_charged_later`, `book_is_erp`,
    `reference_rate_missing`.
    """
    policy = policies.in_force(actor.company_id, through)
    rules = policy.interest
    require_rules(rules, through=through, today=actor.today)
    if rules.mode == "post":
        controls.require_issuing(actor)
    since = rules.since or policy.valid_from
    late = reads.late_items(actor.company_id, since=since, through=through)
    credit_room.lock_exposure(actor, {item.customer_id for item in late})
    _require_later(actor, through)
    decided = decide(
        actor.company_id, rules, late, rates=policies.reference_rates(), through=through,
        contested=frozenset() if rules.charge_disputed else _contested(actor),
        lost=losses.lost_items(actor.company_id),
    )  # fmt: skip
    worthwhile, small = _worthwhile(decided.decisions, rules.minimum_minor)
    waiting = Counter({**decided.waiting, **({"below_minimum": small} if small else {})})
    charges = [one for one in worthwhile if one.minor > 0]
    backs = [back for one in worthwhile if one.minor < 0 for back in _backs(one)]
    documents = (
        booking.issue(actor, charges, pay_within_days=rules.pay_within_days)
        if rules.mode == "post"
        else {}
    )
    made = _write(actor, charges, documents, through=through, policy_version=policy.version)
    notes = booking.credit_documents(actor, backs, reason=REASON_PAID_EARLIER)
    taken = booking.write_backs(
        actor, backs, notes, act="reversal", policy_version=policy.version,
        reason=REASON_PAID_EARLIER,
    )  # fmt: skip
    customers = tuple(sorted({one.item.customer_id for one in worthwhile}))
    if worthwhile:
        announce(actor, [ChargesMade(
            through=through, charge_ids=tuple(made), reversal_ids=tuple(taken),
            customer_ids=customers,
            document_ids=tuple(sorted(document_id for document_id, _ in documents.values())),
        )])  # fmt: skip
    return ChargeResult(
        through=through,
        mode=rules.mode,
        policy_version=policy.version,
        items=len({one.item.item_id for one in worthwhile}),
        customers=len(customers),
        totals=_totals(worthwhile),
        documents=tuple(sorted(number for _, number in documents.values())),
        waiting=dict(waiting),
    )


def _require_later(actor: Actor, through: date) -> None:
    """Refuse a day before the last one charged through: its charges would look like too much."""
    last = reads.charged_through(actor.company_id)
    if last is not None and through < last:
        raise Refused(
            "interest_charged_later",
            f"Interest is charged through {last} already",
            through=last.isoformat(),
        )


def _contested(actor: Actor) -> frozenset[int]:
    return frozenset(
        hold.item_id
        for hold in contact.live_holds(actor.company_id, on=actor.today)
        if hold.kind == "dispute" and hold.item_id is not None
    )


def _worthwhile(decisions: Sequence[Decision], minimum_minor: int) -> tuple[list[Decision], int]:
    """Return the decisions but charges below the minimum of customer and currency; these wait."""
    sums: dict[tuple[int, str], int] = defaultdict(int)
    for one in decisions:
        sums[one.item.customer_id, one.currency] += max(0, one.minor)
    kept = [
        one
        for one in decisions
        if one.minor < 0 or sums[one.item.customer_id, one.currency] >= minimum_minor
    ]
    return kept, len(decisions) - len(kept)


def _backs(decision: Decision) -> Iterable[Back]:
    """Share what is taken back over the charges that stand, the last one first."""
    left = -decision.minor
    for one in reversed(decision.charges):
        minor = min(left, one.left_minor)
        if minor > 0:
            left -= minor
            yield Back(
                one.id, one.kind, minor, decision.item.customer_id, one.item_id, one.currency,
                one.document_number,
            )  # fmt: skip


def _write(
    actor: Actor,
    charges: Sequence[Decision],
    documents: Mapping[tuple[int, str], tuple[int, str]],
    *,
    through: date,
    policy_version: int,
) -> list[int]:
    rows = Charge.objects.bulk_create(
        (
            Charge(
                company_id=actor.company_id, customer_id=one.item.customer_id,
                item_id=one.item.item_id, kind=one.kind, act="charge", currency=one.currency,
                minor=one.minor, from_on=one.from_on, through_on=through, law=one.law,
                policy_version=policy_version, breakdown=one.breakdown,
                document_id=documents.get((one.item.customer_id, one.currency), (None, ""))[0],
                recorded_at=actor.at, recorded_by=actor.name,
            )
            for one in charges
        ),
        batch_size=2_000,
    )  # fmt: skip
    return [row.id for row in rows]


def _totals(decisions: Sequence[Decision]) -> tuple[ChargeTotal, ...]:
    up: dict[tuple[str, str], int] = defaultdict(int)
    down: dict[tuple[str, str], int] = defaultdict(int)
    for one in decisions:
        up[one.currency, one.kind] += max(0, one.minor)
        down[one.currency, one.kind] += max(0, -one.minor)
    return tuple(ChargeTotal(*key, up[key], down[key]) for key in sorted(up))

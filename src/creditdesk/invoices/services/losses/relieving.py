"""The tax within what was written off, taken back from the tax office as policy dates it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from creditdesk.controls import services as controls
from creditdesk.controls.commands import command
from creditdesk.credit import services as credit_room
from creditdesk.invoices import write_off_queries as reads
from creditdesk.invoices import write_off_rules as rules
from creditdesk.invoices.services.losses.booking import Act, book
from creditdesk.invoices.write_off_queries import BasisRow, StandingRow
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Refused
from creditdesk.ledger import services as ledger
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import ReliefRule


@dataclass(frozen=True, slots=True)
class Relieved:
    """The tax taken back now by currency, for how many write-offs, and how many wait for what.

    `tax_unknown`: the document was taken over at going live, so its tax is not known here;
    `no_rule` or `not_yet`: policy does not let it be taken back, or not on that day.
    """

    through: date
    minor: Mapping[str, int]
    write_offs: int
    waiting: Mapping[str, int]


@command("invoices.relieve_tax")
def relieve_tax(actor: Actor, *, through: date) -> Relieved:
    """Take back the tax within what stands written off, where policy's rule is met by that day.

    What was taken back before counts: the same day again books nothing. Raises Refused
    `relief_off` without any rule, `relief_ahead` for a day to come.
    """
    controls.require_issuing(actor)
    given = policies.in_force(actor.company_id, through).write_offs.tax_relief
    if not given:
        raise Refused("relief_off", "The policy takes no tax back for what is written off")
    if through > actor.today:
        raise Refused("relief_ahead", f"{through} is still to come", through=through.isoformat())
    credit_room.lock_exposure(actor, {row.customer_id for row in reads.standings(actor.company_id)})
    standing = reads.standings(actor.company_id)
    bases = reads.bases(actor.company_id, {row.invoice_id for row in standing})
    acts = _acts(actor, standing, bases, given, on=through)
    book(actor, acts)
    taken: dict[str, int] = defaultdict(int)
    for act in acts:
        taken[act.currency] += act.minor if act.act == rules.RELIEF else -act.minor
    return Relieved(through, dict(taken), len(acts), _waiting(standing, bases, given, acts))


def give_back(actor: Actor, invoice_ids: Collection[int]) -> int:
    """Give tax back for what of invoices no longer stands written off; return how much.

    The caller holds the customers' exposure.
    """
    standing = reads.standings(actor.company_id, invoice_ids=invoice_ids)
    relieved = [row for row in standing if row.relieved_minor]
    if not relieved:
        return 0
    bases = reads.bases(actor.company_id, {row.invoice_id for row in relieved})
    acts = _acts(actor, relieved, bases, (), on=actor.today)
    book(actor, acts)
    return sum(act.minor if act.act == rules.RELIEF_BACK else -act.minor for act in acts)


def _acts(
    actor: Actor,
    standing: Iterable[StandingRow],
    bases: Mapping[int, BasisRow],
    given: Sequence[ReliefRule],
    *,
    on: date,
) -> list[Act]:
    dates = ledger.hold_open(actor)
    by_invoice: dict[int, list[StandingRow]] = defaultdict(list)
    for row in standing:
        by_invoice[row.invoice_id].append(row)
    found = []
    for invoice_id, rows in sorted(by_invoice.items()):
        basis, of_id = bases[invoice_id], {row.id: row for row in rows}
        if not basis.is_known or not basis.tax_minor:
            continue
        for one in rules.reliefs(
            [row.standing for row in rows], total_minor=basis.total_minor,
            tax_minor=basis.tax_minor, rules=given, on=on,
        ):  # fmt: skip
            row = of_id[one.standing.id]
            found.append(Act(
                act=rules.RELIEF if one.minor > 0 else rules.RELIEF_BACK,
                reference=row.reference, customer_id=row.customer_id, item_id=row.item_id,
                currency=row.currency, minor=abs(one.minor), because=row.because,
                on=dates.earliest(max(on, row.effective_on)), of_id=row.id,
            ))  # fmt: skip
    return found


def _waiting(
    standing: Iterable[StandingRow],
    bases: Mapping[int, BasisRow],
    given: Sequence[ReliefRule],
    acts: Sequence[Act],
) -> dict[str, int]:
    """Return how many write-offs wait for what, by code."""
    ruled = {one.reason for one in given}
    done = {act.of_id for act in acts}
    found: dict[str, int] = defaultdict(int)
    for row in standing:
        basis = bases[row.invoice_id]
        if row.id in done or row.relieved_minor or not row.standing.left_minor:
            continue
        if not basis.is_known:
            found["tax_unknown"] += 1
        elif row.because not in ruled:
            found["no_rule"] += 1
        elif basis.tax_minor:
            found["not_yet"] += 1
    return dict(found)

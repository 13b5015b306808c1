"""What the demo shows of limits: an insurer's covers, a guarantee, a group, a request."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta
from decimal import Decimal

from creditdesk.credit import services as credit
from creditdesk.credit.rules import NewLimit
from creditdesk.credit.services import NewCover, NewGuarantee, NewPolicy
from creditdesk.customers import services as customers
from creditdesk.invoices import queries as invoices
from creditdesk.plumbing import clock
from creditdesk.simulation.rules.world import Firm
from creditdesk.simulation.services.desk import approved_by
from creditdesk.simulation.services.life import Life

AT = time(16, 20)
ENOUGH = 9
MILLION_MINOR = 100_000_000
BOND = (
    b"%PDF-1.4\n% A performance bond of the simulated bank; the original is with the bank.\n%%EOF\n"
)


def cover_some(life: Life) -> None:
    """On the eve of the last day, record who answers for whom and who needs more credit."""
    day = life.calendar.previous_business_day(life.until)
    some = sorted(life.firms, key=lambda one: (-life.limits[one.number], one.number))
    if len(some) < ENOUGH:
        return
    with clock.held_at(life.moment(day, AT)):
        _insure(life, day, some[:8])
        _guarantee(life, day, some[1])
        _share(life, day, some[2:5])
        _ask(life, day, some[5])


def _insure(life: Life, day: date, firms: Sequence[Firm]) -> None:
    analyst, manager = life.acting("analyst", day, AT), life.acting("manager", day, AT)
    currency = life.house.currency
    number = f"TCI-{life.house.customer_prefix}-{life.until.year}"
    credit.add_policy(
        analyst,
        NewPolicy(
            insurer="Meridian Credit Insurance", number=number, currency=currency,
            valid_from=life.first, valid_to=life.until + timedelta(days=200),
            maximum_liability_minor=2 * MILLION_MINOR, retention_percent=Decimal(10),
            deductible_minor=100_000, extension_days=60, report_days=75,
        ),
    )  # fmt: skip
    credit.record_covers(
        analyst,
        [
            NewCover(
                policy_number=number, customer_id=life.ids[one.number],
                minor=life.limits[one.number] // 2, currency=one.currency, valid_from=life.first,
                kind="named" if place % 3 else "discretionary", note="annual review",
            )
            for place, one in enumerate(firms)
        ]
        + [
            NewCover(
                policy_number=number, customer_id=life.ids[firms[-1].number], minor=0,
                currency=firms[-1].currency, valid_from=day - timedelta(days=20),
                note="withdrawn after a downgrade",
            )
        ],
    )  # fmt: skip
    first = firms[0]
    with approved_by(manager):
        credit.set_limit(
            analyst, life.ids[first.number], minor=life.limits[first.number] // 3,
            currency=first.currency, valid_from=day, kind="insured", reason="cover agreed",
        )  # fmt: skip
    with approved_by(manager):
        credit.set_limit(
            analyst, life.ids[first.number], minor=life.limits[first.number] // 10,
            currency=first.currency, valid_from=day, valid_to=day + timedelta(days=45),
            kind="temporary", reason="season stock",
        )  # fmt: skip


def _guarantee(life: Life, day: date, firm: Firm) -> None:
    analyst = life.acting("analyst", day, AT)
    minor = max(life.limits[firm.number] // 5, 1)
    credit.add_guarantee(
        analyst,
        NewGuarantee(
            customer_id=life.ids[firm.number], kind="bank", guarantor="Handelsbank Nord",
            minor=minor, currency=firm.currency, valid_from=day,
            valid_to=day + timedelta(days=365), note="on first demand",
        ),
        filename="bond.pdf", content=BOND,
    )  # fmt: skip
    with approved_by(life.acting("manager", day, AT)):
        credit.set_limit(
            analyst, life.ids[firm.number], minor=minor, currency=firm.currency, valid_from=day,
            kind="guaranteed", reason="bank guarantee received",
        )  # fmt: skip


def _share(life: Life, day: date, firms: Sequence[Firm]) -> None:
    """Three customers belong together and share less than their limits come to."""
    parent, *children = firms
    system = life.acting("system", day, AT)
    for child in children:
        customers.set_parent(
            system, life.ids[child.number], parent_id=life.ids[parent.number], valid_from=day
        )
    owed = {
        firm.number: sum(
            item.open_minor
            for item in invoices.open_items(life.company.id, customer_ids=[life.ids[firm.number]])
            if item.currency == parent.currency
        )
        for firm in firms
    }
    together = max(sum(life.limits[one.number] for one in firms) * 2 // 3, sum(owed.values()))
    credit.set_limits(
        system,
        [
            NewLimit(
                group_id=life.ids[parent.number], minor=together, currency=parent.currency,
                valid_from=day, reason="one limit for the group",
            )
        ],
    )  # fmt: skip


def _ask(life: Life, day: date, firm: Firm) -> None:
    credit.ask_limit(
        life.acting("collector", day, AT),
        NewLimit(
            customer_id=life.ids[firm.number], minor=life.limits[firm.number] // 4,
            currency=firm.currency, valid_from=day, valid_to=day + timedelta(days=60),
            kind="temporary", reason="opens two more shops in spring and pays on time",
        ),
    )  # fmt: skip

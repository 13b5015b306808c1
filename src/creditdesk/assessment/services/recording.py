"""Writers of financial statements: typed at the desk, or from a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from creditdesk.assessment import rules
from creditdesk.assessment.models import FinancialStatement
from creditdesk.controls.commands import acts_on, command
from creditdesk.customers import queries as customers
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, NotFound, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStatement:
    """A customer's statement as it was read, and from where; `industry` is its code, if known."""

    customer_id: int
    sheet: rules.Sheet
    industry: str = ""
    source: str = "typed"


@command("assessment.record")
def record_statements(actor: Actor, rows: Sequence[NewStatement]) -> int:
    """Keep statements beside earlier ones of the same period, of which the latest counts.

    Invalid, and nothing is kept, if one is empty, ends in the future or does not add up.
    """
    known = customers.customers_by_id(actor.company_id, {row.customer_id for row in rows})
    for row in rows:
        if row.customer_id not in known:
            raise NotFound("customer_unknown", "There is no such customer")
        refuse_unsound(actor, row.sheet)
    acts_on("customer", set(known))
    return put(actor, rows)


def refuse_unsound(actor: Actor, sheet: rules.Sheet) -> None:
    """Raise Invalid for a statement that cannot stand."""
    if not sheet.amounts:
        raise statement_empty()
    if sheet.period_end > actor.today:
        raise statement_in_future()
    findings = rules.spread(sheet).findings
    if findings:
        raise statement_does_not_add_up(findings[0])


def put(actor: Actor, rows: Sequence[NewStatement]) -> int:
    """Write sound statements; not a command of its own."""
    FinancialStatement.objects.bulk_create(
        FinancialStatement(
            company_id=actor.company_id,
            customer_id=row.customer_id,
            period_end=row.sheet.period_end,
            months=row.sheet.months,
            currency=row.sheet.currency,
            unit=row.sheet.unit,
            quality=row.sheet.quality,
            industry=row.industry,
            items=dict(row.sheet.amounts),
            source=row.source,
            recorded_at=actor.at,
            recorded_by=actor.name,
        )
        for row in rows
    )
    return len(rows)


def statement_empty() -> Invalid:
    """Return the error of a statement without a line."""
    return Invalid(
        "statement_empty",
        "The statement has no line",
        place=Place(field="items"),
        mend="Fill in at least one line",
    )


def statement_in_future() -> Invalid:
    """Return the error of a statement of a period that is not over."""
    return Invalid(
        "statement_in_future",
        "The statement ends on a day that has not come",
        place=Place(field="period_end"),
        mend="Give the last day of the business year",
    )


def statement_does_not_add_up(finding: rules.Finding) -> Invalid:
    """Return the error of a statement in which a sum does not hold, naming the line."""
    return Invalid(
        "financials_do_not_add_up",
        "The lines of the statement do not add up",
        place=Place(field=finding.item),
        mend="Compare the line and those it is made of with the paper",
        check=finding.code,
        difference_minor=finding.difference_minor,
    )

"""Whether a new limit raises what its customer or group may owe, and to how much. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from creditdesk.credit.rules.limits import (
    TEMPORARY,
    Effective,
    LimitRecord,
    NewLimit,
    RatesInto,
    effective,
    in_force,
)


@dataclass(frozen=True, slots=True)
class Raised:
    """A limit that is raised: what all limits of its customer or group come to with it."""

    row: NewLimit
    before: Effective
    after: Effective

    @property
    def amount(self) -> tuple[int, str]:
        """What counts for authority: all limits together, not the part that was added."""
        if self.row.only_currency or self.after.minor is None:
            return self.row.minor, self.row.currency
        return max(self.after.minor, 0), self.after.currency


def raised(
    row: NewLimit, records: Iterable[LimitRecord], *, today: date, rates_into: RatesInto
) -> Raised | None:
    """Return what a limit raises beside the records there are; nothing where it raises nothing.

    Limits count as they were set, without asking who backs them.
    """
    kept = tuple(records)
    same = next(
        (
            one
            for one in in_force(kept, today)
            if one.kind == row.kind
            and one.only_currency == row.only_currency
            and (one.currency == row.currency or not row.only_currency)
        ),
        None,
    )
    is_lowered = same is not None and same.currency == row.currency and row.minor <= same.minor
    is_bound = row.only_currency and same is None
    if row.kind != TEMPORARY and (is_lowered or is_bound):
        return None
    on = max(row.valid_from, today)
    before = effective(kept, on=today, currency=row.currency, rates_into=rates_into)
    after = effective([*kept, row.record], on=on, currency=row.currency, rates_into=rates_into)
    return Raised(row, before, after)

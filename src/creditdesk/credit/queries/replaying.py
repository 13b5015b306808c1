"""Limits that people set, judged again by the authority of the policy version they were set by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from itertools import groupby
from typing import Final, NoReturn
from zoneinfo import ZoneInfo

from creditdesk.controls import queries as controls
from creditdesk.controls.queries import CompanyRow
from creditdesk.credit import rules
from creditdesk.credit.rules import LimitRecord, NewLimit
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import Authority

SUBJECT: Final = "limit"
# A machine, an import or the decision of an application asks nobody: who set a limit as a command
# of their own stands in the audit trail, at the moment the limit was recorded.
_LIMITS: Final = """
    SELECT l.id, c.number, l.group_id IS NOT NULL, l.customer_id, l.group_id, l.kind,
           l.only_currency, l.currency, l.minor, l.valid_from, l.valid_to, l.withdrawn_from,
           l.recorded_at, l.approved_by, l.policy_version, coalesce(a.is_person, false)
      FROM credit_limit l
      JOIN customers_customer c ON c.id = coalesce(l.customer_id, l.group_id)
      LEFT JOIN (SELECT at, actor, bool_or(user_id IS NOT NULL) AS is_person
                   FROM controls_auditentry
                  WHERE company_id = %(company_id)s AND command = 'credit.set_limit'
                  GROUP BY at, actor) a ON a.at = l.recorded_at AND a.actor = l.recorded_by
     WHERE l.company_id = %(company_id)s
     ORDER BY l.group_id, l.customer_id, l.id
"""


@dataclass(frozen=True, slots=True)
class SetLimit:
    """A limit as it was set, with who approved it; `is_persons` where somebody set it by hand."""

    id: int
    customer_number: str
    is_group: bool
    customer_id: int | None
    group_id: int | None
    kind: str
    only_currency: bool
    currency: str
    minor: int
    valid_from: date
    valid_to: date | None
    withdrawn_from: date | None
    recorded_at: datetime
    approved_by: str
    policy_version: int | None
    is_persons: bool

    @property
    def record(self) -> LimitRecord:
        """The limit as the rules see it."""
        return LimitRecord(
            id=self.id,
            kind=self.kind,
            currency=self.currency,
            minor=self.minor,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            withdrawn_from=self.withdrawn_from,
            only_currency=self.only_currency,
        )

    @property
    def new(self) -> NewLimit:
        """The limit as it was asked for."""
        return NewLimit(
            customer_id=self.customer_id,
            group_id=self.group_id,
            minor=self.minor,
            currency=self.currency,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            kind=self.kind,
            only_currency=self.only_currency,
        )

    @property
    def approvers(self) -> int:
        """How many others approved it."""
        return len(self.approved_by.split(", ")) if self.approved_by else 0


class _RateAskedError(Exception):
    """The limit was judged by an exchange rate."""


def replayed(company_id: int) -> Iterator[tuple[SetLimit, bool]]:
    """Yield each limit a person set by a policy with whether as many approved as it wants.

    Of its customer's other limits those count that were there. What was judged by an exchange
    rate is left out: a rate may be corrected later, and only the corrected one is kept.
    """
    company = controls.company(company_id)

    @cache
    def written(version: int) -> Authority | None:
        try:
            return policies.version(company_id, version).authority
        except NotFound:
            return None

    found = sql.fetch(SetLimit, _LIMITS, {"company_id": company_id})
    for _, group in groupby(found, key=lambda one: (one.is_group, one.customer_id, one.group_id)):
        earlier: list[SetLimit] = []
        for one in group:
            if one.is_persons and one.policy_version is not None:
                is_same = _replays(one, earlier, written(one.policy_version), company)
                if is_same is not None:
                    yield one, is_same
            earlier.append(one)


def _replays(
    one: SetLimit, earlier: Iterable[SetLimit], authority: Authority | None, company: CompanyRow
) -> bool | None:
    """Whether enough approved a limit; `None` where that was judged by an exchange rate."""
    if authority is None:
        return False
    today = one.recorded_at.astimezone(ZoneInfo(company.timezone)).date()
    try:
        return one.approvers >= _needed(one, earlier, authority, today, company.currency)
    except _RateAskedError:
        return None


def _needed(
    one: SetLimit, earlier: Iterable[SetLimit], authority: Authority, today: date, own: str
) -> int:
    """Return how many others the authority wants, by the most generous reading of what is kept.

    When a limit was withdrawn, and which of two at one moment was first, is not kept; nor is who
    held which role then: of a policy that gives a role more, the row that gives most counts.
    """
    roles = {step.role for step in authority.matrix if step.subject == SUBJECT and step.role}
    kept = list(earlier)
    before = [row for row in kept if row.recorded_at < one.recorded_at]
    readings = (kept, before, [*map(_standing, kept)], [*map(_standing, before)])
    return min(
        min(authority.approvers(SUBJECT, minor, of) for of in (roles, ()))
        for minor in (_amount(one, reading, today, own) for reading in readings)
    )


def _standing(one: SetLimit) -> SetLimit:
    return replace(one, withdrawn_from=None)


def _amount(one: SetLimit, earlier: Iterable[SetLimit], today: date, own: str) -> int:
    """Return what counts for authority, in the company's minor units; 0 where nothing is raised."""
    records = [row.record for row in earlier]
    found = rules.raised(one.new, records, today=today, rates_into=_asked)
    if found is None:
        return 0
    minor, currency = found.amount
    if currency != own:
        _asked(own)
    return minor


def _asked(_: str) -> NoReturn:
    raise _RateAskedError

"""What companies ask of their people at the door, and whom it concerns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from creditdesk.controls.identity import rules
from creditdesk.controls.identity.rules import Asks, Due
from creditdesk.plumbing import clock, sql


@dataclass(frozen=True, slots=True)
class SecurityRow:
    """What a company asks from a day on; `asked_again` beside what the house always asks."""

    second_factor: str
    since: date | None
    grace_days: int
    asked_again: tuple[str, ...]
    reason: str
    recorded_at: datetime | None
    recorded_by: str

    @property
    def asks(self) -> Asks:
        """Return it as the rules take it."""
        return Asks(self.second_factor, self.since or date.min, self.grace_days)


NOTHING_ASKED = SecurityRow("off", None, 0, (), "", None, "")
_COLUMNS = (
    "second_factor, since, grace_days, ARRAY(SELECT jsonb_array_elements_text(asked_again)),"
    " reason, recorded_at, recorded_by"
)
_IN_FORCE = f"""
    SELECT {_COLUMNS} FROM controls_securitypolicy
     WHERE company_id = %(company_id)s AND since <= %(on)s ORDER BY id DESC LIMIT 1
"""
_RECORDED = f"""
    SELECT {_COLUMNS} FROM controls_securitypolicy
     WHERE company_id = %(company_id)s ORDER BY id DESC LIMIT %(limit)s
"""


def machine_today() -> date:
    """Return the machine's date in UTC, by which what is asked at the door begins."""
    return clock.machine_now().date()


def security_of(company_id: int, on: date | None = None) -> SecurityRow:
    """Return what a company asks on a machine date, today unless said: the last one begun."""
    found = _rows(_IN_FORCE, {"company_id": company_id, "on": on or machine_today()})
    return found[0] if found else NOTHING_ASKED


def security_recorded(company_id: int, *, limit: int = 20) -> list[SecurityRow]:
    """Return what a company decided to ask, the latest first, begun or not."""
    return _rows(_RECORDED, {"company_id": company_id, "limit": limit})


def _rows(text: str, given: dict[str, object]) -> list[SecurityRow]:
    return [
        SecurityRow(one.second_factor, one.since, one.grace_days, tuple(one.asked_again),
                    one.reason, one.recorded_at, one.recorded_by)
        for one in sql.fetch(_Read, text, given)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Read:
    second_factor: str
    since: date
    grace_days: int
    asked_again: list[str]
    reason: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class FactorRow:
    """A person with every role anywhere, what their companies ask, and what they enrolled."""

    user_id: int
    username: str
    name: str
    roles_here: tuple[str, ...]
    roles: tuple[str, ...]
    asks: tuple[Asks, ...]
    has_factor: bool

    def due(self, installation: str, today: date) -> Due | None:
        """Return since when a second factor is asked of them, by the strictest of all."""
        asks = (*self.asks, Asks(installation, date.min, 0))
        return rules.factor_due(asks, self.roles, today)


@dataclass(frozen=True, slots=True)
class _Person:
    user_id: int
    username: str
    name: str
    roles_here: list[str]
    roles: list[str]
    modes: list[str]
    since: list[date]
    grace_days: list[int]
    has_factor: bool


_PEOPLE = """
    SELECT u.id, u.username, trim(u.first_name || ' ' || u.last_name),
           ARRAY(SELECT m.role FROM controls_membership m
                  WHERE m.user_id = u.id AND m.company_id = %(company_id)s ORDER BY m.role),
           ARRAY(SELECT DISTINCT m.role FROM controls_membership m WHERE m.user_id = u.id),
           coalesce(p.modes, '{{}}'), coalesce(p.since, '{{}}'), coalesce(p.grace, '{{}}'),
           EXISTS (SELECT 1 FROM mfa_authenticator f
                    WHERE f.user_id = u.id AND f.type IN ('totp', 'webauthn'))
      FROM controls_user u
      LEFT JOIN LATERAL (
           SELECT array_agg(s.second_factor ORDER BY m.company_id) AS modes,
                  array_agg(s.since ORDER BY m.company_id) AS since,
                  array_agg(s.grace_days ORDER BY m.company_id) AS grace
             FROM (SELECT DISTINCT company_id FROM controls_membership WHERE user_id = u.id
                      AND company_id IS DISTINCT FROM %(without)s) m
             CROSS JOIN LATERAL (
                  SELECT second_factor, since, grace_days FROM controls_securitypolicy
                   WHERE company_id = m.company_id AND since <= %(on)s
                   ORDER BY id DESC LIMIT 1) s) p ON true
     WHERE {whom}
     ORDER BY u.username
"""
_ONE = _PEOPLE.format(whom="u.id = %(user_id)s")
_MEMBERS = _PEOPLE.format(
    whom="u.is_active AND u.id IN"
    " (SELECT user_id FROM controls_membership WHERE company_id = %(company_id)s)"
)


def factor_of(user_id: int) -> FactorRow | None:
    """Return what companies ask of one user today; `None` for nobody."""
    given = {"user_id": user_id, "company_id": None, "without": None, "on": machine_today()}
    found = sql.fetch_one(_Person, _ONE, given, planned=True)
    return _factor(found) if found else None


def factors_of_members(company_id: int, on: date) -> list[FactorRow]:
    """Return a company's people by name, with what their *other* companies ask on a day."""
    given = {"company_id": company_id, "without": company_id, "on": on}
    return [_factor(one) for one in sql.fetch(_Person, _MEMBERS, given)]


def _factor(one: _Person) -> FactorRow:
    asks = tuple(map(Asks, one.modes, one.since, one.grace_days))
    return FactorRow(
        one.user_id, one.username, one.name, tuple(one.roles_here), tuple(one.roles), asks,
        one.has_factor,
    )  # fmt: skip

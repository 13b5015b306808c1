"""Who must wait at the door, who owes a second factor, which roles a provider gives. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from creditdesk.controls.rules import ROLES
from creditdesk.kernel.errors import Invalid

# Roles that set limits, move money, issue keys or grant roles.
PRIVILEGED: Final = frozenset({"manager", "administrator", "cash_applier", "analyst"})
# An address or a name is held back later than the two together: colleagues share an address, and
# whoever knows a name must not be able to lock its owner out cheaply.
NAME_FACTOR: Final = 4
ADDRESS_FACTOR: Final = 10
# A time-based code is good for 90 seconds: its own half minute, one before and one after.
CODE_MEMORY: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Try:
    """A secret that was tried in vain, or is being tried."""

    at: datetime
    name: str
    address: str | None


@dataclass(frozen=True, slots=True)
class Limits:
    """How many tries within how long."""

    tries: int
    wait: timedelta


def free_at(
    failed: Iterable[Try], *, name: str, address: str | None, limits: Limits, is_known: bool
) -> datetime | None:
    """Return until when this name from this address must wait, or `None` if it need not.

    `is_known` says that the name's owner came in from this address before: then tries from
    elsewhere do not hold the owner back.
    """
    tries = list(failed)
    mine = [one.at for one in tries if one.name == name]
    here = [one.at for one in tries if one.address == address]
    both = [one.at for one in tries if one.name == name and one.address == address]
    found = [
        _free_at(both, limits.tries, limits.wait),
        _free_at(here, limits.tries * ADDRESS_FACTOR, limits.wait),
    ]
    if not is_known:
        found.append(_free_at(mine, limits.tries * NAME_FACTOR, limits.wait))
    return max((one for one in found if one is not None), default=None)


def _free_at(tries: Sequence[datetime], most: int, wait: timedelta) -> datetime | None:
    """Return when the oldest of the last `most` tries has aged away."""
    latest = sorted(tries, reverse=True)
    return latest[most - 1] + wait if len(latest) >= most else None


def is_second_factor_due(mode: str, roles: Iterable[str]) -> bool:
    """Whether somebody of these roles, in whichever company, must show a second factor."""
    return mode == "all" or (mode == "privileged" and not PRIVILEGED.isdisjoint(roles))


MODES: Final = ("off", "privileged", "all")
GRACE_DAYS_MAX: Final = 90


@dataclass(frozen=True, slots=True)
class Asks:
    """That a company, or the installation, asks people for a second factor from a day on.

    `grace_days` after that day whoever has none yet is let in; whoever has one shows it at once.
    """

    mode: str
    since: date
    grace_days: int

    @property
    def until(self) -> date:
        """The last day on which somebody who has none is let in; none if there is no grace."""
        return self.since + timedelta(days=self.grace_days) if self.grace_days else date.min


@dataclass(frozen=True, slots=True)
class Due:
    """A second factor is asked for; whoever has none is let in through the day `until`."""

    until: date

    def is_overdue(self, today: date) -> bool:
        """Whether whoever has none is let in no longer."""
        return today > self.until


def factor_due(asks: Iterable[Asks], roles: Collection[str], today: date) -> Due | None:
    """Return what the strictest of those asking wants of somebody of these roles, anywhere."""
    until = [
        one.until for one in asks if one.since <= today and is_second_factor_due(one.mode, roles)
    ]
    return Due(min(until)) if until else None


@dataclass(frozen=True, slots=True)
class RoleRule:
    """Whoever carries the value in the claim has the role in the company."""

    claim: str
    value: str
    role: str
    company: str


def role_rules(text: str) -> list[RoleRule]:
    """Return what `groups:credit-managers=manager@acme, …` says; Invalid when it says nothing."""
    found = []
    for part in filter(None, (one.strip() for one in text.split(","))):
        left, _, right = part.partition("=")
        claim, _, value = left.partition(":")
        role, _, company = right.partition("@")
        if not (claim and value and company) or role not in ROLES or role == "system":
            raise Invalid(
                "role_rule_malformed",
                f"{part!r} is no rule for roles",
                mend="Write claim:value=role@company, such as groups:sales=sales@acme",
            )
        found.append(RoleRule(claim.strip(), value.strip(), role.strip(), company.strip()))
    return found


def roles_claimed(rules: Iterable[RoleRule], claims: Mapping[str, object]) -> set[tuple[str, str]]:
    """Return the roles, each with its company's code, that the claims earn by the rules."""
    return {(one.role, one.company) for one in rules if one.value in _values(claims.get(one.claim))}


def _values(claim: object) -> list[str]:
    if isinstance(claim, list):
        return [one for one in claim if isinstance(one, str)]
    return [claim] if isinstance(claim, str) else []

"""A stored verdict of the gate, judged again by its own figures and the rules of then. Pure.

The figures of a check stand with it. What is not kept beside the check is taken at its word: which
days were holidays, whether there was an address and a consent, and which steps had been taken.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from creditdesk.contact.rules.gate import (
    AT_ANY_HOUR,
    STOPPED_BY_OPT_OUT,
    Param,
    Reason,
)
from creditdesk.policy.rules import ContactRules

ITEMS: Final = "items"
CHASING: Final = (
    "customer_hold", "items", "items_left", "minimum", "new_step", "pause", "bank_fresh",
)  # fmt: skip
# Asked of a message that was written some days before; not of one that is being queued.
LATER: Final = "up_to_date"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the gate was asked, as it was kept; `open_minor` is by item."""

    stage: str
    purpose: str
    step: str
    at: datetime
    open_minor: Mapping[int, int]

    @property
    def is_chasing(self) -> bool:
        """Whether the message asks for money."""
        return self.purpose == "collection" or (self.purpose == "service" and bool(self.open_minor))


@dataclass(frozen=True, slots=True)
class _Case:
    asked: Asked
    rules: ContactRules
    now: datetime
    kept: Collection[int]


def is_repeated(
    asked: Asked, reasons: Sequence[Reason], rules: ContactRules, *, allowed: bool
) -> bool:
    """Whether the checks, their figures and the outcome are those the rules make."""
    now = _local(asked, reasons)
    if now is None or {one.code for one in reasons} - {LATER} != _codes(asked):
        return False
    dropped = {one for reason in reasons if reason.code == ITEMS for one in _ids(reason)}
    case = _Case(asked, rules, now, [one for one in asked.open_minor if one not in dropped])
    return all(_is_right(one, case) for one in reasons) and allowed in _outcomes(asked, reasons)


def _outcomes(asked: Asked, reasons: Sequence[Reason]) -> set[bool]:
    """Return what may follow: a text that stands is stopped by any item left out, a draft is not.

    Whether a message without a step of the ladder was a person's text is not kept.
    """
    strict = all(one.is_passed for one in reasons)
    lenient = all(one.is_passed or one.code == ITEMS for one in reasons)
    if asked.stage != "queue":
        return {strict}
    return {lenient} if asked.step else {strict, lenient}


def _codes(asked: Asked) -> set[str]:
    codes = {"address"}
    if asked.purpose not in AT_ANY_HOUR:
        codes |= {"hours", "business_day"}
    if asked.purpose in STOPPED_BY_OPT_OUT:
        codes.add("consent")
    return codes | set(CHASING) if asked.is_chasing else codes


def _local(asked: Asked, reasons: Sequence[Reason]) -> datetime | None:
    """Return the moment in the customer's zone; `None` where the zone is none."""
    zone = next((one.params.get("zone") for one in reasons if one.code == "hours"), "UTC")
    try:
        return asked.at.astimezone(ZoneInfo(str(zone)))
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _ids(reason: Reason) -> list[int]:
    found = reason.params.get("item_ids")
    return [int(one) for one in found] if isinstance(found, list) else []


def _is_right(reason: Reason, case: _Case) -> bool:
    check = _CHECKS.get(reason.code)
    return check is None or check(reason, case)


def _hours(reason: Reason, case: _Case) -> bool:
    rules, at = case.rules, case.now.time()
    told = {"at": at, "earliest": rules.earliest, "latest": rules.latest}
    return reason.is_passed == (rules.earliest <= at < rules.latest) and all(
        reason.params.get(name) == value.strftime("%H:%M") for name, value in told.items()
    )


def _business_day(reason: Reason, case: _Case) -> bool:
    is_asked = case.rules.business_days_only
    return reason.params.get("on") == case.now.date().isoformat() and (reason.is_passed or is_asked)


def _customer_hold(reason: Reason, case: _Case) -> bool:  # noqa: ARG001 - asked like the others
    return reason.is_passed == (not reason.params.get("kinds"))


def _items(reason: Reason, case: _Case) -> bool:
    ids = _ids(reason)
    return reason.is_passed == (not ids) and set(ids) <= set(case.asked.open_minor)


def _items_left(reason: Reason, case: _Case) -> bool:
    of, left = len(case.asked.open_minor), len(case.kept)
    told = (reason.params.get("of"), reason.params.get("left"))
    return told == (of, left) and reason.is_passed == (left > 0 or of == 0)


def _minimum(reason: Reason, case: _Case) -> bool:
    total = sum(case.asked.open_minor[one] for one in case.kept)
    told = (reason.params.get("open_minor"), reason.params.get("minimum_minor"))
    is_passed = total >= case.rules.minimum_minor or not case.kept
    return told == (total, case.rules.minimum_minor) and reason.is_passed == is_passed


def _pause(reason: Reason, case: _Case) -> bool:
    last = reason.params.get("last_message_on")
    if last is None:
        return reason.is_passed
    days = (case.now.date() - date.fromisoformat(str(last))).days
    told = (reason.params.get("days"), reason.params.get("days_between"))
    between = case.rules.days_between_messages
    return told == (days, between) and reason.is_passed == (days >= between)


def _up_to_date(reason: Reason, case: _Case) -> bool:  # noqa: ARG001 - asked like the others
    return reason.is_passed == (_number(reason, "days") <= _number(reason, "good_for"))


def _number(reason: Reason, name: str) -> int:
    value: Param = reason.params.get(name)
    return value if isinstance(value, int) else 0


def _bank(reason: Reason, case: _Case) -> bool:
    if not case.rules.bank_import_must_be_fresh:
        return reason.is_passed
    is_fresh = "required_on" in reason.params and not reason.params.get("accounts")
    return reason.is_passed == is_fresh


_CHECKS: Final[Mapping[str, Callable[[Reason, _Case], bool]]] = {
    "hours": _hours,
    "business_day": _business_day,
    "customer_hold": _customer_hold,
    "items": _items,
    "items_left": _items_left,
    "minimum": _minimum,
    "pause": _pause,
    "up_to_date": _up_to_date,
    "bank_fresh": _bank,
}

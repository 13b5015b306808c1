"""Returns of ACH debits in the United States: codes, deadlines, retries, return-rate levels. Pure.

Source: Nacha Operating Rules (2024), return reason codes, subsection 2.12.4 (reinitiation),
2.9 (reversals), 2.17.2 (return-rate levels). Days of deadlines are banking days, of the Federal
Reserve (`fed.CALENDAR`), unless the code says calendar days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from creditdesk.kernel.calendars import BusinessCalendar


@dataclass(frozen=True, slots=True)
class Code:
    """A return reason: within how many days it arrives, and whether the entry may be sent again."""

    code: str
    meaning: str
    banking_days: int | None = 2
    calendar_days: int | None = None
    may_retry: bool = False


_TABLE: Final = (
    Code("R01", "insufficient_funds", may_retry=True),
    Code("R02", "account_closed"),
    Code("R03", "no_account"),
    Code("R04", "account_number_invalid"),
    Code("R05", "unauthorised_corporate_entry_to_consumer", None, 60),
    Code("R06", "returned_at_odfis_request", None, None),
    Code("R07", "authorisation_revoked", None, 60),
    Code("R08", "payment_stopped"),
    Code("R09", "uncollected_funds", may_retry=True),
    Code("R10", "not_authorised", None, 60),
    Code("R11", "not_as_authorised", None, 60),
    Code("R12", "branch_sold"),
    Code("R13", "routing_number_invalid"),
    Code("R14", "payee_deceased"),
    Code("R15", "beneficiary_deceased"),
    Code("R16", "account_frozen"),
    Code("R17", "returned_for_its_file"),
    Code("R20", "not_a_transaction_account"),
    Code("R23", "credit_refused"),
    Code("R24", "entry_twice"),
    Code("R29", "corporate_not_authorised"),
    Code("R31", "corporate_return_agreed", None, None),
    Code("R51", "item_not_eligible", None, 60),
)
CODES: Final[Mapping[str, Code]] = {one.code: one for one in _TABLE}

UNAUTHORISED: Final = frozenset({"R05", "R07", "R10", "R11", "R29"})
ADMINISTRATIVE: Final = frozenset({"R02", "R03", "R04"})
LEVELS: Final[Mapping[str, Decimal]] = {
    "unauthorised": Decimal("0.5"),
    "administrative": Decimal(3),
    "overall": Decimal(15),
}
WATCH_PERCENT: Final = Decimal(80)
RETRIES_MAX: Final = 2
RETRY_DAYS: Final = 180
RETRY_DESCRIPTION: Final = "RETRY PYMT"
RETURN_FEE_DESCRIPTION: Final = "RETURN FEE"
REVERSAL_DESCRIPTION: Final = "REVERSAL"
REVERSAL_BANKING_DAYS: Final = 5
# Until then money of a debit may still go back: what a corporate returns, what a consumer may.
PROVISIONAL_BANKING_DAYS: Final = 2
PROVISIONAL_CONSUMER_DAYS: Final = 60
RATE_DAYS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A debit that came back, as far as it decides whether it may be sent again."""

    entered_on: date
    minor: int
    code: str
    retries: int = 0
    company: str = ""


@dataclass(frozen=True, slots=True)
class Rate:
    """A return rate beside its level; `state` is "good", "watch" from 80 % of it on, or "over"."""

    kind: str
    percent: Decimal
    level_percent: Decimal
    state: str


def comes_back_by(code: str, settled_on: date, calendar: BusinessCalendar) -> date | None:
    """Return the last day on which a return for that reason may arrive; None if there is none."""
    known = CODES.get(code)
    if known is None:
        return None
    if known.calendar_days is not None:
        return settled_on + timedelta(days=known.calendar_days)
    if known.banking_days is None:
        return None
    return calendar.add_business_days(settled_on, known.banking_days)


def why_no_retry(entry: Entry, *, on: date, minor: int, company: str = "") -> str:
    """Return why a returned debit may not be sent again, as a code; empty where it may.

    It is described as `RETRY_DESCRIPTION` then, so that the receiver knows it again.
    """
    known = CODES.get(entry.code)
    if known is None or not known.may_retry:
        return "reason_forbids_retry"
    if entry.retries >= RETRIES_MAX:
        return "retries_used_up"
    if (on - entry.entered_on).days > RETRY_DAYS:
        return "retry_too_late"
    if minor != entry.minor:
        return "retry_of_another_amount"
    if company != entry.company:
        return "retry_by_another_company"
    return ""


def may_charge_fee(entry: Entry, *, was_told: bool, fees: int) -> bool:
    """Whether a return fee entry may be sent: one, for missing money, told of beforehand."""
    return CODES.get(entry.code, Code("", "")).may_retry and was_told and fees == 0


def may_reverse(settled_on: date, on: date, calendar: BusinessCalendar) -> bool:
    """Whether an entry made by mistake may still be reversed."""
    return calendar.business_days_between(settled_on, on) <= REVERSAL_BANKING_DAYS


def provisional_until(settled_on: date, calendar: BusinessCalendar, *, is_consumer: bool) -> date:
    """Return the last day on which money of a debit is not ours for sure.

    A corporate's bank returns within two banking days; a consumer may say for sixty calendar days
    that nothing was authorised.
    """
    usual = calendar.add_business_days(settled_on, PROVISIONAL_BANKING_DAYS)
    if not is_consumer:
        return usual
    return max(usual, settled_on + timedelta(days=PROVISIONAL_CONSUMER_DAYS))


def is_provisional(
    settled_on: date, on: date, calendar: BusinessCalendar, *, is_consumer: bool
) -> bool:
    """Whether money of a debit may still go back on a day."""
    return on <= provisional_until(settled_on, calendar, is_consumer=is_consumer)


def since(on: date) -> date:
    """Return the first of the days over which return rates are taken."""
    return on - timedelta(days=RATE_DAYS - 1)


def return_rates(entries: int, returned: Sequence[str]) -> tuple[Rate, ...]:
    """Return the rates over the debits of the last 60 days, of which some came back by code."""
    counts = {
        "unauthorised": sum(code in UNAUTHORISED for code in returned),
        "administrative": sum(code in ADMINISTRATIVE for code in returned),
        "overall": len(returned),
    }
    return tuple(_rate(kind, entries, counts[kind]) for kind in LEVELS)


def _rate(kind: str, entries: int, count: int) -> Rate:
    level = LEVELS[kind]
    percent = Decimal(100 * count) / entries if entries else Decimal(0)
    if percent > level:
        state = "over"
    else:
        state = "watch" if percent >= level * WATCH_PERCENT / 100 else "good"
    return Rate(kind, percent, level, state)

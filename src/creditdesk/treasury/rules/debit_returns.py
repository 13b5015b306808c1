"""What is done when a direct debit comes back, by the reason the bank gives. Pure.

Reasons: ISO 20022 external code sets as the EPC's R-transaction guidance (EPC173-14) lists them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from creditdesk.kernel.calendars import add_months
from creditdesk.treasury.rules import target

RETRY: Final = "retry"  # once more, after some days, by the same mandate
STOP: Final = "stop_mandate"  # nothing is collected by this mandate any more
ASK: Final = "ask_customer"  # a person speaks to the customer before anything is collected again
MEND: Final = "mend_file"  # our own mistake: mend it, then collect again
Action = Literal["retry", "stop_mandate", "ask_customer", "mend_file"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reason means, and what is done next."""

    code: str
    meaning: str
    action: Action


_TABLE: Final = (
    Answer("AC01", "account_wrong", STOP),
    Answer("AC04", "account_closed", STOP),
    Answer("AC06", "account_blocked", STOP),
    Answer("AC13", "account_of_a_consumer", STOP),
    Answer("AG01", "debit_not_allowed", STOP),
    Answer("AG02", "operation_wrong", MEND),
    Answer("AM04", "money_missing", RETRY),
    Answer("AM05", "collected_twice", MEND),
    Answer("BE05", "creditor_unknown", MEND),
    Answer("CNOR", "creditors_bank_unreachable", MEND),
    Answer("DNOR", "debtors_bank_unreachable", MEND),
    Answer("FF01", "file_wrong", MEND),
    Answer("MD01", "no_mandate", STOP),
    Answer("MD02", "mandate_data_missing", MEND),
    Answer("MD06", "refund_wanted", ASK),
    Answer("MD07", "debtor_deceased", STOP),
    Answer("MS02", "debtor_refuses", ASK),
    Answer("MS03", "no_reason_given", ASK),
    Answer("RC01", "bank_wrong", MEND),
    Answer("RR01", "law_account_missing", MEND),
    Answer("RR02", "law_debtor_missing", MEND),
    Answer("RR03", "law_creditor_missing", MEND),
    Answer("RR04", "law", ASK),
    Answer("SL01", "blocked_by_debtors_bank", ASK),
    Answer("TM01", "too_late", MEND),
)
ANSWERS: Final[Mapping[str, Answer]] = {one.code: one for one in _TABLE}

RETURN_DAYS: Final[Mapping[str, int]] = {"CORE": 5, "B2B": 3}
REFUND_WEEKS: Final = 8
UNAUTHORISED_MONTHS: Final = 13


def answer_to(code: str) -> Answer:
    """Return what is done about a reason; one nobody knows goes to a person."""
    return ANSWERS.get(code, Answer(code, "unknown", ASK))


def next_step(code: str, *, attempt: int, retries_max: int) -> Action:
    """Return what is done after so many attempts: a retry ends where policy says so."""
    action = answer_to(code).action
    return ASK if action == RETRY and attempt > retries_max else action


def retry_on(returned_on: date, *, days: int) -> date:
    """Return from when the item may be collected again."""
    return returned_on + timedelta(days=days)


def returned_by_bank_until(scheme: str, collected_on: date) -> date:
    """Return the last business day on which the debtor's bank sends a debit back by itself."""
    return target.CALENDAR.add_business_days(collected_on, RETURN_DAYS[scheme])


def may_still_come_back_until(scheme: str, collected_on: date, *, authorised: bool = True) -> date:
    """Return the last day on which the debtor may have a debit back.

    Core: 8 weeks without a reason, 13 months where there was no mandate. B2B: none but the
    return by the debtor's bank within three business days of TARGET.
    """
    if scheme == "B2B":
        return returned_by_bank_until(scheme, collected_on)
    if authorised:
        return collected_on + timedelta(weeks=REFUND_WEEKS)
    return add_months(collected_on, UNAUTHORISED_MONTHS)

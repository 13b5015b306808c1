"""When a mandate may be collected on, and what kind of collection it is. Pure.

Sources: EPC016-06 and EPC222-07, SEPA Direct Debit Core and B2B rulebooks: a mandate lapses after
36 months without a collection; the first collection of a changed account at another bank is a
first again (the scheme lets FRST be left out since 2016; banks take RCUR for it).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from creditdesk.kernel.calendars import add_months

Sequence = Literal["FRST", "RCUR", "OOFF", "FNAL"]
CORE, B2B = "CORE", "B2B"
SCHEMES: Final = (CORE, B2B)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """A mandate as far as it decides whether and how is collected."""

    state: str
    scheme: str
    is_recurrent: bool
    signed_on: date
    used_on: date | None = None
    has_pending_change: bool = False


def why_not(leave: Leave, on: date, *, months: int) -> str:
    """Return why nothing may be collected on a day, as a code; empty where it may."""
    if leave.state != "live":
        return f"mandate_{leave.state}"
    if leave.has_pending_change:
        return "account_change_waits"
    if on < leave.signed_on:
        return "mandate_not_signed_yet"
    if leave.used_on is not None and not leave.is_recurrent:
        return "mandate_used_up"
    if lapses_on(leave, months=months) < on:
        return "mandate_lapsed"
    return ""


def lapses_on(leave: Leave, *, months: int) -> date:
    """Return the last day on which an unused mandate still holds."""
    return add_months(leave.used_on or leave.signed_on, months)


def sequence_of(leave: Leave, *, is_final: bool = False) -> Sequence:
    """Return the sequence type of the next collection."""
    if not leave.is_recurrent:
        return "OOFF"
    if is_final:
        return "FNAL"
    return "FRST" if leave.used_on is None else "RCUR"

"""Which bank lines are our refunds: paid, one by one or all in one line, or sent back. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a statement: negative when money left; a return is money that came back."""

    line_id: int
    minor: int
    currency: str
    booked_on: date
    is_return: bool
    account: str
    text: str
    counterparty_account: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """A refund handed to the bank in the file named by `message_id`."""

    refund_id: int
    reference: str
    minor: int
    currency: str
    iban: str
    message_id: str
    account: str
    execute_on: date
    is_paid: bool = False


@dataclass(slots=True)
class Cleared:
    """Refunds paid on a day, and refunds that came back on a day for a reason."""

    paid: dict[int, date] = field(default_factory=dict)
    failed: dict[int, tuple[date, str]] = field(default_factory=dict)


def cleared(lines: Sequence[Line], refunds: Sequence[Paid], *, window_days: int) -> Cleared:
    """Return what the lines say of the refunds; a line that fits several says nothing.

    A line is one refund by its reference and amount, or a whole file by the file's id and sum; or
    one that no other refund on its way equals in amount, to its account, within the window.
    """
    found = Cleared()
    for line in lines:
        if line.is_return:
            _sent_back(line, refunds, found)
        else:
            _left(line, refunds, found, window_days)
    return found


def _left(line: Line, refunds: Sequence[Paid], found: Cleared, window_days: int) -> None:
    waiting = [
        one
        for one in refunds
        if not one.is_paid
        and one.refund_id not in found.paid
        and (one.currency, one.account) == (line.currency, line.account)
    ]
    named = [one for one in waiting if one.reference in line.text and one.minor == -line.minor]
    if len(named) == 1:
        found.paid[named[0].refund_id] = line.booked_on
        return
    files: dict[str, list[Paid]] = defaultdict(list)
    for one in waiting:
        files[one.message_id].append(one)
    for message_id, of in files.items():
        if message_id in line.text and sum(one.minor for one in of) == -line.minor:
            found.paid.update(dict.fromkeys((one.refund_id for one in of), line.booked_on))
            return
    same = [
        one
        for one in waiting
        if one.minor == -line.minor
        and one.iban == line.counterparty_account
        and 0 <= (line.booked_on - one.execute_on).days <= window_days
    ]
    if len(same) == 1:
        found.paid[same[0].refund_id] = line.booked_on


def _sent_back(line: Line, refunds: Sequence[Paid], found: Cleared) -> None:
    """Note the one refund that a line brings back; only what left can come back."""
    left = [
        one
        for one in refunds
        if (one.is_paid or one.refund_id in found.paid)
        and one.refund_id not in found.failed
        and one.currency == line.currency
        and one.minor == line.minor
        and one.reference in line.text
    ]
    if len(left) == 1:
        found.failed[left[0].refund_id] = (line.booked_on, line.reason)

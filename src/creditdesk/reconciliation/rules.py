"""Which documents differ between our books and the ERP's, and the likeliest cause. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

MISSING_HERE: Final = "missing_here"
MISSING_THERE: Final = "missing_there"
AMOUNT_DIFFERS: Final = "amount_differs"
PAID_HERE: Final = "paid_here_not_there"
CREDIT_NOT_EXPORTED: Final = "credit_not_exported"
CUT_OFF: Final = "cut_off"
OTHER_CUSTOMER: Final = "other_customer"
CURRENCY_DIFFERS: Final = "currency_differs"
TOTAL_DIFFERS: Final = "total_differs"
CAUSES: Final = (
    MISSING_HERE, MISSING_THERE, AMOUNT_DIFFERS, PAID_HERE, CREDIT_NOT_EXPORTED, CUT_OFF,
    OTHER_CUSTOMER, CURRENCY_DIFFERS, TOTAL_DIFFERS,
)  # fmt: skip

RECEIVABLE: Final = "receivable"  # what is owed on open items
UNAPPLIED: Final = "unapplied"  # credit and money not yet applied, positive
BALANCE: Final = "balance"  # the one less the other
ACCOUNTS: Final = (RECEIVABLE, UNAPPLIED, BALANCE)
BUCKETS: Final = ("not_due", "late_1_30", "late_31_60", "late_61_90", "late_91")
# Days past due at which each bucket after the first begins.
BUCKET_STARTS: Final = (1, 31, 61, 91)


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """A document in our books: open as of the date, as of the day before, and now.

    Credits are negative. `paid_minor` and `credited_minor` lowered it up to the date.
    """

    number: str
    number_key: str
    customer_number: str
    currency: str
    issued_on: date
    open_minor: int
    before_minor: int
    now_minor: int
    paid_minor: int = 0
    credited_minor: int = 0
    is_credit: bool = False
    is_imported: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class There:
    """A document in the ERP's list of open items; an empty customer says nothing."""

    number: str
    number_key: str
    customer_number: str
    currency: str
    open_minor: int
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A control total: of all customers or one, of all ages or one bucket."""

    account: str
    currency: str
    minor: int
    customer_number: str = ""
    bucket: str = ""
    line: int = 0

    @property
    def name(self) -> str:
        """What it is a total of."""
        return f"{self.account}:{self.bucket}" if self.bucket else self.account


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A difference: its document or figure, both amounts, and the likeliest cause."""

    cause: str
    customer_number: str
    currency: str
    here_minor: int
    there_minor: int
    number: str = ""
    figure: str = ""
    params: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What the difference is about, whatever the amounts."""
        return (self.number, self.figure, self.customer_number, self.currency)


def compare(here: Iterable[Here], there: Iterable[There], *, as_of: date) -> list[Found]:
    """Return every document that differs, by number.

    Lines of one document are added up. A number written otherwise (`inv 12`, `INV-12`) is the
    same document where that is unambiguous.
    """
    ours = {one.number: one for one in here}
    theirs = _summed(there)
    by_key = _unambiguous(ours)
    pairs: dict[str, There] = {}
    found = []
    for one in theirs.values():
        number = one.number if one.number in ours else by_key.get(one.number_key, "")
        if number and number not in pairs:
            pairs[number] = one
        elif one.open_minor:
            found.append(_missing_here(one))
    for number, document in ours.items():
        difference = _difference(document, pairs.get(number), as_of)
        if difference is not None:
            found.append(difference)
    return sorted(found, key=lambda one: (one.number, one.customer_number, one.currency))


def _summed(there: Iterable[There]) -> dict[tuple[str, str], There]:
    sums: dict[tuple[str, str], There] = {}
    for one in there:
        key = (one.number, one.currency)
        known = sums.get(key)
        total = one.open_minor + (known.open_minor if known else 0)
        sums[key] = There(
            number=one.number, number_key=one.number_key, currency=one.currency,
            customer_number=(known.customer_number if known else "") or one.customer_number,
            open_minor=total, line=known.line if known else one.line,
        )  # fmt: skip
    return sums


def _unambiguous(ours: Mapping[str, Here]) -> dict[str, str]:
    keys: dict[str, list[str]] = {}
    for document in ours.values():
        keys.setdefault(document.number_key, []).append(document.number)
    return {key: numbers[0] for key, numbers in keys.items() if key and len(numbers) == 1}


def _missing_here(one: There) -> Found:
    return Found(
        cause=MISSING_HERE, number=one.number, customer_number=one.customer_number,
        currency=one.currency, here_minor=0, there_minor=one.open_minor,
        params={"line": one.line},
    )  # fmt: skip


def _difference(ours: Here, theirs: There | None, as_of: date) -> Found | None:
    there_minor = theirs.open_minor if theirs else 0
    if theirs is not None and _is_elsewhere(ours, theirs):
        is_other = ours.currency == theirs.currency
        cause = OTHER_CUSTOMER if is_other else CURRENCY_DIFFERS
        params: dict[str, str | int] = {
            "there_customer": theirs.customer_number,
            "there_currency": theirs.currency,
            "line": theirs.line,
        }
    elif there_minor == ours.open_minor:
        return None
    else:
        cause = _cause(ours, there_minor, as_of, is_listed=theirs is not None)
        params = {"line": theirs.line} if theirs else {}
    return Found(
        cause=cause, number=ours.number, customer_number=ours.customer_number,
        currency=ours.currency, here_minor=ours.open_minor, there_minor=there_minor,
        params=params,
    )  # fmt: skip


def _is_elsewhere(ours: Here, theirs: There) -> bool:
    """Whether the ERP has the open document with another customer or in another currency."""
    if not theirs.open_minor:
        return False
    is_other = theirs.customer_number not in ("", ours.customer_number)
    return is_other or theirs.currency != ours.currency


def _cause(ours: Here, there_minor: int, as_of: date, *, is_listed: bool) -> str:
    if _is_cut_off(ours, there_minor, as_of, is_listed=is_listed):
        return CUT_OFF
    if ours.is_credit and not ours.is_imported and not is_listed:
        return CREDIT_NOT_EXPORTED
    gap = there_minor - ours.open_minor
    if gap > 0:
        if gap == ours.credited_minor or (gap < ours.credited_minor and not ours.paid_minor):
            return CREDIT_NOT_EXPORTED
        if gap <= ours.paid_minor or gap == ours.paid_minor + ours.credited_minor:
            return PAID_HERE
    return AMOUNT_DIFFERS if is_listed else MISSING_THERE


def _is_cut_off(ours: Here, there_minor: int, as_of: date, *, is_listed: bool) -> bool:
    """Whether the ERP says what we said the day before, or say since."""
    if ours.before_minor != ours.open_minor and there_minor == ours.before_minor:
        return True
    if ours.now_minor != ours.open_minor and there_minor == ours.now_minor:
        return True
    return not is_listed and ours.issued_on >= as_of


def compare_figures(ours: Mapping[tuple[str, ...], int], theirs: Sequence[Figure]) -> list[Found]:
    """Return the control totals that differ; `ours` by account, customer, bucket, currency."""
    return [
        Found(
            cause=TOTAL_DIFFERS, figure=one.name, customer_number=one.customer_number,
            currency=one.currency, here_minor=own, there_minor=one.minor,
            params={"line": one.line},
        )
        for one in theirs
        if (own := ours.get((one.account, one.customer_number, one.bucket, one.currency), 0))
        != one.minor
    ]  # fmt: skip


def bucket_of(due_on: date, as_of: date) -> str:
    """Return the ageing bucket of an item; on its due date it is not late."""
    days = (as_of - due_on).days
    return BUCKETS[sum(days >= start for start in BUCKET_STARTS)]


def gone(before: Iterable[Found], now: Iterable[Found]) -> list[Found]:
    """Return the differences of the run before that are there no more."""
    keys = {one.key for one in now}
    return [one for one in before if one.key not in keys]

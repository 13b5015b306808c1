"""Which dates a late day still has to judge, and what a dropped file's name says. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

MISSED_MAX = 366


def missed_dates(last: date | None, today: date) -> list[date]:
    """Return the dates after the last finished day and before today, at most a year of them."""
    if last is None or last >= today:
        return []
    first = max(last + timedelta(days=1), today - timedelta(days=MISSED_MAX))
    return [first + timedelta(days=n) for n in range((today - first).days)]


BANK: Final = "bank"
MAIL: Final = "mail"
# Where a mail server leaves finished mails within a maildir.
MAILDIR: Final = ("new", "cur")
DONE: Final = "done"
REFUSED: Final = "refused"
NAME_BYTES_MAX: Final = 120
_BANK_SUFFIXES: Final = (
    ".sta", ".mt940", ".940", ".942", ".bai", ".bai2", ".ofx", ".qfx", ".xml", ".camt", ".c53",
)  # fmt: skip
_UNFINISHED: Final = (
    "~", ".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".download", ".swp",
    ".lock", ".writing",
)  # fmt: skip
_OURS: Final = (".result.json", ".rejected.csv")
# How files of a kind begin, beside the kind's own name.
_BEGINNINGS: Final[Mapping[str, str]] = {
    "bank": BANK, "statement": BANK, "kontoauszug": BANK, "customer": "customers",
    "debtor": "customers", "debitor": "customers", "kunden": "customers", "invoice": "invoices",
    "rechnung": "invoices", "closure": "closures", "clearing": "closures",
    "openitems": "open_items_snapshot", "offeneposten": "open_items_snapshot",
    "controltotal": "control_totals", "totals": "control_totals", "rates": "exchange_rates",
    "exchangerate": "exchange_rates", "referencerate": "reference_rates",
    "versandart": "delivery_preferences", "rechnungsversand": "delivery_preferences",
}  # fmt: skip
_HOSTILE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff/\\\\:*?\"<>|]")


def is_passed_over(name: str) -> bool:
    """Whether a file is not finished, hidden, or written by us: left where it is."""
    folded = name.lower()
    return name.startswith((".", "~$")) or folded.endswith((*_UNFINISHED, *_OURS))


def is_hostile(name: str) -> bool:
    """Whether a name is none that a file from a system would have."""
    return bool(_HOSTILE.search(name)) or len(name.encode("utf-8", "replace")) > NAME_BYTES_MAX


def harmless_name(name: str) -> str:
    """Return a name fit to be kept: without what is hostile, and not too long."""
    plain = _HOSTILE.sub("_", name).encode("utf-8", "replace")[:NAME_BYTES_MAX]
    return plain.decode("utf-8", "ignore") or "_"


def kind_of_name(name: str, kinds: frozenset[str]) -> str:
    """Return the kind a file's name says, or an empty text; the longest beginning counts."""
    if name.lower().endswith(".eml"):
        return MAIL
    folded = re.sub(r"[^a-z0-9]", "", name.lower().rpartition(".")[0] or name.lower())
    known = {re.sub(r"[^a-z0-9]", "", kind): kind for kind in kinds} | dict(_BEGINNINGS)
    fitting = [beginning for beginning in known if folded.startswith(beginning)]
    if fitting:
        return known[max(fitting, key=len)]
    return BANK if name.lower().endswith(_BANK_SUFFIXES) else ""


# What others name goes in before them; what only compares goes last. Opening kinds in between.
_FIRST: Final = ("", "exchange_rates", "reference_rates", "customers", "delivery_preferences")
_LAST: Final = ("invoices", BANK, "closures", "open_items_snapshot", "control_totals")


def turn_of(kind: str) -> int:
    """Return when files of a kind are taken, among those that wait together."""
    if kind in _FIRST:
        return _FIRST.index(kind)
    return len(_FIRST) + (1 + _LAST.index(kind) if kind in _LAST else 0)

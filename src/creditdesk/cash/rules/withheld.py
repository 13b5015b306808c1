"""What an advice says was kept back of an invoice: which way of the house that is, and why. Pure.

The words are those in which payers write, in the languages of the advices that are read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from creditdesk.cash.rules.advices import AdvisedLine, DocumentItems
from creditdesk.cash.rules.shortfall import Step, Way
from creditdesk.cash.rules.values import Allocations

NOTE_LENGTH_MAX: Final = 500
# The first that is found counts. A blank stands for any, or for none.
_WAYS: Final[Mapping[Way, tuple[str, ...]]] = {
    "discount": (
        "skonto", "cash disc", "early pay", "prompt pay", "settlement disc", "escompte", "discount",
    ),
    "bank_fee": (
        "bank charge", "bank fee", "bank cost", "bankgebühr", "bankspesen", "bankkosten", "spesen",
        "frais bancaires", "frais de banque", "transfer fee", "transfer charge", "wire fee",
    ),
    "left_open": (
        "to follow", "part payment", "partial payment", "remainder", "instal", "rest folgt",
        "teilzahlung", "abschlag", "acompte", "solde à suivre", "later",
    ),
    "tolerance": (
        "rounding", "rounded", "rundung", "cent diff", "small diff", "kleinbetrag", "arrondi",
    ),
}  # fmt: skip
_REASONS: Final[Mapping[str, tuple[str, ...]]] = {
    "already_paid": (
        "already paid", "paid twice", "paid before", "duplicate", "doppelt", "bereits bezahlt",
        "bereits gezahlt", "déjà pay",
    ),
    "not_delivered": (
        "not delivered", "not received", "undelivered", "non delivery", "nicht geliefert",
        "nicht erhalten", "non livr",
    ),
    "not_ordered": ("not ordered", "nicht bestellt", "non command"),
    "returned": (
        "return", "retour", "rücksendung", "rückgabe", "zurück", "credit note", "gutschrift",
        "avoir",
    ),
    "quality": (
        "damag", "defect", "qualit", "faulty", "broken", "beschädigt", "mangel", "mängel", "defekt",
        "bruch", "endommag", "défectueu",
    ),
    "quantity": (
        "shortage", "short deliver", "short shipp", "short suppl", "quantit", "missing",
        "fehlmenge", "menge", "minderlieferung", "manqu",
    ),
    "price": (
        "price", "pricing", "preis", "rebate", "bonus", "rabatt", "konditionen", "prix", "remise",
        "allowance",
    ),
}  # fmt: skip


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    spelt = (r"[\s_-]*".join(map(re.escape, one.split())) for one in words)
    return re.compile(rf"\b(?:{'|'.join(spelt)})", re.IGNORECASE)


WAYS: Final = tuple((way, _pattern(words)) for way, words in _WAYS.items())
REASONS: Final = tuple((code, _pattern(words)) for code, words in _REASONS.items())
OTHER: Final = "other"


@dataclass(frozen=True, slots=True)
class Withheld:
    """What an advice keeps back of an item: the way that is, for a deduction its reason, the words.

    `reason` is empty where nothing is said, and for every way but a deduction.
    """

    item_id: int
    number: str
    currency: str
    minor: int
    way: Way
    reason: str = ""
    note: str = ""


def named(text: str) -> tuple[Way, str]:
    """Return the way that a payer's words mean, and of a deduction its reason."""
    for way, words in WAYS:
        if words.search(text):
            return way, ""
    for code, words in REASONS:
        if words.search(text):
            return "deduction", code
    return "deduction", OTHER if text.strip() else ""


def withheld(
    lines: Iterable[AdvisedLine],
    documents: DocumentItems,
    allocations: Allocations,
    open_before: Mapping[int, int],
) -> tuple[Withheld, ...]:
    """Return what lines keep back of the items they pay, where just that is what stays open.

    An amount that does not explain what stays open, or two for one item, explain nothing.
    """
    paid = dict(allocations)
    found: list[Withheld] = []
    for line in lines:
        mine = [one for one in documents.get(line.number_key, ()) if one.item_id in paid]
        if line.deduction_minor <= 0 or not mine:
            continue
        last = mine[-1]
        if open_before[last.item_id] - paid[last.item_id] == line.deduction_minor:
            way, reason = named(line.reason)
            note = line.reason.strip()[:NOTE_LENGTH_MAX]
            found.append(
                Withheld(
                    item_id=last.item_id,
                    number=line.number,
                    currency=last.currency,
                    minor=line.deduction_minor,
                    way=way,
                    reason=reason,
                    note=note,
                )
            )
    times = Counter(one.item_id for one in found)
    return tuple(one for one in found if times[one.item_id] == 1)


def by_itself(one: Withheld, ways: Sequence[Step]) -> Step | None:
    """Return the step an advised way is without a person; None where that needs one.

    Only an earned discount; a small difference or a bank's charge within its bounds.
    """
    step = next((each for each in ways if each.way == one.way), None)
    if step is None or step.why_not or not step.minor:
        return None
    if step.way == "discount" and not step.is_earned:
        return None
    return step

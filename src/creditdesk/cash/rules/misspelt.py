"""A document number with one slip of the hand: two neighbours changed places, or one digit wrong.

Such a number may be another document's, so it decides only where the very amount bears it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from creditdesk.cash.rules.documents import (
    JOINED_WORDS_MAX,
    STRONG_LENGTH_MIN,
    folded_words,
)
from creditdesk.cash.rules.values import OpenItem, Receipt

# So many items of that very amount leave the amount saying nothing.
ALIKE_MAX: Final = 5
# How long the text may be that is searched for a slip.
WORDS_SEARCHED_MAX: Final = 60
_SWAPPED: Final = 2


def misspelt(
    receipt: Receipt, equal: Sequence[OpenItem], possible: Sequence[int]
) -> OpenItem | None:
    """Return the one item of that very amount whose number the payment names with a slip.

    `equal` are the items open with exactly the amount paid. Where the payer is known, only the
    payer's count; else the amount must be rare.
    """
    among = [item for item in equal if item.customer_id in possible] if possible else equal
    if not among or len(among) > ALIKE_MAX:
        return None
    lengths = {len(item.number_key) for item in among}
    spelt = set(_keys(receipt, lengths))
    found = [item for item in among if any(is_slip(key, item.number_key) for key in spelt)]
    return found[0] if len(found) == 1 else None


def is_slip(one: str, other: str) -> bool:
    """Return whether one text becomes the other by swapping two neighbours or changing one digit.

    Equal texts are no slip.
    """
    if len(one) != len(other) or one == other:
        return False
    differing = [n for n, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    first = differing[0]
    if len(differing) == 1:
        return one[first].isdecimal() and other[first].isdecimal()
    return (
        len(differing) == _SWAPPED
        and differing[1] == first + 1
        and one[first : first + 2] == other[first + 1] + other[first]
    )


def _keys(receipt: Receipt, lengths: Iterable[int]) -> Iterator[str]:
    """Yield what may be meant as a number: words joined to a length that numbers here have."""
    wanted = {length for length in lengths if length >= STRONG_LENGTH_MIN}
    if not wanted:
        return
    longest = max(wanted)
    every = folded_words(" ".join((*receipt.structured_references, receipt.text)))
    for start in range(min(len(every), WORDS_SEARCHED_MAX)):
        key = ""
        for word in every[start : start + JOINED_WORDS_MAX]:
            key += word
            if len(key) > longest:
                break
            if len(key) in wanted and not key.isdecimal() and not key.isalpha():
                yield key

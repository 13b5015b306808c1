"""How near names are to listed ones, by the thousand. Pure.

Names are compared as keys: folded, without legal forms, accents and punctuation. Comparing every
pair would take minutes, so a pair is looked at only where a word of one is a word of the other,
one letter more, fewer or other at most, or where both written as one word are. What is looked at
gets the best of three likenesses, each in percent:

- the words in one order (`token_sort_ratio`), so that "Petrov Ivan" is "Ivan Petrov";
- written as one word, so that "Black Sea" is "Blacksea";
- where the shorter of two or more words stands whole within the longer, 95: "Sable Trading" within
  "Sable Trading House Cyprus".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz, process

from creditdesk.customers.rules import key_of_name

CONTAINED_PERCENT: Final = 95.0
CONTAINED_WORDS: Final = 2
CONTAINED_LETTERS: Final = 8
# A word shorter than this must be the same: one letter other would make it any word.
NEAR_LETTERS: Final = 4
# Longer names are cut for comparing: beyond that a list holds remarks, and a form a prank.
KEY_LENGTH: Final = 120


@dataclass(frozen=True, slots=True)
class Near:
    """A name that is near a listed one: where it stands, and how near, in percent."""

    place: int
    percent: float


@dataclass(frozen=True, slots=True)
class Names:
    """Listed names laid out for looking up; `keys` in the order in which they were given."""

    keys: Sequence[str]
    by_word: Mapping[str, Sequence[int]]


def key(name: str) -> str:
    """Return a name as it is compared."""
    return key_of_name(name)[:KEY_LENGTH].strip()


def laid_out(keys: Sequence[str]) -> Names:
    """Return listed names laid out for looking up."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(keys):
        for word in _words(one):
            for form in _forms(word):
                found[form].append(place)
    return Names(keys, found)


def near(own: str, names: Names, *, at_least: float) -> list[Near]:
    """Return the listed names near one of ours, nearest first."""
    places = sorted(set(_candidates(own, names)))
    if not own or not places:
        return []
    keys = [names.keys[place] for place in places]
    # Each likeness is found by one of these two, which work through a list in one call.
    in_words = process.extract(
        own, keys, scorer=fuzz.token_ratio, score_cutoff=at_least, limit=None
    )
    joined = process.extract(
        own.replace(" ", ""),
        [one.replace(" ", "") for one in keys],
        scorer=fuzz.ratio,
        score_cutoff=at_least,
        limit=None,
    )
    chosen = {n for _, _, n in (*in_words, *joined)}
    found = [Near(places[n], likeness(own, keys[n])) for n in chosen]
    kept = [one for one in found if one.percent >= at_least]
    return sorted(kept, key=lambda one: (-one.percent, one.place))


def likeness(one: str, other: str) -> float:
    """Return how near two keys are, in percent, to two decimals."""
    if not one or not other:
        return 0.0
    if one == other:
        return 100.0
    found = max(
        fuzz.token_sort_ratio(one, other),
        fuzz.ratio(one.replace(" ", ""), other.replace(" ", "")),
        CONTAINED_PERCENT if _is_contained(one, other) else 0.0,
    )
    return round(found, 2)


def _is_contained(one: str, other: str) -> bool:
    words, within = sorted((set(one.split()), set(other.split())), key=len)
    letters = sum(map(len, words))
    return len(words) >= CONTAINED_WORDS and letters >= CONTAINED_LETTERS and words <= within


def _candidates(own: str, names: Names) -> Iterator[int]:
    for word in _words(own):
        for form in _forms(word):
            yield from names.by_word.get(form, ())


def _words(of: str) -> set[str]:
    """Return the words of a key, and all of them written as one."""
    words = set(of.split())
    return words | {of.replace(" ", "")} if words else words


def _forms(word: str) -> Iterable[str]:
    """Return a word and itself without each of its letters: near words share one of them."""
    if len(word) < NEAR_LETTERS:
        return (word,)
    return {word, *(word[:n] + word[n + 1 :] for n in range(len(word)))}

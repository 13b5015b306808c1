"""Which column means what: guessed from headers and values, with how sure the guess is. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz

from creditdesk.kernel.references import words
from creditdesk.plumbing.imports import values
from creditdesk.plumbing.imports.kinds import FieldSpec, Options
from creditdesk.plumbing.imports.values import Detected

# What a rejected file carries beside the original columns; passed over when it comes back.
ADDED: Final = ("line", "field", "why", "mend")
SAMPLE_ROWS: Final = 300
SHOWN_SAMPLES: Final = 3
CONFIDENCE_MIN: Final = 0.5

_CAMEL = re.compile(r"(?<=[a-zäöüéèà])(?=[A-ZÄÖÜ])|(?<=[A-Z])(?=[A-Z][a-z])")
_FUZZY_MIN: Final = 84


@dataclass(frozen=True, slots=True)
class Guess:
    """A field with the column guessed for it; `None` when none fits."""

    field: str
    column: int | None
    confidence: float
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """How a file would be read: the guesses, the options, and what should be confirmed."""

    guesses: tuple[Guess, ...]
    options: Options
    date_order: Detected
    decimal: Detected

    def columns(self) -> dict[str, int]:
        """Return field → column of the guesses that found one."""
        return {guess.field: guess.column for guess in self.guesses if guess.column is not None}


def own_width(headers: Sequence[str]) -> int:
    """Return how many columns are the file's own, without what a rejected file adds."""
    end = len(headers) - len(ADDED)
    return end if end > 0 and tuple(headers[end:]) == ADDED else len(headers)


def header_key(headers: Sequence[str]) -> str:
    """Return the digest of a header row, the same for any case, spacing and punctuation."""
    own = headers[: own_width(headers)]
    return hashlib.sha256(json.dumps([_normal(header) for header in own]).encode()).hexdigest()


def propose(
    specs: Sequence[FieldSpec],
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    columns: Mapping[str, int] | None = None,
    options: Options | None = None,
) -> Proposal:
    """Return how the file would be read; `columns` and `options` given are kept, not guessed."""
    sampled = _samples(own_width(headers), rows[:SAMPLE_ROWS])
    if columns is None:
        confidences = _assigned(specs, headers, sampled)
    else:
        confidences = {name: (column, 1.0) for name, column in columns.items()}
    guesses = tuple(
        Guess(spec.name, column, round(confidence, 2), tuple(sampled[column][:SHOWN_SAMPLES]))
        if column is not None
        else Guess(spec.name, None, 0.0)
        for spec in specs
        for column, confidence in [confidences.get(spec.name, (None, 0.0))]
    )
    mapped = {guess.field: guess.column for guess in guesses if guess.column is not None}
    order = values.date_order(_cells(specs, mapped, rows, "date"))
    mark = values.decimal_mark(_cells(specs, mapped, rows, "amount"))
    chosen = options or Options(date_order=order.value, decimal=mark.value)
    return Proposal(guesses, chosen, order, mark)


def _samples(width: int, rows: Sequence[Sequence[str]]) -> list[list[str]]:
    return [
        [values.unneutralised(row[column]) for row in rows if row[column]]
        for column in range(width)
    ]


def _cells(
    specs: Sequence[FieldSpec], mapped: Mapping[str, int], rows: Sequence[Sequence[str]], kind: str
) -> list[str]:
    """Return every cell of the mapped columns of a kind."""
    columns = [mapped[spec.name] for spec in specs if spec.kind == kind and spec.name in mapped]
    return [values.unneutralised(row[column]) for column in columns for row in rows if row[column]]


def _assigned(
    specs: Sequence[FieldSpec], headers: Sequence[str], sampled: Sequence[Sequence[str]]
) -> dict[str, tuple[int | None, float]]:
    """Give each field the best column not yet taken, the surest pair first."""
    scores = [
        (score, -field_index, -column)
        for field_index, spec in enumerate(specs)
        for column, samples in enumerate(sampled)
        if (score := _score(spec, headers[column], samples)) >= CONFIDENCE_MIN
    ]
    found: dict[str, tuple[int | None, float]] = {}
    taken: set[int] = set()
    for score, negative_index, negative_column in sorted(scores, reverse=True):
        name, column = specs[-negative_index].name, -negative_column
        if name not in found and column not in taken:
            found[name] = (column, score)
            taken.add(column)
    return found


def _score(spec: FieldSpec, header: str, samples: Sequence[str]) -> float:
    """Return from 0 to 1 how well a column fits a field: header first, checked by its values."""
    by_header = max(
        (
            _likeness(_normal(header), _normal(synonym)) - 0.002 * rank
            for rank, synonym in enumerate((spec.name, *spec.synonyms))
        ),
        default=0.0,
    )
    if spec.kind == "text":
        return by_header
    readable = values.share_of(samples[:100], spec.kind)
    if spec.kind == "currency" and readable == 1.0 and len(samples) > 1:
        return max(by_header, 0.6)
    if not samples:
        return by_header * 0.7
    return by_header * (0.4 + 0.6 * readable) if readable >= CONFIDENCE_MIN else by_header * 0.2


def _normal(header: str) -> str:
    return " ".join(words(_CAMEL.sub(" ", header)))


def _likeness(header: str, synonym: str) -> float:
    """Return 1 for the same words, less for the same letters, nearly the same, or contained."""
    if not header or not synonym:
        return 0.0
    if header == synonym:
        return 1.0
    if header.replace(" ", "") == synonym.replace(" ", ""):
        return 0.98
    near = fuzz.token_sort_ratio(header, synonym)
    if near >= _FUZZY_MIN:
        return 0.9 * near / 100
    wanted, given = set(synonym.split()), set(header.split())
    if len(wanted) > 1 and wanted <= given:
        return 0.72
    return 0.6 if len(synonym) > 4 and synonym in given else 0.0  # noqa: PLR2004 - a whole word

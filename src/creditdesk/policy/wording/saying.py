"""How values of the policy are said, and rules as clauses of a document."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any, Generic, TypeVar

from django.utils.translation import gettext, ngettext

from creditdesk.look import words as look_words
from creditdesk.look.tags.figures import money_text

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Clause:
    """A rule as a sentence; `key` names it whatever it says, as `orders.overdue_days_max`."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the document: what it is about, and its rules in words."""

    code: str
    title: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Said(Generic[S]):
    """Which fields a sentence speaks of, and the sentence; an empty one stays unsaid."""

    fields: tuple[str, ...]
    say: Callable[[S, str], str]


def clauses(name: str, rules: S, said: tuple[Said[S], ...], currency: str) -> Iterator[Clause]:
    """Yield the sentences of a section; a field no sentence speaks of is said by its name."""
    known: set[str] = set()
    for one in said:
        known.update(one.fields)
        text = one.say(rules, currency)
        if text:
            yield Clause(f"{name}.{one.fields[0]}", text)
    for field in dataclasses.fields(rules):  # type: ignore[arg-type]
        value = getattr(rules, field.name)
        if field.name not in known and not _is_rows(value):
            yield Clause(f"{name}.{field.name}", _plainly(field.name, value, currency))


def _is_rows(value: object) -> bool:
    return isinstance(value, tuple) and (not value or dataclasses.is_dataclass(value[0]))


def _plainly(name: str, value: Any, currency: str) -> str:  # noqa: ANN401 - any field
    return gettext("%(name)s: %(value)s") % {
        "name": name.removesuffix("_minor").replace("_", " "),
        "value": plain(name, value, currency),
    }


def plain(name: str, value: Any, currency: str) -> str:  # noqa: ANN401 - any field
    """Return a value by its kind, for a field that has no sentence of its own."""
    if isinstance(value, bool):
        said = gettext("yes") if value else gettext("no")
    elif value is None or value == "":
        said = gettext("none")
    elif name.endswith("_minor") and isinstance(value, int):
        said = money_text(value, currency)
    elif isinstance(value, Decimal):
        said = percent(value) if name.endswith("percent") else number(value)
    elif isinstance(value, date):
        said = look_words.day(value)
    else:
        said = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return said


def number(value: Decimal) -> str:
    """Return a number without needless zeros, its mark that of the reader's language."""
    plainly = f"{value.normalize():f}"
    return plainly.replace(".", look_words.point())


def percent(value: Decimal | int) -> str:
    """Return a percent."""
    return f"{number(Decimal(value))} %"


def days(count: int) -> str:
    """Return a number of days."""
    return ngettext("%(days)d day", "%(days)d days", count) % {"days": count}


def months(count: int) -> str:
    """Return a number of months."""
    return ngettext("%(months)d month", "%(months)d months", count) % {"months": count}


def hour(at: time) -> str:
    """Return an hour of the day."""
    return f"{at:%H:%M}"


def money(minor: int, currency: str) -> str:
    """Return an amount."""
    return money_text(minor, currency)

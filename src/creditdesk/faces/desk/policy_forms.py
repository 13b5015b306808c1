"""A section of the policy as a form, and what was posted as the JSON the rules are written in."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from decimal import Decimal
from functools import partial
from typing import Any, Final, get_args, get_origin, get_type_hints

from django.http import HttpRequest
from django.utils.translation import gettext

from creditdesk.faces.desk import forms
from creditdesk.faces.desk.forms import Field
from creditdesk.kernel.errors import Invalid, Place
from creditdesk.kernel.money import from_minor
from creditdesk.policy import rules, wording
from creditdesk.policy.rules import reading
from creditdesk.policy.wording import collecting, granting, labels, ordering

# Sections that are lists of rows themselves.
LISTS: Final[Mapping[str, type]] = {"terms": rules.Terms, "ladder": rules.Step}
ROWS_MAX: Final = 60
NEW: Final = "new"


@dataclass(frozen=True, slots=True)
class RowForm:
    """A row of a list: its place or `new`, what it is, its fields."""

    place: str
    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class ListForm:
    """A list of rows within a section."""

    name: str
    title: str
    rows: tuple[RowForm, ...]


def fields_of(section: str, policy: rules.Policy, currency: str) -> list[Field]:
    """Return the single fields of a section as they are now."""
    if section == "terms":
        codes = tuple((one, one) for one in policy.terms)
        title = labels.label("default_terms")
        return [Field("default_terms", title, policy.default_terms, "select", options=codes)]
    if section in LISTS:
        return []
    value = getattr(policy, section)
    return [
        _field(name, name, kind, getattr(value, name), currency)
        for name, kind in get_type_hints(type(value)).items()
        if _row_of(kind) is None
    ]


def lists_of(
    section: str, policy: rules.Policy, currency: str, sent: Mapping[str, str] | None = None
) -> list[ListForm]:
    """Return the lists of rows of a section, each with an empty row at its end.

    `sent` is what was posted, to be shown again beside what is wrong with it.
    """
    if section in LISTS:
        given = policy.terms.values() if section == "terms" else policy.ladder
        found = [_list(section, LISTS[section], tuple(given), currency)]
    else:
        value = getattr(policy, section)
        found = [
            _list(name, row, getattr(value, name), currency)
            for name, kind in get_type_hints(type(value)).items()
            if (row := _row_of(kind)) is not None
        ]
    return found if sent is None else [_filled(one, sent) for one in found]


def _filled(one: ListForm, sent: Mapping[str, str]) -> ListForm:
    rows = tuple(replace(row, fields=tuple(forms.filled(row.fields, sent))) for row in one.rows)
    return replace(one, rows=rows)


def posted(
    request: HttpRequest, section: str, before: Mapping[str, Any], currency: str
) -> dict[str, Any]:
    """Return what the form says of a section, as the parts of a draft it replaces.

    `before` is the draft as it was: what a form does not show of a row stays.
    """
    if section in LISTS:
        was = before.get(section, ())
        if section == "ladder":  # as the form lists it
            was = sorted(was, key=lambda step: int(step["days_late"]))
        rows = _posted_rows(request, section, LISTS[section], was, currency)
        found: dict[str, Any] = {section: rows}
        if section == "terms":
            found["default_terms"] = forms.text(request, "default_terms", is_required=True)
        return found
    value: dict[str, Any] = {}
    kept = before.get(section, {})
    for name, kind in get_type_hints(reading.SECTIONS[section]).items():
        row = _row_of(kind)
        if row is not None:
            value[name] = _posted_rows(request, name, row, kept.get(name, ()), currency)
        else:
            given = _posted(request, name, name, kind, currency)
            if given is not None:
                value[name] = given
    return {section: value}


def _row_of(kind: Any) -> type | None:  # noqa: ANN401 - a type
    if get_origin(kind) is tuple:
        inner: type = get_args(kind)[0]
        return inner if dataclasses.is_dataclass(inner) else None
    return None


def _list(name: str, row: type, given: Sequence[Any], currency: str) -> ListForm:
    places = [*((str(n), one) for n, one in enumerate(given)), (NEW, None)]
    return ListForm(
        name,
        wording.list_title(name),
        tuple(
            RowForm(
                place,
                gettext("Add one") if one is None else _named(one),
                tuple(_row_fields(name, place, row, one, currency)),
            )
            for place, one in places
        ),
    )


def _named(row: Any) -> str:  # noqa: ANN401 - any row
    if isinstance(row, rules.AuthorityStep):
        parts = [granting.subject(row.subject), granting.role(row.role)]
    elif isinstance(row, rules.OrderExclusion):
        parts = [ordering.rule(row.rule), *row.customers, *row.segments, *row.kinds]
    elif isinstance(row, rules.ClassLimit | rules.ReviewCycle):
        parts = [granting.named(row.risk_class, row.segment)]
    else:
        first = dataclasses.fields(row)[0].name
        parts = [str(getattr(row, first)), str(getattr(row, "currency", ""))]
    return " · ".join(dict.fromkeys(filter(None, parts)))


def _row_fields(
    name: str,
    place: str,
    row: type,
    value: Any,  # noqa: ANN401 - any row
    currency: str,
) -> Iterator[Field]:
    own = getattr(value, "currency", "") or currency
    for field, kind in get_type_hints(row).items():
        if _row_of(kind) is None:
            now = _default(row, field) if value is None else getattr(value, field)
            yield _field(f"{name}.{place}.{field}", field, kind, now, own)


def _default(row: type, field: str) -> Any:  # noqa: ANN401 - any default
    found = next(one for one in dataclasses.fields(row) if one.name == field)
    return None if found.default is dataclasses.MISSING else found.default


def _field(path: str, name: str, kind: Any, value: Any, currency: str) -> Field:  # noqa: ANN401
    title = labels.label(name)
    options = _options(name)
    if kind is bool:
        return Field(path, title, "on" if value else "", "check")
    if options:
        return Field(path, title, str(value or ""), "select", options=options)
    if _is_amount(name):
        shown = "" if value is None else str(from_minor(value, currency))
        return Field(path, title, shown, "amount", unit=currency)
    if kind == date | None:
        return Field(path, title, "" if value is None else value.isoformat(), "date")
    return Field(path, title, _shown(value))


def _shown(value: Any) -> str:  # noqa: ANN401 - any value
    if value is None:
        return ""
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value)


def _options(name: str) -> tuple[tuple[str, str], ...]:
    codes = reading.CHOICES.get(name, ())
    said: Mapping[str, Callable[[str], str]] = {
        "subject": granting.subject,
        "purpose": collecting.purpose,
        "reason": wording.because,
        "rule": ordering.rule,
        "late_goes_to": granting.role,
    }
    say = said.get(name, partial(labels.choice, name))
    return tuple((code, say(code)) for code in codes)


def _is_amount(name: str) -> bool:
    return name == "minor" or name.endswith(("_minor", "_minor_max"))


def _posted_rows(
    request: HttpRequest, name: str, row: type, before: Sequence[Mapping[str, Any]], currency: str
) -> list[dict[str, Any]]:
    found = []
    for place in [*map(str, range(min(len(before), ROWS_MAX))), NEW]:
        under = f"{name}.{place}."
        if forms.text(request, f"{under}remove"):
            continue
        kept = dict(before[int(place)]) if place != NEW else {}
        given = _posted_row(request, under, row, currency)
        if place == NEW and _is_empty(row, given):
            continue
        for field in get_type_hints(row):
            kept.pop(field, None) if _row_of(get_type_hints(row)[field]) is None else None
        found.append({**kept, **given})
    return found


def _posted_row(request: HttpRequest, under: str, row: type, currency: str) -> dict[str, Any]:
    own = forms.text(request, f"{under}currency") or currency
    given = {}
    for field, kind in get_type_hints(row).items():
        if _row_of(kind) is None:
            value = _posted(request, f"{under}{field}", field, kind, own)
            if value is not None:
                given[field] = value
    return given


def _is_empty(row: type, given: Mapping[str, Any]) -> bool:
    """Whether a new row says nothing that the empty form did not."""
    return all(
        value == _plain(_default(row, field)) or field in reading.CHOICES
        for field, value in given.items()
    )


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return list(value) if isinstance(value, tuple) else value


def _posted(request: HttpRequest, path: str, name: str, kind: Any, currency: str) -> Any:  # noqa: ANN401
    """Return one posted value as JSON; nothing where it was left empty."""
    if kind is bool:
        return path in request.POST
    text = forms.text(request, path)
    if not text:
        return None
    if _is_amount(name):
        return forms.amount_of(text, path, currency)
    return _value(text, path, kind)


def _value(text: str, path: str, kind: Any) -> Any:  # noqa: ANN401 - any type of a field
    if kind in (int, int | None):
        return _whole(text, path)
    if kind in (Decimal, Decimal | None):
        return forms.decimal_text(text)
    if get_origin(kind) is tuple:
        parts = [one.strip() for one in text.split(",")]
        return [_whole(one, path) for one in parts] if get_args(kind)[0] is int else parts
    return text


def _whole(text: str, path: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise Invalid(
            "number_malformed", f"{text[:40]!r} is no whole number", place=Place(field=path),
            mend="Write it as 30.",
        ) from error  # fmt: skip

"""A section of the policy as a form, and what was posted as the JSON the rules are written in."""

from __future__ import annotations

import csv
import dataclasses
import io
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
from creditdesk.policy.wording import collecting, granting, labels, ordering, watching

# Sections that are lists of rows themselves.
LISTS: Final[Mapping[str, type]] = {"terms": rules.Terms, "ladder": rules.Step}
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


@dataclass(frozen=True, slots=True)
class _Sent:
    """What was posted, beside the values that the form showed."""

    request: HttpRequest
    shown: Mapping[str, str]
    currency: str


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

    `before` is the draft as it was: what a form does not show of it, or was left as it is shown,
    stays as it was written.
    """
    policy = rules.parse(before, version=0, valid_from=date.min)
    fields = fields_of(section, policy, currency)
    lists = lists_of(section, policy, currency)
    shown = {one.name: one.value for one in fields}
    shown |= {one.name: one.value for of in lists for row in of.rows for one in row.fields}
    sent = _Sent(request, shown, currency)
    if section in LISTS:
        was = before.get(section, ())
        if section == "ladder":  # as the form lists it
            was = sorted(was, key=lambda step: int(step["days_late"]))
        rows = _posted_rows(sent, section, LISTS[section], was)
        found: dict[str, Any] = {section: rows}
        if section == "terms":
            found["default_terms"] = forms.text(request, "default_terms", is_required=True)
        return found
    kept = before.get(section, {})
    of = reading.SECTIONS[section]
    value = _posted_fields(sent, "", of, kept, currency, currency)
    for name, kind in get_type_hints(of).items():
        row = _row_of(kind)
        if row is not None:
            rows = _posted_rows(sent, name, row, kept.get(name, ()))
            if rows or name in kept:
                value[name] = rows
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
    elif isinstance(row, rules.AlertRule):
        parts = [watching.signal(row.signal), watching.severity(row.severity)]
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
    if options and value is None:  # of a new row, what must be chosen
        options = (("", gettext("– choose –")), *options)
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
        return value.isoformat() if value.second or value.microsecond else f"{value:%H:%M}"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, tuple):
        return _listed(value)
    return str(value)


def _listed(parts: Sequence[object]) -> str:
    """Return several texts in one line, those with a comma in quotes."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(map(str, parts))
    return line.getvalue() if '"' in line.getvalue() else ", ".join(map(str, parts))


def _options(name: str) -> tuple[tuple[str, str], ...]:
    codes = reading.CHOICES.get(name, ())
    said: Mapping[str, Callable[[str], str]] = {
        "subject": granting.subject,
        "purpose": collecting.purpose,
        "reason": wording.because,
        "rule": ordering.rule,
        "late_goes_to": granting.role,
        "signal": watching.signal,
        "severity": watching.severity,
        "owner": granting.role,
    }
    say = said.get(name, partial(labels.choice, name))
    return tuple((code, say(code)) for code in codes)


def _is_amount(name: str) -> bool:
    return name == "minor" or name.endswith(("_minor", "_minor_max"))


def _posted_rows(
    sent: _Sent, name: str, row: type, before: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    found = []
    for place, was in enumerate(before):
        under = f"{name}.{place}."
        if not any(key.startswith(under) for key in sent.request.POST):
            found.append(dict(was))
        elif not forms.text(sent.request, f"{under}remove"):
            found.append(_posted_row(sent, under, row, was))
    new = _posted_row(sent, f"{name}.{NEW}.", row, {})
    return found if _is_empty(row, new) else [*found, new]


def _posted_row(sent: _Sent, under: str, row: type, was: Mapping[str, Any]) -> dict[str, Any]:
    types = get_type_hints(row)
    nested = {name: was[name] for name in was if _row_of(types[name]) is not None}
    own = forms.text(sent.request, f"{under}currency") or sent.currency
    then = str(was.get("currency") or sent.currency)
    return {**nested, **_posted_fields(sent, under, row, was, own, then)}


def _posted_fields(
    sent: _Sent,
    under: str,
    of: type,
    was: Mapping[str, Any],
    currency: str,
    then: str,
) -> dict[str, Any]:
    """Return the single fields; one left as it was shown stays as written, or unwritten.

    An amount is read anew where its currency is another than it was `then`.
    """
    given: dict[str, Any] = {}
    for field, kind in get_type_hints(of).items():
        if _row_of(kind) is not None:
            continue
        path = f"{under}{field}"
        is_same = _is_as_shown(sent, path, kind) and (currency == then or not _is_amount(field))
        if is_same and field in was:
            given[field] = was[field]
        elif not is_same or under.endswith(f".{NEW}."):
            value = _posted(sent.request, path, field, kind, currency)
            if value is not None and (value != [] or _default(of, field)):
                given[field] = value
    return given


def _is_as_shown(sent: _Sent, path: str, kind: Any) -> bool:  # noqa: ANN401 - a type
    if path not in sent.shown:
        return False
    if kind is bool:
        return (path in sent.request.POST) == bool(sent.shown[path])
    return forms.text(sent.request, path) == sent.shown[path].strip()


def _is_empty(row: type, given: Mapping[str, Any]) -> bool:
    """Whether a new row says nothing that the empty form did not."""
    return all(value == _plain(_default(row, field)) for field, value in given.items())


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return list(value) if isinstance(value, tuple) else value


def _posted(request: HttpRequest, path: str, name: str, kind: Any, currency: str) -> Any:  # noqa: ANN401
    """Return one posted value as JSON; nothing where it was left empty."""
    if kind is bool:
        return path in request.POST
    text = forms.text(request, path)
    if not text:  # a list of texts can be empty; of all else, what it says if nothing is said
        return [] if kind == tuple[str, ...] else None
    if _is_amount(name):
        return forms.amount_of(text, path, currency)
    return _value(text, path, kind)


def _value(text: str, path: str, kind: Any) -> Any:  # noqa: ANN401 - any type of a field
    if kind in (int, int | None):
        return _whole(text, path)
    if kind in (Decimal, Decimal | None):
        return forms.decimal_text(text)
    if get_origin(kind) is tuple:
        line = " ".join(text.split())
        parts = [one.strip() for one in next(csv.reader([line], skipinitialspace=True))]
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

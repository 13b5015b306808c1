"""Forms of the desk: what was posted as plain values, and fields that say what is wrong."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, TypeVar

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from creditdesk.faces.desk import faults
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.calendars import day_of
from creditdesk.kernel.errors import Invalid, Place
from creditdesk.kernel.money import to_minor

KEY_FIELD = "key"
KEY_LENGTH_MAX = 100
TEXT_LENGTH_MAX = 20_000
# As many as every whole number of the database has at least.
DIGITS_MAX = 18
_GROUPS = str.maketrans("", "", " '\u00a0\u202f\u2009\u2019")

FieldKind = Literal["text", "date", "amount", "select", "textarea", "check", "email", "hidden"]
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form as `desk/_fields.html` draws it."""

    name: str
    label: str
    value: str = ""
    kind: FieldKind = "text"
    hint: str = ""
    unit: str = ""
    error: str = ""
    options: tuple[tuple[str, str], ...] = field(default=())
    is_required: bool = False

    @property
    def is_checked(self) -> bool:
        """Whether a check box is ticked."""
        return self.value in ("on", "true", "1")


def acting(request: DeskRequest) -> Actor:
    """Return the actor with the form's key, so that a double click has one effect."""
    key = request.POST.get(KEY_FIELD, "").strip()
    return request.actor.keyed(key[:KEY_LENGTH_MAX] or None)


def new_key() -> str:
    """Return a key for one form shown once."""
    return str(uuid.uuid4())


def text(request: HttpRequest, name: str, *, is_required: bool = False) -> str:
    """Return a posted text, stripped; Invalid when it is required and empty."""
    value = request.POST.get(name, "").strip()
    if len(value) > TEXT_LENGTH_MAX:
        raise _fault(
            "text_too_long",
            f"The text has more than {TEXT_LENGTH_MAX} characters",
            name,
            "Shorten it",
        )
    if is_required and not value:
        raise _fault("value_missing", "Nothing was given", name, "Fill it in")
    if "\0" in value:
        raise _fault(
            "control_character", "There is an invisible character in it", name, "Remove it"
        )
    return value


def day(request: HttpRequest, name: str, *, is_required: bool = False) -> date | None:
    """Return a posted date, or None when it is empty."""
    value = text(request, name, is_required=is_required)
    if not value:
        return None
    try:
        return day_of(value)
    except ValueError as error:
        raise _fault(
            "date_malformed", f"{value[:40]!r} is no date", name, "Write it as 2026-01-31"
        ) from error


def required_day(request: HttpRequest, name: str) -> date:
    """Return a posted date that must be there."""
    value = day(request, name, is_required=True)
    if value is None:
        raise _fault("value_missing", "Nothing was given", name, "Fill it in")
    return value


def count(request: HttpRequest, name: str) -> int | None:
    """Return a posted whole number, or None when it is empty or none."""
    value = request.POST.get(name, "").strip()
    is_number = value.isascii() and value.isdecimal() and len(value) <= DIGITS_MAX
    return int(value) if is_number else None


def ids(request: HttpRequest, name: str) -> list[int]:
    """Return what was ticked in a list, each by its id; Invalid when nothing was."""
    found = []
    for value in request.POST.getlist(name):
        if not (value.isascii() and value.isdecimal() and len(value) <= DIGITS_MAX):
            raise _fault("value_malformed", f"{value[:40]!r} cannot stand here", name, "")
        found.append(int(value))
    if not found:
        raise nothing_chosen(name)
    return found


def nothing_chosen(name: str) -> Invalid:
    """Return the fault of a list of which nothing was ticked."""
    return _fault("nothing_chosen", "Nothing was chosen", name, "Tick what is meant")


def amount(request: HttpRequest, name: str, currency: str) -> int:
    """Return a posted amount in minor units; `7 940.00`, `7,940.00` and `7.940,00` agree."""
    value = text(request, name, is_required=True)
    return amount_of(value, name, currency)


def amount_of(value: str, name: str, currency: str) -> int:
    """Return an amount as a person writes it in minor units; Invalid when it is none."""
    try:
        return to_minor(decimal_text(value), currency)
    except ValueError as error:
        raise _fault(
            "amount_malformed",
            f"{value[:40]!r} is no amount in {currency}",
            name,
            "Write it as 1234.50",
        ) from error


def decimal_text(value: str) -> str:
    """Return an amount with a decimal point and without groups; the last mark is the decimal one.

    A single mark followed by exactly three digits, as in `1,234`, is read as a group when it is a
    comma, and as the decimal point when it is a point.
    """
    plain = value.translate(_GROUPS).replace("\u2212", "-")
    comma, point = plain.rfind(","), plain.rfind(".")
    if comma < 0:
        return plain if plain.count(".") <= 1 else plain.replace(".", "")
    if point >= 0:
        group, mark = (",", ".") if point > comma else (".", ",")
        return plain.replace(group, "").replace(mark, ".")
    is_group = plain.count(",") > 1 or len(plain) - comma - 1 == 3  # noqa: PLR2004 - a thousand
    return plain.replace(",", "") if is_group else plain.replace(",", ".")


def parsed(request: HttpRequest, name: str, parse: Callable[[str], Value]) -> Value:
    """Return a posted value through `parse`, whose ValueError becomes a fault of the field."""
    value = text(request, name, is_required=True)
    try:
        return parse(value)
    except ValueError as error:
        raise _fault("value_malformed", f"{value[:40]!r} cannot stand here", name, "") from error


def filled(
    fields: Sequence[Field], posted: Mapping[str, str], error: Invalid | None = None
) -> list[Field]:
    """Return the fields with what was posted, the faulty one with what is wrong and the mend."""
    found = []
    for one in fields:
        value = posted.get(one.name, "" if one.kind == "check" else one.value)
        is_faulty = error is not None and error.place.field == one.name
        said = faults.sentence(error) if error is not None and is_faulty else ""
        found.append(replace(one, value=value, error=said))
    return found


def way_back(request: HttpRequest, default: str) -> str:
    """Return where the form says to go afterwards, if that is within this desk."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if wanted and is_ours else default


def _fault(code: str, message: str, name: str, mend: str) -> Invalid:
    return Invalid(code, message, place=Place(field=name), mend=mend)

"""What stands around each of our pages: letterhead, recipient, references, foot."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.utils.translation import get_language, gettext

from creditdesk.invoices.documents.values import Address, Party, Representative
from creditdesk.look import tokens, words

FONTS: Final = ("Libertinus Serif", "DejaVu Sans Mono")
RECIPIENT_LINES_MAX: Final = 9
# Where sheets are 8.5 by 11 inches, and windows those of a US #10 envelope.
LETTER_COUNTRIES: Final = frozenset({"US", "CA", "MX", "PH", "CL", "CO", "VE"})
# Where the postal code stands behind the town.
CODE_AFTER_TOWN: Final = frozenset({"US", "CA", "GB", "IE", "AU", "NZ", "IN", "SG"})
COLOURS: Final = ("ink", "ink-2", "ink-3", "line-2", "accent", "accent-tint")
# So long, a word may have to break: in narrow columns sooner than elsewhere. A word that can be
# spoken the template hyphenates by its language; anything else, a number of an article or an
# address, may break anywhere and without a hyphen, which would be taken for a part of it.
_SPOKEN: Final = re.compile(r"\W*[^\W\d_]{2,120}\W?(?:-[^\W\d_]{2,120})*\W*", re.UNICODE)
_UNSPEAKABLE: Final = re.compile(r"[^aeiouyäöüáàâéèêëíìîóòôúùûåæøœ\W]{8,}|(.)\1{3,}", re.IGNORECASE)
_UNBROKEN: Final = {"references": re.compile(r"\S{17,}")}
_UNBROKEN_ELSEWHERE: Final = re.compile(r"\S{41,}")
_NEVER_BROKEN: Final = frozenset({"payment", "colours", "fonts", "title", "author", "paper"})
_MAY_BREAK: Final = "\u200b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What the page is, whose it is, and to whom it goes."""

    kind: str
    number: str
    issued_on: date
    seller: Party
    buyer: Party
    references: Sequence[tuple[str, str]] = ()
    representative: Representative | None = None


def data(frame: Frame) -> dict[str, Any]:
    """Return everything that `frame.typ` sets, as plain lists and texts."""
    colours = tokens.light_colours()
    seller, on = frame.seller, frame.issued_on
    return {
        "language": language(),
        "paper": paper_of(seller.address.country),
        "fonts": list(FONTS),
        "colours": {name: list(colours[name]) for name in COLOURS},
        "title": f"{frame.kind} {frame.number}",
        "author": seller.name,
        "day": [on.year, on.month, on.day],
        "brand": seller.trading_name or seller.name,
        "sender": " · ".join([seller.name, *address(seller.address, seller)]),
        "letterhead": _some(
            *address(seller.address, seller), seller.contact.phone, seller.contact.email
        ),
        "recipient": _recipient(frame),
        "kind": frame.kind,
        "number": frame.number,
        "references": [[label, value] for label, value in frame.references],
        "footer": _footer(frame),
        "page": page_of_pages(),
    }


def breakable(
    shown: Mapping[str, Any], narrow: Mapping[str, re.Pattern[str]] | None = None
) -> dict[str, Any]:
    """Return the texts with places to break in words longer than their column.

    `narrow` says of other keys than the frame's what counts as too long there.
    """
    bounds = {**_UNBROKEN, **(narrow or {})}
    return {
        key: value
        if key in _NEVER_BROKEN
        else _breakable(value, bounds.get(key, _UNBROKEN_ELSEWHERE))
        for key, value in shown.items()
    }


def language() -> str:
    """Return the language in force, without its country."""
    return (get_language() or "en").partition("-")[0]


def paper_of(country: str) -> str:
    """Return the paper of a country's printers, and so whose envelopes it goes into."""
    return "us-letter" if country in LETTER_COUNTRIES else "a4"


def address(address: Address, seller: Party) -> list[str]:
    """Return the lines of an address; the country only where it is not the seller's."""
    town = [address.post_code, address.city]
    if address.country in CODE_AFTER_TOWN:
        town.reverse()
    lines = [address.street, address.extra, address.third, " ".join(filter(None, town))]
    lines.append(address.region)
    if address.country != seller.address.country:
        lines.append(words.locale().territories.get(address.country, address.country))
    return [line for line in lines if line]


def _recipient(frame: Frame) -> list[str]:
    buyer = frame.buyer
    names = dict.fromkeys(name for name in (buyer.name, buyer.trading_name) if name)
    lines = _some(*names, buyer.contact.name, *address(buyer.address, frame.seller))
    return lines[:RECIPIENT_LINES_MAX]


def _footer(frame: Frame) -> list[list[str]]:
    seller = frame.seller
    contact = seller.contact
    ids = [
        (gettext("VAT ID"), seller.vat),
        (gettext("Tax no."), seller.tax_number),
        (gettext("Reg. no."), seller.registration.value if seller.registration else ""),
    ]
    told = [f"{name} {value}" for name, value in ids if value]
    representative = frame.representative
    if representative:
        told.append(f"{representative.name}, {representative.vat}")
    return [
        _some(seller.name, *address(seller.address, seller)),
        _some(contact.name, contact.phone, contact.email),
        _some(*told, seller.legal_text),
    ]


def page_of_pages() -> list[str]:
    """Return what stands before, between and behind the numbers that the template puts in."""
    return (gettext("Page %(page)s of %(pages)s") % {"page": "\0", "pages": "\0"}).split("\0")


def _breakable(value: Any, long: re.Pattern[str]) -> Any:  # noqa: ANN401 - nested plain values
    """Let words longer than a column break, where they would run out of the page."""
    if isinstance(value, str):
        return long.sub(_divided, value)
    if isinstance(value, list):
        return [_breakable(each, long) for each in value]
    if isinstance(value, dict):
        return {key: _breakable(each, long) for key, each in value.items()}
    return value


def _divided(found: re.Match[str]) -> str:
    word = found[0]
    if _SPOKEN.fullmatch(word) and not _UNSPEAKABLE.search(word):
        return word
    parts = [word[n : n + 8] for n in range(0, len(word), 8)]
    return _MAY_BREAK.join(parts)


def _some(*lines: str) -> list[str]:
    return [line for line in lines if line]

"""XML written bottom up: what has nothing to say is left out, so no writer asks "if present"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import cast

from lxml import etree

from creditdesk.kernel.money import exponent, from_minor

DECIMALS_MAX = 2


class Markup:
    """A maker of elements for one set of namespaces."""

    __slots__ = ("_namespaces",)

    def __init__(self, namespaces: Mapping[str | None, str]) -> None:
        self._namespaces = dict(namespaces)

    def __call__(
        self, name: str, /, *content: etree._Element | str | None, **attributes: str
    ) -> etree._Element | None:
        """Return the element, or nothing when neither text nor child is left to put into it.

        `name` is `prefix:Local`, or `Local` for the default namespace. Empty attributes are left
        out. Text outside XML's characters raises ValueError.
        """
        present = [each for each in content if each is not None and each != ""]
        return self.always(name, *present, **attributes) if present else None

    def always(
        self, name: str, /, *content: etree._Element | str | None, **attributes: str
    ) -> etree._Element:
        """Return the element even if nothing is in it."""
        prefix, _, local = name.rpartition(":")
        element = etree.Element(
            f"{{{self._namespaces[prefix or None]}}}{local}",
            {key: value for key, value in attributes.items() if value},
            nsmap=cast("dict[str, str]", self._namespaces),  # None names the default one
        )
        for each in content:
            if isinstance(each, str):
                element.text = each or None
            elif each is not None:
                element.append(each)
        return element


def to_bytes(root: etree._Element | None) -> bytes:
    """Return the file: UTF-8 with its declaration, indented, the same for the same document."""
    if root is None:
        raise ValueError("an XML file needs a root")
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"


def amount(minor: int, currency: str) -> str:
    """Return an amount in the two decimals the norm allows; ValueError when it needs more."""
    exact = from_minor(minor, currency)
    places = min(exponent(currency), DECIMALS_MAX)
    written = f"{exact:.{places}f}"
    if Decimal(written) != exact:
        raise ValueError(f"{exact} {currency} does not fit into {places} decimals")
    return written


def plain(number: Decimal | None) -> str:
    """Return a decimal as digits, without exponent and without idle zeros; nothing for none."""
    if number is None:
        return ""
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def iso_day(day: date | None) -> str:
    """Return the day as 2026-01-31, or nothing."""
    return day.isoformat() if day else ""


def compact_day(day: date | None) -> str:
    """Return the day as 20260131, or nothing."""
    return day.strftime("%Y%m%d") if day else ""

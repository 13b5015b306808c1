"""What is asked about an order, checked as it comes in. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from creditdesk.kernel.errors import Invalid, Place
from creditdesk.kernel.money import MINOR_MAX

REFERENCE_LENGTH_MAX: Final = 100
CURRENCY_LENGTH: Final = 3
WORD_LENGTH_MAX: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An order somebody asks about: who, under which reference, how much.

    `kind` is the asker's own word for what sort of order it is, `terms_code` the terms asked for,
    `margin_minor` what is earned on it; each may be left out.
    """

    customer_number: str
    order_reference: str
    currency: str
    total_minor: int
    kind: str = ""
    terms_code: str = ""
    margin_minor: int | None = None

    def __post_init__(self) -> None:
        self._check_words()
        reference = self.order_reference
        if not (0 < len(reference) <= REFERENCE_LENGTH_MAX and reference.isprintable()):
            raise Invalid(
                "order_reference_invalid",
                "The order reference is empty, too long or not printable",
                place=Place(field="order_reference"),
                mend=f"Give 1 to {REFERENCE_LENGTH_MAX} printable characters.",
            )
        letters = self.currency.isascii() and self.currency.isalpha() and self.currency.isupper()
        if len(self.currency) != CURRENCY_LENGTH or not letters:
            raise Invalid(
                "currency_unknown",
                f"{self.currency!r} is no currency",
                place=Place(field="currency"),
                mend="Give the three capital letters of ISO 4217, such as EUR.",
            )
        if not 0 < self.total_minor <= MINOR_MAX:
            raise Invalid(
                "order_total_invalid",
                "The order total is not a positive amount that can be stored",
                place=Place(field="total"),
                mend="Give the total including tax, more than zero.",
            )
        margin = self.margin_minor
        if margin is not None and not -MINOR_MAX <= margin <= self.total_minor:
            raise Invalid(
                "order_margin_invalid",
                "The margin is more than the order's total",
                place=Place(field="margin"),
                mend="Give what is earned on the order, at most its total.",
            )

    def _check_words(self) -> None:
        for field, given in (("kind", self.kind), ("terms", self.terms_code)):
            if len(given) > WORD_LENGTH_MAX or not given.isprintable():
                raise Invalid(
                    "order_word_invalid",
                    "That is too long or not printable",
                    place=Place(field=field),
                    mend=f"Give at most {WORD_LENGTH_MAX} printable characters.",
                )

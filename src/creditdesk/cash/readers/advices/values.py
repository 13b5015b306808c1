"""What a remittance advice says, as plain values, and how one is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from creditdesk.kernel.errors import Invalid, Place
from creditdesk.kernel.money import EXPONENTS

FILE_BYTES_MAX: Final = 10 * 2**20
LINES_MAX: Final = 5_000
PAGES_MAX: Final = 60
TEXT_CHARACTERS_MAX: Final = 400_000
REASON_CHARACTERS_MAX: Final = 200
AMOUNT_MAX: Final = Decimal(10) ** 12
# Three letters are more often the beginning of a number than a currency: these are currencies.
_USUAL = (
    "AED ARS AUD BGN BRL CAD CHF CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR MAD MXN MYR "
    "NOK NZD PEN PHP PLN QAR RON RSD SAR SEK SGD THB TRY TWD UAH USD ZAR"
)
CURRENCIES: Final = frozenset(EXPONENTS) | frozenset(_USUAL.split())


@dataclass(frozen=True, slots=True)
class ToldLine:
    """One line: what may be a document's number, what is paid, what is kept back, and why.

    `numbers` in the order of the line; the first that is known here is meant. `line_no` is that of
    the file or text.
    """

    line_no: int
    numbers: tuple[str, ...]
    paid: Decimal
    deduction: Decimal = Decimal(0)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ToldAdvice:
    """An advice as it was read; empty or None where it does not say.

    `total` is what it says was paid in all; without it, the lines make it.
    """

    format: str
    lines: tuple[ToldLine, ...]
    total: Decimal | None = None
    currency: str = ""
    paid_on: date | None = None
    payer: str = ""
    reference: str = ""

    @property
    def paid(self) -> Decimal:
        """What was paid in all."""
        if self.total is not None:
            return self.total
        return sum((line.paid for line in self.lines), Decimal(0))


def advice_refusal(
    code: str,
    message: str,
    *,
    file: str,
    line: int | None = None,
    field: str | None = None,
    mend: str = "Ask the payer for the advice as PDF text, CSV or XLSX",
) -> Invalid:
    """Return the error that refuses an advice, for the caller to raise."""
    return Invalid(code, message, place=Place(file=file, line=line, field=field), mend=mend)

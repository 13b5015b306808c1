"""What a document comes to, to the minor unit."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from creditdesk.invoices.documents.totals import TaxGroup, share, to_step, totals
from creditdesk.invoices.documents.values import (
    Adjustment,
    Exemption,
    Tax,
    TaxCategory,
)
from tests.invoices.documents.samples import LINE, invoice, with_line


def test_an_ordinary_invoice_adds_up() -> None:
    sums = totals(invoice())
    assert sums.of_lines == (498_00, 580_45, 36_00)
    assert (sums.lines_minor, sums.net_minor) == (1114_45, 1114_45)
    assert sums.taxes == (
        TaxGroup(Tax.standard(19), 1078_45, 204_91),
        TaxGroup(Tax.standard(7), 36_00, 2_52),
    )
    assert (sums.tax_minor, sums.gross_minor, sums.due_minor) == (207_43, 1321_88, 1321_88)


def test_allowances_and_charges_on_the_document_change_net_and_their_own_tax() -> None:
    sums = totals(
        invoice(
            adjustments=(
                Adjustment(minor=100_00, reason="Bonus", tax=Tax.standard(19)),
                Adjustment(minor=10_00, reason="Freight", is_charge=True, tax=Tax.standard(7)),
            ),
            prepaid_minor=200_00,
            rounding_minor=-3,
        )
    )
    assert (sums.allowances_minor, sums.charges_minor) == (100_00, 10_00)
    assert sums.net_minor == 1024_45
    assert [(group.taxable_minor, group.tax_minor) for group in sums.taxes] == [
        (978_45, 185_91),
        (46_00, 3_22),
    ]
    assert sums.gross_minor == 1213_58
    assert sums.due_minor == 1213_58 - 200_00 - 3


@pytest.mark.parametrize(
    ("currency", "step", "price", "quantity", "base", "net"),
    [
        ("EUR", 1, "0.005", "1", "1", 1),  # half a cent, away from zero
        ("EUR", 1, "0.005", "-1", "1", -1),
        ("EUR", 1, "0.0049", "1", "1", 0),
        ("EUR", 1, "10", "1", "3", 3_33),
        ("EUR", 1, "12.3456", "1000", "100", 123_46),
        ("JPY", 1, "0.5", "1", "1", 1),
        ("JPY", 1, "1234.49", "1", "1", 1234),
        ("KWD", 1, "1.1255", "1", "1", 1_126),
        ("KWD", 10, "1.1255", "1", "1", 1_130),
        ("KWD", 10, "1.124", "1", "1", 1_120),
        ("CLF", 100, "1.00049", "1", "1", 1_0000),
        # Too many digits for a context of 28 to hold exactly.
        ("EUR", 1, "123456789.123456789", "98765432.1987654321", "1", 1219326313565005313),
    ],
)
def test_price_times_quantity_is_rounded_once(
    currency: str, step: int, price: str, quantity: str, base: str, net: int
) -> None:
    document = with_line(
        price=Decimal(price), quantity=Decimal(quantity), base_quantity=Decimal(base)
    )
    document = replace(document, currency=currency, step_minor=step)
    assert totals(document).of_lines == (net,)


def test_tax_is_rounded_per_rate_and_not_per_line() -> None:
    thirds = tuple(
        replace(LINE, identifier=str(n), quantity=Decimal(1), price=Decimal("0.03"))
        for n in range(3)
    )
    sums = totals(invoice(lines=thirds))
    assert sums.taxes == (TaxGroup(Tax.standard(19), 9, 2),)  # 1.71; by line it would be 3 x 1


def test_rates_written_differently_are_one_rate() -> None:
    lines = (LINE, replace(LINE, identifier="2", tax=Tax.standard("19.00")))
    assert len(totals(invoice(lines=lines)).taxes) == 1


def test_ordinary_rates_come_first_the_highest_at_the_top() -> None:
    taxes = [
        Tax.none(TaxCategory.EXEMPT),
        Tax.standard(7),
        Tax.none(TaxCategory.REVERSE_CHARGE),
        Tax.standard(19),
    ]
    lines = tuple(replace(LINE, identifier=str(n), tax=tax) for n, tax in enumerate(taxes))
    sums = totals(invoice(lines=lines, exemptions=(Exemption(TaxCategory.EXEMPT, "why", "CODE"),)))
    assert [group.tax for group in sums.taxes] == [taxes[3], taxes[1], taxes[2], taxes[0]]
    assert [(group.reason, group.reason_code) for group in sums.taxes][-1] == ("why", "CODE")


def test_the_tax_in_another_currency_is_that_of_the_whole_document() -> None:
    sums = totals(invoice(tax_currency="JPY", tax_currency_rate=Decimal("163.5")))
    assert sums.tax_in_tax_currency_minor == 33915  # 207.43 x 163.5 = 33,914.805
    assert totals(invoice()).tax_in_tax_currency_minor is None


def test_nothing_is_taxed_outside_the_scope() -> None:
    sums = totals(with_line(tax=Tax.none(TaxCategory.OUTSIDE_SCOPE)))
    assert sums.taxes == (TaxGroup(Tax(TaxCategory.OUTSIDE_SCOPE, None), 498_00, 0),)


@pytest.mark.parametrize(
    ("minor", "step", "rounded"),
    [("5", 10, 10), ("4.999", 10, 0), ("-5", 10, -10), ("14", 5, 15), ("0.5", 1, 1)],
)
def test_a_step_rounds_half_away_from_zero(minor: str, step: int, rounded: int) -> None:
    assert to_step(Decimal(minor), step) == rounded


def test_a_share_is_a_percentage_rounded_to_the_step() -> None:
    assert share(100_05, Decimal(10)) == 10_01
    assert share(100_05, Decimal(10), 5) == 10_00
    assert share(-100_05, Decimal(10)) == -10_01

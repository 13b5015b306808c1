"""Random documents pass schema and rules in every form, and hold the totals we worked out.

A few dozen in the suite; some thousand under CREDITDESK_DEEP=1.
"""

from __future__ import annotations

import os
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from facturx.parse_xml import parse_ubl_cii_xml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

from benchmarks import papers
from creditdesk.invoices import rendering
from creditdesk.invoices.documents.profiles import Form
from creditdesk.invoices.documents.totals import Totals, totals
from creditdesk.invoices.documents.values import Document, Kind
from creditdesk.invoices.paper import facturx
from creditdesk.kernel.money import to_minor
from tests.invoices.documents.reading import attached, texts

DEEP = bool(os.environ.get("CREDITDESK_DEEP"))
XML_EXAMPLES = 3000 if DEEP else 60
PDF_EXAMPLES = 500 if DEEP else 12
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]

Randoms = st.randoms(use_true_random=False)


@settings(max_examples=XML_EXAMPLES, deadline=None, suppress_health_check=SLOW)
@given(Randoms, st.sampled_from(Kind), st.sampled_from([Form.UBL, Form.CII]))
def test_random_documents_pass_and_hold_our_totals(random: Random, kind: Kind, form: Form) -> None:
    document = papers.document(random, kind=kind)
    made = rendering.ready(document, form)
    assert made.remarks == ()
    assert_totals(document, made.totals, etree.fromstring(made.content), form)


@settings(
    max_examples=PDF_EXAMPLES, deadline=None, suppress_health_check=SLOW,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)  # fmt: skip
@given(Randoms, st.sampled_from(["en", "de"]))
def test_random_pages_carry_their_data(random: Random, language: str) -> None:
    document = papers.document(random, is_printable=True)
    made = rendering.ready(document, Form.FACTURX, language=language)
    data = rendering.render(document, Form.CII, language=language)
    assert attached(made.content) == {facturx.FILE_NAME: data}
    assert_totals(document, made.totals, etree.fromstring(data), Form.CII)
    assert document.number in texts(made.content)


PLACES = {
    Form.UBL: {
        "lines_minor": (
            "//*[local-name()='LegalMonetaryTotal']/*[local-name()='LineExtensionAmount']"
        ),
        "net_minor": "//*[local-name()='TaxExclusiveAmount']",
        "gross_minor": "//*[local-name()='TaxInclusiveAmount']",
        "due_minor": "//*[local-name()='PayableAmount']",
        "tax_minor": "(//*[local-name()='TaxTotal']/*[local-name()='TaxAmount'])[1]",
    },
    Form.CII: {
        "lines_minor": (
            "//*[local-name()='SpecifiedTradeSettlementHeaderMonetarySummation']"
            "/*[local-name()='LineTotalAmount']"
        ),
        "net_minor": "//*[local-name()='TaxBasisTotalAmount']",
        "gross_minor": "//*[local-name()='GrandTotalAmount']",
        "due_minor": "//*[local-name()='DuePayableAmount']",
        "tax_minor": "(//*[local-name()='TaxTotalAmount'])[1]",
    },
}
OPTIONAL = {
    Form.UBL: {
        "allowances_minor": "//*[local-name()='AllowanceTotalAmount']",
        "charges_minor": "//*[local-name()='ChargeTotalAmount']",
        "prepaid_minor": "//*[local-name()='PrepaidAmount']",
        "rounding_minor": "//*[local-name()='PayableRoundingAmount']",
    },
    Form.CII: {
        "allowances_minor": "//*[local-name()='AllowanceTotalAmount']",
        "charges_minor": "//*[local-name()='ChargeTotalAmount']",
        "prepaid_minor": "//*[local-name()='TotalPrepaidAmount']",
        "rounding_minor": "//*[local-name()='RoundingAmount']",
    },
}
LINES = {
    Form.UBL: (
        "//*[local-name()='InvoiceLine' or local-name()='CreditNoteLine']"
        "/*[local-name()='LineExtensionAmount']"
    ),
    Form.CII: (
        "//*[local-name()='SpecifiedTradeSettlementLineMonetarySummation']"
        "/*[local-name()='LineTotalAmount']"
    ),
}


def assert_totals(document: Document, sums: Totals, root: etree._Element, form: Form) -> None:
    """Assert that each amount of the file, read anew, is ours."""

    def minors(path: str) -> list[int]:
        found: Any = root.xpath(path)
        return [to_minor(each.text, document.currency) for each in found]

    assert sums == totals(document)
    for name, path in PLACES[form].items():
        assert minors(path) == [getattr(sums, name)], name
    for name, path in OPTIONAL[form].items():
        ours = getattr(sums, name)
        absent = ours is None or (ours == 0 and name in {"prepaid_minor", "rounding_minor"})
        assert minors(path) == ([] if absent else [ours]), name
    assert minors(LINES[form]) == list(sums.of_lines)
    assert sums.lines_minor == sum(sums.of_lines)
    assert sums.due_minor == (
        sums.net_minor + sums.tax_minor - sums.prepaid_minor + sums.rounding_minor
    )
    assert sums.net_minor == sum(group.taxable_minor for group in sums.taxes)


@pytest.mark.parametrize("form", [Form.UBL, Form.CII])
@pytest.mark.parametrize("seed", range(12))
def test_another_library_reads_back_what_was_written(form: Form, seed: int) -> None:
    document = papers.document(Random(seed), f"INV-{seed}")
    read = parse_ubl_cii_xml(rendering.render(document, form))
    sums = totals(document)
    assert read["BT-1"] == document.number
    assert str(read["BT-2"]) == document.issued_on.isoformat()
    assert read["BT-3"] == document.kind.value
    assert read["BT-5"] == document.currency
    assert len(read["BG-25"]) == len(document.lines)
    for line, told in zip(document.lines, read["BG-25"], strict=True):
        assert told["BT-153"] == line.name
        assert Decimal(told["BT-146"]) == line.price
        assert Decimal(told["BT-129"]) == line.quantity
        assert told["BT-130"] == line.unit
        assert told["BT-151"] == line.tax.category.value
    assert to_minor(Decimal(read["BT-115"]), document.currency) == sums.due_minor

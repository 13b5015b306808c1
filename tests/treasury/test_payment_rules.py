"""Each rule about e-invoices and payment formats is kept by tests, named here, that are there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.support.machine import ROOT, shared_data

E_INVOICES = "tests/invoices/documents"
ACH = "tests/treasury/test_ach.py"
RULES = "tests/treasury/test_rules.py"
# Rule → the tests that keep it.
KEPT: dict[str, tuple[str, ...]] = {
    "EN-1": (
        f"{E_INVOICES}/test_every_form.py::test_random_documents_pass_and_hold_our_totals",
        f"{E_INVOICES}/test_rules_of_the_norm.py::test_a_file_of_ours_broken_on_purpose_is_refused_by_name",
    ),
    "EN-2": (
        f"{E_INVOICES}/test_every_form.py::test_random_documents_pass_and_hold_our_totals",
        f"{E_INVOICES}/test_totals.py::test_tax_is_rounded_per_rate_and_not_per_line",
    ),
    "EN-3": (f"{E_INVOICES}/test_checks.py::test_each_fault_is_named_where_it_stands",),
    "PE-1": (f"{E_INVOICES}/test_checks.py::test_the_norm_says_the_same_of_the_file",),
    "FX-1": (
        f"{E_INVOICES}/test_page.py::test_it_carries_the_data_to_the_byte_as_two_other_libraries_read_them",
    ),
    "IS-1": (
        "tests/cash/readers/test_camt.py::test_a_wrong_closing_balance_is_refused",
        "tests/cash/readers/test_camt.py::test_a_batch_that_does_not_add_up_is_refused",
    ),
    "IS-2": ("tests/invoices/test_issuing.py::test_every_creditor_reference_proves_itself",),
    "IS-3": (f"{RULES}::test_an_address_in_a_file_is_structured",),
    "IS-4": (
        f"{RULES}::test_how_long_a_debit_may_come_back",
        f"{RULES}::test_when_a_mandate_may_be_collected_on",
        "tests/treasury/test_debits.py::test_days_on_which_nothing_is_collected",
    ),
    "BA-1": ("tests/cash/readers/test_bai.py::test_wrong_totals_and_counts_are_refused",),
    "MT-1": (
        "tests/cash/readers/test_mt940.py::test_a_movement_left_out_is_noticed",
        "tests/cash/readers/test_mt940.py::test_broken_statements_are_refused_with_their_line",
    ),
    "NA-1": (
        f"{ACH}::test_each_level_is_reached_and_watched_from_four_fifths",
        f"{ACH}::test_rates_are_over_sixty_days",
    ),
    "NA-2": (
        f"{ACH}::test_a_retry_is_the_same_entry_twice_at_most_within_180_days",
        f"{ACH}::test_descriptions_are_the_words_of_the_rules_and_fit_their_field",
    ),
    "NA-3": (f"{ACH}::test_a_return_fee_is_for_want_of_money_alone",),
    "NA-4": (
        f"{ACH}::test_a_mistake_is_reversed_within_five_banking_days",
        f"{ACH}::test_returns_arrive_in_banking_days_or_sixty_calendar_days",
        f"{ACH}::test_money_is_provisional_until_it_cannot_go_back",
    ),
}


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse(Path(ROOT, path).read_text())
    return frozenset(one.name for one in tree.body if isinstance(one, ast.FunctionDef))


@pytest.mark.parametrize("rule", sorted(KEPT))
def test_a_rule_is_kept_by_tests_that_are_there(rule: str) -> None:
    for test in KEPT[rule]:
        path, _, name = test.partition("::")
        assert name in names_in(path), test


@pytest.mark.needs("shared-data")
def test_no_rule_is_left_out() -> None:
    data = shared_data()
    assert data is not None
    text = (data.parent / "field" / "rules.md").read_text()
    section = text.partition("### 3.7 ")[2].partition("### 3.8 ")[0]
    assert set(re.findall(r"^\| ([A-Z]{2}-\d) \|", section, re.MULTILINE)) == set(KEPT)

"""The bank files of the shared data folder: what each gives, or with which code it is refused.

Files whose balances were altered when they were made anonymous must be refused, and are.
"""

from __future__ import annotations

import json
import os
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from creditdesk.cash.readers import read
from creditdesk.kernel.errors import Invalid

pytestmark = pytest.mark.needs("shared-data")

DATA = Path(
    os.environ.get(
        "CREDITDESK_SHARED_DATA", Path(__file__).resolve().parents[4] / "shared" / "data"
    )
)
BANK = DATA / "bank"
SUFFIXES = {".sta", ".txt", ".xml", ".bai2", ".ofx"}

# file, format, statements, lines, sum of lines, first opening, last closing, currency, proof
READ: list[tuple[str, str, int, int, int, int | None, int | None, str, str]] = [
    (
        "bai2/account_trailer_amount_blank_example.bai2",
        "bai2",
        2,
        0,
        0,
        None,
        None,
        "USD",
        "no_balances",
    ),
    ("bai2/citi_example.bai2", "bai2", 1, 1, 1, 10000, 10000, "GBP", "proved"),
    ("bai2/nwb_example.bai2", "bai2", 1, 5, -2676, 36521, 33845, "GBP", "proved"),
    ("bai2/svb_us_example.bai2", "bai2", 2, 2, 1395996, 34726979, 36122975, "USD", "proved"),
    ("camt/samples/camt052.v1.xml", "camt.052", 1, 1, -20000000, None, None, "SEK", "no_balances"),
    (
        "camt/samples/camt052.v2.other-account.xml",
        "camt.052",
        1,
        1,
        -20000000,
        None,
        None,
        "SEK",
        "no_balances",
    ),
    (
        "camt/samples/camt052.v2.with-account-name.xml",
        "camt.052",
        1,
        1,
        -20000000,
        None,
        None,
        "SEK",
        "no_balances",
    ),
    ("camt/samples/camt052.v2.xml", "camt.052", 1, 1, -20000000, None, None, "SEK", "no_balances"),
    ("camt/samples/camt052.v4.xml", "camt.052", 1, 0, 0, None, 1002215, "CHF", "no_balances"),
    (
        "camt/samples/camt052.v6.Amt-zero.xml",
        "camt.052",
        1,
        0,
        0,
        None,
        1002215,
        "CHF",
        "no_balances",
    ),
    ("camt/samples/camt052.v6.xml", "camt.052", 1, 0, 0, None, 1002215, "CHF", "no_balances"),
    ("camt/samples/camt052.v8.xml", "camt.052", 1, 1, -20000000, None, None, "SEK", "no_balances"),
    (
        "camt/samples/camt053.v2.minimal.ultimate.xml",
        "camt.053",
        1,
        1,
        885,
        1815,
        None,
        "EUR",
        "no_balances",
    ),
    (
        "camt/samples/camt053.v2.minimal.xml",
        "camt.053",
        1,
        1,
        885,
        1815,
        None,
        "EUR",
        "no_balances",
    ),
    (
        "camt/samples/camt053.v2.multi.statement.xml",
        "camt.053",
        2,
        2,
        185,
        1815,
        2000,
        "EUR",
        "proved",
    ),
    (
        "camt/samples/camt053.v2.with-account-name.xml",
        "camt.053",
        1,
        1,
        885,
        None,
        None,
        "EUR",
        "no_balances",
    ),
    (
        "camt/samples/camt053.v2.with-party-ids.xml",
        "camt.053",
        1,
        1,
        885,
        1815,
        None,
        "EUR",
        "no_balances",
    ),
    ("camt/samples/camt053.v4.xml", "camt.053", 1, 1, 885, 1815, None, "EUR", "no_balances"),
    ("camt/samples/camt053.v8.xml", "camt.053", 1, 1, 885, 1815, None, "EUR", "no_balances"),
    (
        "camt/samples/camt054.v2.with-account-name.xml",
        "camt.054",
        1,
        1,
        -20000000,
        None,
        None,
        "SEK",
        "no_balances",
    ),
    ("camt/samples/camt054.v2.xml", "camt.054", 1, 1, -20000000, None, None, "SEK", "no_balances"),
    ("camt/samples/camt054.v4.xml", "camt.054", 1, 1, -20000000, None, None, "SEK", "no_balances"),
    (
        "camt/samples/camt054.v8-with-UETR.xml",
        "camt.054",
        1,
        1,
        -20000000,
        None,
        None,
        "SEK",
        "no_balances",
    ),
    (
        "camt/samples/camt054.v8-with-financial-institution.xml",
        "camt.054",
        1,
        1,
        -20000000,
        None,
        None,
        "SEK",
        "no_balances",
    ),
    ("camt/samples/camt054.v8.xml", "camt.054", 1, 1, -20000000, None, None, "SEK", "no_balances"),
    (
        "camt/samples/camt53.only-Dt-with-DtTm.xml",
        "camt.053",
        1,
        0,
        0,
        544209,
        None,
        "RON",
        "no_balances",
    ),
    ("mt940/ASNB/mt940.txt", "mt940", 31, 8, 5694, 44429, 50123, "EUR", "proved"),
    (
        "mt940/ASNB/mt940_with_spaces_for_entry_date.txt",
        "mt940",
        31,
        8,
        5694,
        44429,
        50123,
        "EUR",
        "proved",
    ),
    (
        "mt940/betterplace/sepa_mt9401.sta",
        "mt940",
        26,
        97,
        -926913590,
        -123471836,
        5005,
        "EUR",
        "proved",
    ),
    (
        "mt940/betterplace/with_binary_character.sta",
        "mt940",
        2,
        4,
        -17906675,
        38011577,
        13119319,
        "EUR",
        "proved",
    ),
    ("mt940/citi/mt940.txt", "mt940", 1, 5, -114275, 1737667, 1623392, "USD", "proved"),
    ("mt940/cmxl/mt940.sta", "mt940", 3, 16, 1232730, 8434974, 5004000, "DEM", "proved"),
    ("mt940/jejik/generic.sta", "mt940", 2, 2, -2000, 10000, 8000, "EUR", "proved"),
    ("mt940/jejik/rabobank-iban.sta", "mt940", 2, 4, -7000, 100000, 93000, "EUR", "proved"),
    ("mt940/jejik/sns.sta", "mt940", 2, 2, -2500, 123456, 120956, "EUR", "proved"),
    ("mt940/mBank/mt940.sta", "mt940", 1, 3, 3, 40, 43, "PLN", "proved"),
    ("mt940/mBank/mt942.sta", "mt942", 1, 3, 3, None, None, "PLN", "proved"),
    (
        "mt940/sberbank/171011_01234945.sta",
        "mt940",
        1,
        3,
        -943700,
        62731130,
        61787430,
        "HUF",
        "proved",
    ),
    ("mt940/self-provided/february_30.sta", "mt940", 1, 1, -600, 120000, 119400, "EUR", "proved"),
    ("mt940/self-provided/long_statement_number.sta", "mt940", 1, 0, 0, 0, 0, "TRY", "proved"),
    ("mt940/self-provided/raphaelm.sta", "mt940", 3, 9, 9500000, 0, 9500000, "DEM", "proved"),
    (
        "mt940/self-provided/transaction_details_wrapped.sta",
        "mt940",
        1,
        1,
        -600,
        120000,
        119400,
        "EUR",
        "proved",
    ),
    (
        "mt940/self-provided/wrapped_timestamp.sta",
        "mt940",
        1,
        1,
        -600,
        120000,
        119400,
        "EUR",
        "proved",
    ),
    ("ofx/anzcc.ofx", "ofx", 1, 1, -550, None, -12345, "AUD", "no_balances"),
    ("ofx/bank_medium.ofx", "ofx", 1, 3, -34527, None, 38234, "CAD", "no_balances"),
    ("ofx/checking.ofx", "ofx", 1, 3, -5950, None, 10099, "USD", "no_balances"),
    ("ofx/fail_nice/empty_balance.ofx", "ofx", 1, 1, 12000, None, None, "CAD", "no_balances"),
    ("ofx/multiple_accounts.ofx", "ofx", 2, 0, 0, None, 22200, "USD", "no_balances"),
    ("ofx/multiple_accounts2.ofx", "ofx", 2, 0, 0, None, 22200, "USD", "no_balances"),
    ("ofx/ofx-v102-empty-tags.ofx", "ofx", 1, 1, 1234, None, None, "AUD", "no_balances"),
    ("ofx/suncorp.ofx", "ofx", 1, 1, -1685, None, 123412, "AUD", "no_balances"),
]
REFUSED: list[tuple[str, str, int | None]] = [
    ("camt/samples/camt053.v2.all-balance-types.xml", "statement_unproved", 10),
    ("camt/samples/camt053.v2.five.decimals.xml", "statement_unproved", 25),
    ("camt/samples/camt053.v2.wrong.xml", "statement_empty", None),
    ("camt/samples/camt053.v3.xml", "statement_unproved", 110),
    ("mt940/betterplace/amount_formats.sta", "statement_unreadable", 2),
    ("mt940/betterplace/currency_in_25.sta", "statement_empty", 1),
    ("mt940/betterplace/empty_86.sta", "statement_account_missing", 1),
    ("mt940/betterplace/empty_entry_date.sta", "statement_account_missing", 1),
    ("mt940/betterplace/empty_line.sta", "statement_account_missing", 2),
    ("mt940/betterplace/missing_crlf_at_end.sta", "statement_account_missing", 1),
    ("mt940/betterplace/sepa_snippet.sta", "statement_unproved", 55),
    ("mt940/betterplace/sepa_snippet_broken.sta", "statement_unproved", 10),
    ("mt940/cmxl/account_balance_credit.sta", "statement_account_missing", 1),
    ("mt940/cmxl/account_balance_debit.sta", "statement_account_missing", 1),
    ("mt940/cmxl/account_identification_iban.sta", "statement_currency_missing", 1),
    ("mt940/cmxl/account_identification_legacy.sta", "statement_empty", 1),
    ("mt940/cmxl/available_balance.sta", "statement_unreadable", None),
    ("mt940/cmxl/closing_balance.sta", "statement_account_missing", 1),
    ("mt940/cmxl/reference.sta", "statement_account_missing", 1),
    ("mt940/cmxl/statement_details.sta", "statement_account_missing", 1),
    ("mt940/cmxl/statement_line.sta", "statement_account_missing", 1),
    ("mt940/cmxl/statement_number.sta", "statement_account_missing", 1),
    ("mt940/jejik/abnamro.sta", "statement_unproved", 27),
    ("mt940/jejik/ing.sta", "statement_unproved", 26),
    ("mt940/jejik/knab.sta", "statement_unproved", 20),
    ("mt940/jejik/postfinance.sta", "statement_unproved", 27),
    ("mt940/jejik/rabobank.sta", "statement_unproved", 11),
    ("mt940/jejik/triodos.sta", "statement_unproved", 12),
    ("mt940/mBank/with_newline_in_tnr.sta", "statement_unproved", 19),
    ("mt940/self-provided/account_identification.sta", "statement_currency_missing", 1),
    ("mt940/self-provided/details_60-63.sta", "statement_unproved", 12),
    ("mt940/self-provided/empty_non_swift.sta", "statement_account_missing", 1),
    ("mt940/self-provided/gv_codes.sta", "statement_unproved", 1),
    ("mt940/self-provided/invalid_statement.sta", "statement_unreadable", None),
    ("mt940/self-provided/malformed_details.sta", "statement_unproved", 15),
    ("mt940/self-provided/mt942.sta", "statement_unproved", 1),
    ("mt940/self-provided/multiline.sta", "statement_account_missing", 38),
    ("mt940/self-provided/overly_long_details.sta", "statement_unproved", 15),
    ("mt940/self-provided/raiffeisen-cmi.sta", "statement_unproved", 40),
    ("mt940/self-provided/sparkassen.sta", "statement_account_missing", 1),
    ("mt940/self-provided/whitespace.sta", "statement_unproved", 9),
    ("ofx/account_listing_aggregation.ofx", "statement_empty", None),
    ("ofx/bank_small.ofx", "statement_empty", None),
    ("ofx/error_message.ofx", "statement_refused_by_bank", 22),
    ("ofx/fail_nice/date_missing.ofx", "statement_date_missing", 33),
    ("ofx/fail_nice/decimal_error.ofx", "statement_date_unreadable", 34),
    ("ofx/fidelity-savings.ofx", "statement_kind_unsupported", None),
    ("ofx/fidelity.ofx", "statement_kind_unsupported", None),
    ("ofx/investment_401k.ofx", "statement_kind_unsupported", None),
    ("ofx/investment_medium.ofx", "statement_kind_unsupported", None),
    ("ofx/signon_fail.ofx", "statement_refused_by_bank", 11),
    ("ofx/signon_success.ofx", "statement_empty", None),
    ("ofx/signon_success_no_message.ofx", "statement_empty", None),
    ("ofx/td_ameritrade.ofx", "statement_kind_unsupported", None),
    ("ofx/tiaacref.ofx", "statement_kind_unsupported", None),
    ("ofx/vanguard.ofx", "statement_kind_unsupported", None),
    ("ofx/vanguard401k.ofx", "statement_kind_unsupported", None),
]


@pytest.mark.parametrize("row", READ, ids=lambda row: row[0])
def test_what_a_file_gives(
    row: tuple[str, str, int, int, int, int | None, int | None, str, str],
) -> None:
    path = BANK / row[0]
    statements = read(path.read_bytes(), path.name)
    lines = [line for statement in statements for line in statement.lines]
    assert row[1:] == (
        statements[0].format,
        len(statements),
        len(lines),
        sum(line.minor for line in lines),
        statements[0].opening_minor,
        statements[-1].closing_minor,
        statements[0].currency,
        statements[0].proof,
    )
    assert {statement.proof for statement in statements} == {row[-1]}


@pytest.mark.parametrize(("name", "code", "line"), REFUSED)
def test_what_is_refused(name: str, code: str, line: int | None) -> None:
    path = BANK / name
    with pytest.raises(Invalid) as caught:
        read(path.read_bytes(), path.name)
    assert (caught.value.code, caught.value.place.line) == (code, line)
    assert caught.value.place.file == path.name


def test_no_file_is_left_out() -> None:
    known = {row[0] for row in READ} | {row[0] for row in REFUSED}
    present = {
        str(path.relative_to(BANK))
        for path in BANK.rglob("*")
        if path.suffix in SUFFIXES and path.name != "requirements.txt"
    }
    assert present == known


CAMT_READ = [row[0] for row in READ if row[1].startswith("camt")]
AMOUNT = re.compile(
    r"\n    amount: !!python/object:mt940\.models\.Amount\n"
    r"      amount: !!python/object/apply:decimal\.Decimal\n      - '([-0-9.]+)'"
)
MARK = re.compile(r"\d{6}(?:\d{4})?(RC|RD|C|D)")
MT940_EXPECTED = [row[0] for row in READ if row[0].endswith(".sta")]


@pytest.mark.parametrize("name", CAMT_READ)
def test_camt_amounts_are_those_expected(name: str) -> None:
    path = BANK / name
    expected: Any = json.loads(path.with_suffix(".json").read_text())
    booked = [
        int(entry["getAmount"]["getAmount"])
        for entry in expected["getEntries"]
        if (entry.get("getStatus") or "BOOK") == "BOOK"
    ]
    last = read(path.read_bytes(), path.name)[-1]  # of several statements they list the last alone
    assert [line.minor for line in last.lines] == booked


@pytest.mark.parametrize("name", MT940_EXPECTED)
def test_mt940_amounts_are_those_expected(name: str) -> None:
    path = BANK / name
    _, _, transactions = path.with_suffix(".yml").read_text().partition("\ntransactions:")
    expected = [Decimal(amount) for amount in AMOUNT.findall(transactions)]
    lines = [line for each in read(path.read_bytes(), path.name) for line in each.lines]
    # The library that made the expectations leaves the sign of a reversal (RC) as it was.
    signs = {"RC": -1, "RD": -1}
    marks = [MARK.match(text) for text in path.read_text(errors="replace").split(":61:")[1:]]
    assert [line.minor for line in lines] == [
        signs.get(mark[1] if mark else "", 1) * int(amount * 100)
        for amount, mark in zip(expected, marks, strict=True)
    ]

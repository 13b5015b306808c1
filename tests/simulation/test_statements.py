"""Every bank file the world writes is taken by the readers, proved, line by line."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.cash.readers import PROVED, read
from creditdesk.simulation.rules.statements import Movement, write
from creditdesk.simulation.rules.world import HOUSES, Account

ACCOUNTS = [account for house in HOUSES for account in house.accounts]
DAY = date(2026, 7, 1)
SAID = Movement(
    minor=119_000,
    reference="D260701000012",
    counterparty="Hüttmann Sanitär GmbH & Co. KG",
    counterparty_account="DE89370400440532013000",
    text="re 2026 00012 / RE-2026-00013, less credit GS-2026-0001",
)
movements = st.builds(
    Movement,
    minor=st.integers(-10_000_000, 10_000_000).filter(bool),
    reference=st.from_regex(r"[A-Z][0-9]{12}", fullmatch=True),
    counterparty=st.sampled_from(["Ahl & Söhne <KG>", "O'Neill: Pipes/Valves", "Bank", "A, B"]),
    counterparty_account=st.sampled_from(["", "DE89370400440532013000"]),
    text=st.text("abcRE-0123456789 /,:+&<>äß.", max_size=200),
    structured=st.lists(st.from_regex(r"RE-2026-[0-9]{5}", fullmatch=True), max_size=3).map(tuple),
)


@pytest.mark.parametrize("account", ACCOUNTS, ids=lambda account: account.format)
@given(st.lists(movements, max_size=12), st.integers(-(10**9), 10**9))
def test_every_file_is_proved(account: Account, given_: list[Movement], opening_minor: int) -> None:
    file = write(account, DAY, 17, opening_minor, given_)
    (statement,) = read(file.content, file.filename)
    assert statement.format == account.format
    assert statement.proof == PROVED
    assert (statement.account, statement.currency) == (account.identifier, account.currency)
    assert statement.opening_minor == opening_minor
    assert statement.closing_minor == opening_minor + sum(m.minor for m in given_)
    assert [line.minor for line in statement.lines] == [m.minor for m in given_]
    assert [line.reference for line in statement.lines] == [m.reference for m in given_]
    assert {line.booked_on for line in statement.lines} <= {DAY}


@pytest.mark.parametrize("account", ACCOUNTS, ids=lambda account: account.format)
def test_the_readers_find_who_paid_and_for_what(account: Account) -> None:
    file = write(account, DAY, 1, 0, [SAID])
    (line,) = read(file.content, file.filename)[0].lines
    assert "2026 00012" in line.text
    assert "2026-00013" in line.text
    assert line.counterparty.replace("ü", "ue").replace("ä", "ae").upper().startswith("HUETTMANN")
    if account.format != "bai2":
        assert line.counterparty_account == "DE89370400440532013000"


def test_structured_references_reach_the_reader() -> None:
    camt = next(account for account in ACCOUNTS if account.format == "camt.053")
    paid = Movement(minor=1, reference="D1", counterparty="X", structured=("RE-2026-00001",))
    file = write(camt, DAY, 1, 0, [paid])
    assert "RE-2026-00001" in read(file.content, file.filename)[0].lines[0].structured_references


@pytest.mark.parametrize("account", ACCOUNTS, ids=lambda account: account.format)
def test_money_taken_back_is_read_as_a_return_of_the_payment_it_names(account: Account) -> None:
    back = Movement(
        minor=-119_000,
        reference="RD260701000012",
        counterparty="Huettmann GmbH",
        counterparty_account="DE89370400440532013000",
        text="Return",
        end_to_end="D260701000012",
        return_code="AM04",
    )
    (line,) = read(write(account, DAY, 1, 0, [back]).content, "x")[0].lines
    assert (line.is_reversal, line.minor) == (True, -119_000)
    if account.format != "bai2":
        assert "D260701000012" in line.structured_references
        # MT940 loses a blank where its line of 65 ends.
        assert line.counterparty.replace(" ", "") == "HuettmannGmbH"
    if account.format == "camt.053":
        assert line.return_reason == "AM04"


@pytest.mark.parametrize("account", ACCOUNTS, ids=lambda account: account.format)
def test_a_silent_return_names_no_payment(account: Account) -> None:
    back = Movement(minor=-500, reference="RD1000", counterparty="X", return_code="AC06")
    (line,) = read(write(account, DAY, 1, 0, [back]).content, "x")[0].lines
    assert line.is_reversal
    assert [one for one in line.structured_references if one.startswith("D")] == []

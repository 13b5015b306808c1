"""What makes a customer, a contact and an account acceptable."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.customers import rules
from creditdesk.customers.rules import NewContact, NewCustomer

GOOD = NewCustomer(number="C1", name="Acorn Ltd", currency="EUR", country="DE")


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({}, []),
        ({"country": ""}, []),
        ({"name": "株式会社どんぐり"}, []),
        ({"number": ""}, [("number", "value_missing")]),
        ({"number": "x" * 65}, [("number", "text_too_long")]),
        ({"name": "--"}, [("name", "name_without_letters")]),
        ({"name": "A\x00B"}, [("name", "control_character")]),
        ({"currency": "euro"}, [("currency", "currency_malformed")]),
        ({"country": "Germany"}, [("country", "country_malformed")]),
        ({"language": "German"}, [("language", "language_malformed")]),
        ({"language": "de-AT"}, []),
        ({"city": "x" * 501}, [("city", "text_too_long")]),
        ({"contacts": (NewContact(name="A", email="a@b"),)}, [("email", "email_malformed")]),
        ({"contacts": (NewContact(name="A", email="a@b.de, c@d.de"),)},
         [("email", "email_malformed")]),
        ({"contacts": (NewContact(name=""),)}, [("contact_name", "contact_empty")]),
        ({"bank_accounts": ("12",)}, [("bank_account", "account_too_short")]),
        ({"number": "", "currency": ""},
         [("number", "value_missing"), ("currency", "currency_malformed")]),
    ],
)  # fmt: skip
def test_faults(change: dict[str, object], faults: list[tuple[str, str]]) -> None:
    found = rules.faults(replace(GOOD, **change))  # type: ignore[arg-type]
    assert [(fault.field, fault.code) for fault in found] == faults


@pytest.mark.parametrize(
    ("account", "fault"),
    [
        ("DE89 3704 0044 0532 0130 00", ""),
        ("gb82west12345698765432", ""),
        ("DE89 3704 0044 0532 0130 01", "iban_check_digits"),
        ("0123456789", ""),
        ("12-34-56 12345678", ""),
        ("AB1", "account_too_short"),
        ("none", "account_too_short"),
    ],
)
def test_accounts(account: str, fault: str) -> None:
    assert rules.account_fault(account) == fault


@given(st.integers(0, 23), st.integers(0, 9))
def test_one_wrong_digit_of_an_iban_is_always_found(at: int, digit: int) -> None:
    good = "DE893704004405320130001"[:22]
    position = 2 + at % 20
    wrong = good[:position] + str(digit) + good[position + 1 :]
    assert (rules.account_fault(wrong) == "") == (wrong == good)


def test_changes_are_only_what_differs() -> None:
    assert rules.changed({"a": "1", "b": "2"}, {"a": "1", "b": "3"}) == {"b": ("2", "3")}

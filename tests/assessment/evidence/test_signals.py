"""What looks like fraud is shown, stops a machine, and is answered by people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.assessment.evidence import services, wording
from creditdesk.assessment.evidence.queries import evidence_of
from creditdesk.assessment.evidence.rules.mail_domains import is_throw_away
from creditdesk.assessment.evidence.rules.signals import (
    WEIGHT,
    Known,
    Opening,
    plain_mailbox,
    signals,
    traces,
)
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewCustomer
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Refused
from creditdesk.plumbing import sql

GOOD = Opening(
    name="Acorn Foods GmbH", email="buy@acorn.example", phone="+49 30 123456",
    street="Eichenweg 1", postal_code="12345", city="Berlin", country="DE",
    vat_number="DE136695976", lei="213800KUD8LAJWSQ9D15", duns="15-048-3782",
    bank_account="DE89 3704 0044 0532 0130 00", network="192.0.2.7",
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "known", "codes"),
    [
        ({}, Known(), []),
        ({}, Known(account_holders=["C9"]), ["shared_bank_account"]),
        ({"email": "a@Mailinator.com"}, Known(), ["throw_away_mail"]),
        ({"email": "a@x.yopmail.com"}, Known(), ["throw_away_mail"]),
        ({"email": "a@notmailinator.com"}, Known(), []),
        ({"country": "FR"}, Known(), ["country_vat", "country_iban"]),
        ({"country": ""}, Known(), []),
        ({"country": "GR", "vat_number": "EL094259216",
          "bank_account": "GR1601101250000000012300695"}, Known(), []),
        ({"vat_number": "DE136695977"}, Known(), ["identifier_wrong"]),
        ({"vat_number": "136695976"}, Known(), []),
        ({"lei": "X", "duns": "1"}, Known(), ["identifier_wrong", "identifier_wrong"]),
        ({"bank_account": "DE88 3704 0044 0532 0130 00"}, Known(), ["identifier_wrong"]),
        ({"bank_account": "0532013000"}, Known(), []),
        ({}, Known(openings={"email": 1, "phone": 1}), []),
        ({}, Known(openings={"email": 2, "network": 5}), ["many_same_email", "many_same_network"]),
    ],
)  # fmt: skip
def test_what_an_opening_looks_like(
    change: Mapping[str, str], known: Known, codes: list[str]
) -> None:
    found = signals(replace(GOOD, **change), known, most=2, days=30)
    assert [one.code for one in found] == codes
    assert all(one.stops_automatic for one in found)
    for one in found:
        assert "%(" not in wording.signal(one.code, one.params)
        assert wording.signal(one.code, one.params) != one.code


def test_every_signal_has_a_sentence_and_only_notes_stop_nothing() -> None:
    everything = dict.fromkeys(
        ["customers", "domain", "stated", "other", "kind", "count", "days", "source", "name",
         "country", "status"], "x",
    )  # fmt: skip
    for code, (severity, stops) in WEIGHT.items():
        assert wording.signal(code, everything) not in (code, "This was erased")
        assert stops is (severity != "note")


def test_marks_are_of_one_form() -> None:
    other = replace(
        GOOD, email="BUY+2@acorn.example", phone="0049 (30) 12-34-56", street="EICHENWEG 1"
    )
    assert traces(other) == traces(GOOD)
    assert set(traces(GOOD)) == {"email", "phone", "address", "network"}
    assert traces(Opening(phone="123", street="x")) == {}
    assert plain_mailbox("@x") == plain_mailbox("x") == ""


@given(st.text(max_size=80), st.text(max_size=40))
def test_no_text_breaks_a_rule(one: str, other: str) -> None:
    opening = Opening(
        name=one, email=one, phone=other, street=one, postal_code=other, country=other,
        vat_number=one, lei=other, duns=one, bank_account=other, network=one,
    )  # fmt: skip
    assert all(found.code in WEIGHT for found in signals(opening, Known(), most=1, days=1))
    assert all(traces(opening).values())
    is_throw_away(one)


def stops(desk: Actor, application_id: int) -> list[str]:
    found = evidence_of(
        desk.company_id, application_id=application_id, customer_id=None, as_of=desk.today
    )
    assert found.stops_automatic is bool(found.signals)
    return [one.code for one in found.signals]


def test_many_openings_of_one_hand_are_told_from_the_third_on(desk: Actor) -> None:
    for number in (1, 2, 2, 3):
        opening = replace(GOOD, name=f"Firm {number}", network="", street=f"Weg {number}")
        services.look_at_opening(desk, opening, application_id=number)
    assert [stops(desk, number) for number in (1, 2, 3)] == [
        [], [], ["many_same_phone", "many_same_email"],
    ]  # fmt: skip
    later = replace(desk, today=desk.today + timedelta(days=31))
    services.look_at_opening(later, replace(GOOD, network="", street="Weg 4"), application_id=4)
    assert stops(desk, 4) == []
    assert "acorn" not in str(sql.scalars("SELECT digest FROM assessment_openingtrace"))


def test_an_account_of_another_customer_is_told_and_answered_once(
    desk: Actor, actor_of: Callable[..., Actor]
) -> None:
    customers.create(
        desk,
        new=[NewCustomer(number="C9", name="Birch", currency="EUR",
                         bank_accounts=("DE89370400440532013000",))],
    )  # fmt: skip
    [signal] = services.look_at_opening(desk, GOOD, application_id=1)
    assert services.look_at_opening(desk, GOOD, application_id=1) == [signal]
    found = evidence_of(desk.company_id, application_id=1, customer_id=None, as_of=desk.today)
    assert [(one.sentence, one.severity) for one in found.signals] == [
        ("The bank account is already that of another customer: C9", "grave")
    ]
    with pytest.raises(Refused) as refused:
        services.answer_signal(actor_of(desk.company_id, role="sales"), signal.id, reason="x")
    assert refused.value.code == "not_permitted"
    with pytest.raises(Invalid) as mute:
        services.answer_signal(desk, signal.id, reason=" ")
    assert mute.value.code == "answer_without_reason"
    with pytest.raises(NotFound) as strange:
        services.answer_signal(replace(desk, company_id=0), signal.id, reason="x")
    assert strange.value.code == "signal_unknown"
    assert stops(desk, 1) == ["shared_bank_account"]
    services.answer_signal(desk, signal.id, reason="One group, one treasury")
    assert stops(desk, 1) == []
    with pytest.raises(Conflict) as twice:
        services.answer_signal(desk, signal.id, reason="again")
    assert twice.value.code == "signal_answered_already"

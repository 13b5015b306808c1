"""Registers are asked when somebody asks, once until the report expires; no answer is trusted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from creditdesk.assessment.evidence import services
from creditdesk.assessment.evidence.connectors import companies_house, offers, transport
from creditdesk.assessment.evidence.connectors.transport import Clock, Question, SourceFault
from creditdesk.assessment.evidence.queries import evidence_of, reports
from creditdesk.assessment.evidence.services import Subject
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, DomainError, Invalid, Refused
from creditdesk.plumbing import sql
from tests.orders.verbs import a_customer
from tests.support import register_server
from tests.support.register_server import KEY, LEI, Registers, lei_record, profile, vat_answer

VAT = "/check-vat-number {'countryCode': 'DE', 'vatNumber': '136695976'}"


@pytest.fixture
def registers(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registers]:
    monkeypatch.setattr(transport, "PAUSE_SECONDS", 0.0)
    with register_server.registers() as known:
        settings.REPORT_SOURCES = ("gleif", "vies", "companies_house")
        settings.GLEIF_API = settings.VIES_API = settings.COMPANIES_HOUSE_API = known.url
        settings.COMPANIES_HOUSE_KEYS = {"": (KEY,)}
        yield known


@pytest.fixture
def subject(desk: Actor) -> Subject:
    return Subject(customer_id=a_customer(desk), name="Acorn Foods", country="GB")


def kept() -> int:
    return int(sql.scalar("SELECT count(*) FROM assessment_evidencereport"))


def codes(desk: Actor, subject: Subject, on: date | None = None) -> list[str]:
    found = evidence_of(
        desk.company_id, application_id=subject.application_id, customer_id=subject.customer_id,
        as_of=on or desk.today,
    )  # fmt: skip
    return [one.code for one in found.signals]


def test_nothing_is_asked_unless_the_settings_name_the_source(
    desk: Actor, subject: Subject, registers: Registers, settings: Any
) -> None:
    settings.REPORT_SOURCES = ()
    assert offers("acme") == []
    for source in ("gleif", "vies", "companies_house", "file:x"):
        with pytest.raises(Refused) as caught:
            services.ask(desk, source, subject, LEI)
        assert caught.value.code == "source_switched_off"
    settings.REPORT_SOURCES = ("companies_house", "gleif")
    settings.COMPANIES_HOUSE_KEYS = {}
    assert [one.source for one in offers("acme")] == ["gleif"]
    assert (registers.calls, kept()) == ([], 0)


def test_a_report_is_kept_with_what_came_and_used_until_it_expires(
    desk: Actor, subject: Subject, registers: Registers
) -> None:
    registers.answers[f"/lei-records/{LEI}"] = lei_record()
    quoted = services.quote(desk, "gleif", subject, "2138 00KU D8LA JWSQ 9D15")
    assert (quoted.identifier, quoted.cost_minor, quoted.currency) == (LEI, 0, "EUR")
    assert (quoted.standing, registers.calls) == (None, [])
    found = services.ask(desk, "gleif", subject, LEI)
    assert (found.facts.name, found.facts.is_active) == ("Acorn Foods Ltd", True)
    assert found.facts.address == "1 Oak Lane, LS1 1AA, Leeds"
    assert found.facts.founded_on == date(1999, 5, 4)
    assert (found.reported_on, found.expires_on) == (desk.today, desk.today + timedelta(days=90))
    assert '"lei-records"' in reports.answer_of(desk.company_id, found.id)
    assert services.ask(desk, "gleif", subject, LEI).id == found.id
    assert services.quote(desk, "gleif", subject, LEI).standing is not None
    late = replace(desk, today=desk.today + timedelta(days=91))
    assert services.ask(late, "gleif", subject, LEI).id != found.id
    assert services.ask(late, "gleif", subject, LEI, again=True).id > found.id
    assert len(registers.calls) == kept() == 3
    assert codes(desk, subject) == []


@pytest.mark.parametrize(
    ("record", "signals"),
    [
        (lei_record(), []),
        (lei_record("Birch Steel plc"), ["name_differs"]),
        (lei_record(legalAddress={"country": "CY"}), ["country_differs"]),
        (
            lei_record(status="INACTIVE", expiration={"reason": "BANKRUPTCY"}),
            ["insolvent", "not_active"],
        ),
        (None, ["not_registered"]),
    ],
)
def test_what_gleif_says(
    desk: Actor, subject: Subject, registers: Registers, record: dict[str, object] | None,
    signals: list[str],
) -> None:  # fmt: skip
    if record is not None:
        registers.answers[f"/lei-records/{LEI}"] = record
    services.ask(desk, "gleif", subject, LEI)
    assert codes(desk, subject) == signals
    assert codes(desk, subject, on=desk.today + timedelta(days=91)) == []


def test_what_vies_says(desk: Actor, subject: Subject, registers: Registers) -> None:
    german = replace(subject, country="DE")
    registers.answers[VAT] = vat_answer()
    found = services.ask(desk, "vies", german, "136 695 976")
    assert found.facts.name == "Acorn Foods GmbH"
    assert found.facts.address == "Eichenweg 1 12345 BERLIN"
    assert registers.calls == [
        ("POST", "/check-vat-number", '{"countryCode": "DE", "vatNumber": "136695976"}')
    ]
    assert codes(desk, german) == []
    registers.answers[VAT] = vat_answer(valid=False, name="---", address="---")
    services.ask(desk, "vies", german, "DE136695976", again=True)
    assert codes(desk, german) == ["not_registered"]
    for unsure in (
        {"actionSucceed": False, "errorWrappers": [{"error": "MS_UNAVAILABLE"}]},
        {"isValid": False, "userError": "MS_MAX_CONCURRENT_REQ"},
    ):
        registers.answers[VAT] = unsure
        with pytest.raises(Conflict) as caught:
            services.ask(desk, "vies", german, "DE136695976", again=True)
        assert caught.value.code == "source_unavailable"
    for wrong in ("DE136695977", "GB980780684", "12", ""):
        with pytest.raises(Invalid) as invalid:
            services.ask(desk, "vies", german, wrong)
        assert invalid.value.code == "vat_number_invalid"
    assert kept() == 2


def test_what_companies_house_says(desk: Actor, subject: Subject, registers: Registers) -> None:
    registers.answers["/company/01234567"] = profile(accounts={"overdue": True})
    found = services.ask(desk, "companies_house", subject, "1234567")
    assert (found.identifier, found.facts.status) == ("01234567", "active")
    assert codes(desk, subject) == ["accounts_overdue"]
    assert KEY not in str(sql.scalar("SELECT request::text FROM assessment_evidencereport"))
    registers.answers["/company/01234567"] = profile(
        company_status="liquidation", has_insolvency_history=True
    )
    registers.answers["/company/01234567/insolvency"] = {"cases": [{"number": 1, "dates": []}]}
    services.ask(desk, "companies_house", subject, "01234567", again=True)
    assert codes(desk, subject) == ["insolvent", "not_active"]
    assert services.ask(desk, "companies_house", subject, "SC999999").facts.outcome == "not_found"
    with pytest.raises(Invalid) as caught:
        services.ask(desk, "companies_house", subject, "../search")
    assert caught.value.code == "company_number_invalid"


@pytest.mark.parametrize(
    ("dates", "is_insolvent"),
    [([], True), (["wound-up-on"], True), (["administration-started-on"], True),
     (["administration-ended-on"], False), (["wound-up-on", "concluded-winding-up-on"], False),
     (["due-to-be-dissolved-on"], True)],
)  # fmt: skip
def test_an_insolvency_that_is_over_is_over(dates: list[str], *, is_insolvent: bool) -> None:
    given = [{"type": one, "date": "2020-01-01"} for one in dates]
    told = {"profile": profile(has_insolvency_history=True), "insolvency": {"cases": [
        {"number": "1", "dates": given}]}}  # fmt: skip
    found = companies_house.CompaniesHouse("", "").read(json.dumps(told))
    assert found.is_insolvent is is_insolvent


@pytest.mark.parametrize(
    ("faults", "code", "why", "calls"),
    [
        (["busy", "down", ""], "", "", 3),
        (["silent", ""], "", "", 2),
        (["busy", "busy", "busy", ""], "source_unavailable", "source_busy", 3),
        (["busy_long", ""], "source_unavailable", "source_busy", 1),
        (["broken"] * 3, "source_unavailable", "source_broken", 3),
        (["silent"] * 3, "source_unavailable", "source_silent", 3),
        (["garbage"], "source_answer_unsound", "source_malformed", 1),
        (["list"], "source_answer_unsound", "source_malformed", 1),
        (["deep"], "source_answer_unsound", "source_malformed", 1),
        (["huge"], "source_answer_unsound", "source_too_long", 1),
        (["moved"], "source_answer_unsound", "source_refused", 1),
        (["teapot"], "source_answer_unsound", "source_refused", 1),
        (["denied"], "source_key_refused", "", 1),
    ],
)
def test_a_register_that_fails_is_told_apart_and_nothing_is_kept(
    desk: Actor, subject: Subject, registers: Registers, faults: list[str], code: str, why: str,
    calls: int,
) -> None:  # fmt: skip
    registers.answers[f"/lei-records/{LEI}"] = lei_record()
    registers.faults[:] = faults
    if code:
        with pytest.raises(DomainError) as caught:
            services.ask(desk, "gleif", subject, LEI)
        assert caught.value.code == code
        assert caught.value.context.get("why", "") == why
        assert kept() == 0
    else:
        services.ask(desk, "gleif", subject, LEI)
        assert kept() == 1
    assert len(registers.calls) == calls


def test_a_slow_register_is_given_up(registers: Registers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "READ_SECONDS", 0.2)
    registers.faults[:] = ["slow", "slow", "slow"]
    with pytest.raises(SourceFault) as caught:
        transport.ask(Question(url=f"{registers.url}/x"))
    assert caught.value.code == "source_slow"
    clock = Clock(until=0.0)
    with pytest.raises(SourceFault) as late:
        clock.pause(0)
    assert late.value.code == "source_slow"


def test_a_register_that_is_nowhere(desk: Actor, subject: Subject, registers: Registers,
                                    settings: Any) -> None:  # fmt: skip
    settings.GLEIF_API = "http://127.0.0.1:9"
    with pytest.raises(Conflict) as caught:
        services.ask(desk, "gleif", subject, LEI)
    assert (caught.value.code, kept()) == ("source_unavailable", 0)


def test_who_may_not_ask_makes_nobody_ask(
    desk: Actor, subject: Subject, registers: Registers, actor_of: Callable[..., Actor]
) -> None:
    for act in (services.ask, services.quote):
        with pytest.raises(Refused) as caught:
            act(actor_of(desk.company_id, role="sales"), "gleif", subject, LEI)
        assert caught.value.code == "not_permitted"
    assert (registers.calls, kept()) == ([], 0)


def test_reports_are_never_changed(desk: Actor, subject: Subject, registers: Registers) -> None:
    registers.answers[f"/lei-records/{LEI}"] = lei_record()
    services.ask(desk, "gleif", subject, LEI)
    for change in ("UPDATE assessment_evidencereport SET cost_minor = 1",
                   "DELETE FROM assessment_evidencereport"):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)
    assert kept() == 1

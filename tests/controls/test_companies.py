"""Founding again changes only what is given; and the command line's reports about duties."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, time

import pytest

from creditdesk.controls import queries, services
from creditdesk.controls.models import ApiKey
from creditdesk.faces.cli import duties as cli
from creditdesk.faces.cli import install, users
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Refused
from creditdesk.plumbing import clock
from tests.controls.people import excepted, person, smuggled
from tests.controls.test_approvals import ask
from tests.orders.verbs import a_customer, opened
from tests.support.fixtures import TODAY


@pytest.fixture(autouse=True)
def _at_nine() -> Iterator[None]:
    with clock.held_at(datetime.combine(TODAY, time(9, 0), tzinfo=UTC)):
        yield


GIVEN = {
    "name": "Acorn Ltd", "currency": "GBP", "country": "GB", "timezone": "Europe/London",
    "sender_email": "credit@acorn.example", "phone": "+44 20 7946 0000",
}  # fmt: skip


def test_a_known_company_keeps_what_is_not_given(db: None) -> None:
    first = services.found_company("acorn", **GIVEN)  # type: ignore[arg-type]
    before = queries.company(first)
    assert services.found_company("acorn") == first
    assert queries.company(first) == before
    assert services.found_company("acorn", phone="+44 1") == first
    after = queries.company(first)
    assert after.phone == "+44 1"
    assert (after.name, after.timezone, after.sender_email, after.sender_name) == (
        "Acorn Ltd", "Europe/London", "credit@acorn.example", "Acorn Ltd",
    )  # fmt: skip


def test_the_command_line_resets_nothing(committed_db: str) -> None:
    services.found_company("acorn", **GIVEN)  # type: ignore[arg-type]
    nothing = dict.fromkeys(("name", "currency", "country", "timezone", "sender"), "")
    install.init(code="acorn", **nothing)
    found = queries.company_by_code("acorn")
    assert {field: getattr(found, field) for field in GIVEN} == GIVEN
    install.init(code="fresh", **nothing)
    fresh = queries.company_by_code("fresh")
    assert (fresh.name, fresh.currency, fresh.country, fresh.timezone) == (
        "fresh", "EUR", "DE", "Europe/Berlin",
    )  # fmt: skip


def test_the_currency_of_the_books_is_fixed(db: None) -> None:
    services.found_company("acorn", **GIVEN)  # type: ignore[arg-type]
    with pytest.raises(Refused) as refused:
        services.found_company("acorn", currency="EUR", phone="1")
    assert refused.value.code == "company_currency_fixed"
    assert queries.company_by_code("acorn").phone == GIVEN["phone"]


def test_a_key_of_an_unknown_role_is_not_made(actor: Actor) -> None:
    with pytest.raises(Refused) as refused:
        services.issue_key(actor.company_id, name="x", by="test", role="king")
    assert refused.value.code == "role_unknown"
    assert not ApiKey.objects.exists()


def test_the_report_ends_with_one_while_a_pair_meets(
    actor: Actor, capsys: pytest.CaptureFixture[str]
) -> None:
    person(actor, "ann", "analyst")
    excepted(actor, "ann", 2)
    services.grant("ann", company_id=actor.company_id, role="collector", by="test")
    assert cli.report(company="acme", as_json=False) == 0
    said = capsys.readouterr().out
    assert "ann: analyst, collector: 2 edit customer master × approve credit (excepted)" in said
    assert "exception: ann, pair 2" in said
    person(actor, "mo", "manager")
    smuggled(actor, "mo", "resolver")
    assert cli.report(company="acme", as_json=True) == 1
    held = json.loads(capsys.readouterr().out)["acme"]["held"]
    assert [(one["username"], one["met"]) for one in held] == [("ann", [2]), ("mo", [4, 9])]


def test_what_waits_is_listed(actor: Actor, capsys: pytest.CaptureFixture[str]) -> None:
    opened(actor)
    reference = ask(person(actor, "ann", "analyst"), a_customer(actor, limit=None))
    assert cli.approvals(company="acme", every=False) == 0
    said = capsys.readouterr().out
    assert "acme: 1 waiting" in said
    assert f"{reference}  waiting  credit.set_limit  by ann  0/1 approved" in said


def test_roles_are_taken_and_given(actor: Actor) -> None:
    person(actor, "ann", "collector")
    assert users.revoke(name="ann", company="acme", roles=["collector"]) == 0
    assert users.grant(name="ann", company="acme", roles=["analyst"]) == 0
    [company] = queries.companies()
    user = next(one for one in queries.duty_report(actor).held if one.username == "ann")
    assert queries.roles_of(user.user_id, company.id) == {"analyst"}

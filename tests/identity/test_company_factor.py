"""A second factor by company: the strictest counts, from a day, after days of grace, undodged."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from creditdesk.controls import queries
from creditdesk.controls import services as controls
from creditdesk.controls.identity.rules import MODES, Asks, factor_due, is_second_factor_due
from creditdesk.controls.models import SecurityPolicy
from creditdesk.controls.queries import CompanyRow
from creditdesk.controls.rules import ROLES
from tests.faces.desk.pages import body, words
from tests.identity.conftest import PASSWORD, Enter, code_at, enrol, knock
from tests.support.fixtures import founded

pytestmark = pytest.mark.usefixtures("people")
OWED = "/security/second-factor/"
DAY = timedelta(days=1)


@pytest.fixture
def north(people: CompanyRow) -> CompanyRow:
    """Another company, in which Carl sells and Helena has no part."""
    of = founded("north")
    controls.grant("carl", company_id=of.id, role="sales", by="test")
    return of


def asks(of: CompanyRow, mode: str, *, grace_days: int = 0, since: date | None = None) -> None:
    """As if it had been set: also on a day that is past by now."""
    SecurityPolicy.objects.create(
        company_id=of.id, second_factor=mode, since=since or queries.machine_today(),
        grace_days=grace_days, asked_again=[], reason="test", recorded_by="test",
        recorded_at=queries.system_actor(of, "test").at,
    )  # fmt: skip


def is_let_in(client: Client, address: str = "/customers/") -> bool:
    response = client.get(address)
    if response.status_code == 200:
        return True
    assert (response.status_code, response["Location"]) == (302, OWED)
    return False


# -- the strictest of a person's companies --------------------------------------------------------


def test_one_company_of_a_person_is_enough(
    enter: Enter, people: CompanyRow, north: CompanyRow
) -> None:
    carl, helena = enter("carl"), enter("helena")
    asks(people, "off")
    asks(north, "all")
    assert not is_let_in(carl)
    assert is_let_in(helena)  # she has no part in it


def test_neither_company_makes_the_other_or_the_installation_ask_less(
    enter: Enter, people: CompanyRow, north: CompanyRow, settings: Settings
) -> None:
    carl, helena = enter("carl"), enter("helena")
    settings.SECOND_FACTOR = "all"
    asks(people, "off")
    asks(north, "off")
    assert not is_let_in(carl)
    settings.SECOND_FACTOR = "privileged"
    assert is_let_in(carl)
    assert not is_let_in(helena)
    settings.SECOND_FACTOR = "off"
    asks(people, "privileged")
    assert is_let_in(carl)
    assert not is_let_in(helena)


def test_far_reaching_roles_count_wherever_they_are_held(
    enter: Enter, people: CompanyRow, north: CompanyRow
) -> None:
    controls.grant("helena", company_id=north.id, role="sales", by="test")
    asks(north, "privileged")  # there she sells; she manages in the other
    assert not is_let_in(enter("helena"))
    assert is_let_in(enter("carl"))


def test_choosing_another_company_is_no_way_around(
    enter: Enter, people: CompanyRow, north: CompanyRow
) -> None:
    client = enter("carl")
    assert client.post("/company/", {"company": "acme"}).status_code == 303
    asks(north, "all")
    for code in ("acme", "north"):
        response = client.post("/company/", {"company": code, "next": "/customers/"})
        assert (response.status_code, response["Location"]) == (302, OWED)
        assert not is_let_in(client)


def test_leaving_the_strict_company_ends_it(
    enter: Enter, people: CompanyRow, north: CompanyRow
) -> None:
    asks(north, "all")
    client = enter("carl")
    assert not is_let_in(client)
    controls.revoke("carl", company_id=north.id, role="sales", by="test")
    assert is_let_in(client)


# -- from a day, with grace ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begun", "grace_days", "is_in"),
    [
        (1, 0, True),  # from tomorrow
        (0, 0, False),
        (-1, 0, False),
        (0, 1, True),
        (-1, 1, True),  # the last day of grace
        (-2, 1, False),
        (-89, 90, True),
        (-91, 90, False),
    ],
)
def test_it_begins_on_its_day_and_lets_in_for_its_grace(
    enter: Enter, people: CompanyRow, begun: int, grace_days: int, *, is_in: bool
) -> None:
    asks(people, "all", since=queries.machine_today() + begun * DAY, grace_days=grace_days)
    client = enter("carl")
    assert is_let_in(client) == is_in
    until = queries.machine_today() + (begun + grace_days) * DAY
    if is_in and begun <= 0:
        page = words(client.get("/customers/"))
        assert f"Set yours up by {until.day} {until:%b %Y}" in page
        enrol(client)
    assert "Set yours up by" not in words(client.get("/customers/", follow=True))


def test_the_earliest_end_of_grace_counts(
    enter: Enter, people: CompanyRow, north: CompanyRow
) -> None:
    asks(people, "all", grace_days=30)
    client = enter("carl")
    assert is_let_in(client)
    asks(north, "all", since=queries.machine_today() - 3 * DAY, grace_days=2)
    assert not is_let_in(client)


def test_grace_is_for_setting_up_and_not_for_doing_without(
    enter: Enter, people: CompanyRow
) -> None:
    """Who has one shows it from the first day; it cannot be removed to get the grace back."""
    old, client = enter(), enter()
    secret, _ = enrol(client)
    asks(people, "all", grace_days=30)
    assert is_let_in(client)
    assert not is_let_in(old)
    response = client.post("/security/app/remove")
    assert "add another before you remove the last" in words(response)
    assert Authenticator.objects.filter(type="totp").count() == 1
    given = {"code": code_at(secret), "next": "/customers/"}
    assert old.post("/again/code/", given)["Location"] == "/customers/"
    assert is_let_in(old)


def test_the_last_recorded_of_those_begun_is_in_force(people: CompanyRow) -> None:
    today = queries.machine_today()
    asks(people, "all", since=today + 5 * DAY)
    assert queries.security_of(people.id).second_factor == "off"
    asks(people, "privileged", since=today)
    assert queries.security_of(people.id).second_factor == "privileged"
    assert queries.security_of(people.id, today + 5 * DAY).second_factor == "privileged"
    assert [one.second_factor for one in queries.security_recorded(people.id)] == [
        "privileged", "all",
    ]  # fmt: skip


# -- old sessions, recovery codes, removed factors ------------------------------------------------


def test_a_session_that_showed_a_factor_long_gone_owes_one(
    enter: Enter, people: CompanyRow
) -> None:
    """Remembered as shown; then removed while nothing was asked; then asked."""
    client = enter()
    enrol(client)
    assert client.post("/security/app/remove").status_code == 302
    assert is_let_in(client)
    asks(people, "all")
    assert not is_let_in(client)
    assert "Set up one of these" in words(client.get(OWED))


def test_recovery_codes_alone_are_no_second_factor(enter: Enter, people: CompanyRow) -> None:
    client = enter()
    _, codes = enrol(client)
    Authenticator.objects.filter(type="totp").delete()  # as an older version might have left it
    asks(people, "all")
    assert not is_let_in(client)
    again = Client()
    knock(again, "helena")
    again.post("/login/second/", {"code": codes[0]})
    assert not is_let_in(again)


def test_a_recovery_code_shown_opens_one_session(enter: Enter, people: CompanyRow) -> None:
    _, codes = enrol(enter())
    asks(people, "all")
    client, thief = Client(), Client()
    for one in (client, thief):
        knock(one, "helena")
        one.post("/login/second/", {"code": codes[0]})
    assert is_let_in(client)
    assert thief.get("/customers/")["Location"].startswith("/login/")


@pytest.mark.parametrize(
    "address",
    ["/", "/customers/", "/approvals/", "/sign-in-rules/", "/api/v1/customers/C1",
     "/api/openapi.json", "/security/", "/security/sessions/", "/security/codes/new",
     "/nowhere/", "/audit/"],
)  # fmt: skip
def test_whoever_owes_it_sees_no_page_and_no_answer_of_the_interface(
    enter: Enter, people: CompanyRow, address: str
) -> None:
    client = enter()
    asks(people, "all")
    for response in (client.get(address), client.post(address)):
        if address.startswith("/api/"):  # a session counts for nothing there
            answered = response.status_code in (401, 405)
            assert answered or response.json().get("code") == "not_found"
            assert "C1" not in response.content.decode().replace(address, "")
        else:
            assert (response.status_code, response["Location"]) == (302, OWED)


def test_who_owes_it_does_not_set_the_rules(enter: Enter, people: CompanyRow) -> None:
    client = enter("ada")
    asks(people, "all")
    form = {
        "second_factor": "off", "since": queries.machine_today().isoformat(), "grace_days": "0",
        "reason": "let me in", "confirmed": "yes",
    }  # fmt: skip
    assert client.post("/sign-in-rules/", form)["Location"] == OWED
    assert SecurityPolicy.objects.count() == 1
    client.post("/again/", {"password": PASSWORD, "next": "/sign-in-rules/"})
    assert SecurityPolicy.objects.count() == 1


def test_what_was_sent_before_the_rule_is_not_done_after_it(
    enter: Enter, people: CompanyRow
) -> None:
    """Kept while asked again; then the rule begins: the password alone no longer does it."""
    client = enter("ada")
    age(client)
    form = {
        "second_factor": "off", "since": queries.machine_today().isoformat(), "grace_days": "0",
        "reason": "x", "confirmed": "yes",
    }  # fmt: skip
    response = client.post("/sign-in-rules/", form)
    assert response["Location"] == "/again/?next=%2Fsign-in-rules%2F"
    asks(people, "all")
    response = client.post("/again/", {"password": PASSWORD, "next": "/sign-in-rules/"})
    assert response["Location"] == "/"
    assert SecurityPolicy.objects.count() == 1


def age(client: Client) -> None:
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 10_000
    session.save()


# -- the rule itself -----------------------------------------------------------------------------

DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
ASKS = st.builds(Asks, st.sampled_from(MODES), DAYS, st.integers(0, 90))
SOME_ROLES = st.frozensets(st.sampled_from(sorted(ROLES)), max_size=3)


@given(st.lists(ASKS, max_size=5), ASKS, SOME_ROLES, DAYS)
def test_one_more_who_asks_never_makes_it_less(
    asked: list[Asks], more: Asks, roles: frozenset[str], today: date
) -> None:
    before, after = factor_due(asked, roles, today), factor_due([*asked, more], roles, today)
    if before is not None:
        assert after is not None
        assert after.until <= before.until
    one = factor_due([more], roles, today)
    assert (after is None) == (before is None and one is None)
    assert (one is not None) == (more.since <= today and is_second_factor_due(more.mode, roles))


@given(ASKS, SOME_ROLES, DAYS, st.integers(0, 400))
def test_once_overdue_it_stays_overdue(
    one: Asks, roles: frozenset[str], today: date, later: int
) -> None:
    due = factor_due([one], roles, today)
    if due is not None and due.is_overdue(today):
        again = factor_due([one], roles, today + later * DAY)
        assert again is not None
        assert again.is_overdue(today + later * DAY)


# -- the page ------------------------------------------------------------------------------------


def test_an_administrator_sees_whom_it_concerns_and_sets_it(
    enter: Enter, people: CompanyRow, north: CompanyRow
) -> None:
    enrol(enter("helena"))
    client = enter("ada")
    assert "Nothing was set here yet" in words(client.get("/sign-in-rules/"))
    today = queries.machine_today()
    form = {
        "second_factor": "privileged", "since": today.isoformat(), "grace_days": "7",
        "reason": "the auditors", "ask.cash.apply": "on",
    }  # fmt: skip
    page = words(client.post("/sign-in-rules/", form))
    assert not SecurityPolicy.objects.exists()
    until = today + 7 * DAY
    assert "1 person must set one up" in page
    assert f"ada Administrator must set one up by {until.day} {until:%b %Y}" in page
    assert "helena Credit manager has one" in page
    assert "carl Collector has none, and needs none" in page
    assert "You are one of them" in page
    response = client.post("/sign-in-rules/", {**form, "confirmed": "yes"})
    assert (response.status_code, response["Location"]) == (303, "/sign-in-rules/")
    kept = SecurityPolicy.objects.get()
    assert (kept.company_id, kept.second_factor, kept.since, kept.grace_days) == (
        people.id, "privileged", today, 7,
    )  # fmt: skip
    assert (kept.asked_again, kept.reason, kept.recorded_by) == (
        ["cash.apply"], "the auditors", "ada",
    )  # fmt: skip
    page = words(client.get("/sign-in-rules/"))
    assert "Apply cash" in page
    assert "7 days of grace" in page
    assert "Set yours up by" in page


def test_another_companys_stricter_rule_shows_in_the_preview(
    enter: Enter, people: CompanyRow, north: CompanyRow
) -> None:
    asks(north, "all", grace_days=9)
    form = {
        "second_factor": "off", "since": queries.machine_today().isoformat(), "grace_days": "0",
        "reason": "x",
    }  # fmt: skip
    until = queries.machine_today() + 9 * DAY
    page = words(enter("ada").post("/sign-in-rules/", form))
    assert f"carl Collector must set one up by {until.day} {until:%b %Y}" in page
    assert "ada Administrator has none, and needs none" in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"since": "2001-01-01"}, "is not a day from which this can be asked"),
        ({"grace_days": "91"}, "are no time for setting it up"),
        ({"grace_days": "many"}, "cannot stand here"),
        ({"second_factor": "some"}, "does not say who needs a second factor"),
        ({"reason": ""}, "Nothing was given"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    enter: Enter, change: dict[str, str], said: str
) -> None:
    form = {
        "second_factor": "all", "since": queries.machine_today().isoformat(), "grace_days": "1",
        "reason": "kept text", "ask.cash.undo": "on",
    }  # fmt: skip
    response = enter("ada").post("/sign-in-rules/", {**form, **change, "confirmed": "yes"})
    assert response.status_code == 422
    page = body(response)
    assert said in page
    assert 'name="ask.cash.undo" value="on" checked' in page
    assert not SecurityPolicy.objects.exists()


@pytest.mark.parametrize(("name", "status"), [("helena", 200), ("carl", 403)])
def test_others_read_it_or_not_and_set_nothing(enter: Enter, name: str, status: int) -> None:
    client = enter(name)
    assert client.get("/sign-in-rules/").status_code == status
    form = {
        "second_factor": "off", "since": queries.machine_today().isoformat(), "grace_days": "0",
        "reason": "x",
    }  # fmt: skip
    for more in ({}, {"confirmed": "yes"}):
        assert client.post("/sign-in-rules/", {**form, **more}).status_code == 403
    assert not SecurityPolicy.objects.exists()

"""A small world lived through the real services: books, order, clock, repetition."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from pytest_django.plugin import DjangoDbBlocker

from creditdesk.cash.readers import PROVED
from creditdesk.controls import queries as controls
from creditdesk.controls.models import AuditEntry
from creditdesk.insight import queries as insight
from creditdesk.insight.queries.simulated import simulate
from creditdesk.kernel.errors import Refused
from creditdesk.orders import queries as orders
from creditdesk.plumbing import clock
from creditdesk.policy import publishing_queries as drafts
from creditdesk.policy import queries as policies
from creditdesk.policy import wording as policy_words
from creditdesk.simulation import queries
from creditdesk.simulation import services as simulation
from tests.simulation import worlds

pytestmark = pytest.mark.xdist_group("simulation")


@pytest.fixture(scope="module")
def told(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[date]]:
    """The small world, lived once for all tests of this module; they only read it."""
    with worlds.a_database(django_db_blocker):
        yield worlds.live()


def test_every_date_is_told_once_and_in_order(told: list[date]) -> None:
    assert len(told) == worlds.DAYS
    assert told == sorted(set(told))
    assert (worlds.UNTIL - told[-1]).days == 1


def test_the_books_hold_in_both_companies(told: list[date]) -> None:
    companies = controls.companies()
    assert [company.code for company in companies] == ["corvendale-de", "corvendale-uk"]
    for company in companies:
        assert insight.prove(company.id) == []
    assert worlds.rows("SELECT 1 FROM ledger_posting LIMIT 1")


def test_it_is_complete_and_the_clock_stands_on_the_morning_to_come(told: list[date]) -> None:
    assert simulation.is_complete()
    assert clock.is_moved()
    local = clock.now().astimezone(ZoneInfo("Europe/London"))
    assert local.date() == worlds.UNTIL
    assert time(8, 5) <= local.time() < time(9, 0)


def test_another_company_is_not_made_over_it(told: list[date]) -> None:
    before = worlds.figures()
    with pytest.raises(Refused) as refused:
        worlds.live(seed=8)
    assert refused.value.code == "company_exists"
    assert worlds.figures() == before


def test_every_statement_was_proved_and_the_bank_is_fresh(told: list[date]) -> None:
    formats = {row[0] for row in worlds.rows("SELECT DISTINCT format FROM cash_statement")}
    assert formats == {"camt.053", "mt940", "bai2"}
    assert {r[0] for r in worlds.rows("SELECT DISTINCT proof FROM cash_statement")} == {PROVED}
    refused = worlds.rows(
        "SELECT report FROM day_daystep WHERE step = 'take_in' AND report->'refused' <> '[]'"
    )
    assert refused == []
    closings = worlds.rows("SELECT account_id, max(to_date) FROM cash_statement GROUP BY 1")
    assert {closing for _, closing in closings} == {date(2026, 6, 12)}


def test_each_statement_begins_where_the_one_before_ended(told: list[date]) -> None:
    gaps = worlds.rows(
        """SELECT 1 FROM (SELECT opening_minor, lag(closing_minor) OVER (
                              PARTITION BY account_id ORDER BY to_date) AS before
                            FROM cash_statement) s
            WHERE before IS NOT NULL AND before <> opening_minor"""
    )
    assert gaps == []


def test_nobody_is_chased_for_what_is_not_overdue(told: list[date]) -> None:
    chased = worlds.rows(
        """SELECT count(*), count(*) FILTER (WHERE i.due_on >= m.queued_at::date)
             FROM contact_message m JOIN contact_messageitem l ON l.message_id = m.id
             JOIN invoices_item i ON i.id = l.item_id
            WHERE m.purpose = 'collection' AND m.status = 'sent'"""
    )
    total, too_early = chased[0]
    assert isinstance(total, int)
    assert total > 0
    assert too_early == 0


def test_nobody_is_written_to_on_a_weekend(told: list[date]) -> None:
    days = worlds.rows("SELECT DISTINCT extract(isodow FROM queued_at) FROM contact_message")
    assert {int(str(day)) for (day,) in days} <= {1, 2, 3, 4, 5}


def test_the_day_ran_on_every_business_day_and_on_no_other(told: list[date]) -> None:
    whit_monday, ascension = date(2026, 5, 25), date(2026, 5, 14)
    holidays = {"corvendale-de": {whit_monday, ascension}, "corvendale-uk": {whit_monday}}
    for company in controls.companies():
        worked = {
            row[0]
            for row in worlds.rows(
                "SELECT business_date FROM day_daystep"
                f" WHERE company_id = {company.id} AND step = 'prove'"
            )
        }
        weekdays = {day for day in told if day.weekday() < 5}
        assert worked == weekdays - holidays[company.code]


def test_people_act_in_their_roles(told: list[date]) -> None:
    who = set(AuditEntry.objects.values_list("command", "actor"))
    assert ("orders.check", "simulation") in who
    assert ("collections.log_activity", "tobias") in who
    assert {actor for command, actor in who if command == "cash.apply"} <= {"aisha"}


@pytest.mark.parametrize("login", simulation.LOGINS, ids=lambda login: login.username)
def test_everyone_may_sign_in_and_works_in_both_companies(
    told: list[date], login: simulation.Login
) -> None:
    user = authenticate(username=login.username, password=login.password)
    assert user is not None
    assert user.pk is not None
    assert len(controls.companies_of(user.pk)) == 2
    validate_password(login.password, user)


def test_the_manager_comes_first() -> None:
    assert simulation.LOGINS[0].roles[0] == "manager"


def test_the_same_seed_side_by_side_gives_the_same_figures(
    told: list[date], django_db_blocker: DjangoDbBlocker
) -> None:
    first, digest, told_again = worlds.figures(), queries.digest(), list[date]()
    compared = queries.falsely_applied()
    with worlds.a_database(django_db_blocker):
        outcome = simulation.run(
            days=worlds.DAYS, customers=worlds.CUSTOMERS, seed=7, until=worlds.UNTIL,
            tell=told_again.append,
        )  # fmt: skip
        second = worlds.figures()
    assert outcome == simulation.Outcome(digest, (), compared)
    assert told_again == told
    assert second == first
    lively = ("books", "items", "messages", "worklist", "orders")
    assert all(first[subject][0] > 0 for subject in lively)


def test_what_was_broken_off_is_not_complete(django_db_blocker: DjangoDbBlocker) -> None:
    def break_off(day: date) -> None:
        raise RuntimeError(day)

    with worlds.a_database(django_db_blocker):
        assert not simulation.is_complete()
        with pytest.raises(RuntimeError):
            simulation.live(
                days=2, customers=2, seed=7, until=worlds.UNTIL, tell=break_off, side_by_side=False
            )
        assert controls.companies()
        assert not simulation.is_complete()
        assert not clock.is_moved()


def test_a_morning_on_a_holiday_is_refused(django_db_blocker: DjangoDbBlocker) -> None:
    with worlds.a_database(django_db_blocker):
        with pytest.raises(Refused) as refused:
            simulation.live(
                days=2, customers=2, seed=7, until=date(2026, 6, 14), tell=lambda _: None
            )
        assert refused.value.code == "until_no_business_day"
        assert controls.companies() == []


WAITING = """
    SELECT c.code, a.command FROM controls_approvalrequest a
      JOIN controls_company c ON c.id = a.company_id
      CROSS JOIN (SELECT base_at FROM plumbing_clock) k
     WHERE a.state = 'waiting' AND a.expires_at > k.base_at ORDER BY 1
"""


def test_the_day_begins_with_one_approval_to_decide(told: list[date]) -> None:
    assert worlds.rows(WAITING) == [
        ("corvendale-de", "credit.set_limit"),
        ("corvendale-uk", "credit.set_limit"),
    ]


@pytest.mark.parametrize(
    "until",
    [
        date(2026, 6, 16),  # a Tuesday
        date(2026, 4, 7),  # after Easter: four days at home
        date(2026, 12, 29),  # after Christmas; the Monday is no day of work in the United Kingdom
    ],
    ids=str,
)
def test_on_any_date_one_approval_waits(django_db_blocker: DjangoDbBlocker, until: date) -> None:
    with worlds.a_database(django_db_blocker):
        worlds.live(days=8, customers=4, until=until)
        assert [code for code, _ in worlds.rows(WAITING)] == ["corvendale-de", "corvendale-uk"]


def count(statement: str) -> int:
    (row,) = worlds.rows(statement)
    return int(str(row[0]))


def test_no_money_is_applied_to_what_its_payer_did_not_mean(told: list[date]) -> None:
    compared = queries.falsely_applied()
    assert list(compared) == ["corvendale-de", "corvendale-uk"]
    assert [false for _, false in compared.values()] == [0, 0]
    assert min(applied for applied, _ in compared.values()) >= 5


def test_mandates_are_collected_on_by_three_people(told: list[date]) -> None:
    runs = worlds.rows(
        "SELECT r.made_by, r.approved_by, a.recorded_by FROM treasury_run r"
        "  JOIN treasury_fileact a ON a.file_id = r.file_id AND a.act = 'handed_over'"
    )
    assert set(runs) == {("aisha", "maren", "theo")}
    assert count("SELECT count(*) FROM treasury_runline WHERE state = 'settled'") > 0
    # Whoever is collected from never pays the same by transfer as well.
    assert count("SELECT count(*) FROM treasury_run WHERE state = 'drawn_up'") == 0


def test_a_return_that_names_no_payment_waits_in_each_company(told: list[date]) -> None:
    waiting = worlds.rows(
        "SELECT c.code FROM cash_return r JOIN controls_company c ON c.id = r.company_id"
        " WHERE r.state = 'waiting' ORDER BY 1"
    )
    assert set(waiting) == {("corvendale-de",), ("corvendale-uk",)}


def test_statements_of_account_leave_by_themselves(told: list[date]) -> None:
    schedules = count("SELECT count(*) FROM statements_schedule")
    sent = count("SELECT count(DISTINCT customer_id) FROM statements_sent")
    assert 0 < sent <= schedules < worlds.CUSTOMERS
    assert worlds.rows("SELECT DISTINCT recorded_by FROM statements_schedule") == [("maren",)]


def test_somebody_else_pays_for_some_customers(told: list[date]) -> None:
    known = worlds.rows("SELECT DISTINCT kind FROM cash_payerrelation WHERE is_explicit")
    assert ("factor",) in known
    factored = count(
        "SELECT count(*) FROM cash_bankline WHERE counterparty IN"
        " ('Hansewall Factoring AG', 'Pennine Invoice Finance Ltd')"
    )
    assert factored > 0


def test_every_order_decision_of_the_world_replays_under_its_version(told: list[date]) -> None:
    for company in controls.companies():
        stored = orders.decisions(company.id)
        assert len(stored) >= 5
        for one in stored:
            again = orders.replay(company.id, one)
            assert again.fired == one.fired
            assert one.outcome in (again.outcome, "released") or "chosen" in one.inputs


def test_a_draft_waits_that_would_have_changed_something(told: list[date]) -> None:
    for company in controls.companies():
        [draft] = drafts.drafts(company.id)
        assert draft.author == "edward"
        now = policies.in_force(company.id, worlds.UNTIL)
        changes = policy_words.compare(now, draft.policy(worlds.UNTIL), company.currency)
        assert len(changes) == 9
        found = simulate(company.id, draft.policy(worlds.UNTIL), until=worlds.UNTIL)
        assert found.reminders.more != 0
        same = simulate(company.id, now, until=worlds.UNTIL)
        assert same.orders.asked == found.orders.asked >= 5
        assert (same.orders.held, same.orders.accepted, same.orders.other_reasons) == (0, 0, 0)
        assert same.reminders.more == 0
        assert same.limits.before == same.limits.after

"""New rules told: staff by mail in their language, customers through the gate, once each."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given as drawn
from hypothesis import strategies as st
from pytest_django import Settings

from creditdesk.controls import services as controls
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewContact, NewCustomer
from creditdesk.day.telling import queries, services
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Refused
from creditdesk.plumbing import clock, sql
from creditdesk.policy import publishing_queries as published
from creditdesk.policy import queries as policies
from creditdesk.policy import rules, telling_queries
from creditdesk.policy import services as policy
from creditdesk.policy.rules import DEFAULT, Bound
from tests.contact.mailbox import mailbox
from tests.controls.people import now, person
from tests.support.at_once import at_once
from tests.support.fixtures import TODAY, founded, standing_actor

APRIL = date(2026, 4, 1)


@pytest.fixture(autouse=True)
def _at_nine() -> Iterator[None]:
    with clock.held_at(datetime.combine(TODAY, time(9, 0), tzinfo=UTC)):
        yield


@pytest.fixture
def desk(actor: Actor) -> Actor:
    controls.found_company("test", sender_email="desk@corvendale.example")
    policy.ensure_default(actor, valid_from=date(2026, 1, 1))
    return actor


def account(of: Actor, number: str, *, terms: str = "", language: str = "en", **more: Any) -> int:
    """A customer with somebody to write to."""
    contacts = more.pop(
        "contacts",
        (NewContact(name=f"Ann {number}", email=f"ann@{number.lower()}.example",
                    language=language, is_primary=True),),
    )  # fmt: skip
    [found] = customers.create(
        of,
        new=[NewCustomer(number=number, name=f"{number} Ltd", currency="EUR", country="DE",
                         language=language, contacts=contacts, **more)],
    )  # fmt: skip
    if terms:
        customers.set_terms(of, found, terms_code=terms, valid_from=date(2026, 1, 1))
    return found


def changed(**sections: Any) -> dict[str, Any]:
    """The default rules, some of their sections with other values."""
    given: dict[str, Any] = copy.deepcopy(dict(DEFAULT))
    for name, value in sections.items():
        given[name] = {**given[name], **value} if isinstance(value, dict) else value
    return given


def shorter_net30() -> list[dict[str, Any]]:
    return [{**one, "net_days": 21} if one["code"] == "net30" else one for one in DEFAULT["terms"]]


def published_by(desk: Actor, given: dict[str, Any], *, on: date = APRIL) -> int:
    """A version asked for by a machine, which nobody has to approve."""
    return policy.submit(desk, given=given, valid_from=on, reason="too much is late")


def letters(of: Actor) -> list[tuple[int, str, list[str]]]:
    rows = sql.scalars(
        "SELECT jsonb_build_array(customer_id, outcome, sections) FROM day_policyletter"
        " WHERE company_id = %s ORDER BY customer_id",
        [of.company_id],
    )
    return [tuple(json.loads(one)) for one in rows]  # type: ignore[misc]


def messages(of: Actor) -> list[tuple[str, str, str, str]]:
    rows = sql.scalars(
        "SELECT jsonb_build_array(recipient, purpose, language, body_text) FROM contact_message"
        " WHERE company_id = %s ORDER BY id",
        [of.company_id],
    )
    return [tuple(json.loads(one)) for one in rows]  # type: ignore[misc]


def test_whoever_is_concerned_is_told_in_words_and_once(desk: Actor) -> None:
    own = account(desk, "C1", terms="net30")
    account(desk, "C2", terms="net60")
    german = account(desk, "C3", language="de")  # by the default terms, which are net30
    silent = account(desk, "C4", terms="net30", contacts=())
    version = published_by(desk, changed(terms=shorter_net30()))
    seen = queries.outlook(desk, policies.version(desk.company_id, 1),
                           policies.version(desk.company_id, version))  # fmt: skip
    assert (seen.count, seen.by_section, seen.without_address) == (3, {"terms": 3}, 1)
    assert seen.sample is not None
    assert services.tell_customers(desk, version) == services.Told(2, 0, 1)
    assert letters(desk) == [
        (own, "queued", ["terms"]), (german, "queued", ["terms"]),
        (silent, "no_address", ["terms"]),
    ]  # fmt: skip
    (to, purpose, language, text), (_, _, other, _) = messages(desk)
    assert (to, purpose, language, other) == ("ann@c1.example", "service", "en", "de")
    assert "from 1 Apr 2026 on some of the rules change" in text
    assert "until now: net30: 30 days net" in text
    assert "from then: net30: 21 days net" in text
    assert "net60" not in text
    assert sql.scalar("SELECT count(*) FROM contact_verdict WHERE company_id = %s",
                      [desk.company_id]) == 2  # fmt: skip
    assert services.tell_customers(desk, version) == services.Told()
    assert services.tell_pending(desk)["versions"] == []
    assert len(messages(desk)) == 2


def test_stopped_in_between_it_goes_on_and_two_at_once_write_once(
    desk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "BATCH", 2)
    ids = [account(desk, f"C{n}", terms="net30") for n in range(7)]
    version = published_by(desk, changed(terms=shorter_net30()))
    of = telling_queries.new_version(desk.company_id, version)
    with transaction.atomic():
        services._next(desk, of, version)
        transaction.set_rollback(True)  # as if the process had been killed
    assert (letters(desk), messages(desk)) == ([], [])
    services._next(desk, of, version)  # the first batch, and then the end of the process
    assert len(messages(desk)) == 2
    assert queries.pending(desk.company_id) == [version]
    report = services.tell_pending(desk)
    assert (report["queued"], len(messages(desk))) == (5, 7)
    assert [one for one, _, _ in letters(desk)] == ids
    assert queries.pending(desk.company_id) == []


def test_two_jobs_at_once_tell_everybody_once(
    committed_db: str, actor_of: Callable[..., Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "BATCH", 2)
    desk = actor_of(founded().id)
    policy.ensure_default(desk, valid_from=date(2026, 1, 1))
    for n in range(5):
        account(desk, f"C{n}", terms="net30")
    version = published_by(desk, changed(terms=shorter_net30()))
    job = partial(services.tell_customers, desk, version)
    told = at_once(job, job)
    assert sum(one.queued for one in told if isinstance(one, services.Told)) == 5
    assert sorted(one[0] for one in messages(desk)) == [f"ann@c{n}.example" for n in range(5)]


def test_nobody_is_told_of_what_binds_nobody_was_withdrawn_or_is_not_to_be_told(
    desk: Actor,
) -> None:
    account(desk, "C1", terms="net30")
    within = published_by(desk, changed(orders={"overdue_days_max": 14}))
    assert services.tell_customers(desk, within) == services.Told()
    silent = changed(terms=shorter_net30(), publishing={"tell_customers": False})
    version = published_by(desk, silent, on=date(2026, 5, 1))
    assert services.tell_customers(desk, version) == services.Told()
    back = published_by(desk, changed(terms=shorter_net30()), on=date(2026, 6, 1))
    policy.withdraw(desk, back, reason="not yet")
    assert services.tell_pending(desk)["queued"] == 0
    assert services.tell_customers(desk, back) == services.Told()
    assert (letters(desk), messages(desk)) == ([], [])


def test_another_company_is_told_nothing(desk: Actor) -> None:
    other = standing_actor(founded("other"))
    policy.ensure_default(other, valid_from=date(2026, 1, 1))
    account(other, "C1", terms="net30")
    version = published_by(desk, changed(terms=shorter_net30()))
    assert services.tell_customers(desk, version) == services.Told()
    assert messages(other) == []
    with pytest.raises(NotFound):
        services.tell_customers(other, version)


def test_limits_by_class_are_not_disclosed(desk: Actor) -> None:
    own = account(desk, "C1", terms="net30")
    rows = [*DEFAULT["limits"]["by_class"], {"minor": 77_700}]
    version = published_by(desk, changed(limits={"by_class": rows}))
    services.tell_customers(desk, version)
    assert letters(desk) == [(own, "queued", ["limits"])]
    [(_, _, _, text)] = messages(desk)
    assert "Your own limit stays as it is" in text
    assert "777" not in text


def test_a_notice_period_of_the_rules_is_kept(desk: Actor) -> None:
    given = changed(terms=shorter_net30(), publishing={"notice_days": 20})
    with pytest.raises(Invalid) as refused:
        published_by(desk, given, on=TODAY + timedelta(days=19))
    assert refused.value.code == "policy_notice_short"
    assert published.listing(desk.company_id)[0].version == 1
    assert published_by(desk, given, on=TODAY + timedelta(days=20)) == 2
    inward = changed(orders={"overdue_days_max": 9}, terms=shorter_net30(),
                     publishing={"notice_days": 20})  # fmt: skip
    assert published_by(desk, inward, on=TODAY + timedelta(days=21)) == 3


def test_staff_are_told_in_their_language_by_their_work(desk: Actor) -> None:
    for name, role in (("ann", "analyst"), ("cas", "cashier"), ("ina", "auditor"),
                       ("mo", "manager"), ("old", "manager")):  # fmt: skip
        person(desk, name, role)
    sql.execute("UPDATE controls_user SET email = username || '@x.example', language = 'de'"
                " WHERE username IN ('ann', 'ina', 'cas', 'old')")  # fmt: skip
    sql.execute("UPDATE controls_user SET is_active = false WHERE username = 'old'")
    version = published_by(desk, changed(orders={"overdue_days_max": 14}))
    told = {one.name: one for one in telling_queries.notices(desk.company_id, version)}
    assert {name: (one.status, one.recipient, one.language) for name, one in told.items()} == {
        "Ann": ("queued", "ann@x.example", "de"), "Mo": ("no_address", "", "en"),
    }  # fmt: skip
    text = told["Mo"].body_text
    assert told["Mo"].subject == "Credit policy, version 2: what changes from 1 Apr 2026"
    assert "until now: An order is held while something is late by more than 30 days" in text
    assert "from then: An order is held while something is late by more than 14 days" in text
    assert "too much is late" in text
    assert text.endswith(f"/policy/versions/{version}/")
    assert told["Mo"].read_by == TODAY + timedelta(days=14)
    assert services.send_to_staff(desk) == {"sent": 1}
    assert services.send_to_staff(desk) == {}
    kept = telling_queries.notice(desk.company_id, told["Ann"].id)
    assert (kept.status, kept.handed_over_at) == ("sent", desk.at)


def test_reminders_end_with_reading_and_come_once_a_day(desk: Actor) -> None:
    ann, mo = person(desk, "ann", "analyst"), person(desk, "mo", "manager")
    version = published_by(desk, changed(orders={"overdue_days_max": 14}))
    assert policy.remind(mo, version) == 0  # told today
    tomorrow = replace(desk, today=TODAY + timedelta(days=1))
    assert policy.remind_due(tomorrow) == 0
    assert policy.remind(tomorrow, version) == 2
    assert policy.remind(tomorrow, version) == 0
    policy.acknowledge(ann, version)
    week = replace(desk, today=TODAY + timedelta(days=8))
    assert (policy.remind_due(week), policy.remind_due(week)) == (1, 0)
    late = {
        row.name: (row.state(TODAY + timedelta(days=15)), row.reminders)
        for row in telling_queries.reading(desk.company_id, version)
    }
    assert late == {"Ann": ("read", 1), "Mo": ("overdue", 2)}
    before = len(telling_queries.notices(desk.company_id, version))
    with pytest.raises(Refused):
        policy.remind(now(desk, "ann"), version)
    with pytest.raises(NotFound):
        policy.remind(week, 1)  # nobody published the first
    assert len(telling_queries.notices(desk.company_id, version)) == before


def test_a_withdrawn_version_is_not_mailed_any_more(desk: Actor) -> None:
    person(desk, "mo", "manager")
    sql.execute("UPDATE controls_user SET email = 'mo@x.example' WHERE username = 'mo'")
    version = published_by(desk, changed(orders={"overdue_days_max": 14}))
    policy.withdraw(desk, version, reason="not yet")
    assert services.send_to_staff(desk) == {}
    [notice] = telling_queries.notices(desk.company_id, version)
    assert notice.status == "withdrawn"


SECTIONS = st.fixed_dictionaries(
    {},
    optional={
        "terms": st.just(shorter_net30()),
        "interest": st.just({"mode": "memo", "since": "2026-01-01"}),
        "dunning_fees": st.just({"fees": [{"step": "second", "currency": "EUR", "minor": 500}]}),
        "ladder": st.just([*DEFAULT["ladder"][:3]]),
        "limits": st.just({"by_class": [{"minor": 1}]}),
        "counter": st.just({"cheque_stale_days": 90}),
    },
)


@drawn(SECTIONS, st.sampled_from(["net30", "net60", ""]), st.sampled_from(["EUR", "USD"]))
def test_a_customer_is_told_of_exactly_what_binds_it(
    sections: dict[str, Any], terms: str, currency: str
) -> None:
    before = rules.parse(DEFAULT, version=1, valid_from=date(2026, 1, 1))
    after = rules.parse({**DEFAULT, **sections}, version=2, valid_from=APRIL)
    expected = [
        one
        for one in ("terms", "interest", "dunning_fees", "ladder", "limits")
        if one in sections
        and (one != "terms" or terms != "net60")
        and (one != "dunning_fees" or currency == "EUR")
    ]
    found = rules.binds(before, after, Bound(terms=terms, currency=currency, country="DE"))
    assert list(found) == expected
    assert not found or rules.may_bind(before, after)
    assert rules.binds(after, after, Bound(terms=terms, currency=currency)) == ()


def told_to(desk: Actor, name: str) -> Any:
    version = published.listing(desk.company_id)[0].version
    return next(
        one for one in telling_queries.notices(desk.company_id, version) if one.name == name
    )


def later(of: Actor, minutes: int = 11) -> Actor:
    return replace(of, at=of.at + timedelta(minutes=minutes))


@pytest.fixture
def uncertain(desk: Actor) -> Actor:
    """Ann and Mo were told of a version, and nobody knows whether the mails arrived."""
    for name, role in (("ann", "analyst"), ("mo", "manager")):
        person(desk, name, role)
    sql.execute("UPDATE controls_user SET email = username || '@x.example'")
    published_by(desk, changed(orders={"overdue_days_max": 14}))
    assert len(policy.claim_notices(desk)) == 2
    return desk


def test_what_never_was_answered_waits_for_a_person_and_is_sent_once_more(
    uncertain: Actor,
) -> None:
    desk = uncertain
    assert services.send_to_staff(later(desk)) == {}  # not by itself
    assert telling_queries.undelivered(desk.company_id, later(desk, 9).at) == []
    found = telling_queries.undelivered(desk.company_id, later(desk).at)
    assert [one.name for one in found] == ["Ann", "Mo"]
    ann, mo = found
    before = told_to(desk, "Ann").message_id
    assert policy.settle_mail(later(desk), ann.id, verdict="again") == "queued"
    assert policy.settle_mail(later(desk), mo.id, verdict="sent") == "sent"
    assert services.send_to_staff(later(desk)) == {"sent": 1}
    assert (told_to(desk, "Ann").status, told_to(desk, "Mo").answer) == ("sent", "decided by test")
    assert told_to(desk, "Ann").message_id == before
    assert telling_queries.undelivered(desk.company_id, later(desk, 60).at) == []


def test_nobody_decides_what_may_still_be_answered_or_was(uncertain: Actor) -> None:
    desk, ann = uncertain, told_to(uncertain, "Ann")
    with pytest.raises(Conflict) as caught:
        policy.settle_mail(later(desk, 9), ann.id, verdict="again")
    assert caught.value.code == "mail_settled"
    policy.settle_notice(desk, ann.id, "sent", "250 ok")
    with pytest.raises(Conflict) as settled:
        policy.settle_mail(later(desk), ann.id, verdict="again")
    assert settled.value.code == "mail_settled"
    with pytest.raises(Invalid) as unfit:
        policy.settle_mail(later(desk), ann.id, verdict="burnt")  # type: ignore[arg-type]
    assert unfit.value.code == "verdict_unfit"
    assert (told_to(desk, "Ann").status, told_to(desk, "Ann").answer) == ("sent", "250 ok")


def test_what_was_refused_is_sent_again_unless_its_version_was_withdrawn(
    uncertain: Actor,
) -> None:
    desk, ann = uncertain, told_to(uncertain, "Ann")
    policy.settle_notice(desk, ann.id, "failed", "550 no such user")
    policy.withdraw(desk, ann.version, reason="a mistake")
    assert telling_queries.undelivered(desk.company_id, later(desk).at) == []
    with pytest.raises(Conflict) as caught:
        policy.settle_mail(later(desk), ann.id, verdict="again")
    assert caught.value.code == "mail_of_withdrawn"
    assert told_to(desk, "Ann").status == "failed"


def test_a_mail_of_another_company_or_without_the_right_is_not_settled(uncertain: Actor) -> None:
    desk, ann = uncertain, told_to(uncertain, "Ann")
    other = later(standing_actor(founded("other")))
    with pytest.raises(NotFound):
        policy.settle_mail(other, ann.id, verdict="sent")
    with pytest.raises(Refused):
        policy.settle_mail(later(now(desk, "ann")), ann.id, verdict="sent")
    jonas = later(person(desk, "jonas", "administrator"))
    assert told_to(desk, "Ann").status == "handed_over"
    assert policy.settle_mail(jonas, ann.id, verdict="sent") == "sent"


def test_when_the_line_breaks_what_was_not_begun_waits_on(desk: Actor, settings: Settings) -> None:
    for name in ("ann", "bea", "mo"):
        person(desk, name, "manager")
    sql.execute("UPDATE controls_user SET email = username || '@x.example'")
    published_by(desk, changed(orders={"overdue_days_max": 14}))
    with mailbox() as box:
        answers = iter(["250 taken", "hang up", "250 taken"])
        box.answer = lambda _box: next(answers)
        settings.SMTP_URL = f"smtp://127.0.0.1:{box.port}"
        assert services.send_to_staff(desk) == {"sent": 1, "unreachable": 1}
        stands = [told_to(desk, name).status for name in ("Ann", "Bea", "Mo")]
        assert stands == ["sent", "handed_over", "queued"]
        assert services.send_to_staff(desk) == {"sent": 1}
    assert [mail["To"].addresses[0].username for mail in box.mails] == ["ann", "mo"]

"""Personal values stand apart from the trail, leave by rule, and the chain holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, time
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from creditdesk.collections import services as collections
from creditdesk.contact import services as contact
from creditdesk.contact.models import Message, Reply
from creditdesk.controls import services as controls
from creditdesk.controls.audit import services as audit
from creditdesk.controls.audit.verifying import verify
from creditdesk.controls.commands import command
from creditdesk.controls.models import AuditEntry, Erasure, Membership, PersonalValue, User
from creditdesk.controls.privacy import rules
from creditdesk.controls.privacy import services as privacy
from creditdesk.controls.privacy.rules import Line
from creditdesk.customers import queries as customers_queries
from creditdesk.customers import services as customers
from creditdesk.customers.models import Customer
from creditdesk.customers.rules import NewContact, NewCustomer
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, NotFound, Refused
from tests.audit.vault import Vault
from tests.insight.books import START, Books, opened

ANN = NewContact(name="Ann Example", email="ann@example.com", phone="+49 30 1234567")


@pytest.fixture
def books(actor: Actor) -> Books:
    return opened(actor, "Private Person")


def everything(*tables: str) -> str:
    """Return all text that stands in the tables."""
    texts = []
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT coalesce(json_agg(r)::text, '') FROM {table} r")
            texts.append(cursor.fetchone()[0])
    return " ".join(texts)


def every_table() -> list[str]:
    return [
        model._meta.db_table
        for model in apps.get_models()
        if model.__module__.startswith("creditdesk.") and "idempotency" not in model._meta.db_table
    ]


TRAIL = ("controls_auditentry", "customers_change", "plumbing_event", "controls_erasure")


def test_the_trail_names_people_by_digest_only(books: Books) -> None:
    customer_id = books.customers[0]
    contact_id = customers.add_contact(books.actor, customer_id, contact=ANN)
    customers.edit_contact(books.actor, contact_id, changes={"email": "ann@example.org"})
    customers.edit(books.actor, customer_id, changes={"street": "Lane 7", "segment": "retail"})
    contact.record_reply(
        books.actor, customer_id, sender="ann@example.org", body="I am ill", subject="Re: you"
    )
    collections.log_activity(books.actor, customer_id, kind="call", note="spoke with Ann")
    trail = everything(*TRAIL)
    for value in ("Ann", "example.com", "example.org", "1234567", "Lane 7", "ill", "Re: you"):
        assert value not in trail
    assert "retail" in trail
    entry = AuditEntry.objects.get(command="contact.reply")
    value = PersonalValue.objects.get(digest=entry.arguments["body"]["personal"])
    assert (value.value, value.subject_kind, value.subject_id) == (
        "I am ill", "customer", customer_id,
    )  # fmt: skip
    changes = customers_queries.history(books.actor.company_id, customer_id)
    assert ("contact email", "ann@example.com", "ann@example.org") in {
        (change.field, change.before, change.after) for change in changes
    }


def test_equal_values_have_unequal_digests(books: Books) -> None:
    for _ in range(2):
        customers.add_contact(books.actor, books.customers[0], contact=ANN)
    digests = PersonalValue.objects.filter(value="Ann Example").values_list("digest", flat=True)
    assert len(set(digests)) == len(digests) == 4  # two in the trail, two in the history


def test_a_command_without_personal_arguments_keeps_nothing_apart(books: Books) -> None:
    before = PersonalValue.objects.count()

    @command("cash.trial")
    def trial(actor: Actor, *, email: str) -> str:
        return email

    trial(books.actor, email="kept")
    assert PersonalValue.objects.count() == before
    assert AuditEntry.objects.latest("id").arguments == {"email": "kept"}


def test_the_search_of_a_download_is_kept_apart(books: Books) -> None:
    controls.audit(books.actor, "customers.export", {"address": "/customers/?q=Ann"})
    assert "Ann" not in everything("controls_auditentry")
    assert PersonalValue.objects.latest("id").value == "/customers/?q=Ann"


def test_an_erased_contact_is_nowhere_and_the_chain_holds(books: Books) -> None:
    actor, customer_id = books.actor, books.customers[0]
    contact_id = customers.add_contact(actor, customer_id, contact=ANN)
    customers.edit_contact(actor, contact_id, changes={"name": "Ann Married", "email": "am@x.org"})
    bob = customers.add_contact(actor, customer_id, contact=NewContact(name="Bob Other"))
    audit.seal()
    report = privacy.erase(actor, kind="contact", subject_id=contact_id)
    assert report.erased[0] == Line("contacts", 1)
    found = everything(*every_table())
    for value in ("Ann", "Married", "ann@", "am@x", "1234567"):
        assert value not in found
    assert "Bob Other" in found
    assert customers_queries.contact(actor.company_id, bob).name == "Bob Other"
    gone = customers_queries.contact(actor.company_id, contact_id)
    assert (gone.name, gone.email, gone.phone, gone.is_active) == ("erased", "", "", False)
    changes = customers_queries.history(actor.company_id, customer_id)
    assert ("contact name", "—", "—") in {(c.field, c.before, c.after) for c in changes}
    audit.seal()
    verified = verify(actor.company_id)
    assert (verified.findings, verified.unsealed) == ((), 0)
    assert verified.erased == PersonalValue.objects.filter(value=None).count() > 0
    assert Erasure.objects.get().kept == []


def test_the_plan_tells_the_same_and_changes_nothing(books: Books) -> None:
    customer_id = books.customers[0]
    customers.add_contact(books.actor, customer_id, contact=ANN)
    before = everything(*every_table())
    planned = privacy.plan(books.actor, kind="customer", subject_id=customer_id)
    assert everything(*every_table()) == before
    done = privacy.erase(books.actor, kind="customer", subject_id=customer_id)
    assert (planned.erased, planned.kept) == (done.erased, done.kept)
    assert AuditEntry.objects.latest("id").command == "privacy.erase"


def test_a_customer_without_documents_leaves_whole(books: Books) -> None:
    new = NewCustomer(
        number="P1", name="Carla Private", currency="EUR", street="Hidden Way 3", city="Ulm",
        contacts=(ANN,), bank_accounts=("DE02120300000000202051",), aliases=("C. Private",),
    )  # fmt: skip
    (customer_id,) = customers.create(books.actor, new=[new])
    contact.record_reply(books.actor, customer_id, sender="c@private.net", body="stop it please")
    Reply.objects.update(received_at=datetime(2010, 1, 1, tzinfo=UTC))
    report = privacy.erase(books.actor, kind="customer", subject_id=customer_id)
    assert report.kept == ()
    found = everything(*every_table())
    for value in (
        "Carla",
        "Hidden Way",
        "Ann",
        "DE021203",
        "C. Private",
        "c@private",
        "stop it",
        "Ulm",
    ):
        assert value not in found
    row = Customer.objects.get(id=customer_id)
    assert (row.number, row.name, row.status) == ("P1", "erased", "closed")


def test_documents_keep_the_account_with_reason_and_end(books: Books) -> None:
    customer_id = books.customers[0]
    books.invoice(customer_id, 12_000, issued=START, due=START)
    customers.add_contact(books.actor, customer_id, contact=ANN)
    collections.log_activity(books.actor, customer_id, kind="call", note="will pay")
    report = privacy.erase(books.actor, kind="customer", subject_id=customer_id)
    kept = {line.what: (line.count, line.reason, line.until) for line in report.kept}
    assert kept == {
        "notes": (1, "claims", None),
        "documents": (1, "law", date(2034, 12, 31)),  # eight years from 2025 on
        "open_items": (1, "claims", None),
        "account": (1, "claims", None),
    }
    assert Customer.objects.get(id=customer_id).name == "Private Person"
    assert "Ann" not in everything(*every_table())
    assert Erasure.objects.get().kept[1]["until"] == "2034-12-31"


def test_a_paid_account_is_kept_for_the_law_alone_and_leaves_after_it(books: Books) -> None:
    customer_id = books.customers[0]
    item = books.invoice(customer_id, 12_000, issued=START, due=START)
    books.pay(item, 12_000, on=START)
    collections.log_activity(books.actor, customer_id, kind="call", note="was friendly")
    report = privacy.erase(books.actor, kind="customer", subject_id=customer_id)
    assert Line("activity_notes", 1) in report.erased
    account = next(line for line in report.kept if line.what == "account")
    assert (account.reason, account.until) == ("law", date(2034, 12, 31))
    later = replace(books.on(date(2035, 1, 2)).actor)
    report = privacy.erase(later, kind="customer", subject_id=customer_id)
    assert report.kept == ()
    assert Customer.objects.get(id=customer_id).name == "erased"


def message(actor: Actor, customer_id: int, **different: object) -> Message:
    values = {
        "company_id": actor.company_id, "reference": "MSG-1", "customer_id": customer_id,
        "channel": "email", "purpose": "collection", "recipient": "ann@example.com",
        "subject": "Please pay", "body_text": "Dear Ann", "message_id": "<1@x>",
        "status": "sent", "queued_at": actor.at, "recorded_by": "test",
    }  # fmt: skip
    return Message.objects.create(**{**values, **different})


def test_business_letters_stay_their_years_and_the_rest_leaves(books: Books) -> None:
    customer_id, actor = books.customers[0], books.actor
    letter = message(actor, customer_id)
    old = message(actor, customer_id, reference="MSG-0", queued_at=datetime(2019, 5, 1, tzinfo=UTC))
    queued = message(actor, customer_id, reference="MSG-2", status="queued")
    advert = message(actor, customer_id, reference="MSG-3", purpose="marketing")
    report = privacy.erase(actor, kind="customer", subject_id=customer_id)
    assert Line("messages", 3) in report.erased
    kept = next(line for line in report.kept if line.what == "messages")
    assert (kept.count, kept.until) == (1, date(2032, 12, 31))
    for row in (letter, old, queued, advert):
        row.refresh_from_db()
    assert letter.body_text == "Dear Ann"
    assert {row.body_text for row in (old, queued, advert)} == {"erased"}
    assert queued.status == "withdrawn"


def test_a_user_loses_name_and_access_but_not_what_was_done(books: Books) -> None:
    user_id = controls.add_user("carl", password="x" * 12, first_name="Carl", last_name="Clerk")
    controls.grant("carl", company_id=books.actor.company_id, role="collector", by="test")
    report = privacy.erase(books.actor, kind="user", subject_id=user_id)
    assert report.kept == (Line("sign_in_name", 1, kept=True, reason="accountability"),)
    user = User.objects.get(id=user_id)
    assert (user.username, user.first_name, user.last_name, user.email) == ("carl", "", "", "")
    assert not user.is_active
    assert not user.has_usable_password()
    assert not Membership.objects.filter(user=user).exists()


def test_who_may_not_and_what_is_not_there_changes_nothing(books: Books) -> None:
    customer_id = books.customers[0]
    collector = replace(books.actor, permissions=frozenset({"read", "customers.*"}))
    with pytest.raises(Refused) as refused:
        privacy.erase(collector, kind="customer", subject_id=customer_id)
    assert refused.value.code == "not_permitted"
    other = controls.found_company("other", name="Other", currency="EUR", country="DE")
    before = everything(*every_table())
    foreign = replace(books.actor, company_id=other)
    for kind, code in (
        ("customer", "customer_unknown"), ("contact", "contact_unknown"), ("user", "user_unknown"),
    ):  # fmt: skip
        with pytest.raises(NotFound) as missing:
            privacy.erase(foreign, kind=kind, subject_id=customer_id)
        assert missing.value.code == code
    with pytest.raises(Invalid) as invalid:
        privacy.erase(books.actor, kind="dog", subject_id=1)
    assert invalid.value.code == "subject_unknown"
    assert everything(*every_table()) == before


@pytest.fixture
def vault(committed_db: str) -> Iterator[Vault]:
    with closing(Vault(committed_db)) as vault:
        yield vault


@pytest.mark.parametrize(
    ("country", "record", "on", "years"),
    [
        ("DE", "vouchers", date(2024, 12, 31), 10),
        ("DE", "vouchers", date(2025, 1, 1), 8),
        ("DE", "letters", date(2026, 1, 1), 6),
        ("AT", "vouchers", date(2026, 1, 1), 7),
        ("XX", "letters", date(2026, 1, 1), 10),
    ],
)
def test_retention_is_the_country_s_and_dated(
    country: str, record: rules.Record, on: date, years: int
) -> None:
    rule = rules.retention(country, record, on)
    assert rule.years == years
    assert rules.kept_until(rule, date(2026, 5, 5)) == date(2026 + years, 12, 31)
    first = rules.first_kept_day(rule, on)
    assert rules.kept_until(rule, first) >= on
    assert rules.kept_until(rule, date(first.year - 1, 12, 31)) < on


def test_a_value_that_vanished_without_a_rule_is_damage(vault: Vault, actor_of: object) -> None:
    company_id = controls.found_company("acme", name="Acme", currency="EUR", country="DE")
    actor = Actor(
        company_id=company_id, name="test", at=datetime.combine(START, time(9), tzinfo=UTC),
        today=START, permissions=frozenset({"*"}),
    )  # fmt: skip
    books = opened(actor, "Private Person")
    contact_id = customers.add_contact(actor, books.customers[0], contact=ANN)
    audit.seal()
    record = vault.value("SELECT min(id) FROM controls_personalvalue WHERE value LIKE 'Ann%%'")
    vault.run("UPDATE controls_personalvalue SET value = NULL, salt = NULL WHERE id = %s", record)
    assert [str(one) for one in verify(company_id).findings] == [
        f"missing: controls_personalvalue {record}, column value"
    ]
    privacy.erase(actor, kind="contact", subject_id=contact_id)
    assert [one.record for one in verify(company_id).findings] == [record]


def test_what_is_recorded_stays_json(books: Books) -> None:
    customers.add_contact(books.actor, books.customers[0], contact=ANN)
    entry = AuditEntry.objects.get(command="customers.edit")
    assert set(json.loads(json.dumps(entry.arguments))["contact"]["name"]) == {"personal"}
    assert entry.arguments["contact"]["role"] == ""


def test_history_from_before_the_chain_is_moved_apart(vault: Vault) -> None:
    company_id = controls.found_company("acme", name="Acme", currency="EUR", country="DE")
    for field, before, after in (
        ("contact name", "Ann", "Ann Married"), ("segment", "a", "b"), ("street", "", "Lane 7"),
    ):  # fmt: skip
        vault.run(
            "INSERT INTO customers_change (company_id, customer_id, field, before, after,"
            " recorded_at, recorded_by) VALUES (%s, 5, %s, %s, %s, '2026-01-05Z', 'test')",
            company_id, field, before, after,
        )  # fmt: skip
    migration = import_module(
        "creditdesk.customers.migrations.0002_history_without_personal_values"
    )
    for _ in range(2):
        for statement in migration.FORWARD:
            vault.run(statement)
    assert "Ann" not in everything("customers_change")
    assert "Lane 7" not in everything("customers_change")
    changes = customers_queries.history(company_id, 5)
    assert [(change.field, change.before, change.after) for change in changes] == [
        ("street", "", "Lane 7"), ("segment", "a", "b"), ("contact name", "Ann", "Ann Married"),
    ]  # fmt: skip
    audit.seal()
    assert verify(company_id).findings == ()
    assert PersonalValue.objects.filter(subject_id=5).count() == 3

"""Accounts opened, edited with history, grouped, given terms, recognised as payers, found."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection, transaction

from creditdesk.customers import queries, services
from creditdesk.customers.rules import NewContact, NewCustomer
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, DomainError, Invalid, NotFound, Refused
from creditdesk.policy import services as policy
from tests.support.fixtures import founded

ACORN = NewCustomer(
    number="C1",
    name="Müller & Söhne GmbH",
    currency="EUR",
    country="DE",
    city="Köln",
    group_number="G1",
    contacts=(
        NewContact(name="Anna", email="anna@example.com"),
        NewContact(name="Bert", email="bert@example.com", is_primary=True),
    ),
    bank_accounts=("DE89 3704 0044 0532 0130 00",),
    aliases=("Mueller Trading",),
)
BIRCH = NewCustomer(number="C2", name="Birch Ltd", currency="USD")


def opened(actor: Actor, *new: NewCustomer) -> list[int]:
    return services.create(actor, new=list(new or (ACORN, BIRCH)))


def test_accounts_open_in_order_with_all_they_have(actor: Actor) -> None:
    acorn, birch = opened(actor)
    assert queries.by_number(actor.company_id) == {"C1": acorn, "C2": birch}
    row = queries.customer(actor.company_id, "C1")
    assert (row.name, row.group_number, row.status, row.opened_on) == (
        "Müller & Söhne GmbH", "G1", "active", actor.today,
    )  # fmt: skip
    assert queries.primary_contacts(actor.company_id, [acorn, birch])[acorn].name == "Bert"
    index = queries.payer_index(actor.company_id)
    assert index.accounts == {"DE89370400440532013000": {acorn}}
    assert index.names == {
        "MUELLER SOEHNE": {acorn}, "MUELLER TRADING": {acorn}, "BIRCH": {birch},
    }  # fmt: skip
    assert index.numbers == {"C1": acorn, "C2": birch}


def test_a_number_taken_opens_nothing(actor: Actor) -> None:
    opened(actor)
    fresh = NewCustomer(number="C3", name="Cedar", currency="EUR")
    for batch in ([fresh, BIRCH], [fresh, fresh]):
        with pytest.raises(Conflict) as conflict:
            services.create(actor, new=batch)
        assert conflict.value.code == "customer_number_taken"
    assert set(queries.by_number(actor.company_id)) == {"C1", "C2"}


@pytest.mark.parametrize(
    ("new", "code"),
    [
        (NewCustomer(number="C3", name="", currency="EUR"), "value_missing"),
        (NewCustomer(number="C3", name="Cedar", currency="EUR", terms_code="x"), "terms_unknown"),
    ],
)
def test_faulty_accounts_are_refused_with_field_and_mend(
    actor: Actor, new: NewCustomer, code: str
) -> None:
    policy.ensure_default(actor, valid_from=date(2026, 1, 1))
    with pytest.raises(Invalid) as refused:
        services.create(actor, new=[BIRCH, new])
    assert refused.value.code == code
    assert refused.value.place.field
    assert refused.value.mend
    assert queries.by_number(actor.company_id) == {}


def test_edits_leave_history_and_the_old_name_is_still_recognised(actor: Actor) -> None:
    acorn, _ = opened(actor)
    changes = {"name": "Acorn SE", "city": "Köln", "note": "pays by cheque"}
    assert services.edit(actor, acorn, changes=changes) == 2
    assert services.edit(actor, acorn, changes=changes) == 0
    found = [(c.field, c.before, c.after) for c in queries.history(actor.company_id, acorn)]
    assert found == [
        ("note", "", "pays by cheque"),
        ("name", "Müller & Söhne GmbH", "Acorn SE"),
    ]
    names = queries.payer_index(actor.company_id).names
    assert names["ACORN"] == names["MUELLER SOEHNE"] == {acorn}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": "C9"}, "field_unknown"),
        ({"company_id": "2"}, "field_unknown"),
        ({"status": "closed"}, "field_unknown"),
        ({"city": "Bonn", "name": " "}, "value_missing"),
    ],
)
def test_wrong_edits_change_nothing(actor: Actor, changes: dict[str, str], code: str) -> None:
    acorn, _ = opened(actor)
    before = queries.customer_by_id(actor.company_id, acorn)
    with pytest.raises(Invalid) as refused:
        services.edit(actor, acorn, changes=changes)
    assert refused.value.code == code
    assert queries.customer_by_id(actor.company_id, acorn) == before
    assert queries.history(actor.company_id, acorn) == []


def test_another_company_can_neither_see_nor_touch(
    actor: Actor, actor_of: Callable[..., Actor]
) -> None:
    acorn, _ = opened(actor)
    contact_id = queries.contacts(actor.company_id, acorn)[0].id
    other = actor_of(founded("other").id)
    attempts: list[Callable[[], object]] = [
        lambda: services.edit(other, acorn, changes={"city": "x"}),
        lambda: services.add_contact(other, acorn, contact=NewContact(name="x")),
        lambda: services.edit_contact(other, contact_id, changes={"name": "x"}),
        lambda: services.put_in_group(other, [acorn], group_number="x"),
        lambda: services.learn_payer(other, rows=[(acorn, "1234567", "x")]),
        lambda: queries.customer(other.company_id, "C1"),
    ]
    for attempt in attempts:
        with pytest.raises(NotFound), transaction.atomic():
            attempt()
    assert queries.customers_by_id(other.company_id, [acorn]) == {}
    assert queries.search(other.company_id, "C1") == []
    assert queries.history(actor.company_id, acorn) == []


def test_only_who_may_does(actor: Actor, actor_of: Callable[..., Actor]) -> None:
    acorn, _ = opened(actor)
    auditor = actor_of(actor.company_id, role="auditor")
    with pytest.raises(Refused):
        services.edit(auditor, acorn, changes={"city": "x"})
    with pytest.raises(Refused):
        services.create(auditor, new=[NewCustomer(number="C3", name="Cedar", currency="EUR")])
    assert len(queries.by_number(actor.company_id)) == 2


def test_terms_hold_from_their_date(actor: Actor) -> None:
    policy.ensure_default(actor, valid_from=date(2026, 1, 1))
    acorn, birch = opened(actor)
    services.set_terms(actor, acorn, terms_code="net14", valid_from=date(2026, 1, 1))
    services.set_terms(actor, acorn, terms_code="net60", valid_from=date(2026, 2, 1))

    def on(day: date) -> dict[int, str]:
        return queries.terms_codes(actor.company_id, day, [acorn, birch])

    assert on(date(2026, 1, 31)) == {acorn: "net14"}
    assert on(date(2026, 2, 1)) == {acorn: "net60"}
    assert on(date(2025, 1, 1)) == {acorn: "net14"}
    with pytest.raises(Invalid) as refused:
        services.set_terms(actor, acorn, terms_code="x", valid_from=date(2026, 3, 1))
    assert refused.value.code == "terms_unknown"
    assert len(queries.terms_history(actor.company_id, acorn)) == 2


def test_people_come_go_and_take_turns(actor: Actor) -> None:
    acorn, _ = opened(actor)
    new = services.add_contact(
        actor, acorn, contact=NewContact(name="Cleo", email="c@example.com", is_primary=True)
    )
    assert queries.primary_contacts(actor.company_id)[acorn].id == new
    assert sum(one.is_primary for one in queries.contacts(actor.company_id, acorn)) == 1
    services.remove_contact(actor, new)
    assert queries.primary_contacts(actor.company_id)[acorn].name == "Anna"
    with pytest.raises(Invalid) as refused:
        services.edit_contact(actor, new, changes={"email": "nonsense"})
    assert refused.value.code == "email_malformed"
    fields = {change.field for change in queries.history(actor.company_id, acorn)}
    assert fields == {"contact", "contact is_active", "contact is_primary"}


def test_groups(actor: Actor) -> None:
    acorn, birch = opened(actor)
    services.put_in_group(actor, [acorn, birch], group_number="G2", group_name="Woods")
    found = [(g.number, g.name, g.member_count) for g in queries.groups(actor.company_id)]
    assert found == [("G1", "G1", 0), ("G2", "Woods", 2)]
    services.put_in_group(actor, [birch], group_number="")
    assert queries.customer_by_id(actor.company_id, birch).group_id is None


def test_payers_are_learned_once(actor: Actor) -> None:
    acorn, birch = opened(actor)
    rows = [(birch, "GB82 WEST 1234 5698 7654 32", "B. Wood Ltd"), (acorn, "", "BIRCH")]
    services.learn_payer(actor, rows=rows)
    services.learn_payer(actor, rows=rows)
    index = queries.payer_index(actor.company_id)
    assert index.accounts["GB82WEST12345698765432"] == {birch}
    assert index.names["BIRCH"] == {acorn, birch}
    (detail,) = queries.bank_details(actor.company_id, birch)
    assert (detail.holder, detail.learned) == ("B. Wood Ltd", True)
    assert queries.aliases(actor.company_id, birch) == ["B. Wood Ltd"]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("c1", ["C1"]),
        ("muller", []),
        ("mueller", ["C1"]),
        ("Söhne", ["C1"]),
        ("trading", ["C1"]),
        ("bert@", ["C1"]),
        ("köln", ["C1"]),
        ("birch", ["C2"]),
        ("%", []),
        ("  ", []),
        ("c", ["C2", "C1"]),
    ],
)
def test_search(actor: Actor, text: str, numbers: list[str]) -> None:
    opened(actor)
    assert [found.number for found in queries.search(actor.company_id, text)] == numbers


def test_lists_filter_sort_and_page(actor: Actor) -> None:
    opened(actor)
    page = queries.listing(actor.company_id, sort="-number", size=1)
    assert ([row.number for row in page.rows], page.total) == (["C2"], 2)
    page = queries.listing(actor.company_id, text="köl", country="DE", group_number="G1")
    assert [row.number for row in page.rows] == ["C1"]
    with pytest.raises(Invalid) as refused:
        queries.listing(actor.company_id, sort="nonsense")
    assert refused.value.code == "sort_unknown"


def test_two_who_open_one_number_at_once_open_it_once(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    actor = actor_of(founded().id)
    found: list[object] = []

    def work() -> None:
        try:
            found.append(services.create(actor, new=[BIRCH]))
        except DomainError as error:
            found.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found.count("customer_number_taken") == 3
    assert len(queries.by_number(actor.company_id)) == 1

"""Customers are screened once per change; clearing takes two; a confirmed hit stops credit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from creditdesk.assessment.evidence import services
from creditdesk.assessment.evidence.queries import evidence_of, screening
from creditdesk.assessment.evidence.services import Loaded, Screened
from creditdesk.controls import rules
from creditdesk.credit import services as credit
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewCustomer
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Refused
from creditdesk.plumbing import sql
from tests.assessment.evidence import samples


def a_firm(desk: Actor, number: str, name: str, aliases: tuple[str, ...] = ()) -> int:
    [found] = customers.create(
        desk, new=[NewCustomer(number=number, name=name, currency="EUR", aliases=aliases)]
    )
    return found


def load(desk: Actor, content: bytes = samples.EU, **given: str) -> Loaded:
    return services.load_list(
        desk, filename="list.xml", content=content, listed_on=desk.today, **given
    )


def hits_of(desk: Actor, customer: int) -> list[screening.HitRow]:
    return screening.hits(desk.company_id, application_id=None, customer_id=customer)


def blocks(desk: Actor) -> list[int]:
    return sql.scalars(
        "SELECT customer_id FROM credit_block WHERE company_id = %s AND lifted_at IS NULL",
        [desk.company_id],
    )


def codes(desk: Actor, customer: int) -> list[str]:
    found = evidence_of(
        desk.company_id, application_id=None, customer_id=customer, as_of=desk.today
    )
    return [one.code for one in found.signals]


def test_a_list_replaces_the_one_before_it_and_says_what_changed(desk: Actor) -> None:
    assert load(desk) == Loaded("eu", 2, 4, 2, 0, 0)
    assert load(desk) == Loaded("eu", 2, 4, 0, 0, 0, is_known=True)
    changed = samples.EU.replace(b'logicalId="11"', b'logicalId="12"').replace(b"Iwan", b"Jwan")
    assert load(desk, changed) == Loaded("eu", 2, 4, 1, 1, 1)
    assert load(desk, samples.UN).source == "un"
    assert load(desk, samples.COMMON, source="House ").source == "house"
    assert [(one.source, one.entry_count) for one in screening.lists(desk.company_id)] == [
        ("eu", 2), ("house", 1), ("un", 2),
    ]  # fmt: skip


def test_what_cannot_be_loaded_leaves_the_list_in_force(
    desk: Actor, actor_of: Callable[..., Actor]
) -> None:
    load(desk)
    with pytest.raises(Invalid) as caught:
        load(desk, b"<sdnList>")
    assert caught.value.code == "list_unreadable"
    with pytest.raises(Invalid) as unnamed:
        load(desk, samples.COMMON)
    assert unnamed.value.code == "list_without_source"
    with pytest.raises(Invalid) as early:
        services.load_list(
            desk, filename="x", content=samples.UN, listed_on=desk.today + timedelta(days=1)
        )
    assert early.value.code == "list_from_the_future"
    with pytest.raises(Refused) as refused:
        load(actor_of(desk.company_id, role="analyst"), samples.UN)
    assert refused.value.code == "not_permitted"
    assert [one.source for one in screening.lists(desk.company_id)] == ["eu"]
    assert len(screening.listed(desk.company_id)) == 4


def test_only_what_changed_is_screened_again(desk: Actor) -> None:
    near = a_firm(desk, "C1", "Iwan Sablew e.K.")
    other = a_firm(desk, "C2", "Acorn Foods Ltd")
    assert services.screen(desk) == Screened()
    load(desk)
    assert services.screen(desk) == Screened(screened=2, hits=1)
    [hit] = hits_of(desk, near)
    assert (hit.source, hit.reference, hit.listed_name) == ("eu", "EU.1.10", "Iwan Sablew")
    assert hit.own_name == "Iwan Sablew e.K."
    assert services.screen(desk) == Screened()
    customers.edit(desk, other, changes={"name": "Blacksea Sable Trading"})
    assert services.screen(desk) == Screened(screened=1, hits=1)
    load(desk, samples.UN)
    assert services.screen(desk) == Screened(screened=2, hits=0)


def test_an_alias_of_ours_counts_as_the_name(desk: Actor) -> None:
    near = a_firm(desk, "C1", "Acorn Foods", aliases=("Sable Trading House",))
    load(desk, samples.EU.replace(b"Black Sea Sable Trading LLC", b"Sable Trading House Ltd"))
    services.screen(desk)
    assert [one.own_name for one in hits_of(desk, near)] == ["Sable Trading House"]


def test_clearing_takes_two_and_lasts_until_name_or_entry_changes(desk: Actor) -> None:
    near = a_firm(desk, "C1", "Iwan Sablew")
    load(desk)
    services.screen(desk)
    first, second = replace(desk, user_id=1), replace(desk, name="second", user_id=2)
    [hit] = hits_of(desk, near)
    with pytest.raises(Conflict) as caught:
        services.review_hit(first, hit.id, verdict="cleared", reason="born 1990", after=0)
    assert caught.value.code == "verdict_does_not_follow"
    hit = services.review_hit(first, hit.id, verdict="proposed", reason="born 1990", after=0)
    assert codes(desk, near) == ["hit_open"]
    with pytest.raises(Refused) as alone:
        services.review_hit(first, hit.id, verdict="cleared", reason="yes", after=hit.review_id)
    assert alone.value.code == "hit_cleared_by_one"
    with pytest.raises(Conflict) as late:
        services.review_hit(second, hit.id, verdict="cleared", reason="agreed", after=0)
    assert late.value.code == "hit_reviewed_meanwhile"
    with pytest.raises(Invalid) as mute:
        services.review_hit(second, hit.id, verdict="cleared", reason=" ", after=hit.review_id)
    assert mute.value.code == "review_without_reason"
    assert hits_of(desk, near)[0].verdict == "proposed"
    services.review_hit(second, hit.id, verdict="cleared", reason="agreed", after=hit.review_id)
    assert codes(desk, near) == []
    load(desk, samples.EU.replace(b"Black Sea", b"Red Sea"))
    assert services.screen(desk) == Screened(screened=1, hits=0)
    assert codes(desk, near) == []
    load(desk, samples.EU.replace(b"Ivan Petrovich", b"Ivan Pavlovich"))
    assert services.screen(desk) == Screened(screened=1, hits=1)
    assert codes(desk, near) == ["hit_open"]


def test_a_key_confirms_but_neither_proposes_nor_clears(desk: Actor) -> None:
    near = a_firm(desk, "C1", "Iwan Sablew")
    load(desk)
    services.screen(desk)
    [hit] = hits_of(desk, near)
    person, other = replace(desk, name="ann", user_id=1), replace(desk, name="bea", user_id=2)
    of_a_manager = replace(desk, name="key 1 (erp)", permissions=rules.permissions_of({"manager"}))
    for key in (desk, of_a_manager):
        with pytest.raises(Refused) as caught:
            services.review_hit(key, hit.id, verdict="proposed", reason="x", after=0)
        assert caught.value.code == "review_needs_a_person"
    hit = services.review_hit(person, hit.id, verdict="proposed", reason="born 1990", after=0)
    for key in (desk, of_a_manager):
        for verdict in ("cleared", "sent_back"):
            with pytest.raises(Refused) as caught:
                services.review_hit(key, hit.id, verdict=verdict, reason="x", after=hit.review_id)
            assert caught.value.code == "review_needs_a_person"
    assert hits_of(desk, near) == [hit]
    cleared = services.review_hit(
        other, hit.id, verdict="cleared", reason="agreed", after=hit.review_id
    )
    services.review_hit(
        of_a_manager, hit.id, verdict="confirmed", reason="told us", after=cleared.review_id
    )
    assert blocks(desk) == [near]


def test_two_of_one_name_are_two_and_one_who_changed_theirs_is_one(desk: Actor) -> None:
    near = a_firm(desk, "C1", "Iwan Sablew")
    load(desk)
    services.screen(desk)
    [hit] = hits_of(desk, near)
    ann = replace(desk, name="Ann", user_id=1)
    hit = services.review_hit(ann, hit.id, verdict="proposed", reason="born 1990", after=0)
    with pytest.raises(Refused) as caught:
        services.review_hit(
            replace(ann, name="Anna"), hit.id, verdict="cleared", reason="x", after=hit.review_id
        )
    assert caught.value.code == "hit_cleared_by_one"
    assert hits_of(desk, near) == [hit]
    namesake = replace(ann, user_id=2)
    done = services.review_hit(
        namesake, hit.id, verdict="cleared", reason="agreed", after=hit.review_id
    )
    assert (done.verdict, done.reviewed_by_id) == ("cleared", 2)


def test_a_confirmed_hit_blocks_credit_and_blocks_it_again(desk: Actor) -> None:
    near = a_firm(desk, "C1", "Iwan Sablew")
    load(desk)
    services.screen(desk)
    [hit] = hits_of(desk, near)
    services.review_hit(desk, hit.id, verdict="confirmed", reason="same passport", after=0)
    assert blocks(desk) == [near]
    found = evidence_of(desk.company_id, application_id=None, customer_id=near, as_of=desk.today)
    assert found.stops_automatic
    assert [(one.code, one.sentence) for one in found.signals] == [
        ("hit_confirmed", "A name is on the list European Union: Iwan Sablew")
    ]
    credit.unblock(desk, near)
    assert services.screen(desk).blocked == 1
    assert blocks(desk) == [near]


def test_an_application_is_screened_by_its_own_names(desk: Actor) -> None:
    load(desk)
    assert services.screen_application(desk, 7, ["Sablew Iwan", ""]) == 1
    assert services.screen_application(desk, 7, ["Sablew Iwan", ""]) == 0
    found = evidence_of(desk.company_id, application_id=7, customer_id=None, as_of=desk.today)
    assert [one.code for one in found.signals] == ["hit_open"]
    [hit] = found.hits
    services.review_hit(desk, hit.id, verdict="confirmed", reason="told us", after=0)
    assert blocks(desk) == []


def test_a_hit_of_another_company_is_none(desk: Actor) -> None:
    near = a_firm(desk, "C1", "Iwan Sablew")
    load(desk)
    services.screen(desk)
    [hit] = hits_of(desk, near)
    with pytest.raises(NotFound) as caught:
        services.review_hit(
            replace(desk, company_id=desk.company_id + 1), hit.id, verdict="confirmed",
            reason="x", after=0,
        )  # fmt: skip
    assert caught.value.code == "hit_unknown"
    assert blocks(desk) == []
    assert [one.verdict for one in screening.queue(desk.company_id)] == [""]

"""A reminder sent by hand is the one a run would send: same words, step and fee, and only once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from creditdesk.collections import services as collections
from creditdesk.collections.models import NamedFee, StepTaken
from creditdesk.contact import services as contact
from creditdesk.contact.models import Message
from creditdesk.contact.services.holds import NewHold
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewContact
from creditdesk.insight import queries as insight
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import NotFound, Refused
from creditdesk.policy import services as policies
from creditdesk.policy.rules import DEFAULT
from tests.collections.stage import a_debtor, an_item, bank_closed
from tests.collections.test_fees import charged, fresh, letters
from tests.contact.stage import a_customer
from tests.support.at_once import at_once
from tests.support.fixtures import founded

__all__ = ["fresh"]


def steps() -> list[tuple[int, str, int]]:
    return list(StepTaken.objects.order_by("item_id").values_list("item_id", "step", "level"))


def fees() -> list[tuple[int, str, int]]:
    return list(NamedFee.objects.order_by("item_id").values_list("item_id", "step", "minor"))


def test_by_hand_and_by_the_day_a_reminder_is_the_same(fresh: Actor) -> None:
    hand, late = a_debtor(fresh, "HAND", late=45, name="Acorn")
    second = an_item(fresh, hand, late=25, number="A-2")
    day, other = a_debtor(fresh, "DAY", late=45, name="Acorn")
    third = an_item(fresh, day, late=25, number="B-2")
    assert collections.remind(fresh, customer_id=hand) == collections.Reminded(queued=1)
    by_hand, named = steps(), fees()
    assert by_hand == [(late, "final", 3), (second, "second", 2)]
    assert named == [(late, "final", 1_000), (second, "second", 500)]
    collections.send_queued(fresh)
    # The day writes to the one who was not written to, and the same of them.
    assert collections.run(fresh, run_on=fresh.today).messages_queued == 1
    collections.send_queued(fresh)
    assert steps()[2:] == [(other, "final", 3), (third, "second", 2)]
    assert fees()[2:] == [(other, "final", 1_000), (third, "second", 500)]
    assert sorted(charged(fresh)) == sorted(
        2 * [("charge", "final", 1_000), ("charge", "second", 500)]
    )
    one, two = letters(fresh)
    assert "a fee of 15.00 EUR" in one
    for theirs, ours in (("DAY", "HAND"), ("B-2", "A-2"), (f"INV-{day}-", f"INV-{hand}-")):
        two = two.replace(theirs, ours)
    assert one == two
    assert insight.prove(fresh.company_id) == []


def test_what_was_sent_by_hand_is_not_sent_again(fresh: Actor) -> None:
    customer, _ = a_debtor(fresh, late=25)
    assert [one.letter is not None for one in collections.preview_reminder(fresh, customer)] == [
        True
    ]
    assert Message.objects.count() == 0
    collections.remind(fresh, customer_id=customer)
    collections.send_queued(fresh)
    assert collections.preview_reminder(fresh, customer) == []
    assert collections.remind(fresh, customer_id=customer) == collections.Reminded()
    assert collections.run(fresh, run_on=fresh.today).messages_queued == 0
    assert (Message.objects.count(), charged(fresh)) == (1, [("charge", "second", 500)])


def test_nor_by_hand_what_the_day_has_sent(fresh: Actor) -> None:
    customer, _ = a_debtor(fresh, late=25)
    collections.run(fresh, run_on=fresh.today)
    assert collections.remind(fresh, customer_id=customer) == collections.Reminded()
    assert (Message.objects.count(), len(fees())) == (1, 1)


def test_what_holds_a_customer_holds_it_by_hand_as_well(fresh: Actor) -> None:
    customer, _ = a_debtor(fresh, late=25)
    contact.place_holds(fresh, [NewHold(customer, None, "manual", "test:1")])
    assert collections.remind(fresh, customer_id=customer) == collections.Reminded(refused=1)
    assert (Message.objects.count(), steps(), fees()) == (0, [], [])


def test_what_holds_a_run_holds_it_by_hand_as_well(
    actor: Actor, actor_of: Callable[..., Actor]
) -> None:
    customer, _ = a_debtor(actor, late=25)
    done = collections.remind(actor, customer_id=customer)
    assert done == collections.Reminded(held_reason="bank_unknown")
    bank_closed(actor)
    sunday = actor_of(actor.company_id, today=date(2026, 3, 15))
    done = collections.remind(sunday, customer_id=customer)
    assert done == collections.Reminded(held_reason="not_a_business_day")
    assert (Message.objects.count(), steps()) == (0, [])


def test_it_goes_to_the_contact_that_was_chosen(fresh: Actor) -> None:
    customer, _ = a_debtor(fresh, late=25)
    boss = NewContact(name="Bea Boss", email="bea@acorn.example", language="en")
    chosen = customers.add_contact(fresh, customer, contact=boss)
    strange = customers.add_contact(fresh, a_customer(fresh, "C9"), contact=boss)
    with pytest.raises(NotFound) as refused:
        collections.remind(fresh, customer_id=customer, contact_id=strange)
    assert (refused.value.code, Message.objects.count()) == ("contact_unknown", 0)
    collections.remind(fresh, customer_id=customer, contact_id=chosen)
    assert Message.objects.get().recipient == "bea@acorn.example"


def test_only_who_may_run_reminders_and_only_of_their_company(
    fresh: Actor, actor_of: Callable[..., Actor]
) -> None:
    customer, _ = a_debtor(fresh, late=25)
    with pytest.raises(Refused) as refused:
        collections.remind(
            replace(fresh, permissions=frozenset({"contact.send"})), customer_id=customer
        )
    assert refused.value.code == "not_permitted"
    with pytest.raises(NotFound):
        collections.remind(actor_of(founded("other").id), customer_id=customer)
    assert Message.objects.count() == 0


def test_by_hand_four_times_at_once_and_a_run_send_one(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    actor = actor_of(founded().id)
    a_customer(actor, "BANK")
    bank_closed(actor)
    policies.publish(actor, given=DEFAULT, valid_from=date(2026, 3, 1))
    customer, item = a_debtor(actor, late=25)
    done = at_once(
        *(lambda: collections.remind(actor, customer_id=customer) for _ in range(4)),
        lambda: collections.run(actor, run_on=actor.today),
    )
    assert not [one for one in done if isinstance(one, Exception)]
    live = Message.objects.filter(company_id=actor.company_id).exclude(status="withdrawn")
    assert [(one.step, one.status) for one in live] == [("second", "queued")]
    assert {of for of, _, _ in steps()} == {item}

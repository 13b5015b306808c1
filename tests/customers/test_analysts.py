"""A customer is in the hands of a person of credit from a date; who left is nobody's analyst."""

from __future__ import annotations

from datetime import timedelta

import pytest

from creditdesk.controls.models import Membership, User
from creditdesk.customers import queries, services
from creditdesk.customers.models import Analyst
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import NotFound, Refused
from tests.orders.verbs import a_customer
from tests.support.fixtures import founded, standing_actor
from tests.treasury.people import person


def named(actor: Actor, customer: int, who: Actor | None, *, in_days: int = 0) -> bool:
    return services.name_analyst(
        actor, customer, user_id=who.user_id if who else None,
        valid_from=actor.today + timedelta(days=in_days),
    )  # fmt: skip


def of(actor: Actor, customer: int, *, in_days: int = 0) -> int | None:
    day = actor.today + timedelta(days=in_days)
    found = queries.analysts_of(actor.company_id, [customer], day).get(customer)
    return found.user_id if found else None


def test_an_analyst_counts_from_a_day_until_the_next_is_named(actor: Actor) -> None:
    customer = a_customer(actor)
    ada, ben = person(actor, "ada", "analyst"), person(actor, "ben", "manager")
    assert named(actor, customer, ada)
    assert named(actor, customer, ben, in_days=10)
    assert named(actor, customer, None, in_days=20)
    assert [of(actor, customer, in_days=day) for day in (-1, 0, 9, 10, 19, 20)] == [
        None, ada.user_id, ada.user_id, ben.user_id, ben.user_id, None,
    ]  # fmt: skip
    told = [(one.name, one.recorded_by) for one in
            queries.analyst_history(actor.company_id, customer)]  # fmt: skip
    assert told == [("", "test"), ("Ben", "test"), ("Ada", "test")]


def test_naming_the_same_again_changes_nothing_and_a_change_stands_in_the_history(
    actor: Actor,
) -> None:
    customer, ada = a_customer(actor), person(actor, "ada", "analyst")
    assert named(actor, customer, ada)
    assert not named(actor, customer, ada)
    assert not named(actor, customer, ada, in_days=3)
    assert Analyst.objects.count() == 1
    [change] = [one for one in queries.history(actor.company_id, customer)
                if one.field == "analyst"]  # fmt: skip
    assert (change.before, change.after) == ("", f"Ada {actor.today}")


def test_nobody_outside_of_credit_or_of_the_company_is_an_analyst(actor: Actor) -> None:
    customer = a_customer(actor)
    elsewhere = person(standing_actor(founded("other")), "eve", "analyst")
    for who in (person(actor, "cole", "collector"), elsewhere):
        with pytest.raises(NotFound) as caught:
            named(actor, customer, who)
        assert caught.value.code == "analyst_unknown"
    assert Analyst.objects.count() == 0


def test_who_left_or_lost_the_role_is_nobodys_analyst_any_more(actor: Actor) -> None:
    customer, other = a_customer(actor, "C-1"), a_customer(actor, "C-2")
    ada, ben = person(actor, "ada", "analyst"), person(actor, "ben", "analyst")
    named(actor, customer, ada)
    named(actor, other, ben)
    User.objects.filter(id=ada.user_id).update(is_active=False)
    Membership.objects.filter(user_id=ben.user_id).delete()
    assert (of(actor, customer), of(actor, other)) == (None, None)


def test_another_companys_customer_is_none_and_an_analyst_may_not_name(actor: Actor) -> None:
    ada = person(actor, "ada", "analyst")
    theirs = a_customer(standing_actor(founded("other")))
    with pytest.raises(NotFound) as caught:
        named(actor, theirs, ada)
    assert caught.value.code == "customer_unknown"
    with pytest.raises(Refused) as refused:
        named(ada, a_customer(actor), ada)
    assert refused.value.code == "not_permitted"
    assert Analyst.objects.count() == 0

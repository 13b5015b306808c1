"""Who looked at whom: counted by day, seen by the auditor alone, forgotten in time."""

from __future__ import annotations

from datetime import date

from creditdesk.customers import queries, services
from creditdesk.kernel.actor import Actor
from creditdesk.policy import services as policy
from tests.customers.stage import acorn, as_person
from tests.support.fixtures import founded, standing_actor


def test_looks_are_counted_by_person_page_and_day(actor: Actor) -> None:
    customer_id = acorn(actor)
    ann, ben = as_person(actor, 1, "ann"), as_person(actor, 2, "ben")
    for who in (ann, ann, ben, as_person(actor, 1, "ann", days=1)):
        services.note_look(who, customer_id, page="customer")
    services.note_look(ann, customer_id, page="customer-history")
    found = [
        (one.viewer, one.page, one.viewed_on, one.views)
        for one in sorted(
            queries.views(actor.company_id), key=lambda one: (one.viewed_on, one.viewer, one.page)
        )
    ]
    tomorrow = as_person(actor, 1, "", days=1).today
    assert found == [
        ("ann", "customer", actor.today, 2),
        ("ann", "customer-history", actor.today, 1),
        ("ben", "customer", actor.today, 1),
        ("ann", "customer", tomorrow, 1),
    ]
    assert [one.viewer for one in queries.views(actor.company_id, viewer="ben")] == ["ben"]
    assert queries.views(actor.company_id, customer_number="C9") == []
    assert queries.views(founded("other").id) == []


def test_old_looks_leave_by_rule_and_others_stay(actor: Actor) -> None:
    policy.ensure_default(actor, valid_from=date(2026, 1, 1))
    customer_id = acorn(actor)
    services.note_look(as_person(actor, 1, "ann"), customer_id, page="customer")
    last = as_person(actor, 1, "ann", days=400)
    services.note_look(last, customer_id, page="customer")
    other = standing_actor(founded("other"))
    services.note_look(other, acorn(other), page="customer")
    assert services.keep(last)["views_forgotten"] == 0
    told = services.keep(as_person(actor, 1, "ann", days=401))
    assert told["views_forgotten"] == 1
    assert [one.viewed_on for one in queries.views(actor.company_id)] == [last.today]
    assert len(queries.views(other.company_id)) == 1

"""An alert is its role's, or the analyst's of the customer, and then that person's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from creditdesk.customers import services as customers
from creditdesk.kernel.actor import Actor
from creditdesk.monitoring.alerts import services as alerts
from creditdesk.monitoring.alerts.queries import standing
from creditdesk.plumbing import sql
from creditdesk.policy import services as policy
from creditdesk.policy.rules import DEFAULT
from tests.monitoring.alerts.verbs import alerts_of
from tests.orders.verbs import a_customer, an_invoice
from tests.treasury.people import person

On = Callable[[date], Actor]
OVER = {"signal": "over_limit", "threshold": 1, "owner": "customer_analyst"}
FAR_OVER = {"signal": "over_limit", "threshold": 20, "severity": "critical", "owner": "manager"}


def ruled(actor: Actor, *rows: dict[str, object]) -> None:
    given = {**DEFAULT, "alerts": {**DEFAULT.get("alerts", {}), "watch": list(rows)}}
    policy.publish(actor, given=given, valid_from=actor.today)


def name(actor: Actor, customer: int, who: Actor) -> None:
    customers.name_analyst(actor, customer, user_id=who.user_id, valid_from=actor.today)


def whose(actor: Actor) -> list[tuple[str, str, int | None]]:
    return [(one.owner, one.assigned_to, one.assigned_to_id) for one in alerts_of(actor)]


def test_the_customers_analyst_owns_it_and_finds_it_as_hers(desk: Actor) -> None:
    ruled(desk, OVER)
    customer, other = a_customer(desk, "C-1", limit=1_000), a_customer(desk, "C-2", limit=1_000)
    ada, ben = person(desk, "ada", "analyst"), person(desk, "ben", "analyst")
    name(desk, customer, ada)
    an_invoice(desk, customer, 1_100, number="A")
    an_invoice(desk, other, 1_100, number="B")
    assert alerts.raise_alerts(desk).raised == 2
    assert sorted(whose(desk)) == [("analyst", "", None), ("analyst", "Ada", ada.user_id)]
    mine = standing.alerts(desk.company_id, assigned_to_id=ada.user_id)
    assert ([one.customer_id for one in mine.rows], mine.total) == ([customer], 1)
    assert standing.alerts(desk.company_id, assigned_to_id=ben.user_id).total == 0


def test_who_left_leaves_it_to_the_role(desk: Actor) -> None:
    ruled(desk, OVER)
    customer, ada = a_customer(desk, limit=1_000), person(desk, "ada", "analyst")
    name(desk, customer, ada)
    sql.execute("UPDATE controls_user SET is_active = false WHERE id = %s", [ada.user_id])
    an_invoice(desk, customer, 1_100)
    alerts.raise_alerts(desk)
    assert whose(desk) == [("analyst", "", None)]


def test_getting_worse_it_goes_to_whom_the_graver_row_names(desk: Actor) -> None:
    ruled(desk, OVER, FAR_OVER)
    customer, ada = a_customer(desk, limit=1_000), person(desk, "ada", "analyst")
    name(desk, customer, ada)
    an_invoice(desk, customer, 1_100, number="A")
    alerts.raise_alerts(desk)
    an_invoice(desk, customer, 1_000, number="B")
    assert alerts.raise_alerts(desk).worsened == 1
    assert whose(desk) == [("manager", "", None)]


def test_whom_a_person_made_the_owner_keeps_it(desk: Actor) -> None:
    ruled(desk, OVER, FAR_OVER)
    customer = a_customer(desk, limit=1_000)
    ada, cole = person(desk, "ada", "analyst"), person(desk, "cole", "collector")
    name(desk, customer, ada)
    an_invoice(desk, customer, 1_100, number="A")
    alerts.raise_alerts(desk)
    [found] = alerts_of(desk)
    alerts.assign(desk, found.id, user_id=cole.user_id)
    an_invoice(desk, customer, 1_000, number="B")
    assert alerts.raise_alerts(desk).worsened == 1
    assert whose(desk) == [("manager", "Cole", cole.user_id)]


def test_an_analyst_named_later_gets_what_comes_back_worse(desk: Actor, on: On) -> None:
    ruled(desk, OVER, {**FAR_OVER, "owner": "customer_analyst"})
    customer, ada = a_customer(desk, limit=1_000), person(desk, "ada", "analyst")
    an_invoice(desk, customer, 1_100, number="A")
    alerts.raise_alerts(desk)
    assert whose(desk) == [("analyst", "", None)]
    tomorrow = on(desk.today + timedelta(days=1))
    name(tomorrow, customer, ada)
    assert alerts.raise_alerts(tomorrow).worsened == 0
    assert whose(desk) == [("analyst", "", None)]
    an_invoice(tomorrow, customer, 1_000, number="B")
    assert alerts.raise_alerts(tomorrow).worsened == 1
    assert whose(desk) == [("analyst", "Ada", ada.user_id)]

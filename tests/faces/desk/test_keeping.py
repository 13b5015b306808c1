"""Keeping an account at the desk: what stands in the way of closing it, and where it is settled."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from django.test import Client

from creditdesk.customers import queries as customers
from creditdesk.customers.rules import Obstacle
from creditdesk.customers.services import lifecycle
from creditdesk.faces.desk.pages import keeping
from creditdesk.kernel.actor import Actor
from tests.faces.desk.pages import body, words
from tests.orders import verbs

CODE = re.compile(r"SELECT (?:\w+\.)?customer_id, '(\w+)'|\('(\w+)', e\.")


def _codes() -> set[str]:
    """Return the codes of all that the rooms say stands in the way of closing."""
    told = {"bank_change_waits"}
    for source in lifecycle.OBSTACLES:
        for value in vars(__import__(source.__module__, fromlist=["_"])).values():
            for one in CODE.findall(value) if isinstance(value, str) else ():
                told.add("".join(one))
    return told


def test_what_stands_in_the_way_leads_to_where_it_is_settled(manager: Client, desk: Actor) -> None:
    customer = verbs.a_customer(desk, limit=100_000)
    verbs.an_invoice(desk, customer, 30_000)
    verbs.an_order(desk, "SO 26/7", 50_000)
    page = manager.get("/customers/C-1/keep")
    assert page.status_code == 200
    told = words(page)
    assert "It cannot be closed while this is left:" in told
    assert "Open items" in told
    assert "SO 26/7" in told
    links: Iterable[str] = re.findall(r'class="todo".*?</ul>', body(page), re.DOTALL)
    found = re.findall(r'href="([^"]+)"', "".join(links))
    assert len(found) >= 3
    assert {manager.get(link.replace("&amp;", "&")).status_code for link in found} == {200}


@pytest.mark.parametrize("code", sorted(_codes()))
def test_every_kind_has_a_place(manager: Client, desk: Actor, code: str) -> None:
    customer_id = verbs.a_customer(desk)
    customer = customers.customer_by_id(desk.company_id, customer_id)
    reference = "12" if code == "bank_change_waits" else "AB/12 3"
    line = keeping._obstacle(
        Obstacle(customer_id=customer_id, code=code, count=1, reference=reference), customer
    )
    assert line.name != code
    assert line.href.startswith("/")

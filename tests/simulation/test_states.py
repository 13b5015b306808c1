"""Orders and accounts in every state of their cycle, in both companies of a demo."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator

import pytest
from django.http import HttpResponse, HttpResponseBase
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from creditdesk.controls import queries as controls
from creditdesk.controls.models import User
from creditdesk.controls.queries import CompanyRow
from creditdesk.day import services as days
from creditdesk.orders import condition_queries, paper_queries, queries, wait_queries
from creditdesk.plumbing import clock
from tests.simulation import worlds

pytestmark = pytest.mark.xdist_group("simulation")
LINK = re.compile(r'<a [^>]*href="(/[^"#]*)')
# Pages that differ only in whom or what they show are one page, opened for the first three.
NUMBERED = re.compile(r"/[^/?]*\d[^/?]*")
OF_ONE_SHAPE = 3
PAGES_MIN = 60


@pytest.fixture(scope="module")
def opened(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A world as the demo shows it: lived, and its last morning worked."""
    with worlds.a_database(django_db_blocker):
        worlds.live(days=7, customers=8)
        for company in controls.companies():
            days.run(controls.system_actor(company, "scheduler"))
        yield


def states(company: CompanyRow) -> Counter[str]:
    """Return what goes on with the held orders of a company, and how many say so."""
    now = clock.now()
    found: Counter[str] = Counter()
    for row in wait_queries.queue(company.id):
        notes = {one.kind for one in wait_queries.notes(company.id, row.order_id)}
        said = {
            "part payment awaited": row.condition_minor is not None,
            "paused": row.paused_at is not None and bool(row.pause_reason),
            "escalated": bool(row.escalated_to) and "escalated" in notes and row.is_late(now),
            "asked": row.asked_at is not None,
            "paper": bool(paper_queries.papers(company.id, row.order_id)) and row.papers == 1,
            "commented": notes == {"comment"},
            "fresh": not notes and not row.is_late(now) and row.condition_minor is None,
        }
        found.update(state for state, is_so in said.items() if is_so)
    return found


def test_held_orders_stand_in_every_state(opened: None) -> None:
    for company in controls.companies():
        found = states(company)
        missing = {
            "part payment awaited", "paused", "escalated", "asked", "paper", "commented", "fresh",
        } - set(found)  # fmt: skip
        assert not missing, (company.code, missing)


def test_some_were_decided_by_a_person(opened: None) -> None:
    for company in controls.companies():
        ways = Counter(
            one.inputs["chosen"]["way"]
            for one in queries.decisions(company.id)
            if "chosen" in one.inputs
        )
        assert ways == {"part_payment": 1, "plan": 1, "refuse": 1}
        open_now = condition_queries.open_conditions(company.id, None)
        assert sorted(len(one.instalments) for one in open_now) == [0, 3]


def test_accounts_are_awake_asleep_merged_and_closed(opened: None) -> None:
    for company in controls.companies():
        found = worlds.rows(
            "SELECT status, merged_into_id IS NOT NULL, count(*)::int FROM customers_customer"
            f" WHERE company_id = {company.id} GROUP BY 1, 2 ORDER BY 1, 2"
        )
        assert [(status, is_merged) for status, is_merged, _ in found] == [
            ("active", False), ("closed", False), ("closed", True), ("dormant", False),
        ]  # fmt: skip
        assert [n for _, _, n in found[1:]] == [1, 1, 1]


def _links_of(answer: HttpResponseBase) -> list[str]:
    if not (isinstance(answer, HttpResponse) and answer["Content-Type"].startswith("text/html")):
        return []
    return [link.replace("&amp;", "&") for link in LINK.findall(answer.content.decode())]


@pytest.mark.parametrize("who", ["maren", "jonas", "edward"])
def test_every_link_of_the_desk_leads_somewhere(opened: None, who: str) -> None:
    client = Client()
    client.force_login(User.objects.get(username=who))
    seen: Counter[str] = Counter()
    known, left, refused = {"/"}, deque(["/"]), {}
    while left:
        address = left.popleft()
        page = NUMBERED.sub("/N", address.partition("?")[0])
        seen[page] += 1
        if seen[page] > OF_ONE_SHAPE or page.startswith(("/logout", "/static", "/api")):
            continue
        answer = client.get(address)
        if answer.status_code not in (200, 302):
            refused[address] = answer.status_code
        for link in _links_of(answer):
            if link not in known:
                known.add(link)
                left.append(link)

    assert refused == {}
    assert len(seen) >= PAGES_MIN

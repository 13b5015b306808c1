"""Groups by parent: tops and members on a date, circles refused, whoever asks at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.customers import queries, rules, services
from creditdesk.customers.rules import Link, NewCustomer
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import DomainError, NotFound, Refused
from tests.support.fixtures import TODAY, founded

JAN, FEB, MAR = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
DAYS = st.integers(0, 4).map(lambda days: JAN + timedelta(days=days))
LINKS = st.lists(
    st.tuples(st.integers(1, 6), st.none() | st.integers(1, 6), DAYS)
    .filter(lambda one: one[0] != one[1])
    .map(lambda one: Link(*one)),
    max_size=12,
)


@pytest.mark.parametrize(
    ("links", "on", "parents"),
    [
        ([], JAN, {}),
        ([Link(2, 1, FEB)], JAN, {}),
        ([Link(2, 1, JAN)], JAN, {2: 1}),
        ([Link(2, 1, JAN), Link(2, None, FEB)], FEB, {}),
        ([Link(2, 1, FEB), Link(2, 3, JAN)], MAR, {2: 1}),
        ([Link(2, 1, JAN), Link(2, 3, JAN)], JAN, {2: 3}),
    ],
)
def test_the_latest_link_of_the_latest_date_counts(
    links: list[Link], on: date, parents: dict[int, int]
) -> None:
    assert rules.parents_on(links, on) == parents


@pytest.mark.parametrize(
    ("known", "new", "found"),
    [
        ([], [Link(2, 1, JAN)], None),
        ([Link(2, 1, JAN)], [Link(1, 2, JAN)], (JAN, False)),
        ([Link(2, 1, JAN)], [Link(1, 2, FEB)], (FEB, False)),
        # Closed only by what begins later.
        ([Link(2, 1, MAR)], [Link(1, 2, JAN)], (MAR, False)),
        ([Link(2, 1, JAN), Link(2, None, FEB)], [Link(1, 2, FEB)], None),
        ([Link(3, 2, JAN), Link(2, 1, JAN)], [Link(1, 3, JAN)], (JAN, False)),
        ([Link(n + 1, n, JAN) for n in range(1, 16)], [Link(17, 16, JAN)], None),
        ([Link(n + 1, n, JAN) for n in range(1, 17)], [Link(18, 17, JAN)], (JAN, True)),
    ],
)
def test_circles_are_found_on_the_day_they_close(
    known: list[Link], new: list[Link], found: tuple[date, bool] | None
) -> None:
    met = rules.circle(known, new)
    assert (met and (met.on, met.is_too_deep)) == found


@given(LINKS)
def test_links_taken_one_by_one_never_close_a_circle(links: list[Link]) -> None:
    kept: list[Link] = []
    for link in links:
        if rules.circle(kept, [link]) is None:
            kept.append(link)
    for days in range(6):
        parents = rules.parents_on(kept, JAN + timedelta(days=days))
        everybody = {*parents, *parents.values()}
        for customer_id in everybody:
            top = rules.top_of(parents, customer_id)
            assert top not in parents
        groups = rules.members(parents, {rules.top_of(parents, one) for one in everybody})
        listed = [one for members in groups.values() for one in members]
        assert sorted(listed) == sorted(everybody)


def opened(actor: Actor, count: int) -> list[int]:
    return services.create(
        actor,
        new=[
            NewCustomer(number=f"C{n}", name=f"Firm {n}", currency="EUR")
            for n in range(1, count + 1)
        ],
    )


def test_a_group_has_one_top_on_each_date(actor: Actor) -> None:
    a, b, c, alone = opened(actor, 4)
    assert services.set_parents(actor, [Link(b, a, JAN), Link(c, b, FEB)]) == 2
    group_of = queries.group_of
    assert group_of(actor.company_id, [a, b, c, alone], JAN) == {a: a, b: a, c: c, alone: alone}
    assert group_of(actor.company_id, [a, b, c, alone], FEB) == {a: a, b: a, c: a, alone: alone}
    assert queries.members_of(actor.company_id, [a, alone], FEB) == {a: (a, b, c), alone: (alone,)}
    assert queries.members_of(actor.company_id, [a], JAN) == {a: (a, b)}
    shown = [(row.number, row.depth) for row in queries.tree(actor.company_id, c, FEB)]
    assert shown == [("C1", 0), ("C2", 1), ("C3", 2)]
    assert [row.number for row in queries.tops(actor.company_id, TODAY)] == ["C1"]


def test_leaving_a_group_takes_those_below_along(actor: Actor) -> None:
    a, b, c = opened(actor, 3)
    services.set_parents(actor, [Link(b, a, JAN), Link(c, b, JAN)])
    assert services.set_parent(actor, b, parent_id=None, valid_from=FEB)
    assert not services.set_parent(actor, b, parent_id=None, valid_from=FEB)
    assert queries.group_of(actor.company_id, [a, b, c], FEB) == {a: a, b: b, c: b}
    assert queries.group_of(actor.company_id, [a, b, c], JAN) == {a: a, b: a, c: a}
    assert [row.number for row in queries.tops(actor.company_id, FEB)] == ["C2"]
    (left, joined) = queries.parent_history(actor.company_id, b)
    assert (left.parent_number, left.valid_from) == ("", FEB)
    assert (joined.parent_number, joined.valid_from) == ("C1", JAN)
    changes = [(row.field, row.before, row.after) for row in queries.history(actor.company_id, b)]
    assert changes == [("parent", "C1", "— 2026-02-01"), ("parent", "", "C1 2026-01-01")]


def test_the_pure_rules_and_the_statements_agree(actor: Actor) -> None:
    ids = opened(actor, 6)
    links = [
        Link(ids[1], ids[0], JAN), Link(ids[2], ids[1], JAN), Link(ids[3], ids[1], FEB),
        Link(ids[2], ids[4], FEB), Link(ids[1], None, MAR), Link(ids[0], ids[5], MAR),
    ]  # fmt: skip
    services.set_parents(actor, links)
    for on in (JAN - timedelta(days=1), JAN, FEB, MAR, TODAY):
        parents = rules.parents_on(links, on)
        tops = {one: rules.top_of(parents, one) for one in ids}
        assert queries.group_of(actor.company_id, ids, on) == tops
        heads = set(tops.values())
        assert queries.members_of(actor.company_id, heads, on) == rules.members(parents, heads)


@pytest.mark.parametrize("valid_from", [JAN, FEB])
def test_a_circle_is_refused_and_changes_nothing(actor: Actor, valid_from: date) -> None:
    a, b, c = opened(actor, 3)
    services.set_parents(actor, [Link(b, a, JAN), Link(c, b, FEB)])
    before = queries.links(actor.company_id)
    with pytest.raises(Refused) as refused:
        services.set_parents(actor, [Link(a, c, valid_from)])
    assert refused.value.code == "group_circle"
    assert queries.links(actor.company_id) == before
    assert queries.parent_history(actor.company_id, a) == []


def test_nobody_belongs_to_another_companys_customer(
    actor: Actor, actor_of: Callable[..., Actor]
) -> None:
    (mine,) = opened(actor, 1)
    other = actor_of(founded("other").id)
    (theirs,) = opened(other, 1)
    for link in (Link(mine, theirs, JAN), Link(theirs, mine, JAN)):
        with pytest.raises(NotFound), transaction.atomic():
            services.set_parents(actor, [link])
    assert queries.links(actor.company_id) == queries.links(other.company_id) == []
    assert queries.group_of(other.company_id, [mine], JAN) == {}
    auditor = actor_of(actor.company_id, role="auditor")
    with pytest.raises(Refused):
        services.set_parent(auditor, mine, parent_id=None, valid_from=JAN)


def test_two_who_close_a_circle_at_once_do_not(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    actor = actor_of(founded().id)
    a, b = opened(actor, 2)
    found: list[object] = []

    def work(link: Link) -> None:
        try:
            found.append(services.set_parents(actor, [link]))
        except DomainError as error:
            found.append(error.code)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=work, args=[one]) for one in (Link(a, b, JAN), Link(b, a, JAN))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, found)) == ["1", "group_circle"]
    assert len(queries.links(actor.company_id)) == 1

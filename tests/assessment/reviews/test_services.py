"""Reviews on real tables: who is due, what changed, what is proposed, and how it is decided."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest

from creditdesk.assessment.models import Review
from creditdesk.assessment.reviews import queries, services
from creditdesk.assessment.reviews.privacy import erase_personal
from creditdesk.assessment.reviews.rules import Deciding
from creditdesk.collections import services as collections
from creditdesk.controls.commands import preview
from creditdesk.controls.privacy.cases import Case
from creditdesk.controls.privacy.rules import ERASED, Subject
from creditdesk.credit import queries as credit
from creditdesk.credit import services as limits
from creditdesk.credit.models import LimitRequest
from creditdesk.customers import services as customers
from creditdesk.disputes import services as disputes
from creditdesk.disputes.rules import NewDispute
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, DomainError, NotFound, Refused
from creditdesk.monitoring.alerts import services as alerts
from creditdesk.policy import services as policy
from creditdesk.policy.rules import DEFAULT
from tests.assessment.reviews.verbs import YEAR_AGO, graded, limited, proposing, the_review
from tests.orders.verbs import EARLY, a_customer, an_invoice, an_order, opened
from tests.support.at_once import at_once, codes
from tests.support.fixtures import TODAY, founded


def with_reviews(desk: Actor, **changes: object) -> None:
    given = {**DEFAULT, "reviews": {**DEFAULT["reviews"], **changes}}
    policy.publish(desk, given=given, valid_from=TODAY)


def reading(row: Review, code: str, moment: int = queries.NOW) -> Decimal | None:
    found = [
        Decimal(one["value"])
        for one in row.readings
        if one["code"] == code and one["moment"] == moment
    ]
    return sum(found, Decimal(0)) if found else None


# -- due ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "opened_now"),
    [(date(2025, 3, 30), 1), (date(2025, 3, 31), 0), (date(2020, 1, 1), 1), (TODAY, 0)],
)
def test_a_review_opens_the_days_before_it_is_due_that_policy_names(
    desk: Actor, since: date, opened_now: int
) -> None:
    limited(desk, since=since)

    assert services.start_reviews(desk) == services.Started(opened_now, 0)
    assert services.start_reviews(desk) == services.Started(0, 0)
    assert Review.objects.count() == opened_now


def test_the_cycle_is_that_of_the_class_and_segment(desk: Actor) -> None:
    cycles = [
        {"every_months": 24}, {"risk_class": "C", "every_months": 6},
        {"risk_class": "C", "segment": "retail", "every_months": 2},
    ]  # fmt: skip
    with_reviews(desk, by_class=cycles, ahead_days=0)
    since = TODAY - timedelta(days=190)
    plain, of_class, of_both = (limited(desk, f"C-{n}", since=since) for n in range(3))
    graded(desk, of_class, "C")
    graded(desk, of_both, "C")
    customers.edit(desk, of_both, changes={"segment": "retail"}, version=1)

    services.start_reviews(desk)

    assert {one.customer_id: one.due_on for one in Review.objects.all()} == {
        of_class: date(2026, 3, 7), of_both: date(2025, 11, 7),
    }  # fmt: skip
    assert plain not in Review.objects.values_list("customer_id", flat=True)


def test_who_has_no_limit_in_force_is_not_reviewed(desk: Actor) -> None:
    a_customer(desk, "NONE", limit=None)
    limited(desk, "ZERO", minor=0)
    ended = a_customer(desk, "ENDED", limit=None)
    limits.set_limit(
        desk, ended, minor=5, currency="EUR", valid_from=EARLY, valid_to=TODAY - timedelta(days=1)
    )
    withdrawn = limited(desk, "GONE")
    [kept] = credit.limit_history(desk.company_id, withdrawn)
    limits.withdraw_limit(desk, kept.id, on=TODAY, reason="over")

    assert services.start_reviews(desk).opened == 0


def test_a_day_opens_as_many_as_policy_says_the_longest_due_first(desk: Actor) -> None:
    with_reviews(desk, opened_max=2)
    ids = [limited(desk, f"C-{n}", since=date(2024, 1, 10 + n)) for n in range(3)]

    first = services.start_reviews(desk)
    assert set(Review.objects.values_list("customer_id", flat=True)) == set(ids[:2])
    second = services.start_reviews(desk)

    assert (first.opened, second.opened) == (2, 1)


def test_a_policy_without_cycles_reviews_nobody(desk: Actor) -> None:
    with_reviews(desk, by_class=[])
    limited(desk)

    assert services.start_reviews(desk).opened == 0


def test_a_company_without_a_policy_reviews_nobody(actor: Actor) -> None:
    assert services.start_reviews(actor) == services.Started(0, 0)


def test_the_next_review_counts_from_the_last(desk: Actor, actor_of: Callable[..., Actor]) -> None:
    customer = limited(desk)
    services.start_reviews(desk)
    services.decide(desk, the_review(customer).reference, new=Deciding(choice="accept"))

    later = actor_of(desk.company_id, today=date(2027, 3, 1))
    assert services.start_reviews(later).opened == 0
    later = actor_of(desk.company_id, today=date(2027, 3, 2))
    assert services.start_reviews(later).opened == 1
    again = the_review(customer)
    assert (again.since, again.due_on) == (TODAY, date(2027, 3, 16))


def test_by_hand_a_customer_is_reviewed_out_of_turn_once(desk: Actor) -> None:
    customer = limited(desk, since=TODAY - timedelta(days=9))

    reference = services.start_review(desk, customer, reason="a rumour")

    row = queries.review(desk.company_id, reference)
    assert (row.cause, row.note, row.due_on) == ("by_hand", "a rumour", TODAY)
    with pytest.raises(Conflict) as caught:
        services.start_review(desk, customer, reason="again")
    assert caught.value.code == "review_open"
    assert Review.objects.count() == 1


def test_by_hand_nobody_is_reviewed_without_a_reason_a_limit_or_an_account(desk: Actor) -> None:
    customer = a_customer(desk, limit=None)
    for act, code in (
        (lambda: services.start_review(desk, customer, reason=" "), "review_needs_a_reason"),
        (lambda: services.start_review(desk, customer, reason="x"), "review_without_limit"),
        (lambda: services.start_review(desk, 10**9, reason="x"), "customer_unknown"),
    ):
        with pytest.raises(DomainError) as caught:
            act()
        assert caught.value.code == code
    assert not Review.objects.exists()


def test_a_block_brings_the_review_forward_or_opens_one(desk: Actor) -> None:
    ahead, fresh = limited(desk, "C-1"), limited(desk, "C-2", since=TODAY - timedelta(days=5))
    services.start_reviews(desk)
    assert the_review(ahead).due_on == date(2026, 3, 30)

    limits.block(desk, ahead, reason="bounced")
    limits.block(desk, fresh, reason="insolvent")

    assert (the_review(ahead).due_on, the_review(ahead).cause) == (TODAY, "blocked")
    assert (the_review(fresh).due_on, the_review(fresh).cause) == (TODAY, "blocked")


def test_a_critical_alert_brings_the_review_forward_and_a_warning_does_not(desk: Actor) -> None:
    near, over = (limited(desk, number, minor=100_000) for number in ("C-1", "C-2"))
    services.start_reviews(desk)
    due = the_review(near).due_on
    assert due > TODAY
    an_invoice(desk, near, 105_000, number="A")
    an_invoice(desk, over, 130_000, number="B")

    alerts.raise_alerts(desk)

    assert (the_review(near).due_on, the_review(near).cause) == (due, "calendar")
    assert (the_review(over).due_on, the_review(over).cause) == (TODAY, "alert")


def test_blocking_somebody_without_a_limit_opens_nothing(desk: Actor) -> None:
    limits.block(desk, a_customer(desk, limit=None), reason="x")

    assert not Review.objects.exists()


# -- what changed -------------------------------------------------------------------------------


def test_a_review_tells_what_changed_since(desk: Actor, actor_of: Callable[..., Actor]) -> None:
    customer = limited(desk)
    early = actor_of(desk.company_id, today=YEAR_AGO - timedelta(days=100))
    an_invoice(early, customer, 70_000, number="OLD", due_on=YEAR_AGO - timedelta(days=20))
    an_invoice(desk, customer, 50_000, number="NEW", due_on=TODAY - timedelta(days=10))
    an_invoice(desk, customer, 40_000, number="DISPUTED", due_on=TODAY - timedelta(days=100))
    items = {one.number: one.item_id for one in invoices.open_items(desk.company_id)}
    disputes.open(desk, [NewDispute(item_id=items["DISPUTED"], reason="quality")])
    an_order(desk, "SO-1", 5_000_000)
    limits.set_limit(desk, customer, minor=2_100_000, currency="EUR", valid_from=TODAY)
    customers.edit(desk, customer, changes={"street": "Elsewhere 3"}, version=1)

    services.start_review(desk, customer, reason="look")

    row = the_review(customer)
    assert row.since == TODAY  # a limit set today is what was last decided
    [found] = [
        queries.readings(desk.company_id, [queries.Span(customer, YEAR_AGO, TODAY)])[customer]
    ]
    told = {(one.code, one.moment): one.value for one in found}
    assert told[("owed", queries.BEFORE)] == 70_000
    assert told[("owed", queries.NOW)] == 160_000
    assert told[("bought", queries.BEFORE)] == 70_000
    assert told[("bought", queries.NOW)] == 90_000
    assert told[("highest", queries.NOW)] == 160_000
    assert told[("oldest_days", queries.BEFORE)] == 20
    assert told[("oldest_days", queries.NOW)] == 371  # the disputed one is left out
    assert told[("disputed", queries.NOW)] == 40_000
    assert ("disputed", queries.BEFORE) not in told
    assert told[("limit", queries.BEFORE)] == 2_000_000
    assert told[("limit", queries.NOW)] == 2_100_000
    assert told[("limits_set", queries.NOW)] == 1
    assert told[("held", queries.NOW)] == 1
    assert ("changed", queries.NOW) in told


def test_days_late_count_what_is_unpaid_and_grow_with_it(
    desk: Actor, actor_of: Callable[..., Actor]
) -> None:
    customer = limited(desk)
    an_invoice(desk, customer, 50_000, due_on=TODAY - timedelta(days=30))
    spans = [queries.Span(customer, YEAR_AGO, TODAY + timedelta(days=days)) for days in (0, 30)]

    late = [
        next(
            one.value
            for one in queries.readings(desk.company_id, [span])[customer]
            if (one.code, one.moment) == ("days_late", queries.NOW)
        )
        for span in spans
    ]

    assert late == [Decimal(30), Decimal(60)]


def test_broken_promises_count_since_the_last_review_alone(
    desk: Actor, actor_of: Callable[..., Actor]
) -> None:
    customer = limited(desk)
    an_invoice(desk, customer, 50_000, due_on=TODAY - timedelta(days=40))
    collections.promise(
        desk, customer, minor=50_000, currency="EUR", due_on=TODAY + timedelta(days=1)
    )
    later = actor_of(desk.company_id, today=TODAY + timedelta(days=20))
    collections.judge_promises(later, on=later.today)

    services.start_reviews(later)

    row = the_review(customer)
    assert (reading(row, "broken"), reading(row, "broken", queries.BEFORE)) == (1, None)
    assert row.facts["behaviour"]["broken"] == 1


def test_refreshed_a_review_tells_what_is_known_now(desk: Actor) -> None:
    customer = limited(desk)
    services.start_reviews(desk)
    before = the_review(customer)
    an_invoice(desk, customer, 90_000, due_on=TODAY - timedelta(days=200))

    services.refresh(desk, before.reference)

    after = the_review(customer)
    assert (reading(before, "owed"), reading(after, "owed")) == (None, 90_000)
    assert (before.answer, after.answer) == ("keep", "withdraw")
    assert after.due_on == before.due_on
    assert services.replay(desk.company_id, after.reference)


# -- deciding -----------------------------------------------------------------------------------


def test_accepting_asks_for_the_limit_and_sets_none(desk: Actor) -> None:
    row = proposing(desk)
    assert (row.answer, row.proposed_minor, row.policy_version) == ("lower", 1_000_000, 1)

    told = services.decide(desk, row.reference, new=Deciding(choice="accept"))

    [asked] = LimitRequest.objects.all()
    assert (told.answer, told.request_reference) == ("request", asked.reference)
    assert (asked.minor, asked.state, asked.customer_id) == (1_000_000, "open", row.customer_id)
    assert row.reference in asked.reason
    assert credit.standing(desk.company_id, row.customer_id, TODAY).limit_minor == 2_000_000
    kept = Review.objects.get(id=row.id)
    assert (kept.state, kept.decided_minor, kept.decided_by) == ("decided", 1_000_000, "test")


def test_accepting_that_nothing_changes_asks_for_nothing(desk: Actor) -> None:
    customer = limited(desk)
    services.start_reviews(desk)

    told = services.decide(desk, the_review(customer).reference, new=Deciding(choice="accept"))

    assert (told.answer, told.minor, told.request_reference) == ("keep", 2_000_000, "")
    assert not LimitRequest.objects.exists()


def test_another_limit_and_declining_need_reasons_and_are_kept(desk: Actor) -> None:
    other, declined = proposing(desk, "C-1"), proposing(desk, "C-2")
    for choice in ("other", "decline"):
        with pytest.raises(DomainError) as caught:
            services.decide(desk, other.reference, new=Deciding(choice=choice, minor=5))  # type: ignore[arg-type]
        assert caught.value.code == "review_reason_missing"
    assert the_review(other.customer_id).choice == ""

    services.decide(
        desk, other.reference, new=Deciding(choice="other", minor=1_500_000, reason="grows")
    )
    services.decide(desk, declined.reference, new=Deciding(choice="decline", reason="known well"))

    assert [one.minor for one in LimitRequest.objects.all()] == [1_500_000]
    kept = Review.objects.get(id=declined.id)
    assert (kept.choice, kept.decided_minor, kept.reason) == ("decline", 2_000_000, "known well")


def test_a_decided_review_is_neither_decided_nor_prepared_again(desk: Actor) -> None:
    row = proposing(desk)
    services.decide(desk, row.reference, new=Deciding(choice="accept"))

    for act in (
        lambda: services.decide(desk, row.reference, new=Deciding(choice="accept")),
        lambda: services.refresh(desk, row.reference),
    ):
        with pytest.raises(Conflict) as caught:
            act()
        assert caught.value.code == "review_decided"
    assert LimitRequest.objects.count() == 1


def test_a_decision_about_what_was_prepared_anew_meanwhile_is_told(desk: Actor) -> None:
    row = proposing(desk)
    seen = services.digest_of(desk.company_id, row.reference)
    an_invoice(desk, row.customer_id, 5_000, number="LATE", due_on=TODAY - timedelta(days=9))
    services.refresh(desk, row.reference)

    with pytest.raises(Conflict) as caught:
        services.decide(desk, row.reference, new=Deciding(choice="accept"), seen=seen)

    assert caught.value.code == "review_changed"
    assert the_review(row.customer_id).state == "open"


def test_a_preview_of_a_decision_leaves_nothing(desk: Actor) -> None:
    row = proposing(desk)

    with preview():
        told = services.decide(desk, row.reference, new=Deciding(choice="accept"))

    assert told.minor == 1_000_000
    assert the_review(row.customer_id).state == "open"
    assert not LimitRequest.objects.exists()


def test_the_review_of_another_company_is_not_found(
    desk: Actor, actor_of: Callable[..., Actor]
) -> None:
    row = proposing(desk)
    other = opened(actor_of(founded("other").id))

    with pytest.raises(NotFound) as caught:
        services.decide(other, row.reference, new=Deciding(choice="accept"))

    assert caught.value.code == "review_unknown"
    assert queries.listing(other.company_id, on=TODAY).total == 0


@pytest.mark.parametrize(("bound", "unchanged"), [(0, 0), (1_999_999, 0), (2_000_000, 1)])
def test_the_policy_leaves_a_limit_unchanged_up_to_its_own_amount(
    desk: Actor, bound: int, unchanged: int
) -> None:
    with_reviews(desk, unchanged_minor=bound)
    customer = limited(desk)
    an_invoice(desk, customer, 2_000_000, due_on=TODAY)
    graded(desk, customer, "A")

    told = services.start_reviews(desk)

    row = Review.objects.get(customer_id=customer)
    assert row.answer == "keep"
    assert (told.opened, told.unchanged) == (1, unchanged)
    assert (row.is_automatic, row.decided_by) == (bool(unchanged), "policy" if unchanged else "")


def test_a_proposal_replays_by_its_own_policy_version(desk: Actor) -> None:
    row = proposing(desk)
    with_reviews(desk, good_days=0, bad_days=1, change_percent="0")

    assert services.replay(desk.company_id, row.reference)
    Review.objects.filter(id=row.id).update(facts={**row.facts, "highest_minor": 77})
    assert not services.replay(desk.company_id, row.reference)


def test_what_is_kept_is_plain_json(desk: Actor) -> None:
    row = proposing(desk)

    assert json.loads(json.dumps(row.proposal))["cap_minor"] == 10_000_000


# -- at once ------------------------------------------------------------------------------------


def test_of_two_deciders_at_once_one_wins_and_the_other_is_told(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    desk = opened(actor_of(founded().id))
    row = proposing(desk)

    results = at_once(
        lambda: services.decide(desk, row.reference, new=Deciding(choice="accept")),
        lambda: services.decide(
            desk, row.reference, new=Deciding(choice="decline", reason="known well")
        ),
    )

    assert codes(results) == ["review_decided"]
    kept = Review.objects.get(id=row.id)
    assert LimitRequest.objects.count() == (1 if kept.choice == "accept" else 0)


def test_two_days_at_once_open_each_review_once(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    desk = opened(actor_of(founded().id))
    with_reviews(desk, unchanged_minor=10**9)
    for n in range(6):
        customer = limited(desk, f"C-{n}")
        if n % 2:
            an_invoice(desk, customer, 2_000_000, number=f"I-{n}", due_on=TODAY)
            graded(desk, customer, "A")

    results = at_once(*[lambda: services.start_reviews(desk)] * 3)

    assert sorted(one.opened for one in results) == [0, 0, 6]  # type: ignore[attr-defined]
    assert Review.objects.count() == 6
    assert Review.objects.filter(is_automatic=True).count() == 3


def test_nobody_without_the_permission_reviews(desk: Actor, actor_of: Callable[..., Actor]) -> None:
    row = proposing(desk)
    clerk = actor_of(desk.company_id, role="collector")

    with pytest.raises(Refused) as caught:
        services.decide(clerk, row.reference, new=Deciding(choice="accept"))

    assert caught.value.code == "not_permitted"


def test_on_request_the_words_of_reviews_leave_and_the_decision_stays(desk: Actor) -> None:
    row = proposing(desk)
    services.decide(desk, row.reference, new=Deciding(choice="decline", reason="Zora said so"))
    case = Case(
        actor=desk, subject=Subject("customer", row.customer_id), country="DE", kept=(),
        erasure_id=1,
    )  # fmt: skip

    erase_personal(case)

    kept = Review.objects.get(id=row.id)
    assert (kept.reason, kept.decided_minor) == (ERASED, 2_000_000)
    assert services.replay(desk.company_id, row.reference)

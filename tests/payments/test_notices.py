"""What the provider tells: believed only when signed, done once, in whatever order it comes."""

from __future__ import annotations

import itertools
import time
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import DomainError
from creditdesk.payments import gateway, tasks
from creditdesk.payments import services as payments
from creditdesk.payments.models import Attempt, Case, Notice
from creditdesk.plumbing import sql
from creditdesk.plumbing.models import Event
from tests.cash import stage
from tests.payments import desk as verbs
from tests.payments.desk import a_debt, attempt, begin, now, proved, session_of, tell, told
from tests.support.stripe_server import SECRET, Provider, event, intent_of, signed

DONE = "checkout.session.completed"
SUCCEEDED = "checkout.session.async_payment_succeeded"
FAILED = "checkout.session.async_payment_failed"
EXPIRED = "checkout.session.expired"
INTENT = "payment_intent.succeeded"


def facts(name: str) -> int:
    return Event.objects.filter(name=name).count()


def test_a_payment_settles_exactly_what_was_chosen(
    desk: Actor, provider: Provider, stripe_of: gateway.Stripe
) -> None:
    debt = a_debt(desk)
    third = stage.invoice(desk, debt.customer, "INV-Acorn-3", 700)
    payment = verbs.paid(desk, debt, provider, stripe_of)
    assert [stage.open_minor(item) for item in (debt.first, debt.second, third)] == [0, 0, 700]
    assert stage.payment(payment) == stage.Row(debt.customer, 15_000, 0, on_account=False)
    assert stage.exposed(desk, debt.customer) == (700, 0)
    assert stage.holds(desk, debt.customer) == []
    assert (attempt().state, attempt().payment_id) == ("paid", payment)
    books = stage.books(desk)
    assert (books["online"], books.get("bank"), books["receivable"]) == (15_000, None, 700)
    assert facts("payments.paid_online") == 1
    assert Case.objects.count() == 0
    line = sql.scalars("SELECT counterparty || text FROM cash_bankline")
    assert line == ["INV-Acorn-1, INV-Acorn-2 pi_test_1"]
    proved(desk)


def test_the_same_event_again_and_every_event_of_it_take_the_money_once(
    desk: Actor, provider: Provider, stripe_of: gateway.Stripe
) -> None:
    debt = a_debt(desk)
    session = provider.complete(session_of(begin(desk, debt, stripe_of)))
    first = tell(desk, DONE, session)
    assert tell(desk, DONE, session) == first
    assert verbs.work_off(desk, first) == "taken"
    assert verbs.work_off(desk, first) == "taken"
    assert told(desk, DONE, session, number="another_id") == "known"
    assert told(desk, INTENT, intent_of(session)) == "known"
    assert told(desk, SUCCEEDED, session) == "known"
    assert sql.scalar("SELECT count(*) FROM cash_payment") == 1
    assert sql.scalar("SELECT count(*) FROM cash_allocation") == 2
    assert facts("payments.paid_online") == 1
    assert ProcrastinateJob.objects.filter(task_name="payments.work_off").count() == 4
    proved(desk)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::4])
def test_in_whatever_order_it_comes_the_money_counts_once(
    desk: Actor, provider: Provider, stripe_of: gateway.Stripe, order: tuple[int, ...]
) -> None:
    """A payment that takes days: completed unpaid, paid later, told in two ways; none ends it."""
    debt = a_debt(desk)
    session = provider.complete(session_of(begin(desk, debt, stripe_of)), is_paid=False)
    paid = {**session, "payment_status": "paid"}
    events = [(DONE, session), (SUCCEEDED, paid), (INTENT, intent_of(session)), (EXPIRED, session)]
    for place in order:
        told(desk, *events[place], at=1_800_000_000 + place)
    assert attempt().state == "paid"
    assert [stage.open_minor(item) for item in (debt.first, debt.second)] == [0, 0]
    assert sql.scalar("SELECT count(*) FROM cash_payment") == 1
    proved(desk)


def test_money_that_does_not_come_leaves_everything_open(
    desk: Actor, provider: Provider, stripe_of: gateway.Stripe
) -> None:
    debt = a_debt(desk)
    session = provider.complete(session_of(begin(desk, debt, stripe_of)), is_paid=False)
    assert told(desk, DONE, session) == "processing"
    assert told(desk, FAILED, session) == "failed"
    assert (attempt().state, facts("payments.online_failed")) == ("failed", 1)
    assert stage.open_minor(debt.first) == 10_000
    assert begin(desk, debt, stripe_of).endswith("cs_test_2")
    assert sql.scalar("SELECT count(*) FROM cash_payment") == 0
    late = told(desk, SUCCEEDED, {**session, "payment_status": "paid"})
    assert late == "taken"  # the provider has the money after all: it is ours
    assert stage.open_minor(debt.first) == 0
    proved(desk)


def test_an_expired_session_and_a_declined_card_change_no_books(
    desk: Actor, provider: Provider, stripe_of: gateway.Stripe
) -> None:
    debt = a_debt(desk)
    address = begin(desk, debt, stripe_of)
    session = provider.sessions[session_of(address)]
    declined = {**intent_of(session, status="requires_payment_method"), "id": "pi_x"}
    assert told(desk, "payment_intent.payment_failed", declined) == "of_no_interest"
    assert attempt().state == "open"
    assert told(desk, EXPIRED, session) == "expired"
    assert attempt().state == "expired"
    assert begin(desk, debt, stripe_of) != address


def test_what_was_settled_meanwhile_leaves_the_rest_with_the_payer(
    desk: Actor, provider: Provider, stripe_of: gateway.Stripe
) -> None:
    debt = a_debt(desk)
    session = provider.complete(session_of(begin(desk, debt, stripe_of)))
    other = stage.paid(desk, 10_000, "by bank")
    stage.cash.apply(desk, other, allocations={debt.first: 10_000})
    assert told(desk, DONE, session) == "taken"
    payment = attempt().payment_id
    assert payment is not None
    assert stage.payment(payment) == stage.Row(debt.customer, 15_000, 10_000, on_account=False)
    assert stage.open_minor(debt.second) == 0
    assert stage.holds(desk, debt.customer) == [("unapplied_money", f"payment:{payment}")]
    proved(desk)


def test_everything_settled_meanwhile_leaves_all_of_it_with_the_payer(
    desk: Actor, provider: Provider, stripe_of: gateway.Stripe
) -> None:
    debt = a_debt(desk)
    session = provider.complete(session_of(begin(desk, debt, stripe_of)))
    other = stage.paid(desk, 15_000, "by bank")
    stage.cash.apply(desk, other, allocations={debt.first: 10_000, debt.second: 5_000})
    assert told(desk, DONE, session) == "taken"
    assert stage.exposed(desk, debt.customer) == (0, 15_000)
    proved(desk)


@pytest.mark.parametrize(("amount", "left"), [(14_000, (0, 1_000)), (16_000, (0, 0))])
def test_another_amount_than_asked_for_is_taken_and_asked_about(
    desk: Actor, provider: Provider, stripe_of: gateway.Stripe, amount: int, left: tuple[int, int]
) -> None:
    debt = a_debt(desk)
    session = provider.complete(session_of(begin(desk, debt, stripe_of)))
    outcome = told(desk, DONE, {**session, "amount_total": amount})
    assert outcome == "taken_of_another_amount"
    assert (stage.open_minor(debt.first), stage.open_minor(debt.second)) == left
    case = Case.objects.get()
    assert (case.kind, case.minor, case.customer_id) == ("wrong_amount", amount, debt.customer)
    proved(desk)


def test_another_currency_is_taken_as_it_is_and_settles_nothing(
    desk: Actor, provider: Provider, stripe_of: gateway.Stripe
) -> None:
    debt = a_debt(desk)
    session = provider.complete(session_of(begin(desk, debt, stripe_of)))
    assert told(desk, DONE, {**session, "currency": "usd"}) == "taken_of_another_amount"
    assert stage.open_minor(debt.first) == 10_000
    assert stage.payment(attempt().payment_id or 0).unapplied_minor == 15_000
    proved(desk)


def test_a_payment_of_somebody_else_is_left_alone(
    desk: Actor, provider: Provider, stripe_of: gateway.Stripe
) -> None:
    debt = a_debt(desk)
    session = provider.complete(session_of(begin(desk, debt, stripe_of)))
    strange = {**session, "id": "cs_x", "client_reference_id": None, "metadata": {},
               "payment_intent": "pi_x"}  # fmt: skip
    assert told(desk, DONE, strange) == "not_ours"
    assert told(desk, "customer.created", {"id": "cus_1"}) == "of_no_interest"
    assert list(Notice.objects.values_list("state", flat=True)) == ["ignored", "ignored"]
    assert sql.scalar("SELECT count(*) FROM cash_payment") == 0


# -- who is believed -------------------------------------------------------------------------------


def test_the_job_does_it(desk: Actor, provider: Provider, stripe_of: gateway.Stripe) -> None:
    debt = a_debt(desk)
    session = provider.complete(session_of(begin(desk, debt, stripe_of)))
    notice = tell(desk, DONE, session)
    job = ProcrastinateJob.objects.get(task_name="payments.work_off")
    assert job.args == {"company_id": desk.company_id, "notice_id": notice}
    tasks.work_off(**job.args)
    assert attempt().state == "paid"
    assert stage.open_minor(debt.first) == 0


SESSION: dict[str, Any] = {"id": "cs_1", "object": "checkout.session"}


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "signature_missing"),
        ("t=1,v1=", "signature_wrong"),
        ("v1=abc", "signature_missing"),
        ("t=,v1=abc", "signature_missing"),
        ("t=1" * 1000, "signature_missing"),
        ("t=99999999999999999999,v1=a", "signature_missing"),
    ],
)
def test_what_is_not_signed_is_not_kept(desk: Actor, header: str, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        payments.hear(desk, event(DONE, SESSION), header, secrets=[SECRET], now=now())
    assert refused.value.code == code
    assert Notice.objects.count() == 0


def test_what_was_signed_by_another_long_ago_or_altered_is_not_kept(desk: Actor) -> None:
    body = event(DONE, SESSION)
    at = int(time.time())
    for secrets, header, text, code in (
        ([SECRET], signed(body, secret="whsec_other"), body, "signature_wrong"),
        ([SECRET], signed(body), body.replace(b"cs_1", b"cs_2"), "signature_wrong"),
        ([SECRET], signed(body, at=at - 301), body, "signature_too_old"),
        ([SECRET], signed(body, at=at + 310), body, "signature_too_old"),
        ([], signed(body), body, "signature_wrong"),
    ):
        with pytest.raises(DomainError) as refused:
            payments.hear(desk, text, header, secrets=secrets, now=now())
        assert refused.value.code == code
    assert Notice.objects.count() == 0
    assert ProcrastinateJob.objects.filter(task_name="payments.work_off").count() == 0


def test_while_a_secret_changes_both_are_believed(desk: Actor) -> None:
    body = event(DONE, SESSION)
    header = signed(body, secret="whsec_old") + "," + signed(body, secret="whsec_new").split(",")[1]
    for secrets in (["whsec_new"], ["whsec_old", "whsec_new"]):
        payments.hear(desk, body, header, secrets=secrets, now=now())
    assert Notice.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"null", b'{"object": "event"}', b"\xff", b"[" * 100_000,
     event("", SESSION), event(DONE, SESSION)[:-5],
     event(DONE, SESSION).replace(b'"created": ', b'"created": 99999999999999999'),
     event(DONE, {"id": ["x"]}), event(DONE, {"id": "x" * 300})],
)  # fmt: skip
def test_what_is_signed_but_no_event_is_refused(desk: Actor, body: bytes) -> None:
    with pytest.raises(DomainError) as refused:
        payments.hear(desk, body, signed(body), secrets=[SECRET], now=now())
    assert refused.value.code == "notice_malformed"
    assert Notice.objects.count() == 0


@pytest.mark.parametrize(
    "change",
    [{"amount_total": -1}, {"amount_total": None}, {"amount_total": 1.5}, {"amount_total": True},
     {"currency": "euro"}, {"currency": None}, {"payment_intent": 7}, {"amount_total": 2**70},
     {"client_reference_id": ["x"]}, {"id": ""}],
)  # fmt: skip
def test_an_event_that_cannot_be_understood_changes_nothing(
    desk: Actor, provider: Provider, stripe_of: gateway.Stripe, change: dict[str, Any]
) -> None:
    debt = a_debt(desk)
    session = provider.complete(session_of(begin(desk, debt, stripe_of)))
    assert told(desk, DONE, {**session, **change}) == "notice_malformed"
    assert Notice.objects.get().state == "ignored"
    assert (attempt().state, stage.open_minor(debt.first)) == ("open", 10_000)


def test_an_event_that_is_too_large_is_refused(desk: Actor) -> None:
    body = event(DONE, {**SESSION, "padding": "x" * 600_000})
    with pytest.raises(DomainError) as refused:
        payments.hear(desk, body, signed(body), secrets=[SECRET], now=now())
    assert refused.value.code == "notice_too_large"
    assert Notice.objects.count() == 0


def test_the_books_do_not_move_before_the_first_open_day(
    desk: Actor, provider: Provider, stripe_of: gateway.Stripe
) -> None:
    """The provider's clock is not ours: a date after the business date counts as today."""
    debt = a_debt(desk)
    verbs.paid(desk, debt, provider, stripe_of)
    on = sql.scalars("SELECT DISTINCT received_on FROM cash_payment")
    assert on == [desk.today]
    assert Attempt.objects.count() == 1

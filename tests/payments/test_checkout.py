"""From a link to the provider's page, whatever the provider or the machine does in between."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client

from creditdesk.contact import queries as contact_read
from creditdesk.invoices import delivery_queries
from creditdesk.invoices import queries as invoices_read
from creditdesk.invoices import services as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, NotFound, Refused
from creditdesk.payments import gateway, tokens
from creditdesk.payments import services as payments
from creditdesk.payments.models import Attempt, Link
from creditdesk.payments.queries import links
from creditdesk.payments.services import checkout
from creditdesk.plumbing import clock
from tests.cash import stage
from tests.cash.stage import Paid
from tests.invoices.people import SELLER, a_buyer, a_draft
from tests.payments import desk as verbs
from tests.payments.desk import Debt, a_debt, attempt, begin, now, session_of, token_of
from tests.support.stripe_server import Provider


def test_a_link_for_an_invoice_items_or_an_account_is_given_out_again(
    desk: Actor, provider: Provider
) -> None:
    debt = a_debt(desk)
    of_invoice = payments.link_for(desk, invoice_number="INV-Acorn-1")
    of_items = payments.link_for(desk, item_ids=[debt.second, debt.first])
    of_account = payments.link_for(desk, customer_id=debt.customer, currency="EUR")
    assert len({of_invoice, of_items, of_account}) == 3
    assert payments.link_for(desk, invoice_number="INV-Acorn-1") == of_invoice
    assert payments.link_for(desk, item_ids=[debt.first, debt.second]) == of_items
    assert payments.link_for(desk, customer_id=debt.customer, currency="EUR") == of_account
    shown = {
        address: [
            one.number for one in links.pay_page(
                links.link_of(verbs.token_of(address)), at=desk.at
            ).items
        ]
        for address in (of_invoice, of_account)
    }  # fmt: skip
    assert shown == {
        of_invoice: ["INV-Acorn-1"],
        of_account: ["INV-Acorn-1", "INV-Acorn-2"],
    }
    third = stage.invoice(desk, debt.customer, "INV-Acorn-3", 700)
    page = links.pay_page(links.link_of(verbs.token_of(of_account)), at=desk.at)
    assert (page.total_minor, page.items[-1].item_id) == (15_700, third)


def test_no_link_where_nothing_is_set_up(desk: Actor, settings: object) -> None:
    customer = stage.customer(desk, "Acorn")
    item = stage.invoice(desk, customer, "INV-1", 100)
    assert payments.link_for(desk, item_ids=[item]) == ""
    asked = payments.of_items(desk.company_id, [item])
    with pytest.raises(Refused) as refused:
        payments.links_for(desk, [asked])
    assert refused.value.code == "online_not_set_up"
    assert Link.objects.count() == 0


def test_items_of_two_customers_have_no_link(desk: Actor, provider: Provider) -> None:
    one, other = a_debt(desk), a_debt(desk, "Birch")
    before = Link.objects.count()
    with pytest.raises(Exception, match="several customers") as refused:
        payments.link_for(desk, item_ids=[one.first, other.first])
    assert refused.value.code == "items_differ"  # type: ignore[attr-defined]
    with pytest.raises(NotFound):
        payments.link_for(desk, item_ids=[one.first, 987_654_321])
    assert Link.objects.count() == before


@pytest.mark.parametrize("change", ["", "x", "é", "\u0660", "." * 300])
def test_an_address_that_was_not_signed_here_is_nothing(
    desk: Actor, provider: Provider, change: str
) -> None:
    debt = a_debt(desk)
    key = links.link(desk.company_id, debt.link).key
    token = tokens.token_of(key)
    assert links.link_of(token).id == debt.link
    for wrong in (change, token + (change or "0"), key, f"{key}.{change}", token[:-1]):
        with pytest.raises(NotFound) as refused:
            links.link_of(wrong)
        assert refused.value.code == "link_unknown"


def test_a_session_is_made_once_and_given_out_while_it_asks_for_what_is_open(
    desk: Actor, provider: Provider, stripe_of: gateway.Stripe
) -> None:
    debt = a_debt(desk)
    address = begin(desk, debt, stripe_of)
    assert address == f"{provider.url}/c/pay/cs_test_1"
    assert begin(desk, debt, stripe_of) == address
    made = provider.sessions["cs_test_1"]
    assert (made["amount_total"], made["currency"]) == (15_000, "eur")
    assert made["client_reference_id"] == attempt().reference
    assert urlsplit(made["success_url"]).path.endswith("/done")
    assert [path for _, path, _ in provider.calls] == ["/v1/checkout/sessions"]
    assert (attempt().state, attempt().minor) == ("open", 15_000)
    asked = str(attempt().request)
    assert "Acorn" in asked  # the numbers of the invoices
    assert "@" not in asked


def test_who_goes_on_to_pay_has_seen_the_invoice_and_who_looks_has_not(
    desk: Actor, provider: Provider, stripe_of: gateway.Stripe
) -> None:
    invoices.set_seller(desk, SELLER)
    buyer = a_buyer(desk, "C77")
    [number] = invoices.issue(desk, [a_draft(buyer)])
    [item] = [
        one.item_id for one in invoices_read.open_items(desk.company_id, customer_ids=[buyer])
    ]
    token = token_of(payments.link_for(desk, item_ids=[item]))

    def known() -> list[str]:
        found = delivery_queries.deliveries(desk.company_id, number)
        return [one.kind for one in found.evidence]

    assert known() == ["refused"]  # nobody to write to: it waits, and is not chased
    assert [one.source for one in contact_read.live_holds(desk.company_id)] == [f"sending:{number}"]
    with clock.held_at(desk.at):
        page = Client().get(f"/pay/{token}/")
    assert (page.status_code, number in page.content.decode()) == (200, True)
    assert known() == ["refused"]
    debt = Debt(buyer, item, item, links.link_of(token).id)
    begin(desk, debt, stripe_of)
    begin(desk, debt, stripe_of)
    assert known() == ["refused", "seen"]
    assert delivery_queries.deliveries(desk.company_id, number).standing == "delivered"
    assert contact_read.live_holds(desk.company_id) == []


def test_what_was_settled_meanwhile_is_not_asked_for(
    desk: Actor, provider: Provider, stripe_of: gateway.Stripe
) -> None:
    debt = a_debt(desk)
    begin(desk, debt, stripe_of)
    payment = stage.paid(desk, 10_000, "first")
    stage.cash.apply(desk, payment, allocations={debt.first: 10_000})
    assert begin(desk, debt, stripe_of) == f"{provider.url}/c/pay/cs_test_2"
    assert provider.sessions["cs_test_1"]["status"] == "expired"
    assert provider.sessions["cs_test_2"]["amount_total"] == 5_000
    states = list(Attempt.objects.order_by("id").values_list("state", flat=True))
    assert states == ["expired", "open"]


def test_two_links_to_the_same_item_have_one_open_session(
    desk: Actor, provider: Provider, stripe_of: gateway.Stripe
) -> None:
    debt = a_debt(desk)
    begin(desk, debt, stripe_of)
    other = payments.link_for(desk, invoice_number="INV-Acorn-1")
    link = links.link_of(verbs.token_of(other))
    payments.begin(desk, link.id, now=now(), provider=stripe_of)
    assert [one["amount_total"] for one in provider.open_sessions()] == [10_000]


def test_nothing_open_expired_or_under_way_is_refused(
    desk: Actor, provider: Provider, stripe_of: gateway.Stripe
) -> None:
    debt = a_debt(desk)
    late = verbs.now()
    Link.objects.filter(id=debt.link).update(expires_at=desk.at)
    with pytest.raises(Refused) as refused:
        begin(desk, debt, stripe_of, at=late)
    assert refused.value.code == "link_expired"
    Link.objects.filter(id=debt.link).update(expires_at=desk.at + timedelta(days=1))
    session = provider.complete(session_of(begin(desk, debt, stripe_of)), is_paid=False)
    assert verbs.told(desk, "checkout.session.completed", session) == "processing"
    with pytest.raises(Refused) as refused:
        begin(desk, debt, stripe_of)
    assert refused.value.code == "payment_under_way"
    assert links.pay_page(links.link(desk.company_id, debt.link), at=desk.at).state == "under_way"
    other = a_debt(desk, "Birch")
    payment = stage.paid(desk, 15_000, "all")
    stage.cash.apply(desk, payment, allocations={other.first: 10_000, other.second: 5_000})
    with pytest.raises(Refused) as refused:
        begin(desk, other, stripe_of)
    assert refused.value.code == "nothing_to_pay"
    assert len(provider.sessions) == 1


# -- the provider fails ----------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["silent", "lost", "down"])
def test_a_call_that_fails_once_is_repeated_with_its_key(
    desk: Actor, provider: Provider, stripe_of: gateway.Stripe, fault: str
) -> None:
    debt = a_debt(desk)
    provider.faults = [fault]
    assert begin(desk, debt, stripe_of) == f"{provider.url}/c/pay/cs_test_1"
    assert len(provider.sessions) == 1
    assert len({key for _, _, key in provider.calls}) == 1
    assert len(provider.calls) == 2


@pytest.mark.parametrize("fault", ["silent", "lost", "down", "busy"])
def test_a_provider_that_stays_away_leaves_the_attempt_for_the_next_try(
    desk: Actor, provider: Provider, stripe_of: gateway.Stripe, fault: str
) -> None:
    debt = a_debt(desk)
    provider.faults = [fault] * (gateway.RETRIES + 1)
    if fault == "lost":  # what was done is answered when it is asked for again
        provider.faults = ["lost", "silent", "silent"]
    with pytest.raises(Conflict) as silent:
        begin(desk, debt, stripe_of)
    assert silent.value.code == "provider_silent"
    assert (attempt().state, attempt().session) == ("prepared", "")
    key = str(attempt().idempotency_key)
    provider.faults = []
    begin(desk, debt, stripe_of)
    assert {used for _, _, used in provider.calls} == {key}
    assert (len(provider.sessions), Attempt.objects.count()) == (1, 1)


def test_a_failure_the_provider_keeps_is_left_behind_with_a_new_key(
    desk: Actor, provider: Provider, stripe_of: gateway.Stripe
) -> None:
    debt = a_debt(desk)
    provider.faults = ["broken"]
    with pytest.raises(Conflict) as silent:
        begin(desk, debt, stripe_of)
    assert silent.value.code == "provider_silent"
    assert attempt().state == "failed"
    begin(desk, debt, stripe_of)
    assert len({key for _, _, key in provider.calls}) == 2
    assert len(provider.sessions) == 1


@pytest.mark.parametrize(
    ("fault", "code"), [("refused", "amount_too_small"), ("elsewhere", "answer_malformed")]
)
def test_what_the_provider_refuses_or_sends_elsewhere_is_refused(
    desk: Actor, provider: Provider, stripe_of: gateway.Stripe, fault: str, code: str
) -> None:
    debt = a_debt(desk)
    provider.faults = [fault]
    with pytest.raises(Refused) as refused:
        begin(desk, debt, stripe_of)
    assert (refused.value.code, refused.value.context["why"]) == ("online_refused", code)
    assert (attempt().state, attempt().fault, attempt().url) == ("failed", code, "")


def test_a_wrong_key_is_refused_and_not_repeated(desk: Actor, provider: Provider) -> None:
    debt = a_debt(desk)
    with pytest.raises(Refused) as refused:
        begin(desk, debt, gateway.Stripe("sk_test_of_nobody"))
    assert refused.value.code == "online_refused"
    assert len(provider.calls) == 1


def test_a_crash_after_the_call_makes_no_second_session(
    desk: Actor, provider: Provider, stripe_of: gateway.Stripe
) -> None:
    debt = a_debt(desk)
    ready = checkout.prepare(desk, debt.link, now=now())
    assert ready.request is not None
    stripe_of.create_session(ready.request, ready.idempotency_key)  # and here the machine stops
    assert begin(desk, debt, stripe_of) == f"{provider.url}/c/pay/cs_test_1"
    assert (len(provider.sessions), attempt().state) == (1, "open")


def test_an_attempt_left_for_long_is_dropped_and_its_session_can_be_paid_by_nobody(
    desk: Actor, provider: Provider, stripe_of: gateway.Stripe
) -> None:
    debt = a_debt(desk)
    ready = checkout.prepare(desk, debt.link, now=now() - timedelta(minutes=61))
    assert ready.url == ""
    begin(desk, debt, stripe_of)
    states = list(Attempt.objects.order_by("id").values_list("state", flat=True))
    assert states == ["dropped", "open"]
    with pytest.raises(Conflict):  # an answer that comes late opens nothing
        checkout.open_attempt(desk, ready.attempt_id or 0, session="cs_late", url="x")
    assert len(provider.sessions) == 1


@pytest.mark.parametrize("nth", range(1, 4))
@pytest.mark.parametrize("fault", ["silent", "broken"])
def test_whichever_call_fails_one_session_is_open_in_the_end(
    desk: Actor, provider: Provider, stripe_of: gateway.Stripe, nth: int, fault: str
) -> None:
    """End one session and make another: the calls fail one after the other, and it is tried on."""
    debt = a_debt(desk)
    begin(desk, debt, stripe_of)
    stage.take_in(desk, Paid(minor=100, text="x"))
    stage.invoice(desk, debt.customer, "INV-Acorn-9", 100)
    payment = stage.paid(desk, 1_000, "part")
    stage.cash.apply(desk, payment, allocations={debt.first: 1_000})
    provider.faults = [""] * (nth - 1) + [fault] * 3
    for _ in range(4):
        try:
            begin(desk, debt, stripe_of)
            break
        except Conflict:
            continue
    assert [one["amount_total"] for one in provider.open_sessions()] == [14_000]
    assert Attempt.objects.filter(state="open").count() == 1

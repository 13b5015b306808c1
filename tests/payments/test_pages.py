"""What a customer sees: what is to be paid, and nothing that is not known."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from creditdesk.controls.privacy import cases as privacy_cases
from creditdesk.controls.privacy.rules import Subject
from creditdesk.faces.cli import doctor, running
from creditdesk.kernel.actor import Actor
from creditdesk.payments import gateway, tasks, tokens
from creditdesk.payments import services as payments
from creditdesk.payments.models import Attempt, Link, Notice
from creditdesk.payments.queries import cases, links
from creditdesk.payments.services import privacy
from creditdesk.plumbing import clock
from tests.cash import stage
from tests.payments import desk as verbs
from tests.payments.desk import Debt, a_debt, told
from tests.support.stripe_server import Provider, event, signed


@pytest.fixture
def debt(desk: Actor, provider: Provider) -> Debt:
    clock.move(desk.at)
    return a_debt(desk)


@pytest.fixture
def visitor() -> Client:
    cache.clear()
    return Client(headers={"Accept-Language": "en"})


def address(desk: Actor, debt: Debt) -> str:
    return f"/pay/{tokens.token_of(links.link(desk.company_id, debt.link).key)}/"


def test_the_page_says_what_is_open_and_leads_to_the_provider(
    desk: Actor, debt: Debt, provider: Provider, visitor: Client
) -> None:
    shown = visitor.get(address(desk, debt))
    text = shown.content.decode()
    assert shown.status_code == 200
    for said in ("Acme Supply", "INV-Acorn-1", "INV-Acorn-2", "150.00", "Pay now"):
        assert said in text
    assert "<script" not in text
    policy = shown.headers["Content-Security-Policy"]
    assert "script-src" not in policy
    assert f"form-action 'self' {provider.url};" in policy
    assert shown.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "no-store" in shown.headers["Cache-Control"]
    assert Attempt.objects.count() == 0  # looking asks nothing of the provider
    gone = visitor.post(address(desk, debt))
    assert (gone.status_code, gone.headers["Location"]) == (303, f"{provider.url}/c/pay/cs_test_1")
    assert f"form-action 'self' {provider.url};" in gone.headers["Content-Security-Policy"]


def test_back_from_the_provider_nothing_is_said_that_is_not_known(
    desk: Actor, debt: Debt, provider: Provider, visitor: Client
) -> None:
    visitor.post(address(desk, debt))
    back = visitor.get(f"{address(desk, debt)}done").content.decode()
    assert "We wait for its confirmation" in back
    assert "paid" not in back.replace("Back from the payment service", "").lower()
    session = provider.complete("cs_test_1")
    told(desk, "checkout.session.completed", session)
    assert "This is paid" in visitor.get(f"{address(desk, debt)}done").content.decode()
    again = visitor.get(address(desk, debt))
    assert "This is paid" in again.content.decode()
    assert visitor.post(address(desk, debt)).status_code == 409
    assert len(provider.sessions) == 1


def test_while_the_provider_waits_nobody_pays_twice(
    desk: Actor, debt: Debt, provider: Provider, visitor: Client
) -> None:
    visitor.post(address(desk, debt))
    told(desk, "checkout.session.completed", provider.complete("cs_test_1", is_paid=False))
    shown = visitor.get(address(desk, debt)).content.decode()
    assert "A payment is under way" in shown
    assert "Pay now" not in shown
    assert visitor.post(address(desk, debt)).status_code == 409


def test_an_address_that_ran_out_or_was_made_up_shows_nothing_of_anybody(
    desk: Actor, debt: Debt, visitor: Client
) -> None:
    Link.objects.update(expires_at=desk.at - timedelta(days=1))
    late = visitor.get(address(desk, debt))
    assert late.status_code == 410
    assert "INV-Acorn" not in late.content.decode()
    for made_up in ("/pay/x/", "/pay/x.y/done", f"{address(desk, debt)[:-2]}/"):
        for ask in (visitor.get, visitor.post):
            answer = ask(made_up)
            assert answer.status_code in (404, 405), made_up
            assert "Acme" not in answer.content.decode()


def test_a_provider_that_is_away_is_said_to_be(
    desk: Actor, debt: Debt, provider: Provider, visitor: Client, settings: Any
) -> None:
    provider.faults = ["silent"] * 3
    away = visitor.post(address(desk, debt))
    assert away.status_code == 503
    assert "Nothing was paid; try again" in away.content.decode()
    provider.faults = ["refused"]
    refused = visitor.post(address(desk, debt))
    assert refused.status_code == 409
    assert "This cannot be paid online. Nothing was paid." in refused.content.decode()
    settings.STRIPE_KEYS = {}
    assert "bank transfer" in visitor.get(address(desk, debt)).content.decode()
    assert visitor.post(address(desk, debt)).status_code == 503


def test_who_asks_too_often_waits(desk: Actor, debt: Debt, visitor: Client) -> None:
    statuses = [visitor.get("/pay/x/").status_code for _ in range(61)]
    assert set(statuses[:60]) == {404}
    last = visitor.get(address(desk, debt))
    assert (last.status_code, last.headers["Retry-After"]) == (429, "60")
    assert visitor.get(address(desk, debt), REMOTE_ADDR="192.0.2.7").status_code == 200


def test_a_form_from_elsewhere_is_refused(desk: Actor, debt: Debt) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(address(desk, debt)).status_code == 403
    assert Attempt.objects.count() == 0


def test_the_settled_are_swept_and_the_open_stay(
    desk: Actor, debt: Debt, provider: Provider, stripe_of: gateway.Stripe
) -> None:
    other = a_debt(desk, "Birch")
    for one in (debt, other):
        verbs.begin(desk, one, stripe_of)
    payment = stage.paid(desk, 10_000, "by bank")
    stage.cash.apply(desk, payment, allocations={debt.first: 10_000})
    job = ProcrastinateJob.objects.get(task_name="payments.sweep")
    provider.faults = ["silent"] * 3
    tasks.sweep(**job.args)  # the provider is away: nothing is lost, it is tried again
    assert len(provider.open_sessions()) == 2
    tasks.sweep(**job.args)
    assert [one["status"] for one in provider.sessions.values()] == ["expired", "open"]
    states = list(Attempt.objects.order_by("id").values_list("state", flat=True))
    assert states == ["expired", "open"]


def test_a_payment_of_which_nothing_is_told_is_asked_for(
    desk: Actor, debt: Debt, provider: Provider, stripe_of: gateway.Stripe
) -> None:
    """The notice is lost; the session is complete at the provider, and nobody may pay again."""
    verbs.begin(desk, debt, stripe_of)
    provider.complete("cs_test_1")
    later = verbs.now() + timedelta(hours=3)
    for now in (later, later):
        payments.sweep(desk, now=now, provider=stripe_of)
    assert (Attempt.objects.get().state, stage.open_minor(debt.first)) == ("paid", 0)
    assert Notice.objects.count() == 0
    late = told(desk, "checkout.session.completed", provider.sessions["cs_test_1"])
    assert late == "known"
    verbs.proved(desk)


# -- the provider's own address --------------------------------------------------------------------


def post(visitor: Client, body: bytes, header: str, company: str = "acme") -> Any:
    return visitor.post(
        f"/hooks/stripe/{company}",
        body,
        content_type="application/json",
        headers={"Stripe-Signature": header},
    )


def test_what_the_provider_posts_is_kept_once(desk: Actor, debt: Debt, visitor: Client) -> None:
    body = event("checkout.session.expired", {"id": "cs_1"})
    assert [post(visitor, body, signed(body)).status_code for _ in range(3)] == [204] * 3
    assert Notice.objects.count() == 1
    assert bytes(Notice.objects.get().body) == body


def test_what_anybody_else_posts_is_not(desk: Actor, debt: Debt, visitor: Client) -> None:
    body = event("checkout.session.expired", {"id": "cs_1"})
    at = int(time.time())
    for header, text, code in (
        ("", body, "signature_missing"),
        (signed(body, secret="whsec_x"), body, "signature_wrong"),
        (signed(body, at=at - 1000), body, "signature_too_old"),
        (signed(b"{}"), b"{}", "notice_malformed"),
    ):
        answer = post(visitor, text, header)
        assert (answer.status_code, answer.content.decode()) == (400, f"{code}\n")
    assert post(visitor, body, signed(body), company="nobody").status_code == 404
    assert visitor.get("/hooks/stripe/acme").status_code == 405
    assert Notice.objects.count() == 0


# -- whoever looks after the installation ----------------------------------------------------------


def test_doctor_tells_how_online_payment_stands(
    desk: Actor, debt: Debt, provider: Provider, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    def told() -> dict[str, str]:
        return {
            one.code: one.level for one in doctor.examine() if one.area == "online payment"
        }  # fmt: skip

    assert told() == {"provider": "ok"}
    settings.STRIPE_KEYS = {"acme": ("sk_test_of_nobody",)}
    settings.STRIPE_WEBHOOK_SECRETS = {"acme": ("whsec_1", "whsec_2")}
    settings.PUBLIC_URL = ""
    assert told() == {"provider": "wrong", "webhook": "warning", "address": "wrong"}
    settings.STRIPE_WEBHOOK_SECRETS = {}
    assert told()["webhook"] == "wrong"
    settings.STRIPE_KEYS = {}
    assert told() == {}
    said = str([*doctor.examine()]) + "".join(capsys.readouterr())
    assert "sk_test" not in said
    assert "whsec" not in said


def test_the_minutes_schedule_sweeps_where_something_is_set_up(
    desk: Actor, debt: Debt, settings: Any
) -> None:
    assert "payments.sweep acme" in running.queue_due()
    settings.STRIPE_KEYS = {}
    assert not [one for one in running.queue_due() if one.startswith("payments")]


# -- privacy ---------------------------------------------------------------------------------------


def test_what_the_provider_told_of_somebody_leaves_on_request(
    desk: Actor, debt: Debt, provider: Provider, stripe_of: gateway.Stripe
) -> None:
    verbs.paid(desk, debt, provider, stripe_of)
    case = privacy_case(desk, debt)
    assert b"erika@example.com" in bytes(Notice.objects.get().body)
    lines = {(one.what, one.kept): one.count for one in privacy.erase_personal(case).lines}
    assert lines[("payment_notices", False)] == 1
    assert bytes(Notice.objects.get().body) == b""
    assert stage.open_minor(debt.first) == 0
    again = {(one.what, one.kept): one.count for one in privacy.erase_personal(case).lines}
    assert again[("payment_notices", False)] == 0


def test_what_an_open_case_rests_on_stays_until_it_is_closed(
    desk: Actor, debt: Debt, provider: Provider, stripe_of: gateway.Stripe
) -> None:
    verbs.begin(desk, debt, stripe_of)
    session = {**provider.complete("cs_test_1"), "amount_total": 14_000}
    told(desk, "checkout.session.completed", session)
    [reference] = [one.reference for one in cases.listing(desk.company_id).rows]
    case = privacy_case(desk, debt)
    kept = [one for one in privacy.erase_personal(case).lines if one.kept and one.count]
    assert [(one.what, one.reason) for one in kept] == [("payment_notices", "claims")]
    payments.close(desk, reference, ending="corrected", answer="of Erika")
    privacy.erase_personal(case)
    assert bytes(Notice.objects.get().body) == b""
    found = cases.case(desk.company_id, reference)
    notes = [one.note for one in cases.entries(desk.company_id, found.id) if one.note]
    assert notes == ["erased"]


def privacy_case(desk: Actor, debt: Debt) -> privacy_cases.Case:
    return privacy_cases.Case(
        actor=desk, subject=Subject("customer", debt.customer), country="DE", erasure_id=1
    )

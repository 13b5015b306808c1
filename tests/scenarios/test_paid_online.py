"""Paid online in a running server: pay page, provider's page, webhook, worker, books."""

from __future__ import annotations

import signal
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from creditdesk.cash import queries as cash
from creditdesk.insight.queries import prove
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.payments import services as payments
from creditdesk.payments.models import Attempt, Notice
from creditdesk.plumbing import clock
from tests.cash import stage
from tests.cash.conftest import with_policy
from tests.scenarios.test_processes import (
    WAIT_SECONDS,
    Browser,
    Process,
    free_port,
    start,
    until,
)
from tests.support import stripe_server
from tests.support.fixtures import founded
from tests.support.stripe_server import KEY, SECRET, Provider, event, signed

__all__ = ["start"]


class Customer(Browser):
    """A browser that says where it was sent on to, and a provider that tells what happened."""

    def sent_on(self, path: str) -> str:
        """Press the button of the pay page; return where that leads."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=WAIT_SECONDS)
        token = self.cookies.get("csrftoken", "")
        headers = {"Cookie": f"csrftoken={token}",
                   "Content-Type": "application/x-www-form-urlencoded"}  # fmt: skip
        connection.request("POST", path, f"csrfmiddlewaretoken={token}", headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        assert answer.status in (302, 303), answer.status
        return str(answer.headers["Location"])

    def told(self, body: bytes, signature: str) -> int:
        """Let the provider tell the company something; return the status it was answered."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=WAIT_SECONDS)
        headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
        connection.request("POST", "/hooks/stripe/acme", body, headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status


def served(
    start: Callable[..., Process], provider: Provider, port: int, home: Path, secret: str
) -> Process:
    """Start web, worker and scheduler, set up to take money through the provider."""
    return start(
        "serve", "--port", port,
        CREDITDESK_HOME=str(home), CREDITDESK_SECRET_KEY=secret,
        CREDITDESK_PUBLIC_URL=f"http://127.0.0.1:{port}", CREDITDESK_STRIPE_KEY=f"acme={KEY}",
        CREDITDESK_STRIPE_WEBHOOK_SECRET=f"acme={SECRET}", CREDITDESK_STRIPE_API=provider.url,
        CREDITDESK_STRIPE_CHECKOUT=provider.url,
    )  # fmt: skip


def test_from_the_pay_page_to_a_settled_invoice(
    committed_db: str,
    actor_of: Callable[..., Actor],
    start: Callable[..., Process],
    settings: Any,
    tmp_path: Path,
) -> None:
    actor, port = with_policy(actor_of(founded().id)), free_port()
    customer_id = stage.customer(actor, "Acorn Foods")
    item = stage.invoice(actor, customer_id, "INV-1", 12_345)
    clock.move(actor.at)
    with stripe_server.provider() as provider:
        settings.PUBLIC_URL = f"http://127.0.0.1:{port}"
        settings.STRIPE_KEYS = {"acme": (KEY,)}
        settings.STRIPE_WEBHOOK_SECRETS = {"acme": (SECRET,)}
        settings.STRIPE_API = settings.STRIPE_CHECKOUT = provider.url
        path = urlsplit(payments.link_for(actor, item_ids=[item])).path
        server = served(start, provider, port, tmp_path / "home", settings.SECRET_KEY)
        browser = Customer(port)
        until(browser.is_there)

        status, page = browser.ask("GET", path)
        assert (status, "INV-1" in page, "123.45" in page) == (200, True, True)
        leads_to = browser.sent_on(path)
        [session] = provider.open_sessions()
        assert leads_to == session["url"]
        assert (session["amount_total"], session["currency"]) == (12_345, "eur")
        assert stage.open_minor(item) == 12_345  # sent on is not paid

        body = event("checkout.session.completed", provider.complete(session["id"]), number="one")
        assert browser.told(body, signed(body, secret="whsec_of_somebody")) == 400
        assert Notice.objects.count() == 0
        # Told three times, as a provider does that heard no answer.
        assert [browser.told(body, signed(body)) for _ in range(3)] == [204, 204, 204]
        until(lambda: stage.open_minor(item) == 0)
        until(lambda: list(Notice.objects.values_list("outcome", flat=True)) == ["taken"])
        assert browser.ask("GET", f"{path}done")[0] == 200
        server.send_signal(signal.SIGTERM)
        assert server.wait(WAIT_SECONDS) == 0

    attempt = Attempt.objects.get()
    [payment] = cash.payments(actor.company_id)
    assert (attempt.payment_id, payment.customer_id) == (payment.id, customer_id)
    assert (payment.total_minor, payment.unapplied_minor) == (12_345, 0)
    assert invoices.invoice(actor.company_id, "INV-1").open_minor == 0
    books = stage.books(actor)
    assert (books["online"], books.get("receivable", 0)) == (12_345, 0)
    assert prove(actor.company_id) == []

"""Mails say where to pay: an invoice's its own address, a reminder's that of what it lists."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from creditdesk import wiring
from creditdesk.cash import services as cash
from creditdesk.collections import services as collections
from creditdesk.contact.letters import LetterWriter, Sender
from creditdesk.contact.rules import Draft, DraftItem
from creditdesk.customers.rules import NewContact
from creditdesk.invoices import services as invoicing
from creditdesk.kernel.actor import Actor
from creditdesk.payments import services as payments
from creditdesk.payments.models import Link
from creditdesk.payments.queries import links
from creditdesk.payments.rules import amounts
from creditdesk.plumbing import clock, sql
from creditdesk.treasury import services as treasury
from tests.cash import stage
from tests.collections.stage import a_debtor, an_item, bank_closed
from tests.contact.stage import a_customer
from tests.faces.desk.pages import words
from tests.invoices.people import SELLER, a_buyer, a_draft
from tests.payments import desk as verbs
from tests.payments.desk import PUBLIC
from tests.support.stripe_server import Provider

ADDRESS = re.compile(rf"{PUBLIC}/pay/([^/\s\"<]+)/")
CREDITOR, OTHER_IBAN = "DE98ZZZ09999999999", "DE89370400440532013000"
ANN = NewContact(name="Ann Acorn", email="ap@acorn.example", is_primary=True)


def mails() -> list[tuple[str, str]]:
    texts = sql.scalars("SELECT body_text FROM contact_message ORDER BY id")
    return list(
        zip(texts, sql.scalars("SELECT body_html FROM contact_message ORDER BY id"), strict=True)
    )


def asked_for(text: str) -> links.LinkRow:
    """The link of the one address in a text."""
    [token] = set(ADDRESS.findall(text))
    return links.link_of(token)


def issued(actor: Actor, **known: Any) -> str:
    customer = a_buyer(actor, "C1", contacts=(ANN,), **known)
    return invoicing.issue(actor, [a_draft(customer)])[0]


@pytest.fixture
def selling(desk: Actor) -> Actor:
    clock.move(desk.at)
    invoicing.set_seller(desk, SELLER)
    return desk


@pytest.fixture
def chasing(desk: Actor) -> Actor:
    """Somebody whose bank closed on the last business day."""
    clock.move(desk.at)
    a_customer(desk, "BANK")
    bank_closed(desk)
    return desk


# -- invoices


def test_the_mail_of_an_invoice_carries_its_address(selling: Actor, provider: Provider) -> None:
    number = issued(selling)
    [(text, html)] = mails()
    link = asked_for(text)
    assert (link.kind, link.label) == ("invoice", number)
    assert "You can pay it online here:" in text
    assert text.index("/pay/") < text.index("Kind regards")
    [href] = re.findall(r'<a href="([^"]+)"', html)
    assert links.link_of(verbs.token_of(href)).id == link.id
    assert ">Pay online</a>" in html
    # Asked for again it is the same one, wherever.
    assert payments.link_for(selling, invoice_number=number) == href
    assert Link.objects.count() == 1
    # It outlives its due date by as long as any other does.
    due = sql.scalar("SELECT max(due_on) FROM invoices_item")
    assert link.expires_at.date() == due + timedelta(days=90)


def test_without_online_payment_no_mail_speaks_of_it(
    selling: Actor, provider: Provider, settings: Any
) -> None:
    settings.STRIPE_KEYS = {}
    issued(selling)
    [(text, html)] = mails()
    assert ("online" in text, "<a " in html, Link.objects.count()) == (False, False, 0)


def test_what_the_provider_would_not_take_has_no_address(
    selling: Actor, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(amounts, "PROVIDER_MINOR_MAX", 99)
    issued(selling)
    [(text, _)] = mails()
    assert ("/pay/" in text, Link.objects.count()) == (False, 0)


@pytest.mark.parametrize(
    ("is_live", "currency", "links_made"), [(True, "EUR", 0), (False, "EUR", 1), (True, "USD", 1)]
)
def test_what_will_be_debited_is_not_asked_for_twice(
    desk: Actor, provider: Provider, currency: str, links_made: int, *, is_live: bool
) -> None:
    assert provider.sessions == {}
    wiring.connect()
    treasury.set_creditor(desk, identifier=CREDITOR, called="Acme", iban=OTHER_IBAN)
    acorn = stage.customer(desk, "Acorn Foods")
    mandate = treasury.give_mandate(
        desk, acorn, iban=OTHER_IBAN, holder="Acorn", signed_on=stage.ISSUED
    )
    if not is_live:
        treasury.revoke_mandate(desk, mandate, why="letter")
    stage.invoice(desk, acorn, "INV-1", 10_000, currency=currency)
    [invoice] = sql.scalars("SELECT id FROM invoices_invoice")
    assert len(payments.links_of_invoices(desk, [invoice])) == links_made
    assert Link.objects.count() == links_made


def test_a_credit_note_asks_for_nothing(selling: Actor, provider: Provider) -> None:
    number = issued(selling)
    invoicing.credit_issued(selling, number, issued_on=selling.today, reason="returned goods")
    texts = [text for text, _ in mails() if "credit note" in text.lower()]
    assert len(texts) == 1
    assert "/pay/" not in texts[0]


def test_the_page_says_what_is_owed_now_and_then_that_it_is_paid(
    selling: Actor, provider: Provider
) -> None:
    number = issued(selling)
    link = asked_for(mails()[0][0])
    address = f"/pay/{ADDRESS.findall(mails()[0][0])[0]}/"
    items = links.payable(link)
    total = sum(one.open_minor for one in items)
    cache.clear()
    visitor = Client(headers={"Accept-Language": "en"})
    part = stage.paid(selling, 1_000, "in part")
    cash.apply(selling, part, allocations={items[0].item_id: 1_000})
    page = links.pay_page(link, at=selling.at)
    assert (page.state, page.total_minor) == ("payable", total - 1_000)
    left = f"{(total - 1_000) // 100}.{total % 100:02d}"
    assert left in words(visitor.get(address)).replace(" ", "")
    rest = stage.paid(selling, total - 1_000, "the rest", name="2.csv")
    opened = {one.item_id: one.open_minor for one in links.payable(link)}
    cash.apply(selling, rest, allocations=opened)
    shown = visitor.get(address).content.decode()
    assert "This is paid" in shown
    assert "Pay now" not in shown
    assert payments.links_of_invoices(selling, [items[0].item_id]) == {}
    assert number


# -- reminders


def test_a_reminder_carries_the_address_of_what_it_lists(
    chasing: Actor, provider: Provider
) -> None:
    customer, first = a_debtor(chasing, late=25)
    second = an_item(chasing, customer, late=6)
    an_item(chasing, customer, late=-20)
    dollars = an_item(chasing, customer, late=50, currency="USD")
    collections.run(chasing, run_on=chasing.today)
    found = {asked_for(text).currency: asked_for(text) for text, _ in mails()}
    assert (found["EUR"].item_ids, found["USD"].item_ids) == ([first, second], [dollars])
    assert all("You can pay online here:" in text for text, _ in mails())
    assert all(">Pay online</a>" in html for _, html in mails())


def test_a_preview_makes_no_address_and_shows_where_it_will_stand(
    chasing: Actor, provider: Provider
) -> None:
    a_debtor(chasing, late=25)
    [message] = collections.preview_run(chasing).messages
    assert f"{PUBLIC}/pay/…" in message.text
    assert Link.objects.count() == 0


def test_a_run_of_many_asks_the_database_a_few_times(
    chasing: Actor, provider: Provider, django_assert_max_num_queries: Any
) -> None:
    asked = [
        (payments.Payability(customer_id=a_customer(chasing, f"M{n}"), currency="EUR"), 10_000)
        for n in range(30)
    ]
    with django_assert_max_num_queries(12):
        found = payments.offered(chasing, asked)
    assert len(set(found)) == 30
    assert payments.offered(chasing, asked) == found
    assert Link.objects.count() == 30


# -- letters


def letter(pay_at: str, **known: Any) -> Any:
    given: dict[str, Any] = {
        "customer_id": 1, "customer_name": "Acorn", "recipient": "a@example.com",
        "purpose": "collection", "currency": "EUR", "pay_by": date(2026, 3, 23),
    }  # fmt: skip
    items = (DraftItem(1, "INV-1", date(2026, 3, 1), 15, 1_000, "reminder"),)
    draft = Draft(**{**given, "items": items, "pay_at": pay_at, **known})
    return LetterWriter(Sender("Acme", "a@example.com")).write(draft, items)


@pytest.mark.parametrize("kind", ["friendly", "firm", "final"])
def test_an_address_is_escaped_and_letters_without_one_are_as_before(kind: str) -> None:
    nasty = 'https://x.example/?a="><script>'
    shown = letter(nasty, tone=kind)
    assert nasty in shown.text
    assert "<script>" not in shown.html
    assert "&quot;&gt;&lt;script&gt;" in shown.html
    bare = letter("", tone=kind)
    assert ("online" in bare.text, "<a " in bare.html) == (False, False)


def test_one_writer_keeps_letters_with_and_without_an_address_apart() -> None:
    writer = LetterWriter(Sender("Acme", "a@example.com"))
    items = (DraftItem(1, "INV-1", date(2026, 3, 1), 15, 1_000, "reminder"),)
    draft = Draft(
        customer_id=1, customer_name="Acorn", recipient="a@example.com", purpose="collection",
        currency="EUR", pay_by=date(2026, 3, 23), items=items,
    )  # fmt: skip
    texts = [
        writer.write(Draft(**{**_plain(draft), "pay_at": at}), items).text
        for at in ("", "https://pay.example/1", "https://pay.example/2", "")
    ]
    assert [re.findall(r"https://\S+", text) for text in texts] == [
        [], ["https://pay.example/1"], ["https://pay.example/2"], [],
    ]  # fmt: skip


def _plain(draft: Draft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in Draft.__slots__}


def test_an_own_text_shows_its_address_as_a_button() -> None:
    shown = letter("https://pay.example/1", body="Hello,\n\nhttps://pay.example/1\n\nBye")
    assert shown.text.count("https://pay.example/1") == 1
    assert '<a href="https://pay.example/1"' in shown.html

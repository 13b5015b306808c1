"""Subscribers are told what they asked for: by mail, or by a signed call that goes nowhere else."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from ipaddress import ip_address, ip_network
from threading import Thread

import pytest
from django.apps import apps
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from creditdesk.controls.models import User
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Refused
from creditdesk.monitoring.alerts import hooks
from creditdesk.monitoring.alerts import services as alerts
from creditdesk.monitoring.alerts.models import Delivery, Subscription
from creditdesk.monitoring.alerts.queries import subscriptions
from creditdesk.monitoring.alerts.rules import addresses
from creditdesk.monitoring.alerts.services import Begun
from creditdesk.monitoring.alerts.services.delivering import FAILURES_MAX, Sent
from creditdesk.plumbing import sql
from tests.controls.people import person
from tests.monitoring.alerts.verbs import alerts_of, load_news
from tests.orders.verbs import a_customer, an_invoice

LOOPBACK = ("127.0.0.0/8", "::1/128")


@dataclass
class Receiver:
    """A receiver of calls on this machine, and what it answers."""

    url: str = ""
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def receiving() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.heard.append(({key.lower(): one for key, one in self.headers.items()}, body))
            self.send_response(found.status)
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_address[1]}/alerts?x=1"
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join(30)


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    settings.HOOK_NETWORKS = LOOPBACK
    with receiving() as found:
        yield found


@pytest.fixture
def ann(desk: Actor) -> Actor:
    """An analyst with a mail address."""
    found = person(desk, "ann", "analyst")
    User.objects.filter(id=found.user_id).update(email="ann@example.com")
    return found


def _hooked(ann: Actor, receiver: Receiver) -> Begun:
    return alerts.subscribe(ann, channel="hook", url=receiver.url)


def _jobs() -> list[tuple[str, int]]:
    return [
        (one.task_name, one.args["subscription_id"])
        for one in ProcrastinateJob.objects.filter(task_name="monitoring.tell").order_by("id")
    ]


def test_a_call_is_signed_and_says_what_happened(
    desk: Actor, ann: Actor, receiver: Receiver
) -> None:
    begun = _hooked(ann, receiver)
    an_invoice(desk, a_customer(desk, limit=100_000), 90_000)
    alerts.raise_alerts(desk)
    assert _jobs() == [("monitoring.tell", begun.id)]
    assert alerts.tell(desk, begun.id) == Sent(told=1)
    [(headers, body)] = receiver.heard
    [alert] = alerts_of(desk)
    said = json.loads(body)
    assert (said["event"], said["company"]) == ("alert.raised", "acme")
    assert said["alert"] == {
        "id": alert.id, "signal": "utilisation", "severity": "info", "value": 90, "threshold": 90,
        "owner": "analyst", "on": "2026-03-16", "customer_number": "C-1",
    }  # fmt: skip
    signed = f"{headers['x-creditdesk-timestamp']}.".encode() + body
    key = alerts.key_of(desk, begun.id) or ""
    own = hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["x-creditdesk-signature"] == f"sha256={own}"
    assert headers["content-type"] == "application/json"
    kept = Delivery.objects.get()
    assert headers["x-creditdesk-delivery"] == str(kept.id)
    assert (kept.state, kept.response_code, kept.fault, kept.told) == (
        "sent", 204, "", body.decode(),
    )  # fmt: skip
    # Told once: the same job again has nothing to say.
    assert alerts.tell(desk, begun.id) == Sent()
    assert len(receiver.heard) == 1


def test_what_failed_is_tried_again_word_for_word(
    desk: Actor, ann: Actor, receiver: Receiver
) -> None:
    begun = _hooked(ann, receiver)
    load_news(desk, _insolvent(desk))
    receiver.status = 503
    with pytest.raises(Conflict) as failed:
        alerts.tell(desk, begun.id)
    assert failed.value.code == "subscription_untold"
    kept = Delivery.objects.get()
    assert (kept.state, kept.attempts, kept.response_code, kept.fault) == (
        "waiting", 1, 503, "hook_answer",
    )  # fmt: skip
    assert Subscription.objects.get().failures == 1
    receiver.status = 200
    assert alerts.tell(desk, begun.id) == Sent(told=1)
    (first, body), (second, again) = receiver.heard
    assert body == again
    assert first["x-creditdesk-delivery"] == second["x-creditdesk-delivery"]
    assert Subscription.objects.get().failures == 0


def _insolvent(desk: Actor) -> list[str]:
    a_customer(desk)
    return ["C-1;;;;16.03.2026;insolvency;;"]


def test_no_redirect_is_followed(desk: Actor, ann: Actor, receiver: Receiver) -> None:
    with receiving() as other:
        begun = _hooked(ann, receiver)
        load_news(desk, _insolvent(desk))
        receiver.status, receiver.headers = 307, {"Location": other.url}
        with pytest.raises(Conflict):
            alerts.tell(desk, begun.id)
        assert other.heard == []
    kept = Delivery.objects.get()
    assert (kept.response_code, kept.fault) == (307, "hook_redirects")


def test_after_too_many_failures_it_ends_and_says_so(
    desk: Actor, ann: Actor, receiver: Receiver
) -> None:
    begun = _hooked(ann, receiver)
    load_news(desk, _insolvent(desk))
    receiver.status = 500
    for _ in range(FAILURES_MAX):
        with pytest.raises(Conflict):
            alerts.tell(desk, begun.id)
    ended = subscriptions.subscription(desk.company_id, begun.id)
    assert (ended.ended_why, ended.failures) == ("failing", FAILURES_MAX)
    kept = Delivery.objects.get()
    assert (kept.state, kept.attempts, kept.fault) == ("given_up", FAILURES_MAX, "ended")
    assert alerts.tell(desk, begun.id) == Sent()
    assert len(receiver.heard) == FAILURES_MAX
    load_news(desk, ["C-1;;;;16.03.2026;score_fell;;"])
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/", "https://[::1]/", "https://localhost/", "https://10.0.0.1/",
     "https://192.168.1.1/", "https://169.254.169.254/latest/meta-data/", "https://0.0.0.0/",
     "https://[::ffff:127.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://[fd00::1]/",
     "https://[2002:7f00:1::]/", "https://100.64.0.1/", "https://2130706433/", "https://0x7f.1/",
     "https://127.1/"],
)  # fmt: skip
def test_what_is_not_public_is_never_called(url: str, settings: Settings) -> None:
    settings.HOOK_NETWORKS = ()
    assert hooks.call(url, b"{}", {}) in (
        hooks.Answer(None, "hook_address_refused"),
        hooks.Answer(None, "hook_name_unknown"),
    )


def test_a_machine_that_is_not_public_hears_nothing(settings: Settings) -> None:
    settings.HOOK_NETWORKS = ()
    with receiving() as receiver:
        assert hooks.call(receiver.url, b"{}", {}) == hooks.Answer(None, "hook_address_refused")
        assert receiver.heard == []


def test_a_name_is_called_at_the_address_that_was_judged(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """A name of which one address is inside is refused, whichever comes first."""
    settings.HOOK_NETWORKS = ()
    both = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("203.0.114.1", 443)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 443)),
    ]
    monkeypatch.setattr(hooks.socket, "getaddrinfo", lambda *_, **__: both)
    assert hooks.call("https://two.example/", b"{}", {}).fault == "hook_address_refused"


def test_nobody_at_the_other_end_is_told_so(settings: Settings) -> None:
    settings.HOOK_NETWORKS = LOOPBACK
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert hooks.call(f"http://127.0.0.1:{port}/", b"{}", {}).fault == "hook_silent"


def test_a_certificate_nobody_vouches_for_is_not_trusted(settings: Settings) -> None:
    """A plain server behind https: the line cannot be sealed, and nothing is sent."""
    settings.HOOK_NETWORKS = LOOPBACK
    with receiving() as receiver:
        sealed = receiver.url.replace("http://", "https://")
        assert hooks.call(sealed, b"{}", {}).fault in ("hook_not_trusted", "hook_silent")
        assert receiver.heard == []


@pytest.mark.parametrize(
    "url",
    ["", "example.com", "ftp://example.com/", "http://example.com/", "https://", "https:///x",
     "https://user:secret@example.com/", "https://example.com/#x", "https://exa mple.com/",
     "https://example.com\n/", "https://example.com:0/", "https://example.com:99999/",
     "https://[fe80::1%25eth0]/", "https://ex\u00e4mple.com/", "javascript:alert(1)",
     "https://example.com\\@127.0.0.1/", "https://" + "a" * 2_000],
)  # fmt: skip
def test_an_address_that_cannot_be_called_is_refused(ann: Actor, url: str) -> None:
    with pytest.raises(Invalid) as refused:
        alerts.subscribe(ann, channel="hook", url=url)
    assert refused.value.code == "hook_url_unfit"
    assert Subscription.objects.count() == 0


@pytest.mark.parametrize(
    ("address", "allowed", "may"),
    [
        ("93.184.216.34", (), True), ("2606:2800:220:1::1", (), True), ("10.1.2.3", (), False),
        ("10.1.2.3", ("10.1.0.0/16",), True), ("10.2.2.3", ("10.1.0.0/16",), False),
        ("::ffff:10.1.2.3", ("10.1.0.0/16",), True), ("::ffff:10.2.2.3", (), False),
        ("224.0.0.1", (), False), ("240.0.0.1", (), False), ("::", (), False),
        ("64:ff9b::a01:203", (), False), ("2002:a01:203::", (), False),
    ],
)  # fmt: skip
def test_which_addresses_may_be_called(address: str, allowed: tuple[str, ...], may: bool) -> None:  # noqa: FBT001 - a column of the table
    networks = [ip_network(one) for one in allowed]
    assert addresses.may_be_called(ip_address(address), networks) == may


def test_a_mail_names_every_alert_and_is_kept(desk: Actor, ann: Actor) -> None:
    begun = alerts.subscribe(ann, channel="mail", severity="warning")
    an_invoice(desk, a_customer(desk, limit=100_000), 125_000)
    alerts.raise_alerts(desk)
    # Use of the limit is for information only, and not what was asked for.
    assert alerts.tell(desk, begun.id) == Sent(told=1)
    kept = Delivery.objects.get()
    assert (kept.state, kept.fault) == ("sent", "")
    [alert] = alerts_of(desk, signal="over_limit")
    assert kept.told.startswith("Acme Supply: an alert\n\n")
    assert "critical: More owed than the limit (25 %, from 20 % on)" in kept.told
    assert f"C-1 Customer C-1, alert {alert.id} of 2026-03-16: Raised" in kept.told


def test_a_mail_that_nobody_takes_is_tried_again(
    desk: Actor, ann: Actor, settings: Settings
) -> None:
    begun = alerts.subscribe(ann, channel="mail")
    load_news(desk, _insolvent(desk))
    settings.SMTP_URL = "smtp://127.0.0.1:1"
    with pytest.raises(Conflict) as failed:
        alerts.tell(desk, begun.id)
    assert failed.value.code == "subscription_untold"
    assert Delivery.objects.get().fault == "mail_unsent"
    settings.SMTP_URL = ""
    assert alerts.tell(desk, begun.id) == Sent(told=1)


def test_who_left_or_has_no_address_is_told_nothing(desk: Actor, ann: Actor) -> None:
    begun = alerts.subscribe(ann, channel="mail")
    rows = _insolvent(desk)
    load_news(desk, rows)
    User.objects.filter(id=ann.user_id).update(email="")
    assert alerts.tell(desk, begun.id) == Sent(given_up=1)
    load_news(desk, ["C-1;;;;16.03.2026;score_fell;;"])
    User.objects.filter(id=ann.user_id).update(email="ann@example.com", is_active=False)
    assert alerts.tell(desk, begun.id) == Sent(given_up=1)
    assert [one.fault for one in Delivery.objects.order_by("id")] == ["no_address", "not_a_member"]


def test_a_subscription_is_about_what_was_asked_for(desk: Actor, ann: Actor) -> None:
    first, second = a_customer(desk, "C-1", limit=100_000), a_customer(desk, "C-2", limit=100_000)
    mine = alerts.subscribe(ann, channel="mail", customer_ids=[second])
    over = alerts.subscribe(ann, channel="mail", signals=["over_limit"])
    for n, one in enumerate((first, second)):
        an_invoice(desk, one, 101_000, number=f"I{n}")
    alerts.raise_alerts(desk)
    told = [
        (row.subscription_id, step.signal, step.customer_number)
        for row in Delivery.objects.order_by("id")
        for step in subscriptions.told(desk.company_id, [row.step_id]).values()
    ]
    assert sorted(told) == [
        (mine.id, "over_limit", "C-2"), (mine.id, "utilisation", "C-2"),
        (over.id, "over_limit", "C-1"), (over.id, "over_limit", "C-2"),
    ]  # fmt: skip
    assert sorted(_jobs()) == [("monitoring.tell", mine.id), ("monitoring.tell", over.id)]


def test_what_ends_or_comes_back_by_itself_is_told_nobody(desk: Actor, ann: Actor) -> None:
    alerts.subscribe(ann, channel="mail")
    load_news(desk, _insolvent(desk))
    assert Delivery.objects.count() == 1
    load_news(desk, ["C-1;;;;16.03.2026;insolvency_ended;;"])
    assert Delivery.objects.count() == 1


def test_one_s_own_subscriptions_are_one_s_own(desk: Actor, ann: Actor) -> None:
    begun = alerts.subscribe(ann, channel="mail")
    load_news(desk, _insolvent(desk))
    ben = person(desk, "ben", "manager")
    with pytest.raises(NotFound) as unknown:
        alerts.unsubscribe(ben, begun.id)
    assert unknown.value.code == "subscription_unknown"
    alerts.unsubscribe(ann, begun.id)
    ended = subscriptions.subscription(desk.company_id, begun.id)
    assert (ended.ended_why, ended.ended_at) == ("by_person", ann.at)
    assert Delivery.objects.get().state == "given_up"


@pytest.mark.parametrize(
    ("given", "code"),
    [({"channel": "post"}, "subscription_unfit"),
     ({"channel": "mail", "severity": "urgent"}, "subscription_unfit"),
     ({"channel": "mail", "signals": ["weather"]}, "subscription_unfit"),
     ({"channel": "mail", "customer_ids": [0]}, "customer_unknown")],
)  # fmt: skip
def test_what_cannot_be_subscribed_to_is_refused(
    ann: Actor, given: dict[str, object], code: str
) -> None:
    with pytest.raises((Invalid, NotFound)) as refused:
        alerts.subscribe(ann, **given)  # type: ignore[arg-type]
    assert refused.value.code == code
    assert Subscription.objects.count() == 0


def test_a_machine_cannot_subscribe(desk: Actor) -> None:
    with pytest.raises(Refused) as refused:
        alerts.subscribe(replace(desk, user_id=None), channel="mail")
    assert refused.value.code == "subscriber_missing"


def test_the_key_stands_nowhere_in_clear_and_outlives_the_secret_key_that_kept_it(
    desk: Actor, ann: Actor, receiver: Receiver, settings: Settings
) -> None:
    begun = alerts.subscribe(ann.keyed("once"), channel="hook", url=receiver.url)
    key = alerts.key_of(desk, begun.id)
    assert key is not None
    assert len(key) == 43
    kept = Subscription.objects.get()
    assert key not in kept.key
    for table in ("controls_auditentry", "controls_idempotencykey", "monitoring_subscription"):
        rows = sql.scalars(f"SELECT row_to_json(t)::text FROM {table} t")
        assert rows, table
        assert not any(key in row for row in rows), table
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    assert alerts.key_of(desk, begun.id) == key
    an_invoice(desk, a_customer(desk, limit=100_000), 90_000)
    alerts.raise_alerts(desk)
    assert alerts.tell(desk, begun.id) == Sent(told=1)


def test_without_the_secret_key_nothing_is_sent_and_the_subscription_ends(
    desk: Actor, ann: Actor, receiver: Receiver, settings: Settings
) -> None:
    begun = _hooked(ann, receiver)
    an_invoice(desk, a_customer(desk, limit=100_000), 90_000)
    alerts.raise_alerts(desk)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", []
    assert alerts.key_of(desk, begun.id) is None
    assert alerts.tell(desk, begun.id) == Sent(given_up=1)
    assert receiver.heard == []
    kept = Subscription.objects.get()
    assert (kept.ended_why, kept.ended_at) == ("key_unreadable", desk.at)
    assert Delivery.objects.get().fault == "key_unreadable"


def test_keys_of_before_are_encrypted_once_and_come_back(ann: Actor, receiver: Receiver) -> None:
    begun = _hooked(ann, receiver)
    alerts.subscribe(ann, channel="mail")
    key = alerts.key_of(ann, begun.id)
    step = import_module("creditdesk.monitoring.migrations.0003_keys_encrypted")
    with connection.schema_editor() as editor:
        step.decrypt(apps, editor)
        assert Subscription.objects.get(id=begun.id).key == key
        for _ in range(2):
            step.encrypt(apps, editor)
        assert Subscription.objects.get(id=begun.id).key != key
    assert alerts.key_of(ann, begun.id) == key
    assert Subscription.objects.filter(key="").count() == 1

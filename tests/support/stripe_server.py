"""A payment provider on the loopback interface that behaves as Stripe documents it, and can fail.

Checkout sessions, Idempotency-Key, balance transactions: as in https://docs.stripe.com/api.
The same key with the same body is answered as before and says so; with another body it is an
error; while the first call is in flight, 409. Of a failure the answer is kept as well, unless it
came before anything was done.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "sk_test_of_acme"
SECRET = "whsec_of_acme"
IN_FLIGHT, REFUSED = 409, 400


@dataclass
class Provider:
    """What the provider knows, and how it fails: one word a call, taken from the front.

    "silent" hangs up before doing anything; "lost" does it and hangs up; "broken" does nothing and
    says 500, kept under the key; "busy" says 429 and "down" 503, neither kept; "slow" waits for
    `go_on`; "refused" says 400; "elsewhere" answers with an address of somebody else; "" is good.
    """

    port: int = 0
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    kept: dict[str, tuple[str, int, bytes]] = field(default_factory=dict)
    in_flight: set[str] = field(default_factory=set)
    movements: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    calls: list[tuple[str, str, str]] = field(default_factory=list)
    go_on: Event = field(default_factory=Event)
    began: Event = field(default_factory=Event)
    lock: Lock = field(default_factory=Lock)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open_sessions(self) -> list[dict[str, Any]]:
        return [one for one in self.sessions.values() if one["status"] == "open"]

    def create(self, given: dict[str, str]) -> tuple[int, dict[str, Any]]:
        due = int(given["expires_at"]) - time.time()
        if not 30 * 60 - 60 < due < 24 * 3600:
            return REFUSED, _error("invalid_request_error", "expires_at_invalid")
        number = next(self.numbers)
        found = {
            "id": f"cs_test_{number}",
            "object": "checkout.session",
            "url": f"{self.url}/c/pay/cs_test_{number}",
            "status": "open",
            "payment_status": "unpaid",
            "payment_intent": None,
            "client_reference_id": given["client_reference_id"],
            "amount_total": int(given["line_items[0][price_data][unit_amount]"]),
            "currency": given["line_items[0][price_data][currency]"],
            "metadata": {"creditdesk_attempt": given["metadata[creditdesk_attempt]"]},
            "success_url": given["success_url"],
            "customer_details": {"name": "Erika Muster", "email": "erika@example.com"},
        }
        self.sessions[str(found["id"])] = found
        return 200, found

    def expire(self, session: str) -> tuple[int, dict[str, Any]]:
        found = self.sessions.get(session)
        if found is None:
            return 404, _error("invalid_request_error", "resource_missing")
        if found["status"] != "open":
            return REFUSED, _error("invalid_request_error", "session_not_open")
        found["status"], found["url"] = "expired", None
        return 200, found

    # -- what the customer and the bank do

    def complete(self, session: str, *, is_paid: bool = True) -> dict[str, Any]:
        """The customer paid, or chose a way to pay that takes days; return the session."""
        found = self.sessions[session]
        assert found["status"] == "open"
        found.update(
            status="complete",
            url=None,
            payment_status="paid" if is_paid else "unpaid",
            payment_intent=session.replace("cs_", "pi_"),
        )
        return found


def _error(kind: str, code: str) -> dict[str, Any]:
    return {"error": {"type": kind, "code": code, "message": f"No: {code}"}}


def event(kind: str, about: dict[str, Any], *, number: str = "", at: int | None = None) -> bytes:
    """Return an event as the provider would send it."""
    digest = hashlib.sha256(json.dumps([kind, about]).encode()).hexdigest()
    told = {
        "id": f"evt_{number or digest[:16]}",
        "object": "event",
        "api_version": "2025-10-29.clover",
        "created": int(time.time()) if at is None else at,
        "type": kind,
        "data": {"object": about},
        "livemode": False,
    }
    return json.dumps(told, indent=2).encode()


def intent_of(session: dict[str, Any], *, status: str = "succeeded") -> dict[str, Any]:
    """Return the payment intent of a completed session."""
    return {
        "id": session["payment_intent"],
        "object": "payment_intent",
        "status": status,
        "amount": session["amount_total"],
        "amount_received": session["amount_total"] if status == "succeeded" else 0,
        "currency": session["currency"],
        "metadata": session["metadata"],
    }


def signed(body: bytes, *, secret: str = SECRET, at: int | None = None) -> str:
    """Return the header that signs a body, worked out without the product."""
    moment = int(time.time()) if at is None else at
    mac = hmac.new(secret.encode(), str(moment).encode() + b"." + body, hashlib.sha256)
    return f"t={moment},v1={mac.hexdigest()},v0=of_an_older_scheme"


class _Handler(BaseHTTPRequestHandler):
    provider: Provider
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        self._serve("")

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self._serve(self.rfile.read(length).decode())

    def _serve(self, body: str) -> None:
        of, key = self.provider, self.headers.get("Idempotency-Key", "")
        with of.lock:
            of.calls.append((self.command, urlsplit(self.path).path, key))
            fault = of.faults.pop(0) if of.faults else ""
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            return self._say(401, _error("invalid_request_error", "api_key_invalid"))
        if fault == "silent":
            return self._hang_up()
        if fault in ("busy", "down"):
            status = 429 if fault == "busy" else 503
            return self._say(status, _error("api_error", "later"))
        return self._once(key, body, fault) if self.command == "POST" else self._look()

    def _once(self, key: str, body: str, fault: str) -> None:
        """Do what is asked once per key, as documented."""
        of = self.provider
        with of.lock:
            if key in of.in_flight:
                return self._say(IN_FLIGHT, _error("idempotency_error", "idempotency_key_in_use"))
            if key in of.kept:
                digest, status, said = of.kept[key]
                if digest != body:
                    return self._say(REFUSED, _error("idempotency_error", "keys_differ"))
                return self._send(status, said, {"Idempotent-Replayed": "true"})
            of.in_flight.add(key)
        if fault == "slow":
            of.began.set()
            of.go_on.wait(30)
        with of.lock:
            status, found = self._do(body, fault)
            said = json.dumps(found).encode()
            of.kept[key] = (body, status, said)
            of.in_flight.discard(key)
        return self._hang_up() if fault == "lost" else self._send(status, said, {})

    def _do(self, body: str, fault: str) -> tuple[int, dict[str, Any]]:
        if fault == "broken":
            return 500, _error("api_error", "broken")
        if fault == "refused":
            return REFUSED, _error("invalid_request_error", "amount_too_small")
        path = urlsplit(self.path).path.split("/")
        if path[-1] == "expire":
            return self.provider.expire(path[-2])
        given = {name: values[0] for name, values in parse_qs(body).items()}
        status, found = self.provider.create(given)
        if fault == "elsewhere":
            found["url"] = "https://elsewhere.example/pay"
        return status, found

    def _look(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/v1/balance":
            return self._say(200, {"object": "balance"})
        if parts.path == "/v1/balance_transactions":
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            rows = self.provider.movements.get(asked.get("payout", ""), [])
            if "payout" not in asked:  # every movement of a time, the latest first
                first, last = int(asked["created[gte]"]), int(asked["created[lte]"])
                every = [row for of in self.provider.movements.values() for row in of]
                rows = [row for row in every if first <= row.get("created", 0) <= last]
                rows.sort(key=lambda row: -row["created"])
            after = asked.get("starting_after")
            first = next((n + 1 for n, row in enumerate(rows) if row["id"] == after), 0)
            page = rows[first : first + 2]  # two a page, so that there are pages
            return self._say(200, {"data": page, "has_more": first + 2 < len(rows)})
        found = self.provider.sessions.get(parts.path.rpartition("/")[2])
        return self._say(200 if found else 404, found or _error("invalid_request_error", "none"))

    def _say(self, status: int, found: dict[str, Any]) -> None:
        self._send(status, json.dumps(found).encode(), {})

    def _send(self, status: int, said: bytes, headers: dict[str, str]) -> None:
        with suppress(OSError):  # who asked may have given up
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

    def _hang_up(self) -> None:
        self.close_connection = True


@contextmanager
def provider() -> Iterator[Provider]:
    """Serve a provider within the block."""
    of = Provider()
    handler = type("Handler", (_Handler,), {"provider": of})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    of.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield of
    finally:
        of.go_on.set()
        server.shutdown()
        server.server_close()
        thread.join(10)

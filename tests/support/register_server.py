"""GLEIF, VIES and Companies House on the loopback interface, in their documented shapes."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

KEY = "key-of-acme"
LEI = "213800KUD8LAJWSQ9D15"


@dataclass
class Registers:
    """What the registers know, and how they fail: one word a call, taken from the front.

    "busy" 429, "busy_long" 429 for an hour, "down" 503, "broken" 500, "garbage" no JSON, "list" a
    JSON list, "huge" two megabytes, "silent" hangs up, "slow" waits for `go_on`, "moved" redirects,
    "denied" 401, "teapot" 418; "" is good.
    """

    port: int = 0
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    calls: list[tuple[str, str, str]] = field(default_factory=list)
    go_on: Event = field(default_factory=Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def lei_record(name: str = "Acorn Foods Ltd", **entity: Any) -> dict[str, Any]:
    """Return a record as GLEIF answers it."""
    given = {
        "legalName": {"name": name, "language": "en"},
        "legalAddress": {
            "addressLines": ["1 Oak Lane"], "city": "Leeds", "country": "GB",
            "postalCode": "LS1 1AA",
        },
        "status": "ACTIVE",
        "expiration": {"date": None, "reason": None},
        "creationDate": "1999-05-04T00:00:00Z",
        **entity,
    }  # fmt: skip
    return {
        "data": {
            "type": "lei-records",
            "id": LEI,
            "attributes": {"lei": LEI, "entity": given, "registration": {"status": "ISSUED"}},
        }
    }


def vat_answer(**given: Any) -> dict[str, Any]:
    """Return an answer as VIES gives it."""
    return {
        "countryCode": "DE", "vatNumber": "136695976", "requestDate": "2026-03-16T09:00:00.000Z",
        "valid": True, "requestIdentifier": "", "name": "Acorn Foods GmbH",
        "address": "Eichenweg 1\n12345 BERLIN", **given,
    }  # fmt: skip


def profile(**given: Any) -> dict[str, Any]:
    """Return a profile as Companies House answers it."""
    return {
        "company_name": "ACORN FOODS LIMITED", "company_number": "01234567",
        "company_status": "active", "date_of_creation": "1999-05-04",
        "has_insolvency_history": False, "accounts": {"overdue": False},
        "registered_office_address": {
            "address_line_1": "1 Oak Lane", "locality": "Leeds", "postal_code": "LS1 1AA",
        }, **given,
    }  # fmt: skip


class _Handler(BaseHTTPRequestHandler):
    registers: Registers
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer("")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def _answer(self, body: str) -> None:
        known = self.registers
        known.calls.append((self.command, self.path, body))
        fault = known.faults.pop(0) if known.faults else ""
        if fault == "silent":
            self.close_connection = True
            return
        if fault == "slow":
            known.go_on.wait(30)
        if fault in _FAULTS:
            self._send(*_FAULTS[fault])
            return
        path = self.path if self.command == "GET" else f"{self.path} {json.loads(body)}"
        if self.path.startswith("/company/"):
            given = self.headers.get("Authorization", "")
            if given != "Basic " + base64.b64encode(f"{KEY}:".encode()).decode():
                self._send(401, b"{}")
                return
        found = known.answers.get(path)
        if found is None:
            self._send(404, b'{"errors":[{"status":"404","title":"Not Found"}]}')
        else:
            self._send(200, json.dumps(found).encode())

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        with suppress(ConnectionError):
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


_FAULTS: dict[str, tuple[int, bytes, dict[str, str]]] = {
    "busy": (429, b"{}", {"Retry-After": "0"}),
    "busy_long": (429, b"{}", {"Retry-After": "3600"}),
    "down": (503, b"{}", {"Retry-After": "0"}),
    "broken": (500, b"oops", {"Retry-After": "0"}),
    "garbage": (200, b"<html>hello", {}),
    "list": (200, b"[1]", {}),
    "deep": (200, b"[" * 200_000, {}),
    "huge": (200, b'"' + b"x" * 2_000_000 + b'"', {}),
    "moved": (302, b"", {"Location": "http://127.0.0.1:9/elsewhere"}),
    "denied": (401, b"{}", {}),
    "teapot": (418, b"{}", {}),
}


@contextmanager
def registers() -> Iterator[Registers]:
    """Run the registers until the block ends."""
    known = Registers()
    handler = type("Handler", (_Handler,), {"registers": known})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        known.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield known
        finally:
            known.go_on.set()
            server.shutdown()
            thread.join()

"""The mail server failing at every exchange: nothing is sent twice, what is uncertain waits."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from threading import Thread

import pytest
from pytest_django.fixtures import Settings

from creditdesk.contact import services as contact
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Refused
from creditdesk.plumbing import sql
from tests.contact.stage import FRESH, a_customer, a_draft, queued
from tests.faults.harness import IS_DEEP, disturbed
from tests.support.fixtures import founded

MESSAGES = 3
AFTER = "after"  # hang up when the request was carried out, before its answer
BEFORE = "before"  # hang up when the request came, before anything was done


class Flaky:
    """An SMTP server that hangs up at its n-th exchange; it keeps the ids of what it took."""

    def __init__(self, at: int, when: str) -> None:
        self.at, self.when = at, when
        self.exchanges = 0
        self.taken: list[str] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])

    def serve(self) -> None:
        """Answer one caller after the other until nobody may call any more."""
        while True:
            try:
                caller, _ = self._listening.accept()
            except OSError:
                return
            with closing(caller), caller.makefile("rb") as lines, suppress(OSError):
                self._answer(caller, lines)

    def stop(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port)):
            self._listening.close()

    def _answer(self, caller: socket.socket, lines: Iterator[bytes]) -> None:
        caller.sendall(b"220 here\r\n")
        for line in lines:
            self.exchanges += 1
            if self.exchanges == self.at and self.when == BEFORE:
                return
            said = self._carried_out(line, caller, lines)
            if self.exchanges == self.at:
                return
            caller.sendall(said)

    def _carried_out(self, line: bytes, caller: socket.socket, lines: Iterator[bytes]) -> bytes:
        if not line.upper().startswith(b"DATA"):
            return b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 fine\r\n"
        if self.exchanges == self.at:
            return b""
        caller.sendall(b"354 go on\r\n")
        content = list(_until_the_dot(lines))
        self.exchanges += 1
        if content and not (self.exchanges == self.at and self.when == BEFORE):
            [number] = [one for one in content if one.lower().startswith(b"message-id:")]
            self.taken.append(number.decode().split(":", 1)[1].strip())
        return b"250 taken\r\n"


def _until_the_dot(lines: Iterator[bytes]) -> Iterator[bytes]:
    for line in lines:
        if line == b".\r\n":
            return
        yield line


@contextmanager
def flaky(settings: Settings, at: int, when: str) -> Iterator[Flaky]:
    server = Flaky(at, when)
    thread = Thread(target=server.serve, daemon=True)
    thread.start()
    settings.SMTP_URL = f"smtp://127.0.0.1:{server.port}"
    try:
        yield server
    finally:
        server.stop()
        thread.join(10)
        server._listening.close()


def send(actor: Actor) -> None:
    try:
        contact.send_queued(actor, bank=FRESH)
    except Refused as refused:
        if refused.code != "mail_server_unreachable":
            raise


def by_status() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {"sent": set(), "queued": set(), "handed_over": set()}
    for row in sql.scalars("SELECT status || ' ' || message_id FROM contact_message"):
        status, _, number = row.partition(" ")
        found[status].add(number)
    return found


@pytest.mark.parametrize("when", [BEFORE, AFTER])
def test_a_line_that_dies_at_any_exchange_sends_nothing_twice(
    actor: Actor, settings: Settings, when: str
) -> None:
    taken: Counter[str] = Counter()
    uncertain: set[str] = set()
    for at in range(1, 100):
        drafts = [
            a_draft(a_customer(actor, f"C{at}-{n}"), (at * 10 + n, 900)) for n in range(MESSAGES)
        ]
        assert queued(actor, *drafts).queued == MESSAGES
        with flaky(settings, at, when) as server:
            send(actor)
        taken.update(server.taken)
        found = by_status()
        assert found["sent"] <= taken.keys()
        assert not found["queued"] & taken.keys()
        assert len(found["handed_over"]) <= len(uncertain) + 1
        uncertain = found["handed_over"]
        with flaky(settings, 0, when) as sound:
            send(actor)
        taken.update(sound.taken)
        assert by_status()["queued"] == set()
        assert by_status()["handed_over"] == uncertain
        if server.exchanges < at:
            break
    assert set(taken.values()) == {1}
    assert at > MESSAGES * 3
    # Somebody must look at what was given away without an answer, and only at that.
    assert 0 < len(uncertain) < at
    assert len(taken | dict.fromkeys(uncertain, 1)) == MESSAGES * at


def test_a_database_that_fails_while_mail_goes_out_sends_nothing_twice(
    committed_db: str, actor_of: Callable[..., Actor], settings: Settings
) -> None:
    actor = actor_of(founded().id)
    taken: Counter[str] = Counter()
    places = at = 0
    while at <= places:
        drafts = [a_draft(a_customer(actor, f"C{at}-{n}"), (at * 10 + n, 900)) for n in range(2)]
        queued(actor, *drafts)
        with flaky(settings, 0, AFTER) as server:
            counted = disturbed(lambda: send(actor), at)
            assert counted.has_struck == (at > 0)
            send(actor)
        taken.update(server.taken)
        found = by_status()
        assert found["queued"] == set()
        assert found["sent"] <= taken.keys()
        told = sql.scalars(
            "SELECT m.message_id FROM plumbing_event e"
            " JOIN contact_message m ON e.data->'message_ids' @> to_jsonb(m.id)"
            " WHERE e.name = 'contact.messages_sent'"
        )
        assert sorted(told) == sorted(found["sent"])
        places = places or counted.places
        at += 1 if IS_DEEP or at == 0 else 5
    assert places > 20
    assert set(taken.values()) == {1}

"""The desk served to a real browser: a server of threads on loopback, over a database of its own.

The business clock is moved, not held: a held clock belongs to one thread, and every request has
its own.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock, Thread
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import connections
from django.test.testcases import QuietWSGIRequestHandler
from pytest_django.plugin import DjangoDbBlocker

from tests.support import database

LOOPBACK = "127.0.0.1"


@contextmanager
def own_database(blocker: DjangoDbBlocker, *, source: str | None = None) -> Iterator[str]:
    """Within the block every thread works on a new database, where commits last; yield its name.

    It begins as a copy of `source`, to which nobody may be connected, or as the empty house.
    """
    name = database.new_name()
    database.clone(name, source)
    before = connections["default"].settings_dict["NAME"]
    with blocker.unblock():
        _turn_to(name)
        try:
            yield name
        finally:
            _turn_to(before)
    database.drop(name)


def _turn_to(name: str) -> None:
    for alias in ("default", "owner"):
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name
        connections.databases[alias]["NAME"] = name


class _Server(ThreadedWSGIServer):
    """A server that ends at once, whatever connections a browser keeps open."""

    daemon_threads = False

    def __init__(self) -> None:
        super().__init__((LOOPBACK, 0), QuietWSGIRequestHandler)
        self._open: set[Any] = set()
        self._lock = Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Tell every thread that its browser has gone, and wait until each has ended."""
        with self._lock:
            for request in self._open:
                with suppress(OSError):
                    request.shutdown(socket.SHUT_RDWR)
        self.server_close()


@contextmanager
def serving() -> Iterator[str]:
    """Serve the desk from this process; yield its address, without a slash at the end."""
    server = _Server()
    server.set_app(WSGIHandler())
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.hang_up()

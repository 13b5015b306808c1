"""One call of a web address that somebody else named: bounded, followed nowhere, never inwards.

The name is looked up once, every address it has must be one that may be called, and the line is
opened to the very address that was judged: a name that leads elsewhere a moment later gains
nothing. No redirect is followed, no proxy asked, and little of the answer is read.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_network
from threading import Timer
from typing import Final

from django.conf import settings

from creditdesk.monitoring.alerts.rules import addresses
from creditdesk.monitoring.alerts.rules.addresses import Target

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 10.0
WHOLE_SECONDS: Final = 20.0
ANSWER_BYTES: Final = 4_096
_TAKEN: Final = range(200, 300)
_ELSEWHERE: Final = range(300, 400)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a call: the code of the answer, if there was one, and what is wrong, if so."""

    code: int | None
    fault: str = ""


class _Line(http.client.HTTPConnection):
    """A line to one address, whatever its name leads to now."""

    def __init__(self, target: Target, address: str) -> None:
        super().__init__(target.host, target.port, timeout=CONNECT_SECONDS)
        self._target = target
        self._address = address

    def connect(self) -> None:
        """Open the line, sealed where the address says https; the name in it is proved."""
        line = socket.create_connection((self._address, self._target.port), CONNECT_SECONDS)
        if self._target.scheme == "https":
            try:
                line = ssl.create_default_context().wrap_socket(
                    line, server_hostname=self._target.host
                )
            except OSError:
                line.close()
                raise
        line.settimeout(READ_SECONDS)
        self.sock = line


def call(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Post a body; nothing is raised for what the other side does or fails to do.

    Invalid where the address is none that may be written down at all.
    """
    target = addresses.target_of(url)
    try:
        address = _judged(target)
    except OSError:
        return Answer(None, "hook_name_unknown")
    if not address:
        return Answer(None, "hook_address_refused")
    line = _Line(target, address)
    watch = Timer(WHOLE_SECONDS, _cut, [line])
    watch.daemon = True
    watch.start()
    try:
        return _called(line, target, body, headers)
    except TimeoutError:
        return Answer(None, "hook_slow")
    except ssl.SSLError:
        return Answer(None, "hook_not_trusted")
    except (OSError, http.client.HTTPException, ValueError):
        return Answer(None, "hook_silent")
    finally:
        watch.cancel()
        line.close()


def _called(line: _Line, target: Target, body: bytes, headers: dict[str, str]) -> Answer:
    line.request("POST", target.path, body=body, headers={**headers, "Host": target.host_header})
    answer = line.getresponse()
    answer.read(ANSWER_BYTES)
    if answer.status in _TAKEN:
        return Answer(answer.status)
    fault = "hook_redirects" if answer.status in _ELSEWHERE else "hook_answer"
    return Answer(answer.status, fault)


def _cut(line: _Line) -> None:
    """End a call that takes too long as a whole, however steadily it drips."""
    if line.sock is not None:
        with suppress(OSError):
            line.sock.shutdown(socket.SHUT_RDWR)


def _judged(target: Target) -> str:
    """Return the address to call; an empty one where any it might be is none that may be called."""
    allowed = [ip_network(one) for one in settings.HOOK_NETWORKS]
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    shown = [str(one[4][0]) for one in found]
    judged = [addresses.literal_of(one.partition("%")[0]) for one in shown]
    if not judged or any(
        one is None or not addresses.may_be_called(one, allowed) for one in judged
    ):
        return ""
    return shown[0]

"""Which web addresses may be called, and how a call is signed. Pure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final
from urllib.parse import urlsplit

from creditdesk.kernel.errors import Invalid, Place

URL_LENGTH: Final = 2_000
HTTPS_PORT, HTTP_PORT, PORT_MAX = 443, 80, 65_535
# Addresses in which another is hidden: what they lead to is not what they look like.
_HIDING: Final = tuple(
    ip_network(one) for one in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Target:
    """A web address taken apart; `path` carries the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        """The host as a request names it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = HTTPS_PORT if self.scheme == "https" else HTTP_PORT
        return host if self.port == usual else f"{host}:{self.port}"


def target_of(url: str) -> Target:
    """Return the address taken apart; Invalid where it may not be called, whatever it leads to.

    Plain http is for addresses of this machine alone, and those only where a setting allows them.
    """
    if len(url) > URL_LENGTH or not url.isascii() or not url.isprintable() or " " in url:
        raise _unfit("cannot be read")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _unfit("cannot be read") from error
    host = parts.hostname or ""
    if not host or "%" in host or parts.username is not None or parts.password is not None:
        raise _unfit("names no host, or a user")
    if parts.fragment or "\\" in url or port == 0:
        raise _unfit("cannot be read")
    is_this_machine = (literal := literal_of(host)) is not None and literal.is_loopback
    if parts.scheme != "https" and not (parts.scheme == "http" and is_this_machine):
        raise _unfit("does not begin with https://")
    usual = HTTPS_PORT if parts.scheme == "https" else HTTP_PORT
    path = parts.path or "/"
    return Target(
        parts.scheme, host, port or usual, f"{path}?{parts.query}" if parts.query else path
    )


def _unfit(what: str) -> Invalid:
    return hook_url_unfit(f"The address {what}")


def hook_url_unfit(message: str) -> Invalid:
    """Return the error of an address that may not be called."""
    return Invalid(
        "hook_url_unfit", message, place=Place(field="url"),
        mend="Give an address such as https://example.com/alerts",
    )  # fmt: skip


def literal_of(host: str) -> Address | None:
    """Return the address a host is written as; None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def may_be_called(address: Address, allowed: Iterable[Network]) -> bool:
    """Whether a machine at this address may be called: a public one, or one of those allowed."""
    shown: Address = address
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        shown = address.ipv4_mapped
    if any(shown.version == one.version and shown in one for one in allowed):
        return True
    if any(shown.version == one.version and shown in one for one in _HIDING):
        return False
    return shown.is_global and not shown.is_multicast and not shown.is_reserved


def signature(key: str, at_seconds: int, body: bytes) -> str:
    """Return the signature of a call: HMAC-SHA256 of the moment, a point and the body, in hex."""
    return hmac.new(key.encode(), f"{at_seconds}.".encode() + body, hashlib.sha256).hexdigest()

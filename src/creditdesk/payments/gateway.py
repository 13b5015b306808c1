"""Stripe, as far as we ask it: sessions made, looked at and ended; what a payout sums up.

Its library takes a quarter of a second and 34 MB to load, so it is loaded by whoever first asks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, Final
from urllib.parse import quote

from django.conf import settings

from creditdesk.config.online import of_company
from creditdesk.plumbing.encoding import to_json

SECONDS_MAX: Final = 20
RETRIES: Final = 2
PAGE_SIZE: Final = 100
PARTS_MAX: Final = 100_000
# What a payout asked for by hand can hold: the provider keeps money back for 90 days at most.
LOOK_BACK_SECONDS: Final = 90 * 24 * 3600
# The statuses by which the provider says that it could not, or not now.
_IN_FLIGHT, _TOO_MANY, _BROKEN = 409, 429, 500


class ProviderFault(Exception):
    """The provider did not do what was asked.

    `is_certain`: it refused, and nothing happened. Otherwise it may have happened: to be asked
    again with the same key. `is_kept`: it gives this very answer to the key whenever it is asked.
    """

    def __init__(self, code: str, *, is_certain: bool, is_kept: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.is_certain = is_certain
        self.is_kept = is_kept


@dataclass(frozen=True, slots=True)
class ProviderSession:
    """A session at the provider: "open", "complete" or "expired", paid or not."""

    id: str
    url: str
    state: str
    body: Mapping[str, Any]


@cache
def _library() -> ModuleType:
    found = import_module("stripe")
    vars(found)["enable_telemetry"] = False
    return found


def key_of_company(code: str) -> str:
    """Return the key by which a company asks Stripe; the first counts; "" where it has none."""
    return next(iter(of_company(settings.STRIPE_KEYS, code)), "")


class Stripe:
    """The provider as one company asks it."""

    def __init__(self, key: str) -> None:
        library = _library()
        self._client = library.StripeClient(
            key,
            base_addresses={"api": settings.STRIPE_API},
            http_client=library.RequestsClient(timeout=SECONDS_MAX),
            max_network_retries=RETRIES,
        )

    def create_session(self, request: Mapping[str, Any], idempotency_key: str) -> ProviderSession:
        """Return the session made for this key; asked again, the same one.

        The same request is sent byte for byte, in whichever order its fields were kept.
        """
        asked = {**json.loads(to_json(request)), "idempotency_key": idempotency_key}
        return _session(self._ask("post", "/v1/checkout/sessions", asked))

    def expire_session(self, session: str) -> ProviderSession:
        """End a session that is open; ProviderFault where it is not."""
        return _session(self._ask("post", f"/v1/checkout/sessions/{_part(session)}/expire", {}))

    def session(self, session: str) -> ProviderSession:
        """Return a session as it stands."""
        return _session(self._ask("get", f"/v1/checkout/sessions/{_part(session)}", {}))

    def movements(self, payout: str) -> Iterator[Mapping[str, Any]]:
        """Yield what a payout sums up, in the provider's own words."""
        return self._movements({"payout": payout})

    def movements_until(self, moment: int) -> Iterator[Mapping[str, Any]]:
        """Yield what moved in the days before a moment (seconds since 1970), the latest first."""
        return self._movements({"created": {"gte": moment - LOOK_BACK_SECONDS, "lte": moment}})

    def _movements(self, of: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        after: dict[str, str] = {}
        for _ in range(PARTS_MAX // PAGE_SIZE):
            asked = {**of, "limit": PAGE_SIZE, **after}
            page = self._ask("get", "/v1/balance_transactions", asked)
            rows = page.get("data")
            if not isinstance(rows, list):
                raise ProviderFault("answer_malformed", is_certain=False)
            yield from rows
            if not page.get("has_more") or not rows:
                return
            after = {"starting_after": str(rows[-1].get("id"))}
        raise ProviderFault("payout_too_large", is_certain=True)

    def probe(self) -> None:
        """Do nothing but prove that the key is good; ProviderFault otherwise."""
        self._ask("get", "/v1/balance", {})

    def _ask(self, method: str, path: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        try:
            answer = self._client.raw_request(method, path, **asked)
        except _library().StripeError as error:
            raise _fault(error) from None
        try:
            found = json.loads(answer.body)
        except (ValueError, RecursionError):
            raise ProviderFault("answer_malformed", is_certain=False) from None
        if not isinstance(found, dict):
            raise ProviderFault("answer_malformed", is_certain=False)
        return found


def _fault(error: Any) -> ProviderFault:  # noqa: ANN401 - the library is loaded late
    """Return what an error of the library means to us; its words stay behind, they quote ours."""
    status = error.http_status or 0
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    is_unsure = not status or status in (_IN_FLIGHT, _TOO_MANY) or status >= _BROKEN
    is_kept = status >= _BROKEN and headers.get("idempotent-replayed") == "true"
    code = getattr(error, "code", None) or type(error).__name__
    told = code if isinstance(code, str) and code.isidentifier() else "refused"
    return ProviderFault(told, is_certain=not is_unsure, is_kept=is_kept)


def _session(answer: Mapping[str, Any]) -> ProviderSession:
    found, url, state = answer.get("id"), answer.get("url") or "", answer.get("status")
    if not (isinstance(found, str) and isinstance(url, str) and isinstance(state, str)):
        raise ProviderFault("answer_malformed", is_certain=False)
    return ProviderSession(found, url, state, answer)


def _part(name: str) -> str:
    return quote(name, safe="")

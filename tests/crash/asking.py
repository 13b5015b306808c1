"""Requests as a careful client makes them: the same one with the same key until it is answered."""

from __future__ import annotations

import http.client
import json
import time
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from tests.crash.house import House
from tests.crash.memory import Memory

CSRF = "c" * 32
FORM = "application/x-www-form-urlencoded"
SEE_OTHER = 303
BUSY = frozenset({429, 500, 502, 503, 504})


class Answer:
    """Status, content and where it leads, with the cookies that came along."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status = answer.status
        self.content = answer.read()
        self.location = answer.getheader("Location", "")
        given = [one.partition(";")[0] for one in answer.headers.get_all("Set-Cookie", [])]
        self.cookies = [one for one in given if one.startswith("messages=")]


class Asking:
    """One house as its clients reach it."""

    def __init__(self, house: House, founded: Mapping[str, Any], memory: Memory) -> None:
        self.house = house
        self.founded = founded
        self.memory = memory

    def once(
        self,
        method: str,
        address: str,
        body: bytes,
        headers: dict[str, str],
        *,
        timeout: float = 60,
    ) -> Answer:
        """Ask once; whatever happens to the line is raised."""
        connection = http.client.HTTPConnection("127.0.0.1", self.house.port, timeout=timeout)
        try:
            connection.request(method, address, body, headers)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def until_answered(
        self, method: str, address: str, body: bytes, headers: dict[str, str]
    ) -> Answer:
        """Return the first answer that is one; the request stays the same."""
        tries = 0
        while True:
            try:
                answer = self.once(method, address, body, headers)
                if answer.status not in BUSY:
                    self.memory.repeated += tries
                    return answer
            except (OSError, http.client.HTTPException):
                pass
            tries += 1
            time.sleep(0.1)

    def api(self, address: str, given: object, key: str, which: int) -> Any:
        """Return what the API answers to a new key; anything but "fine" fails the loop."""
        headers = {
            "Authorization": f"Bearer {self.founded['keys'][which]}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        answer = self.until_answered("POST", address, json.dumps(given).encode(), headers)
        assert answer.status == 200, f"{address}: {answer.status} {answer.content[-500:]!r}"
        said = json.loads(answer.content)
        self.memory.answers[key] = said
        return said

    def headers(self, role: str, kind: str) -> dict[str, str]:
        """Return the headers of somebody who is signed in."""
        cookies = f"sessionid={self.founded['sessions'][role]}; csrftoken={CSRF}"
        return {"Cookie": cookies, "X-CSRFToken": CSRF, "Content-Type": kind}

    def desk(self, role: str, address: str, body: bytes, kind: str) -> Answer:
        """Send a form until it is answered by the way on; anything else fails the loop."""
        headers = self.headers(role, kind)
        answer = self.until_answered("POST", address, body, headers)
        said = answer.content[-500:]
        assert answer.status == SEE_OTHER, f"{role} {address}: {answer.status} {said!r}"
        return answer

    def form(self, role: str, address: str, given: Mapping[str, str]) -> tuple[str, str]:
        """Send a form with a key of its own; return the key, and the page that says what came."""
        key = str(uuid.uuid4())
        answer = self.desk(role, address, urlencode({"key": key, **given}).encode(), FORM)
        headers = self.headers(role, FORM)
        headers["Cookie"] = "; ".join([headers["Cookie"], *answer.cookies])
        page = self.until_answered("GET", answer.location, b"", headers)
        assert page.status == 200, f"{role} {answer.location}: {page.status}"
        return key, page.content.decode()


def multipart(given: Mapping[str, str], filename: str, content: bytes) -> tuple[bytes, str]:
    """Return a form with a file, and its kind."""
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in given.items()
    ]
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"'
        "\r\nContent-Type: text/csv\r\n\r\n"
    )
    end = f"\r\n--{boundary}--\r\n"
    body = "".join(parts).encode() + content + end.encode()
    return body, f"multipart/form-data; boundary={boundary}"

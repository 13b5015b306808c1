"""Many at the door at once, each with a connection of its own, as in several web processes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client

from creditdesk.controls import services as controls
from creditdesk.controls.identity import services as identity
from creditdesk.controls.identity.services import Visitor
from creditdesk.kernel.errors import Refused
from tests.identity.conftest import knock
from tests.support.fixtures import founded

CALLERS = 16


@pytest.fixture(autouse=True)
def _helena(committed_db: str) -> None:
    company = founded("acme")
    controls.add_user("helena", password="quay-4711")
    controls.grant("helena", company_id=company.id, role="manager", by="test")


def at_once(call: Callable[[int], int]) -> list[int]:
    """Make the calls together; return their answers in order of size."""
    gate = Barrier(CALLERS)

    def one(number: int) -> int:
        gate.wait(timeout=30)
        try:
            return call(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(CALLERS) as pool:
        return sorted(pool.map(one, range(CALLERS)))


def test_as_many_passwords_are_looked_at_as_are_allowed() -> None:
    answers = at_once(lambda _: knock(Client(), "helena", "wrong").status_code)
    assert answers == [200] * 5 + [429] * (CALLERS - 5)


def test_names_that_share_an_address_do_not_wait_for_each_other_for_ever() -> None:
    def guess(number: int) -> int:
        try:
            identity.charge("password", Visitor(f"name-{number % 4}", f"192.0.2.{number % 3}"))
        except Refused:
            return 0
        return 1

    assert at_once(guess) == [1] * CALLERS


def test_a_code_of_the_app_is_good_in_one_process_only() -> None:
    answers = at_once(lambda _: int(identity.spend_code(Visitor("helena", None), "123456")))
    assert answers == [0] * (CALLERS - 1) + [1]

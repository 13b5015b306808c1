"""The desk is tested through Django's own client, signed in by role, on Monday 16 March 2026."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client
from pytest_django import Settings

from creditdesk.controls import services as controls
from creditdesk.controls.models import DutyException, Membership, User
from creditdesk.controls.queries import CompanyRow
from creditdesk.controls.rules import PAIRS
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import clock
from creditdesk.policy import services as policy
from tests.support.fixtures import TODAY, founded

SignedIn = Callable[..., Client]


def in_force(actor: Actor) -> Actor:
    policy.ensure_default(actor, valid_from=date(2000, 1, 1))
    return actor


@pytest.fixture
def desk(actor: Actor) -> Iterator[Actor]:
    """The standing actor in a company with its policy in force; the clock stands still."""
    with clock.held_at(datetime.combine(TODAY, time(9, 0), tzinfo=UTC)):
        yield in_force(actor)


@pytest.fixture
def signed_in(desk: Actor, settings: Settings) -> SignedIn:
    """Sign somebody in with roles in the standing company: `signed_in("collector")`."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick

    def make(*roles: str, company_id: int | None = None) -> Client:
        name = "-".join(roles) or "nobody"
        user_id = controls.add_user(name, password="x", first_name="Helena", last_name="Brandt")
        for role in roles:
            controls.grant(name, company_id=company_id or desk.company_id, role=role, by="test")
        client = Client()
        client.force_login(User.objects.get(id=user_id))
        client.get("/help/")  # the first page of a session notes where it began
        return client

    return make


@pytest.fixture
def manager(signed_in: SignedIn, desk: Actor) -> Client:
    """Somebody of a very small company, who does everything under exceptions from every pair."""
    return give_everything(signed_in(), desk)


def give_everything(client: Client, desk: Actor) -> Client:
    """Let who is signed in do all there is; granting it would be refused."""
    user_id = int(client.session[SESSION_KEY])
    Membership.objects.create(user_id=user_id, company_id=desk.company_id, role="system")
    DutyException.objects.bulk_create(
        DutyException(
            company_id=desk.company_id, user_id=user_id, pair=pair.number, reason="small house",
            valid_from=desk.today, valid_until=desk.today, asked_by="test", approved_by="test",
            approval="", recorded_at=desk.at,
        )
        for pair in PAIRS
    )  # fmt: skip
    return client


@pytest.fixture
def auditor(signed_in: SignedIn) -> Client:
    return signed_in("auditor")


@pytest.fixture
def other(desk: Actor, actor_of: Callable[..., Actor]) -> Actor:
    """An actor in another company, whose documents nobody of the standing one may see."""
    elsewhere: CompanyRow = founded("other")
    return in_force(actor_of(elsewhere.id))

"""Quick passwords, and two companies that are built once per module."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time

import pytest
from django.test import override_settings
from pytest_django import Settings
from pytest_django.plugin import DjangoDbBlocker

from creditdesk.plumbing import clock
from tests.controls.world import World, built
from tests.support import live
from tests.support.fixtures import TODAY, founded, standing_actor

QUICK = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = QUICK


@pytest.fixture(scope="module")
def committed_world(django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """Built once and committed, at nine; whoever changes something rolls it back."""
    nine = datetime.combine(TODAY, time(9, 0), tzinfo=UTC)
    quick = override_settings(PASSWORD_HASHERS=QUICK)
    with live.own_database(django_db_blocker), quick, clock.held_at(nine):
        yield built(standing_actor(founded("acme")), standing_actor(founded("north")))

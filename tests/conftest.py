"""The test machine stands in `tests.support.plugin`, which loads before the settings do."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import translation

pytest_plugins = ["tests.support.fixtures"]


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """A page asked for in German leaves this thread in German; the next test begins in English."""
    translation.deactivate_all()
    translation.deactivate()
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    """The process counts who asked how often lately; the next test is asked for the first time."""
    cache.clear()


def _prove(request: HttpRequest, user: AbstractBaseUser, **_: object) -> None:
    """Whoever a test signs in by force has just proved who they are, as at the real door."""
    from allauth.account.internal.flows import login  # noqa: PLC0415 - needs the apps loaded

    if not login.get_authentication_records(request, user):
        login.record_authentication(request, user, method="password")


user_logged_in.connect(_prove)

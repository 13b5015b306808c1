"""The test machine stands in `tests.support.plugin`, which loads before the settings do."""

from collections.abc import Iterator

import pytest
from django.utils import translation

pytest_plugins = ["tests.support.fixtures"]


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """A page asked for in German leaves this thread in German; the next test begins in English."""
    translation.deactivate_all()
    translation.deactivate()
    yield
    translation.deactivate()

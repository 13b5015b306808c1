"""The test machine stands in `tests.support.plugin`, which loads before the settings do."""

pytest_plugins = ["tests.support.fixtures"]

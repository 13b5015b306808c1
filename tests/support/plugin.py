"""The test machine: one throw-away PostgreSQL, one template database, a clone per need."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

os.environ.setdefault("CREDITDESK_SECRET_KEY", "only for tests")
os.environ["CREDITDESK_LANGUAGE"] = "en"  # whatever the terminal speaks
# A home of the run's own, whatever is set outside: it is removed at the end. Workers share it.
if "PYTEST_XDIST_WORKER" not in os.environ:
    os.environ["CREDITDESK_HOME"] = tempfile.mkdtemp(prefix="creditdesk-home-")

from tests.support import database

database.announce_to_django()

import hypothesis  # noqa: E402
import pytest  # noqa: E402

from tests.support import machine  # noqa: E402

# A shared machine has slow moments: no test fails by the clock.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    (Path(os.environ["CREDITDESK_HOME"]) / "static").mkdir(parents=True, exist_ok=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    database.dispose()
    shutil.rmtree(os.environ["CREDITDESK_HOME"], ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out, and say so, what this machine cannot offer."""
    for item in items:
        for marker in item.iter_markers("needs"):
            for thing in marker.args:
                reason = machine.missing(thing)
                if reason:
                    item.add_marker(pytest.mark.skip(reason=f"needs {thing}: {reason}"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    left_out = [r for r in terminalreporter.stats.get("skipped", []) if "needs " in str(r.longrepr)]
    if left_out:
        terminalreporter.section("left out, because this machine lacks something")
        for reason in sorted({str(r.longrepr[2]) for r in left_out}):  # type: ignore[index]
            terminalreporter.line(reason.removeprefix("Skipped: "))

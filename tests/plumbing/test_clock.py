"""What a statement takes for the business moment is what Python does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from creditdesk.plumbing import clock, sql

SET_AT = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("base_at", "passed"),
    [
        (None, timedelta()),
        (datetime(2027, 5, 3, 8, 30, tzinfo=UTC), timedelta()),
        (datetime(2027, 5, 3, 8, 30, tzinfo=UTC), timedelta(hours=2)),
        (datetime(2027, 5, 3, 8, 30, tzinfo=UTC), timedelta(hours=-2)),  # machine set back
        (datetime(2027, 5, 3, 23, 30, tzinfo=UTC), timedelta(hours=1)),  # stops at midnight
    ],
)
def test_the_moment_in_a_statement(
    monkeypatch: pytest.MonkeyPatch, base_at: datetime | None, passed: timedelta
) -> None:
    monkeypatch.setattr(clock, "machine_now", lambda: SET_AT + passed)
    setting = clock.Setting(base_at, None if base_at is None else SET_AT)
    statement = (
        f"SELECT {clock.SHOWN} FROM (SELECT %(base_at)s::timestamptz AS base_at,"
        " %(set_at)s::timestamptz AS set_at) AS t"
    )
    given = {"base_at": setting.base_at, "set_at": setting.set_at}
    for held in (None, datetime(2020, 2, 2, tzinfo=UTC)):
        if held is None:
            found = sql.scalar(statement, given | clock.asked(), planned=True)
            assert found == clock.shown(setting)
        else:
            with clock.held_at(held):
                found = sql.scalar(statement, given | clock.asked(), planned=True)
                assert found == clock.shown(setting) == held

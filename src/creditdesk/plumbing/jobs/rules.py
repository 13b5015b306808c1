"""When a failed job is tried again, and when it is left to people. Pure."""

from __future__ import annotations

from typing import Final

ATTEMPTS_MAX: Final = 5
# The pause after the first failure; it doubles with each further one.
PAUSE_SECONDS: Final = 30
# What the schedule brings every day is tried again by itself, however often it failed.
REST_SECONDS: Final = 3600
# Finished jobs are kept so long, for whoever wonders what ran.
KEPT_DAYS: Final = 7

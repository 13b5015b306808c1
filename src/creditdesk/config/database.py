"""Which database: DATABASE_URL if given, otherwise our own embedded server, started if need be."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from creditdesk.plumbing import embedded

APP_ROLE = "creditdesk_app"
OWNER_ROLE = "creditdesk_owner"


def parse_url(url: str, *, role: str | None = None) -> dict[str, Any]:
    """Return Django's settings for a postgresql:// URL; `role` is assumed after connecting."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise ImproperlyConfigured(
            f"DATABASE_URL must begin with postgresql://, not {parts.scheme}://"
        )
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    host = options.pop("host", parts.hostname or "")
    try:
        port = options.pop("port", parts.port or "")
    except ValueError as error:
        raise ImproperlyConfigured("DATABASE_URL names a port that is no number") from error
    settings_given = f"-c timezone=UTC -c role={role}" if role else "-c timezone=UTC"
    options["options"] = " ".join(filter(None, (options.get("options"), settings_given)))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "creditdesk",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(port),
        "OPTIONS": options,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }


def databases() -> dict[str, dict[str, Any]]:
    """Return `default`, the application role, and `owner`, which only migrations use."""
    url = os.environ.get("DATABASE_URL", "postgresql:///creditdesk")
    owner = os.environ.get("DATABASE_OWNER_URL", url)
    return {
        "default": parse_url(url, role=APP_ROLE),
        "owner": {**parse_url(owner), "TEST": {"MIRROR": "default"}},
    }


def home() -> Path:
    """Return the folder of the installation's own data: CREDITDESK_HOME, or `.data` here."""
    return Path(os.environ.get("CREDITDESK_HOME", ".data")).resolve()


def static_folder() -> Path:
    """Return the folder of collected static files; empty unless `collectstatic` was run."""
    return home() / "static"


def prepare() -> None:
    """Start the embedded server unless DATABASE_URL names another, and say where it is."""
    if os.environ.get("DATABASE_URL"):
        return
    server = embedded.start(home() / "postgres")
    embedded.ensure_database(server, "creditdesk")
    os.environ["DATABASE_URL"] = server.url("creditdesk", APP_ROLE)
    os.environ["DATABASE_OWNER_URL"] = server.url("creditdesk", OWNER_ROLE)

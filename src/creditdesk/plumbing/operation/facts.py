"""What is known of an installation before anybody judges it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Level = Literal["ok", "warning", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: how it is, and in a sentence what mends it."""

    area: str
    code: str
    level: Level
    message: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the environment told the product."""

    secret_is_given: bool
    debug: bool
    hosts: tuple[str, ...]
    origins: tuple[str, ...]
    is_behind_tls: bool
    smtp_scheme: str
    smtp_host: str


@dataclass(frozen=True, slots=True)
class Online:
    """How a company is set up to be paid online; `fault` is what its provider answered, "" if well.

    Nothing of a secret is among it, but whether it is one for trials.
    """

    company: str
    has_key: bool
    is_trial: bool
    webhook_secrets: int
    public_url: str
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Server:
    """The database server as the application meets it; `version` is 150000 for 15.0."""

    version: int
    encoding: str
    timezone: str
    session_user: str
    role: str
    role_is_superuser: bool
    session_is_superuser: bool
    role_may_create: bool
    role_is_owner: bool
    session_is_owner: bool
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Guard:
    """What the application's role may do to an append-only table, and who else is refused."""

    table: str
    may_update: tuple[str, ...]
    granted: tuple[str, ...]
    may_delete: bool
    may_truncate: bool
    triggers_on: int


@dataclass(frozen=True, slots=True)
class Jobs:
    """The queue in numbers; ages in seconds, `None` where there is nothing to be that old."""

    waiting: int
    running: int
    retrying: int
    stalled: int
    dead: int
    oldest_waiting_seconds: float | None
    workers: int
    heartbeat_age_seconds: float | None


@dataclass(frozen=True, slots=True)
class Clocks:
    """How far the database's clock is ahead of ours, and where the business clock stands."""

    skew_seconds: float
    business_at: datetime | None


@dataclass(frozen=True, slots=True)
class Mail:
    """What the mail server said: `fault` is empty when it answered."""

    fault: str
    offers_tls: bool
    sends_password: bool
    is_encrypted: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A file or folder of the installation: who may use it beside its owner (mode bits)."""

    name: str
    exists: bool
    mode: int


@dataclass(frozen=True, slots=True)
class Disk:
    """Room on the disk of the installation's home."""

    free_bytes: int
    total_bytes: int

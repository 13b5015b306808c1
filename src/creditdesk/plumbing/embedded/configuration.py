"""What the server is told: PostgreSQL's three configuration files, as texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from creditdesk.plumbing.embedded.errors import EmbeddedError
from creditdesk.plumbing.embedded.homes import PORT, Home

SUPERUSER = "postgres"
OWNER = "creditdesk_owner"
APPLICATION = "creditdesk_app"
ROLES = (SUPERUSER, OWNER, APPLICATION)

DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "128MB",
    "work_mem": "32MB",
    # Pages changed often are written out whole less often; a crash replays some seconds more.
    "checkpoint_timeout": "15min",
    "max_wal_size": "2GB",
    # A new house grows from nothing within minutes: until its tables are counted for the first
    # time, plans are made for empty ones, and are kept.
    "autovacuum_naptime": "10s",
    "logging_collector": "on",
    "log_filename": "server-%Y%m%d-%H%M%S.log",
    "log_rotation_age": "0",
    "log_rotation_size": "10MB",
}
THROW_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "1h",
    "shared_buffers": "256MB",
}
COMMON = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "300",
    # Containers give /dev/shm 64 MB, too little for parallel queries.
    "dynamic_shared_memory_type": "mmap",
    # The books of a house fit into memory or stand on solid state: a row found by an index costs
    # little more than the next one. Statements are many and short, and not worth compiling.
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "datestyle": "iso, ymd",
    "lc_messages": "C",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    # A refused statement is the application's to report: its text and values hold people's data.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
}
_SETTING = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?")


def server_settings(
    home: Home, sockets: Path, *, throw_away: bool, extra: Mapping[str, str]
) -> str:
    """Return `postgresql.conf`; the extra settings come last and win, `local.conf` over all."""
    settings = {
        **COMMON,
        **(THROW_AWAY if throw_away else DURABLE),
        "log_directory": str(home.log),
        **extra,
        "unix_socket_directories": _one_directory(sockets),
        "cluster_name": home.title,
    }
    lines = [f"{_name(name)} = {_quoted(value)}" for name, value in settings.items()]
    head = "# Written at every start; put settings of your own into local.conf beside this file."
    return "\n".join([head, *lines, "include_if_exists = 'local.conf'", ""])


def access_rules() -> str:
    """Return `pg_hba.conf`: our roles, over the socket, known by the account behind it."""
    return (
        f"local all {','.join(ROLES)} peer map=creditdesk\n"
        f"local replication {SUPERUSER} peer map=creditdesk\n"
    )


def account_map(names: Iterable[str]) -> str:
    """Return `pg_ident.conf`: each of the accounts may connect as each of our roles."""
    return "".join(f'creditdesk "{name}" {role}\n' for name in names for role in ROLES)


def _name(name: str) -> str:
    if not _SETTING.fullmatch(name):
        raise EmbeddedError("embedded.bad_setting", f"{name!r} is not the name of a setting")
    return name


def _quoted(value: str) -> str:
    if not value.isprintable():
        raise EmbeddedError("embedded.bad_setting", f"{value!r} cannot stand in a setting")
    doubled = value.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"


def _one_directory(directory: Path) -> str:
    # PostgreSQL reads a comma-separated list of names here.
    doubled = str(directory).replace('"', '""')
    return f'"{doubled}"'

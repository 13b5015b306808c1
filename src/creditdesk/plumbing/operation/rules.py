"""What is to be thought of an installation's facts. Pure: facts in, findings out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from creditdesk.plumbing.operation.facts import (
    Clocks,
    Configuration,
    Disk,
    Finding,
    Guard,
    Jobs,
    Level,
    Mail,
    Place,
    Server,
)

# On these settings it hangs that nothing acknowledged is lost.
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
COMMIT_KEEPS = ("on", "remote_write", "remote_apply")
LOOPBACK = {"127.0.0.1", "localhost", "[::1]", "::1"}
VERSION_MIN = 150_000
GUARDS = 2
# A minute's schedule, a ten-second poll: beyond this the queue does not move.
WAITING_SECONDS_MAX = 900
HEARTBEAT_SECONDS_MAX = 60
SKEW_SECONDS_WARN, SKEW_SECONDS_WRONG = 2, 60
GIB = 1024**3
FREE_BYTES_WRONG, FREE_SHARE_WRONG = GIB // 2, 0.03
FREE_BYTES_WARN, FREE_SHARE_WARN = 20 * GIB, 0.10


def judge_configuration(of: Configuration) -> Iterator[Finding]:
    """Judge secret, debug pages, host names, TLS and where mail goes."""
    area = "configuration"
    if of.debug:
        yield Finding(area, "debug", "wrong", "pages show tracebacks", "unset CREDITDESK_DEBUG")
    else:
        yield Finding(area, "debug", "ok", "pages show no tracebacks")
    yield _secret(of)
    yield _hosts(of)
    served = is_served_to_others(of)
    if of.is_behind_tls:
        yield Finding(area, "tls", "ok", "cookies travel over TLS only")
    elif served:
        yield Finding(
            area, "tls", "wrong", "the desk is served to others without TLS",
            "put a proxy with TLS in front and set CREDITDESK_TLS=1",
        )  # fmt: skip
    else:
        yield Finding(area, "tls", "ok", "only this machine is served; TLS is not needed")
    if of.is_behind_tls and not of.origins:
        yield Finding(
            area, "origins", "warning", "no origin is named; forms may be refused behind a proxy",
            "set CREDITDESK_ORIGINS to https:// and the host name",
        )  # fmt: skip
    yield _mail_setting(of)


def is_served_to_others(of: Configuration) -> bool:
    """Whether a host name other than this machine's own is answered to."""
    return bool(set(of.hosts) - LOOPBACK)


def _secret(of: Configuration) -> Finding:
    if of.secret_is_given:
        return Finding("configuration", "secret_key", "ok", "the secret key is given")
    if not is_served_to_others(of):
        return Finding(
            "configuration", "secret_key", "ok",
            "the secret key was made here and lies in the home",
        )  # fmt: skip
    return Finding(
        "configuration", "secret_key", "warning",
        "the secret key was made here and lies in the home",
        "give every process the same CREDITDESK_SECRET_KEY, and keep it outside the backup",
    )  # fmt: skip


def _hosts(of: Configuration) -> Finding:
    if "*" in of.hosts:
        return Finding(
            "configuration", "hosts", "wrong", "any host name is answered to",
            "name the hosts in CREDITDESK_HOSTS",
        )  # fmt: skip
    return Finding("configuration", "hosts", "ok", f"answers to {', '.join(of.hosts)}")


def _mail_setting(of: Configuration) -> Finding:
    if not of.smtp_scheme:
        return Finding(
            "configuration", "smtp_url", "warning", "no mail leaves the house",
            "set CREDITDESK_SMTP_URL once customers shall be written to",
        )  # fmt: skip
    if of.smtp_scheme not in ("smtp", "smtps") or not of.smtp_host:
        return Finding(
            "configuration", "smtp_url", "wrong", "CREDITDESK_SMTP_URL cannot be understood",
            "write it as smtp://user:password@host:587 or smtps://host:465",
        )  # fmt: skip
    return Finding("configuration", "smtp_url", "ok", f"mail leaves through {of.smtp_host}")


def judge_server(of: Server) -> Iterator[Finding]:
    """Judge version, encoding, time zone and who the application is to the database."""
    area, version = "database", f"{of.version // 10_000}.{of.version % 10_000}"
    if of.version < VERSION_MIN:
        yield Finding(
            area, "version", "wrong", f"PostgreSQL {version} is too old",
            "upgrade to PostgreSQL 15 or later",
        )  # fmt: skip
    else:
        yield Finding(area, "version", "ok", f"PostgreSQL {version}")
    if of.encoding != "UTF8":
        yield Finding(
            area, "encoding", "wrong", f"texts are stored as {of.encoding}",
            "make the database anew with ENCODING 'UTF8' and restore a backup into it",
        )  # fmt: skip
    else:
        yield Finding(area, "encoding", "ok", "texts are stored as UTF-8")
    if of.timezone not in ("UTC", "Etc/UTC"):
        yield Finding(
            area, "timezone", "wrong", f"the connection works in {of.timezone}",
            "take the timezone out of the options of DATABASE_URL",
        )  # fmt: skip
    else:
        yield Finding(area, "timezone", "ok", "the connection works in UTC")
    yield _role(of)
    yield _login(of)


def _role(of: Server) -> Finding:
    if of.role_is_superuser:
        return _role_fault(f"the application's role {of.role} is a superuser")
    if of.role_is_owner:
        return _role_fault(f"the application's role {of.role} owns the tables")
    if of.role_may_create:
        return _role_fault(f"the application's role {of.role} may make roles or databases")
    return Finding("database", "role", "ok", f"the application is {of.role}, which owns nothing")


def _role_fault(message: str) -> Finding:
    return Finding(
        "database", "role", "wrong", message,
        "connect as creditdesk_app, a role that owns nothing; see docs/how-to/own-postgresql.md",
    )  # fmt: skip


def _login(of: Server) -> Finding:
    who = of.session_user
    if of.session_is_superuser:
        return _login_fault(
            f"the application logs in as {who}, a superuser, and could become it again"
        )
    if of.session_is_owner:
        return _login_fault(
            f"the application logs in as {who}, the owner of the tables, and could become it again"
        )
    return Finding("database", "login", "ok", f"the application logs in as {who}")


def _login_fault(message: str) -> Finding:
    return Finding(
        "database", "login", "warning", message,
        "give DATABASE_URL a login of its own (creditdesk_app) beside DATABASE_OWNER_URL",
    )  # fmt: skip


def judge_migrations(pending: int) -> Finding:
    """Judge how many migrations were not applied."""
    if pending:
        return Finding(
            "database", "migrations", "wrong", f"{pending} migrations were not applied",
            "run creditdesk init",
        )  # fmt: skip
    return Finding("database", "migrations", "ok", "every migration was applied")


def judge_guards(guards: Sequence[Guard]) -> Iterator[Finding]:
    """Judge whether what was recorded can be rewritten, table by table."""
    wrong = 0
    for guard in guards:
        may = [f"update {column}" for column in guard.may_update if column not in guard.granted]
        may += ["delete"] if guard.may_delete else []
        may += ["truncate"] if guard.may_truncate else []
        if may:
            wrong += 1
            yield Finding(
                "database", "append_only", "wrong",
                f"the application may {', '.join(may)} in {guard.table}",
                "run creditdesk init, which takes these rights away",
            )  # fmt: skip
        if guard.triggers_on < GUARDS:
            wrong += 1
            yield Finding(
                "database", "append_only_trigger", "wrong",
                f"nothing keeps the owner from rewriting {guard.table}: a trigger is off",
                "run creditdesk init and find out who switched it off",
            )  # fmt: skip
    if not wrong:
        yield Finding(
            "database", "append_only", "ok",
            f"{len(guards)} append-only tables cannot be rewritten",
        )  # fmt: skip


def judge_durability(of: Server) -> Iterator[Finding]:
    """Judge the settings on which it hangs that nothing acknowledged is lost."""
    area = "durability"
    found = {name: of.settings.get(name) or "unknown" for name in DURABLE}
    if found["fsync"] == "on":
        yield Finding(area, "fsync", "ok", f"fsync is {found['fsync']}")
    else:
        yield Finding(
            area, "fsync", "wrong",
            f"fsync is {found['fsync']}: a power cut can lose or destroy the database",
            "set fsync = on in postgresql.conf and restart the server",
        )  # fmt: skip
    if found["full_page_writes"] == "on":
        yield Finding(
            area, "full_page_writes", "ok", f"full_page_writes is {found['full_page_writes']}"
        )
    else:
        yield Finding(
            area, "full_page_writes", "wrong",
            f"full_page_writes is {found['full_page_writes']}: a power cut can leave torn pages",
            "set full_page_writes = on in postgresql.conf and restart the server",
        )  # fmt: skip
    yield _commit(found["synchronous_commit"])
    if of.settings.get("data_checksums") == "on":
        yield Finding(area, "data_checksums", "ok", "pages carry checksums")
    else:
        yield Finding(
            area, "data_checksums", "warning", "a damaged page would not be noticed",
            "stop the server and run pg_checksums --enable",
        )  # fmt: skip
    yield _archive(of)


def _commit(found: str) -> Finding:
    if found in COMMIT_KEEPS:
        return Finding("durability", "synchronous_commit", "ok", f"synchronous_commit is {found}")
    return Finding(
        "durability", "synchronous_commit", "wrong",
        f"synchronous_commit is {found}: a crash can lose what was already acknowledged",
        "set synchronous_commit = on in postgresql.conf and restart the server",
    )  # fmt: skip


def _archive(of: Server) -> Finding:
    level, mode = of.settings.get("wal_level", ""), of.settings.get("archive_mode", "off")
    if level != "minimal" and mode != "off":
        return Finding("durability", "archive", "ok", "the log is archived")
    return Finding(
        "durability", "archive", "ok",
        "the log is not archived: after a lost disk the last backup is what there is",
        "back up daily, or archive the log (archive_mode) to lose minutes instead",
    )  # fmt: skip


def judge_statement_log(of: Server) -> Finding:
    """Judge whether the server writes people's data into its own log."""
    chatty = [
        name
        for name, quiet in (
            ("log_statement", ("none", "ddl")),
            ("log_min_duration_statement", ("-1",)),
            ("log_min_duration_sample", ("-1",)),
        )
        if of.settings.get(name, quiet[0]) not in quiet
    ]
    if of.settings.get("log_min_error_statement") not in ("log", "fatal", "panic"):
        chatty.append("log_min_error_statement")
    if chatty:
        return Finding(
            "security", "statement_log", "warning",
            f"the server's log may hold people's data ({', '.join(chatty)})",
            "see the security page of the operating guide for the settings",
        )  # fmt: skip
    return Finding("security", "statement_log", "ok", "the server logs no statements")


def judge_jobs(of: Jobs, *, is_demo: bool) -> Iterator[Finding]:
    """Judge whether the queue moves and what has fallen out of it."""
    area = "jobs"
    if of.workers:
        yield Finding(
            area, "workers", "ok",
            f"{of.workers} workers, last heard {of.heartbeat_age_seconds or 0:.0f} s ago",
        )  # fmt: skip
    else:
        level: Level = "ok" if is_demo else "warning"
        yield Finding(
            area, "workers", level, "no worker runs",
            "start creditdesk serve, or creditdesk worker on its own",
        )  # fmt: skip
    if of.stalled:
        yield Finding(
            area, "stalled", "warning", f"{of.stalled} jobs lost their worker",
            "keep the scheduler running; it gives them to another worker within a minute",
        )  # fmt: skip
    else:
        yield Finding(area, "stalled", "ok", "no job lost its worker")
    if of.dead:
        yield Finding(
            area, "dead", "warning", f"{of.dead} jobs failed for good",
            "look at creditdesk jobs, mend the cause, then retry or discard them",
        )  # fmt: skip
    else:
        yield Finding(area, "dead", "ok", "no job failed for good")
    oldest = of.oldest_waiting_seconds or 0
    if oldest > WAITING_SECONDS_MAX and not is_demo:
        yield Finding(
            area, "waiting", "wrong", f"the oldest of {of.waiting} jobs waits {oldest:.0f} s",
            "start a worker, or more of them",
        )  # fmt: skip
    else:
        yield Finding(area, "waiting", "ok", f"{of.waiting} jobs wait, {of.running} run")


def judge_clocks(of: Clocks) -> Iterator[Finding]:
    """Judge the machine's clock against the database's, and whether the business clock was set."""
    area, skew = "clock", abs(of.skew_seconds)
    if skew > SKEW_SECONDS_WARN:
        level: Level = "wrong" if skew > SKEW_SECONDS_WRONG else "warning"
        yield Finding(
            area, "skew", level, f"the database's clock is off by {of.skew_seconds:+.1f} s",
            "let both machines follow the same time server",
        )  # fmt: skip
    else:
        yield Finding(area, "skew", "ok", "machine and database agree on the time")
    if of.business_at is not None:
        yield Finding(
            area, "business_clock", "warning",
            f"the business clock was set and shows {of.business_at:%Y-%m-%d}",
            "right for a demo; real work belongs into an installation of its own",
        )  # fmt: skip
    else:
        yield Finding(area, "business_clock", "ok", "the business clock shows machine time")


def judge_mail(of: Mail) -> Finding:
    """Judge what the mail server answered."""
    if of.fault:
        return Finding(
            "mail", "server", "wrong", f"the mail server cannot be reached: {of.fault}",
            "check host, port and firewall of CREDITDESK_SMTP_URL",
        )  # fmt: skip
    if of.sends_password and not (of.is_encrypted or of.offers_tls):
        return Finding(
            "mail", "server", "wrong", "the password would travel to the mail server unencrypted",
            "use smtps://, or a server that offers STARTTLS",
        )  # fmt: skip
    if not (of.is_encrypted or of.offers_tls):
        return Finding(
            "mail", "server", "warning", "mail travels to the mail server unencrypted",
            "use smtps://, or a server that offers STARTTLS",
        )  # fmt: skip
    return Finding("mail", "server", "ok", "the mail server answers, and encrypts")


def judge_place(of: Place, *, is_secret: bool) -> Finding:
    """Judge whether others may read a secret or write where the installation lives."""
    code = "secret_file" if is_secret else "home"
    if not of.exists:
        return Finding("security", code, "ok", f"{of.name} does not exist")
    refused = 0o077 if is_secret else 0o022
    if of.mode & refused:
        if is_secret:
            return Finding(
                "security", code, "wrong",
                f"{of.name} can be read or written by others ({of.mode & 0o777:o})",
                "chmod 600 on it",
            )  # fmt: skip
        return Finding(
            "security", code, "wrong",
            f"{of.name} can be written to by others ({of.mode & 0o777:o})", "chmod 700 on it",
        )  # fmt: skip
    return Finding("security", code, "ok", f"{of.name} is closed to others")


def judge_disk(of: Disk) -> Finding:
    """Judge the room that is left on the home's disk."""
    share = of.free_bytes / of.total_bytes if of.total_bytes else 0.0
    told = f"{of.free_bytes / GIB:.1f} GiB free ({share:.0%})"
    if of.free_bytes < FREE_BYTES_WRONG or share < FREE_SHARE_WRONG:
        return _room("wrong", told)
    if of.free_bytes < FREE_BYTES_WARN and share < FREE_SHARE_WARN:
        return _room("warning", told)
    return Finding("disk", "room", "ok", f"{of.free_bytes / GIB:.1f} GiB free ({share:.0%})")


def _room(level: Level, told: str) -> Finding:
    return Finding("disk", "room", level, told, "make room: a full disk stops the database")

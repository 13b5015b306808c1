"""`creditdesk reference`: the pages of the reference that come from the code."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typer

from creditdesk.controls.rules import ROLES
from creditdesk.faces.cli import (
    machine_reference,
    main,
    settings_of_hooks,
    settings_of_payment,
    settings_of_reports,
    settings_of_sign_in,
    sources,
)
from creditdesk.faces.cli.markdown import Table
from creditdesk.faces.cli.markdown import code as _code
from creditdesk.faces.cli.markdown import first as _first
from creditdesk.faces.cli.markdown import page as _page
from creditdesk.faces.cli.markdown import table as _table
from creditdesk.plumbing.events import Event
from creditdesk.plumbing.imports import kinds, words
from creditdesk.policy.rules import credit as policy_credit
from creditdesk.policy.rules import reading as policy_reading
from creditdesk.policy.rules import terms as policy_terms
from creditdesk.policy.rules import values as policy_values

# Name, what counts without it, what it is for. The test of the documentation holds this complete.
SETTINGS: tuple[tuple[str, str, str], ...] = (
    (
        "DATABASE_URL",
        "our own server",
        (
            "The database, as the application role: "
            "`postgresql://user:password@host:5432/name`. Without it an embedded PostgreSQL "
            "is started."
        ),
    ),
    (
        "DATABASE_OWNER_URL",
        "`DATABASE_URL`",
        ("The same database as the owner of its tables; only `creditdesk init` uses it."),
    ),
    (
        "CREDITDESK_HOME",
        "`.data`",
        (
            "Folder of the installation's own data: the embedded database, "
            "the secret key, collected static files."
        ),
    ),
    ("CREDITDESK_POSTGRES_BIN", "the packaged one", "Folder of PostgreSQL's programs, embedded."),
    ("CREDITDESK_HEADS_FILE", "none", "File to which each day adds the head of the audit chain."),
    (
        "CREDITDESK_SECRET_KEY",
        "made and kept",
        (
            "Signs sessions. Give the same one to every "
            "process when several machines serve one desk."
        ),
    ),
    (
        "CREDITDESK_HOSTS",
        "`127.0.0.1,localhost,[::1]`",
        ("Host names the desk answers to, separated by commas."),
    ),
    (
        "CREDITDESK_ORIGINS",
        "none",
        (
            "Origins forms are accepted from behind a proxy, such as "
            "`https://credit.example.com`, separated by commas."
        ),
    ),
    (
        "CREDITDESK_TLS",
        "`0`",
        (
            "`1`: a proxy in front speaks TLS and sets `X-Forwarded-Proto`; "
            "cookies then travel over TLS only."
        ),
    ),
    (
        "CREDITDESK_SMTP_URL",
        "none",
        (
            "Where mail leaves: `smtp://user:password@host:587` (STARTTLS "
            "where offered) or `smtps://…:465`. Without it nothing leaves the house."
        ),
    ),
    (
        "CREDITDESK_INBOX_URL",
        "none",
        (
            "Where answers come in: `imaps://user:password@host/INBOX`, looked at every minute; "
            "with several companies `{company}` stands for the code of each."
        ),
    ),
    (
        "CREDITDESK_DROP_FOLDER",
        "none",
        "Folder whose subfolder per company is looked at every minute for files to take in.",
    ),
    ("CREDITDESK_FONTS", "none", "Folder of more fonts for papers, for scripts ours lack."),
    ("CREDITDESK_UPLOAD_MIB", "`64`", "Largest file that may be uploaded, in MiB."),
    (
        "CREDITDESK_WEB_PROCESSES",
        "one a core, at most 4",
        "How many processes answer the web; each answers four requests at a time.",
    ),
    (
        "CREDITDESK_LANGUAGE",
        "that of the terminal, else `en`",
        "Language the command line speaks: `en` or `de`.",
    ),
    (
        "CREDITDESK_LOG",
        "`WARNING`",
        (
            "Least severe level that is logged to standard error; `INFO` adds a line per request "
            "and per job."
        ),
    ),
    (
        "CREDITDESK_LOG_FORMAT",
        "`text` in a terminal, else `json`",
        "Log lines as `json`, one object a line, or as `text`.",
    ),
    (
        "CREDITDESK_METRICS_TOKEN",
        "none",
        "Token for `/metrics`; without it only this machine may read the metrics.",
    ),
    ("CREDITDESK_DEBUG", "`0`", "`1`: pages show tracebacks. Never where others can reach it."),
    *settings_of_payment.SETTINGS,
    *settings_of_reports.SETTINGS,
    *settings_of_hooks.SETTINGS,
    *settings_of_sign_in.SETTINGS,
)


def write(*, folder: Path) -> int:
    """Write every page made from the code into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, made in PAGES.items():
        (folder / f"{name}.md").write_text(made(), encoding="utf-8")
    print(f"{len(PAGES)} pages are in {folder}")
    return 0


def commands_page() -> str:
    """Return every command with its arguments and options."""
    group = typer.main.get_command(main.app)
    parts = [
        (
            "Exit status: 0 done · 1 not as it should be (`verify`, a missing piece) · "
            "2 refused, with one line that says why · 3 an import in which rows were rejected."
        )
    ]
    for name, command in _walk(group, "creditdesk"):
        parts += [f"## {name}", command.help or "", _usage(command)]
    return _page("Commands", *parts)


def _walk(command: Any, name: str) -> list[tuple[str, Any]]:  # noqa: ANN401 - typer's own click
    if command.hidden:
        return []
    if not hasattr(command, "commands"):
        return [(name, command)]
    return [found for sub, one in command.commands.items() for found in _walk(one, f"{name} {sub}")]


def _usage(command: Any) -> str:  # noqa: ANN401 - typer's own click
    rows = [_parameter(one) for one in command.params if not getattr(one, "hidden", False)]
    return _table(["", "default", ""], rows) if rows else ""


def _parameter(one: Any) -> tuple[str, str, str]:  # noqa: ANN401 - typer's own click
    if one.param_type_name == "argument":
        many = " …" if one.nargs == -1 else ""
        return f"{_code(one.name.upper())}{many}", "required", one.help or ""
    default = "" if one.default in (None, "", False) or one.is_flag else _code(one.default)
    return ", ".join(map(_code, one.opts)), default, one.help or ""


def settings_page() -> str:
    """Return every environment variable."""
    rows = [(_code(name), default, meaning) for name, default, meaning in SETTINGS]
    return _page(
        "Settings",
        "All settings are environment variables; none is needed for a trial.",
        _table(["variable", "without it", "what it is for"], rows),
    )


def events_page() -> str:
    """Return every fact a room announces, with its fields."""
    for room in sorted(path.name for path in sources.PACKAGE.iterdir() if path.is_dir()):
        if find_spec(f"creditdesk.{room}") and find_spec(f"creditdesk.{room}.events"):
            import_module(f"creditdesk.{room}.events")
    parts = ["Facts the rooms announce, kept in the transaction that made them."]
    for event in sorted(events(), key=lambda one: one.name):
        fields = [
            (_code(one.name), _code(_type_name(one.type))) for one in dataclasses.fields(event)
        ]
        parts += [f"## {event.name}", f"`{event.__name__}`: {_first(event)}"]
        parts.append(_table(["field", "type"], fields))
    return _page("Events", *parts)


def events() -> list[type[Event]]:
    """Return every kind of fact the product announces."""
    return [one for one in Event.__subclasses__() if one.__module__.startswith("creditdesk.")]


def _type_name(of: object) -> str:
    return of if isinstance(of, str) else getattr(of, "__name__", str(of))


def error_codes_page() -> str:
    """Return every error code, by the room that raises it; rows of imports apart."""
    by_room: dict[str, list[sources.ErrorCode]] = {}
    for one in sources.error_codes():
        by_room.setdefault(one.room, []).append(one)
    parts = [
        (
            "Codes are stable; messages may be reworded. The command line ends with the code in "
            "brackets, the API answers with it as `code`. `refused`: a rule says no (403) · "
            "`conflict`: somebody was faster (409) · `not found` (404) · `invalid`: the "
            "input cannot "
            "be understood; the error names file, line, field and mend (422)."
        )
    ]
    for room, found in sorted(by_room.items()):
        rows = [(_code(one.code), one.kind, one.message) for one in found]
        parts += [f"## {room}", _table(["code", "kind", "message"], rows)]
    rejected = _table(["code", "kind of file", "why", "mend"], _row_codes())
    parts += ["## Rows of an import", "Why a row is not taken and comes back.", rejected]
    return _page("Error codes", *parts)


def _row_codes() -> Table:
    said: dict[str, kinds.Words] = {
        "any": words.COMMON,
        **{name: kind.words for name, kind in sorted(kinds.KINDS.items())},
    }
    for name, of_kind in said.items():
        for code, (why, mend) in sorted(of_kind.items()):
            yield _code(code), name, why, mend


def import_fields_page() -> str:
    """Return, per kind of file, the fields and the headings they are recognised by."""
    parts = [
        (
            "`creditdesk import KIND FILE` guesses which column holds which field from its "
            "heading and "
            "its values. `--map field=Heading` corrects a guess; the mapping is remembered "
            "for files "
            "with the same headings."
        )
    ]
    for name, kind in sorted(kinds.KINDS.items()):
        rows = [
            (_code(one.name), one.kind, "required" if one.required else "",
             ", ".join(one.synonyms))
            for one in kind.fields
        ]  # fmt: skip
        parts += [f"## {name}", _table(["field", "kind", "", "recognised headings"], rows)]
        parts += [f"One of {' and '.join(map(_code, names))} is required." for names in kind.one_of]
    parts += ["## Options", "Given with `--option name=value`; `create_customers` by its own flag."]
    parts.append(_defaults(kinds.Options, {}))
    return _page("Fields of imports", *parts)


def _defaults(of: type, bounds: Mapping[str, str]) -> str:
    rows = [
        (_code(one.name), _shown(one.default), bounds.get(one.name, ""))
        for one in dataclasses.fields(of)
    ]
    return _table(["name", "default", ""], rows)


def _shown(default: object) -> str:
    if default is dataclasses.MISSING:
        return "required"
    return "" if default is None or default == "" else _code(default)


def roles_page() -> str:
    """Return what each role may do, and every command."""
    rows = [
        (_code(role), ", ".join(map(_code, sorted(allowed)))) for role, allowed in ROLES.items()
    ]
    commands = [
        (_code(name), _roles_for(name), meaning) for name, meaning in sources.commands().items()
    ]
    return _page(
        "Roles",
        "A role is granted per company. `room.*` is every command of a room, `*` everything. "
        "Whoever has several roles may do what any of them may.",
        _table(["role", "may"], rows),
        "## Commands",
        _table(["command", "roles", ""], commands),
    )


def _roles_for(command: str) -> str:
    room = command.partition(".")[0]
    granted = {"*", f"{room}.*", command}
    return ", ".join(role for role, allowed in ROLES.items() if granted & allowed)


def policy_page() -> str:
    """Return every field of the written rules, its default and bounds."""
    parts = [
        (
            "The rules of a company are one JSON document per version, in force from a date. "
            "What a "
            "section leaves out keeps its default. Amounts are minor units of the company's "
            "currency."
        )
    ]
    listed: dict[str, type] = {"terms": policy_terms.Terms, "ladder": policy_values.Step}
    within = {
        "terms.parts": policy_terms.Part,
        "terms.discounts": policy_terms.Discount,
        "short_payments.tolerances": policy_values.Tolerance,
        "counter.cash_limits": policy_values.CashLimit,
        "authority.matrix": policy_credit.AuthorityStep,
        "limits.by_class": policy_credit.ClassLimit,
        "reviews.by_class": policy_credit.ReviewCycle,
        "scorecards.uses": policy_credit.CardUse,
    }
    for name, of in {**listed, **within, **policy_reading.SECTIONS}.items():
        bounds = {one.name: _bounds(one.name, str(one.type)) for one in dataclasses.fields(of)}
        parts += [f"## {name}", _first(of), _defaults(of, bounds)]
    for name in listed:
        default = policy_reading.DEFAULT[name]
        keys = list(dict.fromkeys(key for one in default for key in one))
        rows = [[_code(one[key]) if key in one else "" for key in keys] for one in default]
        parts += [f"## {name} of the default policy", _table(keys, rows)]
    return _page("Policy", *parts)


def _bounds(name: str, kind: str) -> str:
    if name in policy_reading.CHOICES:
        return ", ".join(map(_code, policy_reading.CHOICES[name]))
    if not re.search(r"\bint\b|Decimal", kind):
        return ""
    end, low, high = next(one for one in policy_reading.BOUNDS if name.endswith(one[0]))
    return f"{low} to {high}" if end else f"{low} or more"


PAGES: Mapping[str, Callable[[], str]] = {
    "commands": commands_page,
    "settings": settings_page,
    "api": machine_reference.api_page,
    "metrics": machine_reference.metrics_page,
    "events": events_page,
    "error-codes": error_codes_page,
    "import-fields": import_fields_page,
    "roles": roles_page,
    "policy": policy_page,
}

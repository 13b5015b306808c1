"""Bank files that were refused: kept, explained by a person, taken in after all or set aside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from creditdesk.cash.models import RefusedFile, StatementColumns
from creditdesk.cash.readers import heading_key
from creditdesk.cash.readers.columns import DATE_PATTERNS, HEADINGS
from creditdesk.cash.readers.statement import is_currency
from creditdesk.cash.readers.table import CONSTANT
from creditdesk.cash.services.statements import take_in
from creditdesk.cash.services.taken import TakeInResult
from creditdesk.controls.commands import acts_on, command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, DomainError, Invalid, NotFound, Place
from creditdesk.plumbing.queries import kept_file
from creditdesk.plumbing.services import keep_file
from creditdesk.plumbing.tables import read_table

_VALUES = {"date_format": DATE_PATTERNS, "decimal_mark": (".", ",")}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file was refused: code, what is wrong, where, and how to mend it."""

    code: str
    message: str
    place: str
    mend: str


def refusal_of(error: DomainError) -> Refusal:
    """Return an error as it is kept beside the file."""
    if isinstance(error, Invalid):
        return Refusal(error.code, error.message, str(error.place), error.mend)
    return Refusal(error.code, error.message, "", "")


@command("cash.keep_refused")
def keep_refused(actor: Actor, *, filename: str, content: bytes, why: Refusal) -> int:
    """Keep a bank file that was refused, with the reason, and return its number.

    The same bytes refused again are one file, with the latest reason.
    """
    row, _ = RefusedFile.objects.update_or_create(
        company_id=actor.company_id,
        file_id=keep_file(actor, filename, content),
        defaults={
            "filename": filename,
            "code": why.code,
            "message": why.message,
            "place": why.place,
            "mend": why.mend,
            "refused_at": actor.at,
            "refused_by": actor.name,
            "settled": "",
            "settled_at": None,
            "settled_by": "",
        },
    )
    acts_on("refused_file", [row.id])
    return row.id


@command("cash.take_in_refused")
def take_in_refused(
    actor: Actor, number: int, *, columns: Mapping[str, str], values: Mapping[str, str]
) -> TakeInResult:
    """Take in a refused table as a person explained it, and remember that for its headings.

    `columns` give the heading of each role, `values` what holds for all rows (see
    `queries.CONSTANTS`). Where the file is refused again nothing is remembered. Without either
    the file is tried as it is.
    """
    row = _waiting(actor, number)
    content = kept_file(actor.company_id, row.file_id).content
    if columns or values:
        _remember(actor, row.filename, content, columns, values)
    taken = take_in(actor, filename=row.filename, content=content)
    _settle(actor, row, "taken")
    return taken


@command("cash.set_aside_refused")
def set_aside_refused(actor: Actor, number: int) -> None:
    """Mark a refused file as one that will not be taken in; it stays kept."""
    _settle(actor, _waiting(actor, number), "set_aside")


def _waiting(actor: Actor, number: int) -> RefusedFile:
    row = (
        RefusedFile.objects.select_for_update()
        .filter(company_id=actor.company_id, id=number)
        .first()
    )
    if row is None:
        raise NotFound("refused_file_unknown", f"There is no refused file {number}")
    if row.settled:
        raise Conflict("refused_file_settled", f"{row.filename} no longer waits")
    acts_on("refused_file", [row.id])
    return row


def _settle(actor: Actor, row: RefusedFile, how: str) -> None:
    row.settled, row.settled_at, row.settled_by = how, actor.at, actor.name
    row.save(update_fields=["settled", "settled_at", "settled_by"])


def _remember(
    actor: Actor,
    filename: str,
    content: bytes,
    columns: Mapping[str, str],
    values: Mapping[str, str],
) -> None:
    headings = read_table(content, filename).headers
    StatementColumns.objects.update_or_create(
        company_id=actor.company_id,
        heading_key=heading_key(headings),
        defaults={
            "headings": list(headings),
            "meaning": {**_columns(columns, headings), **_constants(values)},
            "recorded_at": actor.at,
            "recorded_by": actor.name,
        },
    )


def _columns(columns: Mapping[str, str], headings: tuple[str, ...]) -> dict[str, str]:
    for role, heading in columns.items():
        if role not in HEADINGS or heading not in headings:
            raise Invalid(
                "statement_column_unknown",
                f"The file has no column {heading!r} for {role}",
                place=Place(field=role),
                mend="Choose one of the file's columns",
            )
    chosen = list(columns.values())
    twice = next((heading for heading in chosen if chosen.count(heading) > 1), None)
    if twice is not None:
        raise Invalid(
            "statement_column_twice",
            f"The column {twice!r} was chosen twice",
            place=Place(field=twice),
            mend="Choose each column once",
        )
    return dict(columns)


def _constants(values: Mapping[str, str]) -> dict[str, str]:
    for role, value in values.items():
        fits = {"currency": is_currency(value), "account": bool(value.strip())}
        if not fits.get(role, value in _VALUES.get(role, ())):
            raise Invalid(
                "statement_value_unknown",
                f"{value!r} is no {role.replace('_', ' ')}",
                place=Place(field=role),
                mend="Choose one of those offered, or a currency of three letters",
            )
    return {role: CONSTANT + value for role, value in values.items()}

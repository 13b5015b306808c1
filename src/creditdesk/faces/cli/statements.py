"""`creditdesk bank read`: what a statement file says, without touching the database."""

from __future__ import annotations

import sys
from pathlib import Path

from creditdesk.cash import readers
from creditdesk.faces.cli.given_files import content_of
from creditdesk.faces.cli.tongue import gettext, sentence
from creditdesk.kernel.errors import Invalid
from creditdesk.kernel.money import from_minor
from creditdesk.plumbing.encoding import to_json

REFUSED = 2


def read(*, file: Path, as_json: bool) -> int:
    """Print the statements of a file; status 2, with place and mend, when it is refused."""
    try:
        statements = readers.read_confined(content_of(file), file.name)
    except Invalid as error:
        _refuse(error, file, as_json=as_json)
        return REFUSED
    if as_json:
        print(to_json([_statement(s) for s in statements]))
    else:
        for statement in statements:
            print(_table(statement))
    return 0


def _refuse(error: Invalid, file: Path, *, as_json: bool) -> None:
    place = error.place
    told = {
        "error": error.code,
        "message": error.message,
        "file": place.file or file.name,
        "line": place.line,
        "field": place.field,
        "mend": error.mend,
    }
    line = f"creditdesk: {sentence(error)} [{error.code}]"
    print(to_json(told) if as_json else line, file=sys.stderr)


def _statement(statement: readers.Statement) -> dict[str, object]:
    return {
        "format": statement.format,
        "account": statement.account,
        "currency": statement.currency,
        "statement": statement.statement_id,
        "from": statement.from_date,
        "to": statement.to_date,
        "opening_minor": statement.opening_minor,
        "closing_minor": statement.closing_minor,
        "proof": statement.proof,
        "lines": [
            {
                "line": line.line_no,
                "booked_on": line.booked_on,
                "value_on": line.value_on,
                "minor": line.minor,
                "currency": line.currency,
                "reference": line.reference,
                "counterparty": line.counterparty,
                "account": line.counterparty_account,
                "text": line.text,
            }
            for line in statement.lines
        ],
    }


def _table(statement: readers.Statement) -> str:
    s = statement
    amounts = {gettext("opening"): s.opening_minor, gettext("closing"): s.closing_minor}
    ends = ", ".join(
        f"{name} {from_minor(minor, s.currency)}"
        for name, minor in amounts.items()
        if minor is not None
    )
    head = f"{s.format}  {s.account}  {s.currency}  {s.to_date or ''}  {ends}  [{s.proof}]"
    rows = [
        f"  {line.booked_on}  {from_minor(line.minor, line.currency):>14}  "
        f"{line.counterparty[:30]:30}  {line.text[:60]}"
        for line in s.lines
    ]
    return "\n".join([head, *rows])

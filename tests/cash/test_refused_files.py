"""Bank files that are refused: kept, explained once for their headings, taken in or set aside."""

from __future__ import annotations

import pytest

from creditdesk.cash import queries, services
from creditdesk.cash.models import RefusedFile, StatementColumns
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound
from creditdesk.plumbing.queries import kept_file
from tests.faces.desk.work import ODD_TABLE, a_refused_file

MEANING = {"date": "Wann", "amount": "Wieviel", "counterparty": "Wer", "text": "Wofuer"}
# Day and month of both rows can be changed: only a person knows.
VALUES = {"currency": "EUR", "date_format": "%d.%m.%Y"}


def test_a_refused_file_is_kept_as_it_came_with_the_reason(desk: Actor) -> None:
    number = a_refused_file(desk)
    [row] = queries.refused_files(desk.company_id)
    assert (row.id, row.filename, row.code) == (number, "odd.csv", "statement_unreadable")
    assert (row.place, row.refused_by, row.settled) == ("odd.csv", desk.name, "")
    assert "which columns hold date and amount" in row.mend
    assert kept_file(desk.company_id, row.file_id).content == ODD_TABLE


def test_the_same_bytes_refused_again_are_one_file(desk: Actor) -> None:
    assert a_refused_file(desk) == a_refused_file(desk, "again.csv")
    [row] = queries.refused_files(desk.company_id)
    assert row.filename == "again.csv"


def test_told_what_the_columns_mean_it_goes_in_and_the_next_one_by_itself(desk: Actor) -> None:
    number = a_refused_file(desk)
    taken = services.take_in_refused(desk, number, columns=MEANING, values=VALUES)
    assert (taken.lines_new, taken.payments, taken.outgoing) == (2, 1, 1)
    assert queries.refused_files(desk.company_id) == []
    assert queries.refused_file(desk.company_id, number).settled == "taken"
    [statement] = queries.statements(desk.company_id)
    line = queries.statement_lines(desk.company_id, statement.id)[0]
    assert (line.booked_on.isoformat(), line.minor, line.counterparty) == (
        "2026-04-03", 1250, "Acorn",
    )  # fmt: skip
    # Other case and spacing of the headings, another day: read as told.
    later = ODD_TABLE.replace(b"Wann;Wieviel", b"WANN; wieviel").replace(b"03.04", b"05.04")
    again = services.take_in(desk, filename="next.csv", content=later.replace(b"04.04", b"06.04"))
    assert (again.lines_new, again.payments) == (2, 1)


def test_the_same_bytes_go_in_once(desk: Actor) -> None:
    number = a_refused_file(desk)
    services.take_in_refused(desk, number, columns=MEANING, values=VALUES)
    again = services.take_in(desk, filename="odd.csv", content=ODD_TABLE)
    assert (again.lines_total, again.lines_new) == (2, 0)


def test_columns_are_remembered_for_their_company_and_their_headings_only(
    desk: Actor, other: Actor
) -> None:
    services.take_in_refused(desk, a_refused_file(desk), columns=MEANING, values=VALUES)
    with pytest.raises(Invalid) as elsewhere:
        services.take_in(other, filename="odd.csv", content=ODD_TABLE)
    assert elsewhere.value.code == "statement_unreadable"
    with pytest.raises(Invalid) as unlike:
        services.take_in(desk, filename="odd.csv", content=ODD_TABLE.replace(b"Wofuer", b"Weshalb"))
    assert unlike.value.code == "statement_unreadable"


@pytest.mark.parametrize(
    ("columns", "values", "code"),
    [
        ({**MEANING, "amount": "Nothing"}, VALUES, "statement_column_unknown"),
        ({**MEANING, "colour": "Wer"}, VALUES, "statement_column_unknown"),
        ({**MEANING, "code": "Wer"}, VALUES, "statement_column_twice"),
        (MEANING, {**VALUES, "currency": "euro"}, "statement_value_unknown"),
        (MEANING, {**VALUES, "decimal_mark": ";"}, "statement_value_unknown"),
        (MEANING, {**VALUES, "date_format": "%c"}, "statement_value_unknown"),
        (MEANING, {**VALUES, "amount": "5"}, "statement_value_unknown"),
        ({**MEANING, "amount": "Wer"} | {"counterparty": "Wieviel"}, VALUES,
         "statement_amount_unreadable"),
        (MEANING, {"currency": "EUR", "date_format": "%m/%d/%Y"}, "statement_date_unreadable"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_and_not_remembered(
    desk: Actor, columns: dict[str, str], values: dict[str, str], code: str
) -> None:
    number = a_refused_file(desk)
    with pytest.raises(Invalid) as refused:
        services.take_in_refused(desk, number, columns=columns, values=values)
    assert refused.value.code == code
    assert refused.value.mend
    assert not StatementColumns.objects.exists()
    assert queries.statements(desk.company_id) == []
    assert RefusedFile.objects.get().settled == ""


def test_set_aside_it_no_longer_waits_and_cannot_go_in(desk: Actor) -> None:
    number = a_refused_file(desk)
    services.set_aside_refused(desk, number)
    assert queries.refused_files(desk.company_id) == []
    assert [row.settled for row in queries.refused_files(desk.company_id, waiting=False)] == [
        "set_aside"
    ]
    with pytest.raises(Conflict) as late:
        services.take_in_refused(desk, number, columns=MEANING, values=VALUES)
    assert late.value.code == "refused_file_settled"
    assert queries.statements(desk.company_id) == []


def test_that_of_another_company_is_not_there(desk: Actor, other: Actor) -> None:
    number = a_refused_file(other)
    for act in (
        lambda: services.set_aside_refused(desk, number),
        lambda: services.take_in_refused(desk, number, columns=MEANING, values=VALUES),
        lambda: queries.refused_file(desk.company_id, number),
    ):
        with pytest.raises(NotFound) as missing:
            act()
        assert missing.value.code == "refused_file_unknown"


def test_a_file_that_is_no_table_has_no_outline(desk: Actor) -> None:
    number = a_refused_file(desk, "broken.xml", b"<Document><BkToCstmrStmt></Document>")
    row = queries.refused_file(desk.company_id, number)
    assert queries.outline(desk.company_id, row) is None


def test_the_outline_shows_the_head_and_what_is_guessed(desk: Actor) -> None:
    number = a_refused_file(desk, "half.csv", ODD_TABLE.replace(b"Wann", b"Buchungstag"))
    outline = queries.outline(desk.company_id, queries.refused_file(desk.company_id, number))
    assert outline is not None
    assert outline.headings == ("Buchungstag", "Wieviel", "Wer", "Wofuer")
    assert outline.rows[0] == ("03.04.2026", "12,50", "Acorn", "INV-C1")
    assert outline.meaning == {"date": "Buchungstag"}

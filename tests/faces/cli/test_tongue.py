"""The command line in the language of whoever types: which one, complete, and never half."""

from __future__ import annotations

import ast
import functools
import gettext as catalogues
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.controls import queries as codes
from creditdesk.faces import cli
from creditdesk.faces.cli import (
    doctor,
    files,
    jobs,
    main,
    messages,
    reference,
    sources,
    tongue,
    tool,
)
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, NotFound, Place
from creditdesk.look import faults
from creditdesk.plumbing import sql
from creditdesk.plumbing.operation import rules
from creditdesk.plumbing.operation.facts import Finding

FOLDER = Path(cli.__path__[0])
# What a person reads, or is asked.
SAYING = {
    "print",
    "echo",
    "secho",
    "input",
    "prompt",
    "confirm",
    "add_column",
    "TextColumn",
    "Text",
}
# What looks its text up: at once, or by its form where the error is shown.
# Findings go by their form as errors do; log lines are for programs.
LOOKED_UP = {"gettext", "ngettext", "gettext_noop", "said", "to_json", "Finding", "exception"}
# What is kept or styles: the name of an actor, a key of a manifest, the note in a bundle.
KEPT = ("command line", "balance of ", "bold red", "This folder holds the audit trail")
# The builders' own commands, and pages that stay English.
BUILDERS = {
    "machine_reference.py", "markdown.py", "messages.py", "reference.py", "settings_of_payment.py",
    "settings_of_hooks.py", "settings_of_reports.py",
    "settings_of_sign_in.py", "sources.py",
}  # fmt: skip
# Names and keys that read the same in every language.
NAMES = {"creditdesk", "http", "ms", "python3", "audit_verifier", "py", "setting_wrong"}
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]+")
SENTENCE = re.compile(r"[A-Za-z]{2,},? [A-Za-z]{2,}")
DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef


@pytest.fixture
def in_german(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(tongue.SETTING, "de")


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"CREDITDESK_LANGUAGE": "de"}, "de"),
        ({"CREDITDESK_LANGUAGE": "DE-at"}, "de"),
        ({"CREDITDESK_LANGUAGE": "en", "LANG": "de_DE.UTF-8"}, "en"),
        ({"CREDITDESK_LANGUAGE": "de", "LC_ALL": "C"}, "de"),
        ({"CREDITDESK_LANGUAGE": "fr", "LANG": "de_DE.UTF-8"}, "de"),
        ({"CREDITDESK_LANGUAGE": "", "LANG": "de"}, "de"),
        ({"LANG": "de_DE.UTF-8"}, "de"),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_GB", "LC_MESSAGES": "en_GB", "LC_ALL": "de_CH@euro"}, "de"),
        ({"LANG": "en_GB.UTF-8", "LANGUAGE": "fr:de:en"}, "de"),
        ({"LANG": "fr_FR.UTF-8", "LANGUAGE": "fr:en:de"}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "fr"}, "de"),
        ({"LANGUAGE": "de"}, "de"),
        ({"LANGUAGE": "de", "LANG": "C"}, "en"),
        ({"LANGUAGE": "de", "LC_ALL": "POSIX", "LANG": "de_DE"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "deutsch"}, "en"),
    ],
)
def test_the_language_is_that_of_the_setting_else_of_the_terminal(
    environment: dict[str, str], language: str
) -> None:
    assert tongue.language(environment) == language


NAMED = ("CREDITDESK_LANGUAGE", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


@given(st.dictionaries(st.sampled_from(NAMED), st.text(max_size=12)))
def test_whatever_the_terminal_says_a_language_of_ours_is_spoken(
    environment: dict[str, str],
) -> None:
    assert tongue.language(environment) in tongue.LANGUAGES


def test_the_setting_offers_what_is_shipped() -> None:
    shipped = {path.name for path in (FOLDER / "locale").iterdir()}
    assert {tongue.ENGLISH, *shipped} == set(tongue.LANGUAGES)


# --- Nothing is said past the catalogue ---------------------------------------------------------


def bare_texts(code: str) -> list[str]:
    """Return what is said, or looks as if it were to be said, and is not looked up."""
    tree = ast.parse(code)
    found: list[str] = []
    _walk(tree, found, said=False)
    return found


def _walk(node: ast.AST, found: list[str], *, said: bool) -> None:
    """Collect bare words below what is said, and bare sentences anywhere."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        words = [one for one in WORD.findall(node.value) if one not in NAMES]
        if (said and words) or (not said and is_sentence(node.value)):
            found.append(f"{node.lineno}: {node.value}")
        return
    if isinstance(node, ast.Call) and called(node) in LOOKED_UP | makers():
        return
    for one in _below(node):
        _walk(one, found, said=said or (isinstance(node, ast.Call) and called(node) in SAYING))


@functools.cache
def makers() -> set[str]:
    return sources.error_makers()


def is_sentence(text: str) -> bool:
    return SENTENCE.search(text) is not None and not text.startswith(KEPT)


def _below(node: ast.AST) -> list[ast.AST]:
    """Return the parts of a node whose texts may be said: no keys, formats, options, docstrings."""
    if isinstance(node, ast.Call):
        return [node.func, *node.args]
    if isinstance(node, ast.FormattedValue | ast.Subscript):
        return [node.value]
    if isinstance(node, ast.Compare):
        return []
    below = list(ast.iter_child_nodes(node))
    if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
        below.remove(node.body[0])
    return below


def called(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ('print("The books hold")', 1),
        ('print("rows")', 1),
        ('print(f"{name}: {count} rows")', 1),
        ('told = f"{count} rows went in"', 1),
        ('TOLD = {"x": "The books hold"}', 1),
        ('print(gettext("The books hold"))', 0),
        ("print(f\"{name}: {gettext('rows')}\")", 0),
        ('print(f"creditdesk: {gettext(told)}", file=sys.stderr)', 0),
        ('print(f"{amount:>14} {row.currency}")', 0),
        ('table.add_column("why", overflow="fold")', 1),
        ('print("yes" if good else gettext("no"))', 1),
        ('typer.prompt("Password", hide_input=True)', 1),
        ('print(", ".join(names), told["key"])', 0),
        ('raise Refused("x_y", "It is odd")', 0),
        ('def f():\n    """Say so."""\n    return "code"', 0),
    ],
)
def test_the_law_can_fail(code: str, count: int) -> None:
    assert len(bare_texts(code)) == count, bare_texts(code)


def test_no_command_says_a_bare_text() -> None:
    bare = {
        path.name: bare_texts(path.read_text(encoding="utf-8"))
        for path in sorted(FOLDER.glob("*.py"))
        if path.name not in BUILDERS
    }
    assert {name: found for name, found in bare.items() if found} == {}, (
        "say it with gettext or ngettext of creditdesk.faces.cli.tongue"
    )


def test_the_command_line_never_asks_django_for_words() -> None:
    asking = [
        path.name
        for path in FOLDER.glob("*.py")
        if re.search(r"from django\.utils\.translation|import translation\b", path.read_text())
        and path.name not in BUILDERS
    ]
    assert asking == [], "take gettext from creditdesk.faces.cli.tongue"


# --- What is gathered ---------------------------------------------------------------------------


def of_helps(code: str) -> list[str]:
    return [str(text.msgid) for text in messages._of_helps(ast.parse(code), "x.py")]


def test_helps_are_gathered_where_they_are_declared() -> None:
    code = '''
app = typer.Typer(help="A room.")
@app.command("go")
def go(
    name: Annotated[str, typer.Option(help="Its name.")],
    day: Annotated[str, typer.Argument(metavar="DAY")] = "",
) -> None:
    """Go there.

    Then come back.
    """
@app.command(hidden=True)
def build() -> None:
    """For builders."""
def other() -> None:
    """No command."""
'''
    assert sorted(of_helps(code)) == ["A room.", "Go there.\n\nThen come back.", "Its name."]


def test_the_parsers_own_words_are_those_it_says() -> None:
    folder = Path(sys.modules["typer"].__path__[0])
    every = "\n".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    assert [word for word in tool.WORDS if f'"{word}"' not in every] == []
    assert '"Usage: "' in every


def test_findings_of_the_doctor_are_gathered_with_their_mends() -> None:
    code = Path(rules.__file__).read_text(encoding="utf-8")
    assert sources.FINDINGS in code
    found = messages._of_errors(ast.parse(code), sources.finders(), "rules.py")
    known = {str(text.msgid) for text in found}
    assert "the application logs in as {1}, a superuser, and could become it again" in known
    assert "make room: a full disk stops the database" in known
    assert "{1} workers, last heard {2} s ago" in known


# --- What is said -------------------------------------------------------------------------------


def test_texts_are_filled_and_counted(in_german: None) -> None:
    assert tongue.gettext("Nothing was erased.") == "Nichts wurde gelöscht."
    assert tongue.gettext("due %(day)s", day="2026-01-31") == "fällig 2026-01-31"
    row = ("%(count)d row", "%(count)d rows")
    assert [tongue.ngettext(*row, n) for n in (0, 1, 2)] == ["0 Zeilen", "1 Zeile", "2 Zeilen"]
    assert tongue.gettext("in no catalogue: 100 %") == "in no catalogue: 100 %"


def test_english_reads_no_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: object, **__: object) -> None:
        raise AssertionError("a catalogue was opened")

    monkeypatch.setattr(catalogues, "translation", read)
    monkeypatch.setattr(faults, "sentences", read)
    assert tongue.ngettext("%(count)d row", "%(count)d rows", 1) == "1 row"
    assert tongue.gettext("due %(day)s", day="x") == "due x"
    assert tongue.said("There is no payment 'P-1'") == "There is no payment 'P-1'"


def test_an_error_says_place_fault_and_mend(in_german: None) -> None:
    error = Invalid(
        "column_unknown",
        "The file has no column 'Netto'",
        place=Place(file="a.csv", line=3, field="net"),
        mend="Its columns are: Nummer, Datum",
    )
    assert tongue.sentence(error) == (
        "a.csv, Zeile 3, net: Die Datei hat keine Spalte 'Netto'. Ihre Spalten sind: Nummer, Datum"
    )
    assert tongue.sentence(NotFound("x_y", "said by nobody")) == "said by nobody"


def test_errors_are_said_as_they_are_raised_in_english() -> None:
    error = Invalid("x_y", "It is odd", place=Place(file="a", line=2), mend="Mend it")
    assert tongue.sentence(error) == str(error) == "a, line 2: It is odd. Mend it"


def test_a_list_is_said_in_german(
    actor: Actor, in_german: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert jobs.jobs(state="", retry=0, discard=0, as_json=False) == 0
    assert capsys.readouterr().out == "0 Aufträge sind nicht abgeschlossen\n"


def test_the_doctor_speaks_and_its_json_does_not(
    in_german: None, capsys: pytest.CaptureFixture[str]
) -> None:
    found = [Finding("disk", "room", "ok", "1.0 GiB free (50%)"), Finding("new", "x", "wrong", "y")]
    doctor._show(found)
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("Bereich", "Befund", "Abhilfe", "Speicherplatz", "new"))
    assert "1 in Ordnung, 0 Warnungen, 1 falsch" in shown


def test_the_doctor_examines_in_german(
    in_german: None, db: None, capsys: pytest.CaptureFixture[str]
) -> None:
    doctor.doctor(as_json=False)
    shown = " ".join(capsys.readouterr().out.split())
    assert "Die Datenbank antwortet" in shown
    assert "the database answers" not in shown
    doctor.doctor(as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert "the database answers" in [one["message"] for one in found]


def test_a_refused_import_is_refused_in_german(
    actor: Actor, in_german: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "kunden.csv"
    file.write_text("Nummer;Name\nC-1;Acorn\n", encoding="utf-8")
    before = sql.scalar("SELECT count(*) FROM customers_customer")
    with pytest.raises(Invalid) as refused:
        files.import_file(
            kind="customers", file=file, company=codes.company(actor.company_id).code,
            columns=["name=Firma"], options=[], create_customers=False, rejected=None,
        )  # fmt: skip
    with pytest.raises(SystemExit) as ended:
        main._end_with(refused.value)
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        "creditdesk: name: Die Datei hat keine Spalte 'Firma'."
        " Ihre Spalten sind: Nummer, Name [column_unknown]\n"
    )
    assert sql.scalar("SELECT count(*) FROM customers_customer") == before


def test_what_is_done_is_done_in_no_language(in_german: None) -> None:
    outside = translation.get_language()
    with tongue.spoken():
        assert translation.get_language() == "de"
    assert translation.get_language() == outside


def test_the_reference_stays_english(in_german: None) -> None:
    page = reference.commands_page()
    assert "Print JSON." in page
    assert "JSON ausgeben" not in page


# --- Real commands ------------------------------------------------------------------------------


def typed(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    asked = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("LC_") and name not in ("LANG", "LANGUAGE", tongue.SETTING)
    }
    return subprocess.run(
        [sys.executable, "-m", "creditdesk", *words],
        env={**asked, "PYTHONUTF8": "1", "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def test_help_is_german_by_setting_and_by_terminal() -> None:
    by_setting = typed("import", "--help", CREDITDESK_LANGUAGE="de", LANG="C")
    assert by_setting.returncode == 0
    assert "Aufruf: " in by_setting.stdout
    for word in ("Argumente", "Optionen", "Diese Hilfe zeigen", "Kürzel der Gesellschaft."):
        assert word in by_setting.stdout, by_setting.stdout
    assert "Load a file" not in by_setting.stdout
    by_terminal = typed("import", "--help", LANG="de_DE.UTF-8")
    assert by_terminal.stdout == by_setting.stdout


def test_help_is_english_where_nothing_asks_for_german() -> None:
    told = typed("bank", "--help", LANG="C", LANGUAGE="de").stdout
    assert "Usage: " in told
    assert "Bank statement files." in told


def test_what_the_parser_refuses_is_said_in_german() -> None:
    told = typed("bank", "rea", LANG="de_DE.UTF-8")
    assert told.returncode == 2
    assert "Es gibt keinen Befehl 'rea'. Meinten Sie 'read'?" in told.stderr
    told = typed("worker", "--concurrency", "many", LANG="de_DE.UTF-8")
    assert "Ungültiger Wert für '--concurrency': Erwartet wird eine ganze Zahl" in told.stderr


def test_a_refused_file_is_refused_in_german_and_in_json_as_ever(tmp_path: Path) -> None:
    file = tmp_path / "auszug.csv"
    file.write_text("x;y\n", encoding="utf-8")
    told = typed("bank", "read", str(file), CREDITDESK_LANGUAGE="de")
    assert told.returncode == 2
    assert told.stderr.startswith("creditdesk: auszug.csv: ")
    assert "kein erkennbarer Kontoauszug" in told.stderr
    assert told.stderr.endswith("[statement_unreadable]\n")
    plain = typed("bank", "read", str(file), "--json", CREDITDESK_LANGUAGE="de").stderr
    assert plain == typed("bank", "read", str(file), "--json", LANG="C").stderr
    assert json.loads(plain)["error"] == "statement_unreadable"

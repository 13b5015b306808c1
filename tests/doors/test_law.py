"""No door without a corpus test: each way in is known here, with the test that stands before it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from creditdesk import wiring
from creditdesk.day import rules
from creditdesk.plumbing.imports import kinds
from tests.audit import test_bundle
from tests.doors import test_api, test_desk_texts, test_drop, test_files, test_mail
from tests.doors.addresses import DESK, routes

SRC = DESK.parents[1]
CLI = [
    SRC / "faces" / "cli" / name
    for name in ("main.py", "arriving.py", "audit_commands.py", "interest_commands.py")
]

# The views that read uploaded files, and the commands that are given files to read.
UPLOADS = {
    "pages/advices.py": test_files.test_an_advice_is_taken_in_or_refused_and_kept,
    "saving.py": test_files.test_a_paper_of_an_application_is_kept_as_it_came,
    "pages/policy_draft.py": test_files.test_a_policy_file_is_read_or_refused_and_nothing_is_kept,
    "pages/imports.py": test_files.test_an_import_takes_a_file_or_says_why_not,
    "pages/inbox.py": test_mail.test_a_mail_at_the_desk,
    "pages/payment_cases.py": test_files.test_evidence_is_kept_as_it_came_whatever_it_is,
    "pages/screening.py": test_files.test_a_sanctions_list_is_loaded_or_refused_whole,
    "pages/statements.py": test_files.test_a_statement_is_taken_in_or_refused_whole,
    "middleware.py": test_files.test_a_name_of_a_file_is_only_a_name,
}
COMMANDS = {
    "import_": test_files.test_import_on_the_command_line,
    "mail_in": test_mail.test_mails_on_the_command_line,
    "bank_read": test_files.test_bank_files_on_the_command_line,
    "bank_load": test_files.test_bank_files_on_the_command_line,
    "rates": test_files.test_import_on_the_command_line,  # of the kind exchange_rates
    "verify": test_bundle.test_what_is_no_bundle_is_told_so,
    "day": test_files.test_a_bad_bank_file_does_not_stop_the_day,
}
# Commands whose file is one they write.
WRITERS = {"export", "export_audit", "reference"}
CONFINED = {
    "plumbing/tables/reading.py", "cash/readers/__init__.py", "cash/readers/advices/__init__.py",
    "contact/inbox/__init__.py", "assessment/evidence/services/lists.py",
}  # fmt: skip


def test_every_kind_of_import_meets_the_corpus() -> None:
    assert {kind.name for kind in wiring.IMPORTS} == set(kinds.KINDS) == set(test_files.KINDS)


def test_every_view_that_takes_files_is_known() -> None:
    found = {
        path.relative_to(DESK).as_posix()
        for path in DESK.rglob("*.py")
        if "request.FILES" in path.read_text()
    }
    assert found == set(UPLOADS)


def test_every_command_that_is_given_files_is_known() -> None:
    found = {
        node.name
        for path in CLI
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and re.search(r"\bPath\b", ast.unparse(node.args))
    }
    assert found - WRITERS == set(COMMANDS)


def test_every_address_is_asked() -> None:
    asked = {name for name in vars(test_desk_texts) if name.startswith("test_in_")}
    assert asked == {"test_in_the_path", "test_in_the_parameters", "test_in_the_fields_of_forms"}
    others = [route for route in routes() if route not in test_desk_texts.routes()]
    assert others == []


def test_every_body_of_the_api_is_attacked() -> None:
    takes = {
        name for name, one in test_api.OPERATIONS.items() if one[0] in ("post", "put", "patch")
    }
    without_body = takes - set(test_api.WITH_BODY)
    assert without_body == {
        "recheck_order", "cancel_order", "run_recurring", "pause_recurring", "end_recurring",
        "undo_payment", "undo_set_off", "resume_order", "take_back_limit_request",
    }  # fmt: skip
    for name, (_, _, schema) in test_api.WITH_BODY.items():
        assert test_api.good(schema or {}), name


def test_what_strangers_send_is_parsed_in_confinement_only() -> None:
    """Readers of XML, archives and workbooks stand behind `run_confined` and nowhere else;
    the simulation writes such files, invoices write theirs, judged in a process of its own, and
    the treasury writes and checks its own against the schemas."""
    parsers = re.compile(
        r"^\s*(?:import|from) (?:lxml|openpyxl|zipfile|xml\.|tarfile|pypdf|email\.parser)",
        re.MULTILINE,
    )
    found = {
        path.relative_to(SRC).as_posix()
        for path in SRC.rglob("*.py")
        if parsers.search(path.read_text())
    }
    allowed = re.compile(
        r"cash/readers/|plumbing/tables/|contact/inbox/parsing|simulation/|invoices/(documents|workshop)/"
        r"|treasury/(rules/pain|services/schemas)|assessment/evidence/rules/listings"
    )
    assert {path for path in found if not allowed.match(path)} == set()
    assert found
    for path in CONFINED:
        assert "run_confined(" in Path(SRC / path).read_text()


def test_the_drop_folder_meets_the_corpus_under_each_of_its_kinds() -> None:
    assert set(test_drop.PLACES) == {*kinds.KINDS, rules.BANK, rules.MAIL}

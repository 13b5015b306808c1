"""The reference lists all that the code offers; who adds something is told to run `make docs`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import fields

import pytest
from django.apps import apps

from creditdesk.controls.rules import ROLES
from creditdesk.faces.api.urls import api
from creditdesk.faces.cli import reference, sources
from creditdesk.faces.health import metrics
from creditdesk.insight import wording
from creditdesk.plumbing.imports.kinds import KINDS
from tests.docs.pages import REFERENCE

SOURCE = sources.PACKAGE
RAISED = re.compile(
    r"\b(?:Refused|Conflict|NotFound|Invalid|DomainError|refusal)\(\s*\"([a-z_]+)\""
)
NAMED = re.compile(r"name: ClassVar\[str\] = \"([a-z_.]+)\"")


def page(name: str) -> str:
    return (REFERENCE / f"{name}.md").read_text(encoding="utf-8")


def in_source(pattern: re.Pattern[str], files: str = "*.py") -> set[str]:
    return {
        found
        for path in SOURCE.rglob(files)
        for found in pattern.findall(path.read_text(encoding="utf-8"))
    }


@pytest.mark.parametrize(("name", "made"), reference.PAGES.items())
def test_a_page_says_what_the_code_says(name: str, made: Callable[[], str]) -> None:
    assert page(name) == made(), f"docs/reference/{name}.md is out of date: run `make docs`"


def test_every_error_code_is_listed() -> None:
    raised = in_source(RAISED)
    assert len(raised) > 100
    assert {code for code in raised if f"| `{code}` |" not in page("error-codes")} == set()
    rows = {code for kind in KINDS.values() for code in kind.words}
    assert {code for code in rows if f"| `{code}` |" not in page("error-codes")} == set()


def test_every_event_is_listed_with_its_fields() -> None:
    announced = in_source(NAMED, "events.py")
    assert len(announced) > 20
    listed = page("events")
    assert {name for name in announced if f"\n## {name}\n" not in listed} == set()
    assert {one.name for one in reference.events()} == announced
    for event in reference.events():
        section = listed.split(f"\n## {event.name}\n")[1].split("\n## ")[0]
        assert {one.name for one in fields(event) if f"`{one.name}`" not in section} == set()


def test_every_setting_is_listed() -> None:
    read = sources.settings_read()
    assert "CREDITDESK_SMTP_URL" in read
    assert {name for name, _, _ in reference.SETTINGS} == read


def test_every_endpoint_is_listed() -> None:
    listed = page("api")
    endpoints = [
        (method, path) for path, of in api.get_openapi_schema()["paths"].items() for method in of
    ]
    assert len(endpoints) >= 8
    assert [one for one in endpoints if f"## {one[0].upper()} {one[1]}\n" not in listed] == []


def test_every_field_of_an_import_is_listed() -> None:
    listed = page("import-fields")
    for kind in KINDS.values():
        section = listed.split(f"\n## {kind.name}\n")[1].split("\n## ")[0]
        assert {one.name for one in kind.fields if f"| `{one.name}` |" not in section} == set()


def test_every_role_and_every_command_of_a_service_is_listed() -> None:
    listed = page("roles")
    declared = in_source(re.compile(r"@command\(\"([a-z_.]+)\"\)"))
    assert len(declared) > 25
    assert {name for name in {*ROLES, *declared} if f"| `{name}` |" not in listed} == set()


def test_the_glossary_knows_every_table_and_every_fact() -> None:
    glossary = page("glossary")
    rooms = [one for one in apps.get_app_configs() if one.name.startswith("creditdesk.")]
    models = {
        f"{config.label}.{model.__name__}" for config in rooms for model in config.get_models()
    }
    assert len(models) > 40
    assert {name for name in models if f"`{name}`" not in glossary} == set()
    facts = {one.name for one in reference.events()}
    assert {name for name in facts if f"`{name}`" not in glossary} == set()


def test_every_figure_of_the_morning_is_explained() -> None:
    listed = page("kpis")
    said = inspect.getsource(wording.figure_name) + inspect.getsource(wording.figure_note)
    codes = set(re.findall(r"\"([a-z0-9_]+)\": gettext", said))
    assert {"dso", "cei", "over_90_share", "no_sales"} <= codes
    assert {code for code in codes if f"| `{code}` |" not in listed} == set()


def test_every_metric_is_listed() -> None:
    listed = page("metrics")
    named = in_source(re.compile(r"\"(creditdesk_[a-z_]+)\""))
    known = {one.name for one in metrics.DESCRIBED}
    assert len(known) > 10
    assert {name for name in known if f"| `{name}` |" not in listed} == set()
    assert {name for name in named if name.startswith("creditdesk_http")} <= known

"""Documents checked, rendered and validated: what the rest of the house calls.

`check` says in our words what keeps a document from a form; `render` writes the form and refuses
what does not pass `check`; `validate` lets the official schema and rules of EN 16931 speak of a
file; `ready` does all three and is what comes before a number is taken. None of them touches the
database, so all may run outside its transactions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final

from django.conf import settings
from django.utils import translation

from creditdesk.invoices.documents import checks, cii, terms, ubl
from creditdesk.invoices.documents.findings import RULE_BROKEN, Finding
from creditdesk.invoices.documents.profiles import Form, Profile
from creditdesk.invoices.documents.totals import Totals, totals
from creditdesk.invoices.documents.values import Document
from creditdesk.invoices.documents.wording import said
from creditdesk.invoices.paper import facturx, page
from creditdesk.invoices.workshop import Limits, Worker, WorkerFailed
from creditdesk.kernel.errors import Invalid, Place

__all__ = [
    "Rendered",
    "WorkerFailed",
    "check",
    "ready",
    "render",
    "totals",
    "typeset",
    "validate",
]

_RULES: Final = Worker("creditdesk.invoices.workshop.rulebook")
_PAGES: Final = Worker("creditdesk.invoices.workshop.typesetting")
_BINDER: Final = Worker(
    "creditdesk.invoices.workshop.binding", Limits(cpu_seconds=120, wall_seconds=300)
)
_MISSING: Final = re.compile(r'the text `"(.+?)"` could not be displayed with font')
_PRIVATE: Final = re.compile(r'the PDF contains the codepoint `"\\u\{([0-9a-f]+)\}"`')
_NOT_MORE_THAN: Final = 5
_INVOICE: Final = "creditdesk.invoices.paper.invoice"
_COVER: Final = "creditdesk.invoices.paper.cover"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A document in its form, its totals, and what is worth knowing though it may be issued."""

    content: bytes
    totals: Totals
    remarks: tuple[Finding, ...]


def check(
    document: Document, form: Form = Form.FACTURX, profile: Profile = Profile.EN16931
) -> list[Finding]:
    """Return what keeps the document from the form, in our words; empty when nothing does."""
    return checks.findings(document, form, profile)


def render(
    document: Document,
    form: Form,
    *,
    profile: Profile = Profile.EN16931,
    language: str = "en",
) -> bytes:
    """Return the document as a file; Invalid, naming everything wrong, when `check` objects.

    `language` is that of the page and of the terms. The same document gives the same bytes.
    """
    refuse(check(document, form, profile))
    sums = totals(document)
    data = _data(document, sums, form, profile, language)
    return _file(document, sums, form, data, language)


def ready(
    document: Document,
    form: Form,
    *,
    profile: Profile = Profile.EN16931,
    language: str = "en",
) -> Rendered:
    """Return the document checked, rendered and validated: now a number may be taken for it.

    Invalid when it, or the file made of it, breaks a rule; WorkerFailed when that could not be
    found out, and then nothing may be issued either.
    """
    remarks = check(document, form, profile)
    refuse(remarks)
    sums = totals(document)
    data = _data(document, sums, form, profile, language)
    if form.is_electronic:
        told = validate(data)
        refuse(told)
        remarks += told
    return Rendered(_file(document, sums, form, data, language), sums, tuple(remarks))


def validate(content: bytes) -> list[Finding]:
    """Return what XML Schema and the Schematron of EN 16931 say against an XML file.

    An empty list, or one without a fatal finding, is a valid file. WorkerFailed when the rules
    could not be tried: that is never an answer of "valid".
    """
    answer: list[tuple[str, str, str, str]] = json.loads(_RULES.ask("validate", content))
    return [
        Finding(RULE_BROKEN, location, rule, text, is_fatal=severity == "fatal")
        for rule, severity, location, text in answer
    ]


def warm() -> None:
    """Have rules and fonts loaded, so that the first document need not wait for them."""
    _RULES.ask("warm")
    _PAGES.ask("warm")


def refuse(findings: Sequence[Finding]) -> None:
    """Raise Invalid for the fatal findings: the first as the error, all under `findings`."""
    fatal = [finding for finding in findings if finding.is_fatal]
    if not fatal:
        return
    first = fatal[0]
    words = [said(finding) for finding in fatal[:_NOT_MORE_THAN]]
    raise Invalid(
        first.code,
        "; ".join(each.message for each in words),
        place=Place(field=first.field or None),
        mend=" ".join(dict.fromkeys(each.mend for each in words if each.mend)),
        rule=first.rule,
        findings=fatal,
    )


def _data(document: Document, sums: Totals, form: Form, profile: Profile, language: str) -> bytes:
    """Return what machines read of the form; nothing for a plain page."""
    if form is Form.PDF:
        return b""
    written = ubl.written if form is Form.UBL else cii.written
    with translation.override(language):
        text = terms.written(document, profile, sums.due_minor)
    return written(document, sums, profile=profile, terms=text)


def _file(document: Document, sums: Totals, form: Form, data: bytes, language: str) -> bytes:
    if form in {Form.UBL, Form.CII}:
        return data
    with translation.override(language):
        shown = page.data(document, sums)
    paper = _paper(shown, data, document)
    return facturx.declared(paper) if data else paper


def _paper(shown: Mapping[str, Any], attachment: bytes, document: Document) -> bytes:
    return typeset(_INVOICE, shown, document.issued_on, attachment=attachment)


def listed(shown: Mapping[str, Any], on: date) -> bytes:
    """Return the list in front of a batch for the post, as a PDF."""
    return _set("sheet", _COVER, shown, on, b"")


def pages_of(documents: Sequence[bytes]) -> list[int]:
    """Return how many pages each of our PDFs has."""
    return [int(count) for count in json.loads(_BINDER.ask("pages", *documents))]


def bound(documents: Sequence[bytes], *, is_both_sides: bool = False) -> bytes:
    """Return our PDFs as one, for the printer; what they hold for machines stays behind.

    For a printer that prints on both sides, each begins on a fresh sheet.
    """
    return _BINDER.ask("bind_both_sides" if is_both_sides else "bind", *documents)


def typeset(template: str, shown: Mapping[str, Any], on: date, *, attachment: bytes = b"") -> bytes:
    """Return the page that a template of ours makes of what is shown; the same gives the same.

    `template` names package and file, such as `creditdesk.invoices.paper.invoice`; `shown` has what
    `paper.frame` gives besides what the template asks for. Invalid when a character has no glyph
    in the fonts there are, or no meaning outside them; WorkerFailed when no page could be made.
    """
    return _set("page", template, shown, on, attachment)


def _set(name: str, template: str, shown: Mapping[str, Any], on: date, attachment: bytes) -> bytes:
    midnight = datetime.combine(on, time(), tzinfo=UTC)
    try:
        return _PAGES.ask(
            name,
            template.encode(),
            json.dumps(shown).encode(),
            attachment,
            json.dumps(int(midnight.timestamp())).encode(),
            settings.PAPER_FONTS.encode(),
        )
    except WorkerFailed as failed:
        refuse(_unfit(str(failed)))
        raise


def _unfit(told: str) -> list[Finding]:
    """Return which character kept a page from being set; empty when something else did."""
    if missing := _MISSING.search(told):
        return [Finding("glyph_missing", "", detail=missing[1])]
    if private := _PRIVATE.search(told):
        return [Finding("character_private", "", detail=f"U+{private[1].upper()}")]
    return []

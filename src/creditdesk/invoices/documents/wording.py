"""Findings and payment terms in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext

from creditdesk.invoices.documents.findings import RULE_BROKEN, Finding
from creditdesk.invoices.documents.sentences import RULE_MENDS, WORDS


@dataclass(frozen=True, slots=True)
class Said:
    """A finding in words: what is wrong, and what to do about it (may be empty)."""

    message: str
    mend: str


def said(finding: Finding) -> Said:
    """Return the finding in the reader's language; a broken rule keeps its own English text."""
    if finding.code == RULE_BROKEN:
        return Said(
            finding.detail, gettext(RULE_MENDS[finding.rule]) if finding.rule in RULE_MENDS else ""
        )
    message, mend = WORDS[finding.code]
    values = {"detail": finding.detail, "field": finding.field}
    return Said(gettext(message) % values, gettext(mend) % values if mend else "")


def codes() -> list[str]:
    """Return every code of ours that has words."""
    return sorted(WORDS)

"""What is wrong with a document, as a code with its place; `wording` says it in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong: ours (`code`), or a rule of the norm that a file broke (`rule_broken`).

    `field` is a path into the document (`lines[2].unit`) or into the file; `rule` the rule of EN
    16931, Peppol or XRechnung concerned; `detail` the value, or the rule's own text. What is not
    fatal may be issued all the same.
    """

    code: str
    field: str = ""
    rule: str = ""
    detail: str = ""
    is_fatal: bool = True


RULE_BROKEN = "rule_broken"


def where(*cases: tuple[object, Finding]) -> Iterator[Finding]:
    """Return the findings whose condition holds."""
    return (finding for holds, finding in cases if holds)

"""Verdicts of the gate as they were kept, judged again by the policy version of then."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from creditdesk.contact.rules import Reason, rejudging
from creditdesk.contact.rules.rejudging import Asked
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import ContactRules

_VERDICTS: Final = """
    SELECT v.id, coalesce(m.reference, ''), v.purpose, v.stage, v.allowed, v.reasons::text,
           v.inputs::text, v.policy_version
      FROM contact_verdict v LEFT JOIN contact_message m ON m.id = v.message_id
     WHERE v.company_id = %(company_id)s
     ORDER BY v.id
"""


@dataclass(frozen=True, slots=True)
class VerdictKept:
    """A verdict of the gate, and the message it is about, if it came to one."""

    id: int
    message_reference: str
    purpose: str
    stage: str
    allowed: bool
    reasons_text: str
    inputs_text: str
    policy_version: int


def replayed(company_id: int) -> Iterator[tuple[VerdictKept, bool]]:
    """Yield each verdict with whether its figures make it again, in order; in a transaction."""

    @cache
    def written(version: int) -> ContactRules | None:
        try:
            return policies.version(company_id, version).contact
        except NotFound:
            return None

    for one in sql.fetch_in_parts(VerdictKept, _VERDICTS, {"company_id": company_id}):
        yield one, _replays(one, written)


def _replays(one: VerdictKept, written: Callable[[int], ContactRules | None]) -> bool:
    by = written(one.policy_version)
    if by is None:
        return False
    inputs = json.loads(one.inputs_text)
    asked = Asked(
        stage=one.stage,
        purpose=one.purpose,
        step=inputs["step"],
        at=datetime.fromisoformat(inputs["at"]),
        open_minor={int(item): minor for item, minor in inputs["items"].items()},
    )
    reasons = [
        Reason(told["code"], told["passed"], told["params"])
        for told in json.loads(one.reasons_text)
    ]
    return rejudging.is_repeated(asked, reasons, by, allowed=one.allowed)

"""What a company asks of its people at the door: decided for a day to come, never rewritten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from creditdesk.controls import queries, rules
from creditdesk.controls.commands import command
from creditdesk.controls.identity.rules import GRACE_DAYS_MAX, MODES
from creditdesk.controls.models import SecurityPolicy
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Place

AHEAD_DAYS_MAX: Final = 366


@command("controls.set_security")
def set_security(
    actor: Actor,
    *,
    second_factor: str,
    since: date,
    grace_days: int,
    asked_again: Sequence[str],
    reason: str,
) -> int:
    """Ask the company's people for a second factor, and again before these commands; the id.

    From the machine date `since` on; until then what is asked now stays. Nothing asked here makes
    what the installation or another of a person's companies asks any less.
    """
    _check(second_factor, since, grace_days, reason)
    unknown = sorted(set(asked_again) - set(rules.MAY_BE_ASKED))
    if unknown:
        raise Invalid(
            "command_not_askable", f"{unknown[0]!r} cannot be asked about",
            place=Place(field="asked_again"), mend=f"Take of: {', '.join(rules.MAY_BE_ASKED)}",
        )  # fmt: skip
    return SecurityPolicy.objects.create(
        company_id=actor.company_id,
        second_factor=second_factor,
        since=since,
        grace_days=grace_days,
        asked_again=sorted(set(asked_again)),
        reason=reason.strip(),
        recorded_at=actor.at,
        recorded_by=actor.name,
    ).id


def _check(second_factor: str, since: date, grace_days: int, reason: str) -> None:
    if second_factor not in MODES:
        raise Invalid(
            "second_factor_unknown", f"{second_factor!r} does not say who needs a second factor",
            place=Place(field="second_factor"), mend=f"Use {', '.join(MODES)}",
        )  # fmt: skip
    today = queries.machine_today()
    if not today <= since <= today + timedelta(days=AHEAD_DAYS_MAX):
        raise Invalid(
            "since_not_ahead", f"{since} is not a day from which this can be asked",
            place=Place(field="since"), mend=f"Take {today} or later, within a year",
        )  # fmt: skip
    if not 0 <= grace_days <= GRACE_DAYS_MAX:
        raise Invalid(
            "grace_too_long", f"{grace_days} days are no time for setting it up",
            place=Place(field="grace_days"), mend=f"Give 0 to {GRACE_DAYS_MAX} days",
        )  # fmt: skip
    if not reason.strip():
        raise Invalid(
            "reason_missing", "What is asked at the door is changed only for a reason",
            place=Place(field="reason"), mend="Say why; auditors read it",
        )  # fmt: skip

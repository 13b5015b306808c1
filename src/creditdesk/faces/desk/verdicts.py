"""Verdicts of the contact gate as the desk shows them: one card, every check in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.utils.translation import gettext, ngettext

from creditdesk.contact import wording
from creditdesk.contact.queries import VerdictRow
from creditdesk.contact.rules import WAITS, Reason

State = Literal["ok", "part", "no"]


@dataclass(frozen=True, slots=True)
class Check:
    """One check in a sentence: passed, passed in part, or failed."""

    text: str
    state: State

    @property
    def icon(self) -> str:
        """The mark that repeats the state in a shape."""
        return {"ok": "check", "part": "minus", "no": "x"}[self.state]


@dataclass(frozen=True, slots=True)
class Card:
    """A verdict in a heading with its checks; what failed stands on top."""

    title: str
    state: State
    checks: tuple[Check, ...]
    policy_version: int | None = None
    stage: str = ""
    recorded_at: datetime | None = None

    @property
    def icon(self) -> str:
        """The mark of the heading."""
        return {"ok": "check", "part": "minus", "no": "x"}[self.state]

    @property
    def stage_name(self) -> str:
        """When the gate was asked, in words."""
        return {
            "queue": gettext("asked when it was written"),
            "send": gettext("asked again before it left"),
        }.get(self.stage, self.stage)


def card(
    reasons: Sequence[Reason | Mapping[str, Any]],
    *,
    allowed: bool,
    policy_version: int | None = None,
    stage: str = "",
    recorded_at: datetime | None = None,
) -> Card:
    """Return the verdict of these reasons, as the gate gave or stored them."""
    checks = [_Judged(_code(one), is_passed=_is_passed(one), said=one) for one in reasons]
    failed = [one for one in checks if not one.is_passed]
    waits = bool(failed) and all(one.code in WAITS for one in failed)
    state: State = "no"
    if allowed or waits:
        state = "part" if failed else "ok"
    shown = [
        Check(wording.sentence(one.said), _state(one, is_stopped=state == "no")) for one in checks
    ]
    shown.sort(key=lambda one: ("no", "part", "ok").index(one.state))
    return Card(
        _title(state, failed, waits=waits), state, tuple(shown), policy_version, stage, recorded_at
    )


def stored(row: VerdictRow) -> Card:
    """Return a verdict that stands in the record."""
    return card(
        row.reasons,
        allowed=row.allowed,
        policy_version=row.policy_version,
        stage=row.stage,
        recorded_at=row.recorded_at,
    )


def agree(first: VerdictRow, second: VerdictRow) -> bool:
    """Whether the second verdict found nothing else: the same answer, the same checks failed."""

    def failed(row: VerdictRow) -> set[str]:
        return {_code(one) for one in row.reasons if not _is_passed(one)}

    return first.allowed == second.allowed and failed(first) == failed(second)


@dataclass(frozen=True, slots=True)
class _Judged:
    code: str
    is_passed: bool
    said: Reason | Mapping[str, Any]


def _code(reason: Reason | Mapping[str, Any]) -> str:
    return reason.code if isinstance(reason, Reason) else str(reason["code"])


def _is_passed(reason: Reason | Mapping[str, Any]) -> bool:
    return reason.is_passed if isinstance(reason, Reason) else bool(reason["passed"])


def _state(one: _Judged, *, is_stopped: bool) -> State:
    """Return how a check stands; items left out, and hours to wait for, stop nothing alone."""
    if one.is_passed:
        return "ok"
    is_mild = one.code in WAITS or one.code == "items"
    return "part" if is_mild or not is_stopped else "no"


def _title(state: State, failed: Iterable[_Judged], *, waits: bool) -> str:
    if state == "no":
        return gettext("Does not go out")
    if state == "ok":
        return gettext("May go out")
    if waits:
        return gettext("Waits for the hour")
    left_out = len([one for one in failed if one.code == "items"])
    return ngettext(
        "Goes out, with something left out", "Goes out, with several left out", left_out
    )

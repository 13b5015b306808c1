"""What the page of a case shows: folder, asks, figures, recommendation, decisions, clocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext, ngettext

from creditdesk.assessment import queries as finances
from creditdesk.assessment import wording as scoring
from creditdesk.assessment.cases import gathering, queries, rules, services, signals, wording
from creditdesk.assessment.cases.gathering import Known
from creditdesk.assessment.cases.queries import (
    ApplicationRow,
    AskRow,
    ConditionRow,
    DecisionRow,
    FileRow,
)
from creditdesk.assessment.cases.rules import Step
from creditdesk.assessment.notices import queries as notices
from creditdesk.assessment.notices.rules import Deadline
from creditdesk.faces.desk import forms
from creditdesk.faces.desk.forms import Field
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.kernel.money import from_minor, to_minor
from creditdesk.look import words as look_words
from creditdesk.look.shapes import Tone
from creditdesk.look.tags.figures import money_text
from creditdesk.policy import queries as policies

STATE_TONES: Final[Mapping[str, Tone]] = {
    "draft": "", "submitted": "info", "in_review": "info", "decided": "warn",
    "counter_offer": "warn", "accepted": "good", "declined": "bad", "expired": "", "withdrawn": "",
}  # fmt: skip
CLOCK_TONES: Final[Mapping[str, Tone]] = {
    "running": "", "warning": "warn", "late": "bad", "met": "good",
}  # fmt: skip
ANSWER_TONES: Final[Mapping[str, Tone]] = {
    "approve": "good", "counter": "warn", "decline": "bad", "refer": "info",
}  # fmt: skip
CURRENCY_LENGTH: Final = 3


@dataclass(frozen=True, slots=True)
class AskShown:
    """Who was asked for what, and how that stands."""

    row: AskRow
    what: str
    state: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class StepShown:
    """A step of the recommendation in words, with its amount where it has one."""

    label: str
    minor: int | None
    note: str
    is_lowest: bool


@dataclass(frozen=True, slots=True)
class DecisionShown:
    """A decision, its reasons in words, its conditions, and whether it replays."""

    row: DecisionRow
    answer: str
    tone: Tone
    reasons: list[str]
    conditions: list[tuple[ConditionRow, str]]
    replays: bool


@dataclass(frozen=True, slots=True)
class ClockShown:
    """A clock in words."""

    row: Deadline
    label: str
    tone: Tone


def case(desk: DeskRequest, of: ApplicationRow) -> dict[str, Any]:
    """Return everything the page of a case shows."""
    known = gathering.known(of, on=desk.actor.today)
    company_id = desk.company.id
    may = desk.actor.may
    is_to_decide = of.state in ("submitted", "in_review")
    requests = notices.requests(company_id, of.id)
    return {
        "case": of,
        "state": wording.state(of.state),
        "tone": STATE_TONES[of.state],
        "customer_class": wording.customer_class(of.customer_class),
        "channel": wording.channel(of.channel),
        "given": _given(of),
        "missing": _missing(of),
        "asks": _asks(of),
        "files": [(one, wording.document(one.kind)) for one in queries.files(company_id, of.id)],
        "documents": [(one, wording.document(one)) for one in rules.DOCUMENTS],
        "years": finances.statements(company_id, of.party_id),
        "score": known.score,
        "factors": _factors(known),
        "evidence": signals.evidence_on(
            company_id, application_id=of.id, customer_id=of.customer_id, on=desk.actor.today
        ),
        **_recommended(known),
        "decisions": _decisions(of),
        "notices": notices.notices(company_id, of.id),
        "requests": requests,
        "open_reasons": any(one.kind == "reasons" and not one.settled_on for one in requests),
        "open_objection": any(one.kind == "objection" and not one.settled_on for one in requests),
        "clocks": _clocks(of, desk),
        "is_to_decide": is_to_decide,
        "may_apply": of.is_open and may("assessment.apply"),
        "may_chase": of.is_open and may("assessment.chase"),
        "may_decide": may("assessment.decide"),
        "may_note": may("assessment.apply"),
        "may_record": of.is_open and may("assessment.record"),
        "decide": _decide_form(desk, of, known) if is_to_decide else None,
    }


def _given(of: ApplicationRow) -> list[tuple[str, str]]:
    return [(wording.field(name), _value(of, name)) for name in rules.FIELDS if of.data.get(name)]


def _value(of: ApplicationRow, name: str) -> str:
    """Return what was filled in, an amount with its currency; else as it was written."""
    value = of.data[name]
    if name not in rules.AMOUNTS:
        return value
    try:
        return money_text(to_minor(value, of.currency), of.currency)
    except ValueError:
        return value


def _missing(of: ApplicationRow) -> list[str]:
    return [wording.missing_count(gathering.code_of(one), one.count) for one in queries.missing(of)]


def _asks(of: ApplicationRow) -> list[AskShown]:
    return [
        AskShown(
            one,
            wording.ask(one.kind),
            wording.ask_state(one.state),
            {"open": "warn", "answered": "good"}.get(one.state, ""),  # type: ignore[arg-type]
        )
        for one in queries.asks(of.company_id, of.id)
    ]


def _factors(known: Known) -> list[tuple[str, Decimal, Decimal]]:
    if known.score is None:
        return []
    costly = sorted(known.score.factors, key=lambda one: -one.cost)
    tenth = Decimal("0.1")
    return [
        (scoring.point(one.point), one.points.quantize(tenth), one.cost.quantize(tenth))
        for one in costly
        if not one.left_out
    ]


def _recommended(known: Known) -> dict[str, Any]:
    found = known.recommendation
    amounts = [int(one.params["minor"] or 0) for one in found.steps if "minor" in one.params]
    lowest = min(amounts, default=None)
    return {
        "recommended": found,
        "recommended_answer": wording.answer(found.answer),
        "recommended_tone": ANSWER_TONES[found.answer],
        "recommended_security": wording.security(found.security),
        "steps": [_step(one, lowest) for one in found.steps],
        "to_person": list(dict.fromkeys(_why(one) for one in found.to_person)),
        "policy_version": known.policy_version,
    }


def _step(one: Step, lowest: int | None) -> StepShown:
    minor = one.params.get("minor")
    amount = None if minor is None else int(minor)
    percent = one.params.get("percent")
    days = one.params.get("days")
    note = f"{look_words.plain(percent)} %" if percent else ""
    if days is not None:
        note = ngettext(
            "%(days)s day of purchases", "%(days)s days of purchases", int(days)
        ) % {"days": days}  # fmt: skip
    return StepShown(wording.step(one.code), amount, note, amount is not None and amount == lowest)


def _why(one: Step) -> str:
    said = wording.step(one.code)
    what = one.params.get("what")
    if one.code == "missing" and what:
        return f"{said}: {wording.missing(str(what))}"
    if one.code == "card_missing":
        return f"{said}: {one.params['card']}"
    if one.code == "security":
        return f"{said}: {wording.security(str(one.params['security']))}"
    return said


def _decisions(of: ApplicationRow) -> list[DecisionShown]:
    return [
        DecisionShown(
            one,
            wording.answer(one.answer),
            ANSWER_TONES[one.answer],
            [wording.reason(code) for code in one.reasons],
            [
                (condition, wording.security(condition.kind))
                for condition in queries.conditions(of.company_id, one.id)
            ],
            services.replay(of.company_id, one.id),
        )
        for one in queries.decisions(of.company_id, of.id)
    ]


def _clocks(of: ApplicationRow, desk: DeskRequest) -> list[ClockShown]:
    words = {
        "outcome": gettext("Tell the outcome"),
        "incomplete": gettext("Say what is missing"),
        "counter_offer": gettext("Follow up the counter-offer"),
        "reasons_answer": gettext("Give the reasons asked for"),
        "objection": gettext("Answer the objection"),
    }
    return [
        ClockShown(one, words.get(one.code, one.code), CLOCK_TONES[one.state])
        for one in notices.deadlines(of, desk.actor.today)
    ]


def _decide_form(desk: DeskRequest, of: ApplicationRow, known: Known) -> dict[str, Any]:
    """Return what the form of the decision offers, filled with what is recommended."""
    found = known.recommendation
    posted = desk.POST if "answer" in desk.POST else {}
    terms = policies.in_force(of.company_id, desk.actor.today).terms
    answer = found.answer if found.answer != "refer" else "approve"
    return {
        "digest": services.case_digest(known),
        "answers": [(one, wording.answer(one)) for one in ("approve", "counter", "decline")],
        "answer": posted.get("answer", answer),
        "limit": posted.get("limit") or from_minor(
            found.limit_minor or of.requested_minor, of.currency
        ),
        "terms": sorted(terms),
        "term": posted.get("terms", found.terms),
        "reasons": [(one, wording.reason(one)) for one in known.reasons],
        "chosen": desk.POST.getlist("reasons") if posted else list(known.reasons[:4]),
        "explanation": posted.get("explanation", ""),
        "conditions": [("", gettext("none"))]
        + [(one, wording.security(one)) for one in rules.CONDITIONS],
        "condition": posted.get("condition", "" if found.security == "none" else found.security),
        "condition_amount": posted.get("condition_amount", ""),
        "condition_text": posted.get("condition_text", ""),
    }  # fmt: skip


def fields(of: ApplicationRow) -> list[Field]:
    """Return the fields of an application's form, as its class is asked."""
    needed = rules.REQUIRED[of.customer_class].fields
    return [
        Field(
            name,
            wording.field(name),
            of.data.get(name, ""),
            "amount" if name in rules.AMOUNTS else "email" if name in rules.EMAILS else "text",
            unit=of.currency if name in rules.AMOUNTS else "",
            hint=gettext("needed of this class") if name in needed else "",
        )
        for name in rules.asked_fields(of.customer_class)
    ]


def posted(desk: DeskRequest, of: ApplicationRow) -> dict[str, str]:
    """Return the fields of an application's form as they were posted, amounts made plain."""
    found = {}
    for name in rules.asked_fields(of.customer_class):
        value = forms.text(desk, name)
        found[name] = forms.decimal_text(value) if name in rules.AMOUNTS and value else value
    return found


def currency(value: str) -> str:
    """Return a currency in capitals; ValueError where it cannot be one."""
    code = value.upper()
    if len(code) != CURRENCY_LENGTH or not (code.isascii() and code.isalpha()):
        raise ValueError(value)
    return code


def paper_of(desk: DeskRequest, of: ApplicationRow, file_id: int) -> FileRow | None:
    """Return a paper of a case by the id of its row; nothing where the case has no such one."""
    return next((one for one in queries.files(desk.company.id, of.id) if one.id == file_id), None)

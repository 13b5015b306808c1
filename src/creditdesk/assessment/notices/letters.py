"""Notices in the applicant's language: what was decided, on which terms, or why not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext

from creditdesk.assessment.cases import wording
from creditdesk.assessment.cases.queries import ApplicationRow, ConditionRow, DecisionRow
from creditdesk.assessment.notices import consumer_reports
from creditdesk.assessment.notices.consumer_reports import ConsumerReport
from creditdesk.look import words

# The notice that 12 CFR 1002.9(b)(1) gives word for word, and that stands in English.
ECOA_COUNTRIES = frozenset({"US", ""})


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A notice in words: what it is called, its paragraphs, its reasons, and what follows."""

    kind: str
    subject: str
    opening: str
    facts: tuple[tuple[str, str], ...] = ()
    reasons: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a notice is written from."""

    application: ApplicationRow
    decision: DecisionRow
    conditions: Sequence[ConditionRow]
    terms: str
    seller: str
    seller_address: str
    seller_country: str
    reasons_until: date
    offer_at: str = ""
    objection_at: str = ""
    reports: Sequence[ConsumerReport] = ()

    @property
    def country(self) -> str:
        """The applicant's country; unsaid, the seller's."""
        return self.application.data.get("country", "") or self.seller_country


def told(of: Given, kind: str) -> Told:
    """Return a notice in the language that is active."""
    names = {
        "reference": of.application.reference, "name": of.application.name, "seller": of.seller,
    }  # fmt: skip
    return {
        "approval": _approval, "counter_offer": _counter, "adverse": _adverse, "reasons": _adverse,
    }[kind](of, names)  # fmt: skip


def text_of(notice: Told) -> str:
    """Return a notice as the text of a mail."""
    parts = [notice.opening]
    if notice.facts:
        parts.append("\n".join(f"{label}: {value}" for label, value in notice.facts))
    if notice.reasons:
        parts.append("\n".join(f"– {one}" for one in notice.reasons))
    if notice.conditions:
        parts.append(
            "\n".join([gettext("Before the account is opened:"),
                       *(f"– {one}" for one in notice.conditions)])
        )  # fmt: skip
    return "\n\n".join([*parts, *notice.closing, gettext("Kind regards")])


def _money(minor: int, currency: str) -> str:
    return f"{words.figure(minor, currency)} {currency}"


def _granted(of: Given) -> tuple[tuple[str, str], ...]:
    found = of.decision
    return (
        (gettext("Credit limit"), _money(found.limit_minor, found.currency)),
        (gettext("Terms of payment"), of.terms),
    )


def _conditions(of: Given) -> tuple[str, ...]:
    return tuple(_condition(one, of.decision.currency) for one in of.conditions)


def _condition(one: ConditionRow, currency: str) -> str:
    said = one.text if one.kind == "other" else wording.security(one.kind)
    if one.minor is not None:
        said = f"{said}: {_money(one.minor, currency)}"
    return f"{said} ({one.text})" if one.text and one.kind != "other" else said


def _approval(of: Given, names: dict[str, str]) -> Told:
    until = of.decision.expires_on
    waits = bool(of.conditions) and until is not None
    return Told(
        kind=gettext("Credit approval"),
        subject=gettext("Your application %(reference)s is approved") % names,
        opening=gettext("we are glad to open an account for %(name)s on credit.") % names,
        facts=_granted(of),
        conditions=_conditions(of),
        closing=(
            gettext("Please meet the conditions by %(day)s.") % {"day": words.day(until)}
            if waits and until
            else gettext("You may order on these terms from today on."),
        ),
    )


def _counter(of: Given, names: dict[str, str]) -> Told:
    until = of.decision.expires_on or of.decision.decided_on
    asked = _money(of.application.requested_minor, of.application.currency)
    return Told(
        kind=gettext("Counter-offer"),
        subject=gettext("Our offer on your application %(reference)s") % names,
        opening=gettext(
            "we cannot grant the limit of %(asked)s you asked for. We can offer this instead:"
        ) % {"asked": asked},
        facts=_granted(of),
        reasons=tuple(map(wording.reason, of.decision.reasons)),
        conditions=_conditions(of),
        closing=(
            gettext("Why not more stands above. You may accept or refuse until %(day)s:")
            % {"day": words.day(until)},
            *((of.offer_at,) if of.offer_at else ()),
            *_rights(of),
        ),
    )  # fmt: skip


def _adverse(of: Given, names: dict[str, str]) -> Told:
    return Told(
        kind=gettext("Notice of action taken"),
        subject=gettext("Your application %(reference)s") % names,
        opening=gettext(
            "thank you for applying to %(seller)s. We cannot give credit to %(name)s at this time."
            " The principal reasons are:"
        ) % names,
        reasons=tuple(map(wording.reason, of.decision.reasons)),
        closing=tuple(_rights(of)),
    )  # fmt: skip


def _rights(of: Given) -> Iterator[str]:
    """Yield what an applicant may ask for, and the notice the law words itself."""
    yield from consumer_reports.told(of.reports, of.country, of.decision.decided_on)
    yield gettext(
        "You may ask us for these reasons in writing until %(day)s, and we answer within 30 days:"
        " %(seller)s, %(address)s"
    ) % {
        "day": words.day(of.reasons_until), "seller": of.seller,
        "address": ", ".join(of.seller_address.splitlines()),
    }  # fmt: skip
    if of.objection_at:
        yield gettext(
            "A human decided this, not a machine alone. You may object, say how you see it and have"
            " it looked at again:"
        )
        yield of.objection_at
    if of.seller_country in ECOA_COUNTRIES:
        yield _ECOA


# Regulation B, 12 CFR 1002.9(b)(1): the wording is the law's, so it is not translated.
_ECOA = (
    "The federal Equal Credit Opportunity Act prohibits creditors from discriminating against"
    " credit applicants on the basis of race, color, religion, national origin, sex, marital"
    " status, age (provided the applicant has the capacity to enter into a binding contract);"
    " because all or part of the applicant's income derives from any public assistance program; or"
    " because the applicant has in good faith exercised any right under the Consumer Credit"
    " Protection Act. The federal agency that administers compliance with this law concerning this"
    " creditor is the Federal Trade Commission, Equal Credit Opportunity, Washington, DC 20580."
)

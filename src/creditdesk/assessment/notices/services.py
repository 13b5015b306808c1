"""Notices given: worded, set as a page, kept, sent through the gate; and what is asked after."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.utils import translation
from django.utils.translation import gettext

from creditdesk.assessment.cases import letters as case_letters
from creditdesk.assessment.cases import queries as cases
from creditdesk.assessment.cases import tokens
from creditdesk.assessment.cases.letters import Addressee
from creditdesk.assessment.cases.models import Application, Ask
from creditdesk.assessment.cases.queries import ApplicationRow, DecisionRow
from creditdesk.assessment.cases.rules import moved
from creditdesk.assessment.evidence.queries import reports
from creditdesk.assessment.notices import letters, paper, queries, rules
from creditdesk.assessment.notices.consumer_reports import ConsumerReport
from creditdesk.assessment.notices.letters import Given, Told
from creditdesk.assessment.notices.models import Notice, Request
from creditdesk.contact import services as contact
from creditdesk.contact.letters import supported
from creditdesk.contact.rules import DraftFile
from creditdesk.controls import queries as controls
from creditdesk.controls.commands import acts_on, command
from creditdesk.invoices import issued_queries
from creditdesk.invoices.documents.values import Address, Contact, Party
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place
from creditdesk.plumbing.services import keep_file
from creditdesk.policy import queries as policies

KINDS: Final = {"approve": "approval", "counter": "counter_offer", "decline": "adverse"}
OUTCOMES: Final = ("upheld", "reopened")
TEXT_MAX: Final = 5_000
KEY_BYTES: Final = 24
_PDF: Final = "application/pdf"


@dataclass(frozen=True, slots=True)
class Noticed:
    """A notice given, and what it says."""

    id: int
    subject: str
    text: str


def give(actor: Actor, application_id: int, decision_id: int, *, kind: str = "") -> Noticed:
    """Write and queue the notice of a decision, and keep its page.

    Not a command of its own: the decision's. Without an address it is kept for the post.
    """
    of = cases.application_by_id(actor.company_id, application_id)
    decision = cases.decision(actor.company_id, decision_id)
    kind = kind or KINDS[decision.answer]
    language = supported(of.language)
    with translation.override(language):
        told = letters.told(_given(actor, of, decision, kind), kind)
        body = f"{_greeting(of)}\n\n{letters.text_of(told)}"
        file = _page(actor, of, told)
    message_id = None
    if of.email:
        to = Addressee(name=of.data.get("contact_name", ""), email=of.email)
        draft = case_letters.letter(
            of, to, subject=told.subject, body=body, purpose="statutory", files=(file,)
        )
        message_id = contact.queue(actor, [draft]).outcomes[0].message_id
    made = Notice.objects.create(
        company_id=actor.company_id,
        application_id=of.id,
        decision_id=decision.id,
        kind=kind,
        language=language,
        reasons=list(decision.reasons),
        message_id=message_id,
        file_id=file.file_id,
        noticed_on=actor.today,
        recorded_at=actor.at,
        recorded_by=actor.name,
    )
    return Noticed(made.id, told.subject, body)


@command("assessment.decide")
def give_reasons(actor: Actor, reference: str) -> int:
    """Answer a request for reasons in writing, and return the notice's id."""
    row = _locked(actor, reference)
    asked = _open_request(row, "reasons")
    [decision, *_] = cases.decisions(actor.company_id, row.id)
    given = give(actor, row.id, decision.id, kind="reasons")
    _settle(actor, asked, "given", "")
    return given.id


@command("assessment.answer")
def object_to(actor: Actor, ask_id: int, *, text: str) -> int:
    """File an applicant's objection by its signed link; return the request's id."""
    found = Ask.objects.filter(company_id=actor.company_id, id=ask_id, kind="objection").first()
    if found is None:
        raise NotFound("objection_link_unknown", "There is nothing at this address")
    application = Application.objects.select_for_update().get(id=found.application_id)
    ask = Ask.objects.select_for_update().get(id=ask_id)
    if ask.state != "open" or ask.expires_at <= actor.at:
        raise objection_late()
    request_id = _file(actor, application, "objection", text)
    ask.state, ask.answered_at = "answered", actor.at
    ask.save(update_fields=["state", "answered_at"])
    return request_id


@command("assessment.apply")
def file_request(actor: Actor, reference: str, *, kind: str, text: str = "") -> int:
    """Note that an applicant asked for reasons in writing, or objects; return the request's id.

    Conflict where reasons are asked for later than the law lets them.
    """
    row = _locked(actor, reference)
    given = queries.notices(actor.company_id, row.id)
    if kind not in ("reasons", "objection") or not given:
        raise nothing_to_ask_about()
    if kind == "reasons" and not rules.may_ask_reasons(given[0].noticed_on, actor.today):
        raise reasons_asked_late()
    return _file(actor, row, kind, text)


@command("assessment.decide")
def settle_objection(actor: Actor, reference: str, *, outcome: str, note: str) -> str:
    """Answer an objection as a human: the decision stands, or the case is opened again.

    Whoever decided does not answer it. Return how the application stands.
    """
    row = _locked(actor, reference)
    acts_on("application", [row.id])
    asked = _open_request(row, "objection")
    if outcome not in OUTCOMES or not note.strip():
        raise objection_answer_unsaid()
    [decision, *_] = cases.decisions(actor.company_id, row.id)
    if decision.recorded_by == actor.name:
        raise own_decision()
    _settle(actor, asked, outcome, note)
    if outcome == "reopened":
        row.state = moved(row.state, "reopen")
        row.decided_on = row.ended_on = row.expires_on = None
        row.save(update_fields=["state", "decided_on", "ended_on", "expires_on"])
    return row.state


def _given(actor: Actor, of: ApplicationRow, decision: DecisionRow, kind: str) -> Given:
    company = controls.company(actor.company_id)
    may_object = of.is_natural_person and kind != "approval"
    return Given(
        application=of,
        decision=decision,
        conditions=cases.conditions(actor.company_id, decision.id),
        terms=decision.terms,
        seller=company.name,
        seller_address=company.address,
        seller_country=company.country,
        reasons_until=rules.deadline(
            "reasons_window", actor.today, actor.today, met_on=None
        ).due_on,
        offer_at=_address(actor, of, "offer") if kind == "counter_offer" else "",
        objection_at=_address(actor, of, "objection") if may_object else "",
        reports=[] if kind == "approval" else _consumer_reports(of, decision),
    )


def _consumer_reports(of: ApplicationRow, decision: DecisionRow) -> list[ConsumerReport]:
    """Return the reports on persons that counted on the day of a decision, each agency's last."""
    found = reports.latest_reports(
        of.company_id, application_id=of.id, customer_id=of.customer_id, on=decision.decided_on
    )
    return [
        ConsumerReport(
            agency=one.facts.source, address=one.facts.agency_address,
            phone=one.facts.agency_phone, reported_on=one.reported_on, score=one.facts.score,
            low=one.facts.score_low, high=one.facts.score_high,
            factors=tuple(filter(None, map(str.strip, one.facts.score_factors.split(";")))),
        )
        for one in found
        if one.facts.is_consumer and one.reported_on <= decision.decided_on and not one.is_expired
    ]  # fmt: skip


def _address(actor: Actor, of: ApplicationRow, kind: str) -> str:
    """Return the address of an offer or an objection, made where there is none yet."""
    days = policies.in_force(actor.company_id, actor.today).assessment.link_days
    found, _ = Ask.objects.get_or_create(
        application_id=of.id,
        kind=kind,
        state="open",
        defaults={
            "company_id": actor.company_id,
            "key": secrets.token_urlsafe(KEY_BYTES),
            "recipient_name": of.data.get("contact_name", ""),
            "recipient": of.email,
            "asked_on": actor.today,
            "expires_at": actor.at + timedelta(days=days),
            "recorded_by": actor.name,
        },
    )
    return tokens.address_of(found.key)


def _greeting(of: ApplicationRow) -> str:
    return gettext("Dear %(name)s,") % {"name": of.data.get("contact_name") or of.name}


def _page(actor: Actor, of: ApplicationRow, told: Told) -> DraftFile:
    content = paper.page(
        told, reference=of.reference, seller=_seller(actor), buyer=_buyer(of),
        name=of.data.get("contact_name") or of.name, on=actor.today,
    )  # fmt: skip
    name = f"{of.reference}.pdf"
    digest = hashlib.sha256(content).hexdigest()
    return DraftFile(keep_file(actor, name, content), name, _PDF, digest)


def _seller(actor: Actor) -> Party:
    row = issued_queries.seller(actor.company_id, actor.today)
    if row is not None:
        return row.particulars.party
    company = controls.company(actor.company_id)
    street, _, rest = company.address.partition("\n")
    address = Address(country=company.country, street=street, extra=rest.replace("\n", ", "))
    return Party(
        name=company.name, address=address, contact=Contact("", company.phone, company.sender_email)
    )


def _buyer(of: ApplicationRow) -> Party:
    data = of.data
    address = Address(
        country=data.get("country", ""), street=data.get("street", ""),
        city=data.get("city", ""), post_code=data.get("postal_code", ""),
    )  # fmt: skip
    return Party(name=of.name, address=address)


def _locked(actor: Actor, reference: str) -> Application:
    row = (
        Application.objects.select_for_update()
        .filter(company_id=actor.company_id, reference=reference)
        .first()
    )
    if row is None:
        raise NotFound("application_unknown", "There is no such application")
    return row


def _file(actor: Actor, row: Application, kind: str, text: str) -> int:
    if kind == "objection" and not text.strip():
        raise objection_unsaid()
    if Request.objects.filter(application_id=row.id, kind=kind, settled_on=None).exists():
        raise asked_already()
    code: rules.ClockCode = "objection" if kind == "objection" else "reasons_answer"
    made = Request.objects.create(
        company_id=actor.company_id,
        application_id=row.id,
        kind=kind,
        text=text.strip()[:TEXT_MAX],
        asked_on=actor.today,
        due_on=rules.deadline(code, actor.today, actor.today, met_on=None).due_on,
        recorded_at=actor.at,
        recorded_by=actor.name,
    )
    return made.id


def _open_request(row: Application, kind: str) -> Request:
    found = (
        Request.objects.select_for_update()
        .filter(application_id=row.id, kind=kind, settled_on=None)
        .first()
    )
    if found is None:
        raise NotFound("request_unknown", "Nothing like that was asked for")
    return found


def _settle(actor: Actor, asked: Request, outcome: str, note: str) -> None:
    asked.settled_on, asked.settled_by = actor.today, actor.name
    asked.outcome, asked.note = outcome, note.strip()[:TEXT_MAX]
    asked.save(update_fields=["settled_on", "settled_by", "outcome", "note"])


def objection_late() -> Conflict:
    """Return the conflict of an objection filed twice or too late."""
    return Conflict("objection_late", "The objection was filed before, or the address has run out")


def objection_unsaid() -> Invalid:
    """Return the fault of an objection without a word."""
    return Invalid(
        "objection_unsaid", "An objection says how you see it", place=Place(field="text"),
        mend="Say it in your own words",
    )  # fmt: skip


def objection_answer_unsaid() -> Invalid:
    """Return the fault of an answer to an objection that says nothing."""
    return Invalid(
        "objection_answer_unsaid", "The answer says what was found", place=Place(field="note"),
        mend="Say it in a sentence, and choose whether the decision stands",
    )  # fmt: skip


def own_decision() -> Conflict:
    """Return the conflict of an objection answered by whoever decided."""
    return Conflict("own_decision", "An objection is answered by somebody else than who decided")


def nothing_to_ask_about() -> Conflict:
    """Return the conflict of a request before any notice."""
    return Conflict("nothing_to_ask_about", "There is no notice yet that this could be about")


def reasons_asked_late() -> Conflict:
    """Return the conflict of reasons asked for after the window."""
    return Conflict(
        "reasons_asked_late", "More than 60 days have gone since the notice; answering is optional"
    )


def asked_already() -> Conflict:
    """Return the conflict of the same request while the first is open."""
    return Conflict("asked_already", "The same was asked before and is not answered yet")

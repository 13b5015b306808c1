"""Applications taken in: begun, filled, given papers, and submitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from creditdesk.assessment.cases import papers, queries, rules
from creditdesk.assessment.cases.models import Application, CaseFile
from creditdesk.assessment.cases.papers import NewPaper
from creditdesk.assessment.cases.queries import ApplicationRow
from creditdesk.assessment.evidence import services as evidence
from creditdesk.assessment.evidence.rules.signals import Opening
from creditdesk.assessment.services import recording
from creditdesk.assessment.services.recording import NewStatement
from creditdesk.controls.commands import acts_on, command
from creditdesk.customers import queries as customers
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place
from creditdesk.kernel.money import MINOR_MAX, exponent
from creditdesk.plumbing.services import keep_file, take_references

CHANNELS: Final = ("desk", "api", "web")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApplication:
    """An application to begin: of a customer by number, or of somebody new by what `data` gives."""

    customer_class: str
    requested_minor: int
    currency: str
    data: Mapping[str, str] = field(default_factory=dict)
    customer_number: str = ""
    language: str = "en"
    channel: str = "desk"


@command("assessment.apply")
def start(actor: Actor, *, new: NewApplication) -> str:
    """Begin an application as a draft and return its reference.

    Invalid where a field cannot stand; Conflict while another one of the customer is worked on.
    """
    _require_sound(new)
    data = rules.cleaned(new.data)
    customer_id = None
    if new.customer_number:
        customer = customers.customer(actor.company_id, new.customer_number)
        customer_id = customer.id
        known = {
            "legal_name": customer.name, "street": customer.street, "city": customer.city,
            "postal_code": customer.postal_code, "country": customer.country,
            "vat_number": customer.vat_number,
        }  # fmt: skip
        data = {**{name: value for name, value in known.items() if value}, **data}
        others = queries.of_party(actor.company_id, customer_id)
        if any(one.is_open for one in others):
            raise application_under_way()
    if "legal_name" not in data:
        raise applicant_nameless()
    [reference] = take_references(actor, "APP", 1)
    row = Application.objects.create(
        company_id=actor.company_id,
        reference=reference,
        party_id=customer_id or customers.reserve_id(),
        customer_id=customer_id,
        name=data["legal_name"],
        email=data.get("contact_email", ""),
        customer_class=new.customer_class,
        channel=new.channel,
        data=data,
        requested_minor=new.requested_minor,
        currency=new.currency,
        language=new.language,
        recorded_on=actor.today,
        recorded_at=actor.at,
        recorded_by=actor.name,
    )
    acts_on("application", [row.id])
    return reference


def _require_sound(new: NewApplication) -> None:
    if new.customer_class not in rules.CLASSES:
        raise application_choice_unknown("customer_class", ", ".join(rules.CLASSES))
    if not 0 < new.requested_minor <= MINOR_MAX:
        raise amount_asked_unsound()
    try:
        exponent(new.currency)
    except (KeyError, ValueError) as error:
        raise application_choice_unknown("currency", "EUR") from error
    if new.channel not in CHANNELS:
        raise application_choice_unknown("channel", ", ".join(CHANNELS))


@command("assessment.apply")
def fill(actor: Actor, reference: str, *, data: Mapping[str, str]) -> int:
    """Set fields of an application still open, an empty one taking the field away; return how many.

    Fields not named stay as they are.
    """
    row = locked(actor, reference)
    acts_on("application", [row.id])
    return put_fields(row, data)


def put_fields(row: Application, data: Mapping[str, str]) -> int:
    """Write what a form gave into a locked application; not a command of its own."""
    if row.state not in rules.OPEN:
        raise application_over()
    given = rules.cleaned(data)
    merged = {name: value for name, value in row.data.items() if name not in data} | given
    if "legal_name" not in merged:
        raise applicant_nameless()
    different = {name for name in merged | row.data if merged.get(name) != row.data.get(name)}
    row.data, row.name = merged, merged["legal_name"]
    row.email = merged.get("contact_email", "")
    row.save(update_fields=["data", "name", "email"])
    return len(different)


def put_in(actor: Actor, row: Application) -> str:
    """Submit a locked draft; not a command of its own."""
    row.state = rules.moved(row.state, "submit")
    row.submitted_on = actor.today
    row.save(update_fields=["state", "submitted_on"])
    _look_at(actor, row)
    note_complete(actor, row)
    return row.state


def _look_at(actor: Actor, row: Application) -> None:
    """Have what was stated compared with what is known: fraud signals, and sanctions lists."""
    data = row.data
    stated = Opening(
        name=row.name,
        email=row.email,
        phone=data.get("contact_phone", ""),
        street=data.get("street", ""),
        postal_code=data.get("postal_code", ""),
        city=data.get("city", ""),
        country=data.get("country", ""),
        vat_number=data.get("vat_number", ""),
    )
    evidence.look_at_opening(actor, stated, application_id=row.id, customer_id=row.customer_id)
    people = (row.name, data.get("owner_name", ""), data.get("contact_name", ""))
    evidence.screen_application(actor, row.id, people)


def note_complete(actor: Actor, row: Application) -> bool:
    """Note the day on which nothing was missing any more; return whether that is so now."""
    if row.complete_on is None and row.submitted_on is not None:
        found = queries.application_by_id(actor.company_id, row.id)
        if not queries.missing(found):
            row.complete_on = actor.today
            row.save(update_fields=["complete_on"])
    return row.complete_on is not None


@command("assessment.apply")
def keep_paper(actor: Actor, reference: str, *, paper: NewPaper) -> int:
    """Put a paper into the case and return its id; the same one again changes nothing."""
    row = locked(actor, reference)
    return put_paper(actor, row, paper, ask_id=None)


@command("assessment.record")
def record_figures(actor: Actor, reference: str, *, row: NewStatement) -> int:
    """Keep a financial statement of an applicant, who may be no customer yet; return 1."""
    of = locked(actor, reference)
    if of.state not in rules.OPEN:
        raise application_over()
    recording.refuse_unsound(actor, row.sheet)
    count = recording.put(actor, [replace(row, customer_id=of.party_id)])
    note_complete(actor, of)
    return count


def put_paper(actor: Actor, row: Application, paper: NewPaper, *, ask_id: int | None) -> int:
    """Write a paper into a locked case; not a command of its own."""
    if row.state not in rules.OPEN:
        raise application_over()
    sound = papers.checked(paper)
    if sound.kind not in rules.DOCUMENTS:
        raise application_choice_unknown("kind", ", ".join(rules.DOCUMENTS))
    mine = CaseFile.objects.filter(application_id=row.id)
    if mine.count() >= papers.FILES_MAX:
        raise papers.papers_too_many()
    file_id = keep_file(actor, sound.name, sound.content)
    kept, _ = CaseFile.objects.get_or_create(
        application_id=row.id,
        kind=sound.kind,
        file_id=file_id,
        defaults={
            "company_id": actor.company_id,
            "ask_id": ask_id,
            "name": sound.name,
            "size_bytes": len(sound.content),
            "recorded_at": actor.at,
            "recorded_by": actor.name,
        },
    )
    note_complete(actor, row)
    return kept.id


def locked(actor: Actor, reference: str) -> Application:
    """Return an application of the company under lock; NotFound otherwise."""
    return _one(actor, reference=reference)


def locked_by_id(actor: Actor, application_id: int) -> Application:
    """Return an application of the company under lock, by its id."""
    return _one(actor, id=application_id)


def _one(actor: Actor, **which: Any) -> Application:  # noqa: ANN401 - a filter's value
    row = (
        Application.objects.select_for_update().filter(company_id=actor.company_id, **which).first()
    )
    if row is None:
        raise NotFound("application_unknown", "There is no such application")
    return row


def seen(actor: Actor, row: Application) -> ApplicationRow:
    """Return a locked application as queries give it."""
    return queries.application_by_id(actor.company_id, row.id)


def application_under_way() -> Conflict:
    """Return the conflict of a second application while one is worked on."""
    return Conflict("application_under_way", "Another application of this customer is open")


def application_over() -> Conflict:
    """Return the conflict of a change once an application has ended."""
    return Conflict("application_over", "The application has ended; nothing is added to it")


def applicant_nameless() -> Invalid:
    """Return the fault of an application without a name."""
    return Invalid(
        "applicant_nameless",
        "An application names the applicant",
        place=Place(field="legal_name"),
        mend="Fill in the legal name",
    )


def amount_asked_unsound() -> Invalid:
    """Return the fault of a limit that cannot be asked for."""
    return Invalid(
        "amount_asked_unsound",
        "The limit asked for is above zero",
        place=Place(field="requested"),
        mend="Write it as 1234.50",
    )


def application_choice_unknown(name: str, known: str) -> Invalid:
    """Return the fault of a value that is none of those known."""
    return Invalid(
        "application_choice_unknown",
        "The value is none of those known",
        place=Place(field=name),
        mend=known,
    )

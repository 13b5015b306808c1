"""What tests of applications say: an application, its form, a sound statement, a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from creditdesk.assessment.cases import queries, services
from creditdesk.assessment.cases.queries import ApplicationRow
from creditdesk.assessment.cases.rules import NewDecision
from creditdesk.assessment.cases.services import NewApplication, NewReference
from creditdesk.assessment.rules import sheet_of
from creditdesk.assessment.services import NewStatement, recording
from creditdesk.kernel.actor import Actor
from tests.assessment.test_statement_rules import PAPER
from tests.controls import people

FORM = {
    "legal_name": "Brightwater Tools Ltd",
    "legal_form": "Ltd",
    "street": "Mill Lane 4",
    "postal_code": "20095",
    "city": "Hamburg",
    "country": "DE",
    "contact_name": "Rosa Field",
    "contact_email": "rosa@brightwater.example",
    "monthly_purchases": "20000",
    "reference_1_name": "Ashford Steel",
    "reference_1_email": "credit@ashford.example",
}


def person(actor: Actor, name: str = "edward", role: str = "analyst") -> Actor:
    """Somebody with an account and a role in the actor's company."""
    return people.person(actor, name, role)


def applied(
    actor: Actor,
    *,
    minor: int = 1_000_000,
    of_class: str = "small",
    form: Mapping[str, str] | None = None,
    currency: str = "EUR",
) -> ApplicationRow:
    """An application as a draft."""
    new = NewApplication(
        customer_class=of_class, requested_minor=minor, currency=currency,
        data={**FORM, **(form or {})},
    )  # fmt: skip
    return queries.application(actor.company_id, services.start(actor, new=new))


def again(of: ApplicationRow) -> ApplicationRow:
    """The application as it stands now."""
    return queries.application(of.company_id, of.reference)


def stated(actor: Actor, of: ApplicationRow, changes: Mapping[str, int] | None = None) -> None:
    """A statement of the last year: equity 250 thousand, class A."""
    typed = {code: Decimal(value) for code, value in {**PAPER, **(changes or {})}.items()}
    sheet = sheet_of(typed, period_end=date(2025, 12, 31), months=12, currency="EUR", unit=1_000)
    recording.put(actor, [NewStatement(customer_id=of.party_id, sheet=sheet)])


def referred(actor: Actor, of: ApplicationRow, *, days_late: int = 0, again: bool = True) -> None:
    """The first referee named answers."""
    services.ask_references(actor, of.reference)
    for one in queries.asks(of.company_id, of.id):
        if one.kind == "reference" and one.state == "open":
            services.answer_reference(
                actor, one.id,
                new=NewReference(years_known=3, highest_minor=2_000_000, currency="EUR",
                                 days_late=days_late, would_again=again),
            )  # fmt: skip


def decision(answer: str = "approve", minor: int = 1_000_000, **more: object) -> NewDecision:
    """A decision in short."""
    plain: dict[str, object] = {
        "answer": answer,
        "limit_minor": 0 if answer == "decline" else minor,
        "terms": "" if answer == "decline" else "net30",
        "explanation": "Looked at the whole case.",
    }
    return NewDecision(**{**plain, **more})  # type: ignore[arg-type]

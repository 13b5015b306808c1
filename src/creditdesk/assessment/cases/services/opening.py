"""What a decision grants, once everything is met: the account, its terms and its limit."""

from __future__ import annotations

from typing import Final

from creditdesk.assessment.cases import queries, rules
from creditdesk.assessment.cases.models import Application, Condition
from creditdesk.assessment.cases.queries import DecisionRow
from creditdesk.assessment.cases.services.taking import locked_by_id
from creditdesk.controls.commands import command
from creditdesk.credit import services as credit
from creditdesk.credit.rules import NewLimit
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewContact, NewCustomer
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, NotFound
from creditdesk.plumbing.services import take_references

NUMBER_PREFIX: Final = "C"


@command("assessment.decide")
def meet_condition(actor: Actor, reference: str, condition_id: int, *, note: str = "") -> str:
    """Note that a condition is met; the last one opens the account. Return how it stands then."""
    found = queries.application(actor.company_id, reference)
    row = locked_by_id(actor, found.id)
    condition = (
        Condition.objects.filter(
            company_id=actor.company_id, id=condition_id, decision__application_id=row.id
        )
        .select_for_update()
        .first()
    )
    if condition is None:
        raise NotFound("condition_unknown", "There is no such condition")
    if condition.met_on is not None:
        raise Conflict("condition_met", "The condition was met before")
    if row.state not in ("decided", "counter_offer"):
        raise Conflict("condition_too_late", "The application has ended meanwhile")
    condition.met_on, condition.met_by, condition.note = actor.today, actor.name, note[:500]
    condition.save(update_fields=["met_on", "met_by", "note"])
    if row.state == "decided":
        open_if_met(actor, row)
    return row.state


def open_if_met(actor: Actor, row: Application) -> bool:
    """Open the account of a decided, locked application if no condition is left; say whether."""
    [decision, *_] = queries.decisions(actor.company_id, row.id)
    if any(one.met_on is None for one in queries.conditions(actor.company_id, decision.id)):
        return False
    row.state = rules.moved(row.state, "open")
    row.customer_id = _opened(actor, row, decision)
    row.ended_on = actor.today
    row.save(update_fields=["state", "customer_id", "ended_on"])
    return True


def _opened(actor: Actor, row: Application, decision: DecisionRow) -> int:
    """Open the account under the id kept for it, or take the one there is; return its id."""
    if row.customer_id is None:
        _open_new(actor, row, decision)
    elif decision.terms:
        customers.grant_terms(
            actor, row.party_id, terms_code=decision.terms, valid_from=actor.today
        )
    credit.take_over_limits(
        actor,
        [
            NewLimit(
                customer_id=row.party_id,
                minor=decision.limit_minor,
                currency=decision.currency,
                valid_from=actor.today,
                reason=row.reference,
            )
        ],
        policy_version=decision.policy_version,
    )
    return row.party_id


def _open_new(actor: Actor, row: Application, decision: DecisionRow) -> None:
    [number] = take_references(actor, NUMBER_PREFIX, 1)
    data = row.data
    person = NewContact(
        name=data.get("contact_name", ""),
        email=row.email,
        phone=data.get("contact_phone", ""),
        is_primary=True,
    )
    new = NewCustomer(
        number=number,
        name=row.name,
        currency=row.currency,
        country=data.get("country", ""),
        language=row.language,
        street=data.get("street", ""),
        postal_code=data.get("postal_code", ""),
        city=data.get("city", ""),
        vat_number=data.get("vat_number", ""),
        segment=row.customer_class,
        terms_code=decision.terms,
        contacts=(person,) if person.name or person.email else (),
        reserved_id=row.party_id,
    )
    if number not in customers.ensure(actor, [new]):
        raise Conflict("number_taken_meanwhile", "The number of the new account is taken")

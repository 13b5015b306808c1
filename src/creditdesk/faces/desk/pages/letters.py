"""Writing to a customer: the letter and the gate's verdict are seen before it is queued."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from creditdesk.collections import queries as collections
from creditdesk.collections import services as collections_services
from creditdesk.collections import wording
from creditdesk.contact import services as contact_services
from creditdesk.contact.rules import Draft, DraftItem
from creditdesk.contact.services import Examined
from creditdesk.customers import queries as customers
from creditdesk.customers.queries import ContactRow, CustomerRow
from creditdesk.faces.desk import forms, requests, verdicts
from creditdesk.faces.desk.forms import Field
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.invoices import queries as invoices
from creditdesk.invoices.queries import OpenItemRow
from creditdesk.policy import queries as policies

TONES = ("friendly", "firm", "final")
# The reminder that a run would write: its wording, its step and its fee.
LADDER = "ladder"
PAY_WITHIN_DAYS = 7


@require_http_methods(["GET", "POST"])
def email(request: HttpRequest, number: str) -> HttpResponse:
    """Show the letter and the gate's verdict first; queue it only when it was seen."""
    desk = requests.of(request)
    customer = customers.customer(desk.company.id, number)
    items = invoices.open_items(desk.company.id, customer_ids=[customer.id])
    late = [one for one in items if one.due_on < desk.actor.today]
    asked = _asked(desk)
    if request.method == "POST" and "send" in request.POST:
        if asked.is_ladder:
            _remind(desk, customer, asked)
        else:
            _queue(desk, _drafts(desk, customer, late, asked))
        back = forms.way_back(request, reverse("customer", args=[number]))
        return HttpResponseRedirect(back, status=303)
    due = collections_services.preview_reminder(
        desk.actor, customer.id, contact_id=_chosen_id(desk, customer, asked)
    )
    is_due = asked.is_ladder and bool(due)
    shown = due if is_due else examined(desk, _drafts(desk, customer, late, asked))
    letters = [_letter(one) for one in shown]
    context = {
        "customer": customer,
        "asked": asked,
        "fields": _letter_fields(desk, customer, asked, due),
        "letters": letters,
        "may_go": any(one.will_go for one in letters),
        "may_send": desk.actor.may("contact.send"),
        "next": forms.way_back(request, reverse("customer", args=[number])),
    }
    return render(request, "desk/collecting/email.html", context)


@dataclass(frozen=True, slots=True)
class Asked:
    """The letter that is asked for: ours in a tone, or a person's own words."""

    tone: str = "friendly"
    contact_id: str = ""
    subject: str = ""
    body: str = ""

    @property
    def is_ladder(self) -> bool:
        """Whether the reminder a run would write is asked for; a text of one's own goes before."""
        return self.tone == LADDER and not self.body


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it would go out, with its verdict."""

    examined: Examined
    card: verdicts.Card
    total_minor: int

    @property
    def will_go(self) -> bool:
        """Whether the gate lets it pass, now or at its hour."""
        return self.examined.letter is not None


def _asked(request: DeskRequest) -> Asked:
    values = request.POST if request.method == "POST" else request.GET
    tone = values.get("tone", "friendly")
    return Asked(
        tone=tone if tone in (*TONES, LADDER) else "friendly",
        contact_id=values.get("contact", "")[:20],
        subject=values.get("subject", "").replace("\0", "").strip()[:200],
        body=values.get("body", "").replace("\0", "").strip()[: forms.TEXT_LENGTH_MAX],
    )


def _letter_fields(
    request: DeskRequest, customer: CustomerRow, asked: Asked, due: Sequence[Examined]
) -> list[Field]:
    people = [
        one for one in customers.contacts(request.company.id, customer.id)
        if one.is_active and one.email
    ]  # fmt: skip
    names = {
        "friendly": gettext("Friendly"), "firm": gettext("Firm"), "final": gettext("Final"),
    }  # fmt: skip
    return [
        Field(
            "contact",
            gettext("To"),
            asked.contact_id,
            "select",
            options=tuple((str(one.id), f"{one.name}, {one.email}") for one in people),
        ),
        Field(
            "tone",
            gettext("Tone"),
            asked.tone,
            "select",
            options=(*((one, names[one]) for one in TONES), *_by_ladder(request, due)),
        ),
        Field(
            "subject",
            gettext("Own subject"),
            asked.subject,
            hint=gettext("Only with a text of your own"),
        ),
        Field(
            "body",
            gettext("Own text"),
            asked.body,
            "textarea",
            hint=gettext("Empty: the letter is written from the overdue invoices"),
        ),
    ]


def _by_ladder(request: DeskRequest, due: Sequence[Examined]) -> list[tuple[str, str]]:
    """Return the choice of the reminder that is due, where there is one and they may send it."""
    if not due or not request.actor.may("collections.run"):
        return []
    step = wording.step(due[0].draft.step)
    return [(LADDER, gettext("As the ladder has it: %(step)s") % {"step": step})]


def _drafts(
    request: DeskRequest, customer: CustomerRow, late: Sequence[OpenItemRow], asked: Asked
) -> list[Draft]:
    person = _person(request, customer, asked.contact_id)
    return drafts_of(request, customer, late, asked, person)


def drafts_of(
    request: DeskRequest,
    customer: CustomerRow,
    late: Sequence[OpenItemRow],
    asked: Asked,
    person: ContactRow | None,
) -> list[Draft]:
    """Return a draft for each currency that is late; a text of one's own may go without any."""
    currencies = list(dict.fromkeys(one.currency for one in late))
    if asked.body:
        currencies = currencies[:1] or [customer.currency]
    return [
        Draft(
            customer_id=customer.id,
            customer_name=customer.name,
            recipient=person.email if person else "",
            recipient_name=person.name if person else "",
            contact_id=person.id if person else None,
            purpose="collection" if late else "service",
            tone=asked.tone if asked.tone in TONES else "friendly",
            language=(person.language if person else "") or customer.language,
            country=customer.country,
            currency=currency,
            pay_by=request.actor.today + timedelta(days=PAY_WITHIN_DAYS),
            subject=asked.subject or gettext("Your account"),
            body=asked.body,
            items=tuple(_draft_item(request, one) for one in late if one.currency == currency),
        )
        for currency in currencies
    ]


def _draft_item(request: DeskRequest, item: OpenItemRow) -> DraftItem:
    late_days = (request.actor.today - item.due_on).days
    return DraftItem(item.item_id, item.number, item.due_on, late_days, item.open_minor)


def _person(request: DeskRequest, customer: CustomerRow, contact_id: str) -> ContactRow | None:
    primary = customers.primary_contacts(request.company.id, [customer.id])
    return _chosen(request, customer, contact_id) or primary.get(customer.id)


def _chosen(request: DeskRequest, customer: CustomerRow, contact_id: str) -> ContactRow | None:
    people = customers.contacts(request.company.id, customer.id)
    return next((one for one in people if str(one.id) == contact_id and one.is_active), None)


def _chosen_id(request: DeskRequest, customer: CustomerRow, asked: Asked) -> int | None:
    person = _chosen(request, customer, asked.contact_id)
    return person.id if person else None


def examined(request: DeskRequest, drafts: Sequence[Draft]) -> list[Examined]:
    """Return each draft with the gate's answer; nothing is written."""
    actor = request.actor
    return contact_services.examine(
        actor,
        drafts,
        policy=policies.in_force(actor.company_id, actor.today),
        bank=collections.bank_fact(actor.company_id, actor.today),
    )


def _letter(one: Examined) -> Letter:
    kept = set(one.verdict.item_ids)
    return Letter(
        one,
        verdicts.card(one.verdict.reasons, allowed=one.verdict.allowed),
        sum(item.open_minor for item in one.draft.items if item.item_id in kept),
    )


def _queue(request: DeskRequest, drafts: Sequence[Draft]) -> None:
    """Queue the letters past the gate, and say what became of them."""
    actor = forms.acting(request)
    bank = collections.bank_fact(actor.company_id, actor.today)
    result = contact_services.queue(actor, drafts, bank=bank)
    if result.queued:
        messages.success(request, gettext("Queued; it leaves with the next sending"))
    else:
        messages.warning(request, gettext("Not queued: the gate did not let it pass"))


def _remind(request: DeskRequest, customer: CustomerRow, asked: Asked) -> None:
    """Queue the reminder that the ladder has due, and say what became of it."""
    done = collections_services.remind(
        forms.acting(request),
        customer_id=customer.id,
        contact_id=_chosen_id(request, customer, asked),
    )
    if done.held_reason:
        messages.warning(request, wording.held_reason(done.held_reason))
    elif done.queued:
        messages.success(request, gettext("Queued; it leaves with the next sending"))
    elif done.refused:
        messages.warning(request, gettext("Not queued: the gate did not let it pass"))
    else:
        messages.info(request, gettext("The ladder has no reminder due for them today"))


urlpatterns = [path("customers/<path:number>/email", email, name="customer-email")]

"""Approvals: what waits for me, what I asked for, what became of it; and the decision itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.controls import queries as controls
from creditdesk.controls import services as control_services
from creditdesk.controls import wording
from creditdesk.controls.commands import preview
from creditdesk.controls.queries import RequestRow
from creditdesk.controls.services import Decided
from creditdesk.faces.desk import faults, forms, lists, requests
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.invoices import wording as invoice_words
from creditdesk.kernel.errors import Conflict, Invalid
from creditdesk.ledger import wording as periods
from creditdesk.look import words as look_words
from creditdesk.look.shapes import Tone
from creditdesk.look.tags.figures import money_text

STORED_MAX = 20
VIEWS = ("me", "mine", "waiting", "done")
TONES: dict[str, Tone] = {
    "waiting": "info",
    "done": "good",
    "failed": "bad",
    "refused": "bad",
    "expired": "warn",
}


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request in words."""

    row: RequestRow
    title: str
    state: str
    tone: Tone
    who: str
    href: str
    customer: str


@dataclass(frozen=True, slots=True)
class View:
    """A saved view: its filter, its name, how many stand there."""

    value: str
    label: str
    count: int


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show the requests of one view; without one, what waits for the reader if anything does."""
    desk = requests.of(request)
    rows = controls.requests(desk.company.id, desk.actor.at)
    by_view = {
        "me": [row for row in rows if row.waits_for(desk.actor)],
        "mine": [row for row in rows if row.asked_by_id == desk.actor.user_id],
        "waiting": [row for row in rows if row.state == "waiting"],
        "done": [row for row in rows if row.state != "waiting"],
    }
    view = lists.choice(request, "view", VIEWS, "me" if by_view["me"] else "waiting")
    labels = {
        "me": gettext("Wait for me"),
        "mine": gettext("Asked by me"),
        "waiting": gettext("All that wait"),
        "done": gettext("Decided"),
    }
    context = {
        "view": view,
        "views": [View(one, labels[one], len(by_view[one])) for one in VIEWS],
        "lines": [_line(row) for row in by_view[view]],
        "is_empty": not rows,
    }
    return render(request, "desk/approvals/list.html", context)


def _line(row: RequestRow) -> RequestLine:
    customer = str(row.about.get("customer", ""))
    invoice = str(row.about.get("invoice", ""))
    address = reverse("customer", args=[customer]) if customer else ""
    return RequestLine(
        row=row,
        title=_title(row),
        state=wording.state(row.state),
        tone=TONES.get(row.state, ""),
        who=wording.who_approves(row.permission),
        href=_href(row, invoice, address),
        customer=str(row.about.get("customer_name", ""))
        or (gettext("What it would change") if row.command == "policy.submit" else ""),
    )


def _href(row: RequestRow, invoice: str, customer: str) -> str:
    """Return where what is asked about stands: the policy asked for, the invoice, the customer."""
    if row.command == "policy.submit":
        return reverse("policy-asked", args=[row.reference])
    if row.about.get("order"):
        return reverse("order", args=[str(row.about["order"])])
    return reverse("invoice", args=[invoice]) if invoice else customer


def _title(row: RequestRow) -> str:
    about = row.about
    if row.command == "credit.set_limit":
        return gettext("Credit limit of %(customer)s: %(amount)s") % {
            "customer": about["customer_name"],
            "amount": money_text(about["minor"], about["currency"]),
        }
    if row.permission == "invoices.approve_credit":
        return gettext("Credit note of %(amount)s for %(customer)s") % {
            "amount": money_text(about["minor"], about["currency"]),
            "customer": about["customer_name"],
        }
    if row.command == "invoices.write_off":
        return gettext("Write-off of %(amount)s for %(customer)s") % {
            "amount": money_text(about["minor"], about["currency"]),
            "customer": about["customer_name"],
        }
    if row.command == "controls.ask_exception":
        return gettext("%(user)s may do both until %(until)s: %(pair)s") % {
            "user": about["user"],
            "until": about["valid_until"],
            "pair": wording.pair(int(about["pair"])),
        }
    return _title_of_rules(row)


def _title_of_rules(row: RequestRow) -> str:
    about = row.about
    said = {
        "orders.release": gettext("Release of order %(order)s of %(customer)s: %(amount)s"),
        "treasury.approve_refund": gettext("Refund %(refund)s to %(customer)s: %(amount)s"),
    }.get(row.command if "minor" in about else "")
    if said:
        return said % {
            "order": about.get("order", ""),
            "refund": about.get("refund", ""),
            "customer": about["customer_name"],
            "amount": money_text(about["minor"], about["currency"]),
        }
    if row.command == "ledger.reopen_period":
        return gettext("Reopen the period from %(first)s to %(last)s") % {
            "first": _day(about["first_on"]),
            "last": _day(about["last_on"]),
        }
    if row.command == "cash.count_till":
        return gettext("Difference of the till of %(amount)s, because: %(reason)s") % {
            "amount": money_text(about["minor"], about["currency"]),
            "reason": about["reason"],
        }
    if row.command == "policy.submit":
        return gettext("Credit policy from %(day)s") % {"day": _day(about["policy_from"])}
    return row.command


def _day(value: object) -> str:
    """Return a day as it is kept in a request in the reader's form."""
    return look_words.day(date.fromisoformat(str(value)))


@require_safe
def page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a request, what people said to it, and what can be said now."""
    desk = requests.of(request)
    return render(request, "desk/approvals/page.html", _page(desk, reference))


def _page(request: DeskRequest, reference: str) -> dict[str, object]:
    row = controls.request(request.company.id, reference, request.actor.at)
    return {
        "line": _line(row),
        "row": row,
        "facts": _facts(row),
        "stored": _stored(row.arguments),
        "votes": controls.votes(row.id),
        "may_decide": row.waits_for(request.actor),
        "may_withdraw": row.state == "waiting" and row.asked_by_id == request.actor.user_id,
        "why_not": _why_not(request, row),
        "outcome": (row.outcome or {}).get("message") or (row.outcome or {}).get("reason", ""),
    }


def _why_not(request: DeskRequest, row: RequestRow) -> str:
    if row.state != "waiting" or row.waits_for(request.actor):
        return ""
    if row.asked_by_id == request.actor.user_id:
        return gettext("You asked for it, so somebody else decides.")
    if request.actor.user_id in row.barred:
        return gettext("It is about you, so somebody else decides.")
    if request.actor.user_id in row.voters:
        return gettext("You have approved it; it waits for one more person.")
    return gettext("It is decided by %(who)s.") % {"who": wording.who_approves(row.permission)}


def _facts(row: RequestRow) -> list[tuple[str, str]]:
    """Return what is decided on, as names and values."""
    about = row.about
    found = []
    if about.get("before_minor") is not None:
        before = money_text(about["before_minor"], about["before_currency"])
        found.append((gettext("Limit now"), before))
    found += _invoices(about)
    if "minor" in about:
        name = gettext("Limit asked for") if "valid_from" in about else gettext("Amount")
        found.append((name, money_text(about["minor"], about["currency"])))
    if "credited_minor" in about:
        whole = money_text(about["credited_minor"], about["currency"])
        found.append((gettext("Credited with it in all"), whole))
    found += _loss(about)
    if about.get("valid_from"):
        found.append((gettext("From"), _day(about["valid_from"])))
    if about.get("valid_until"):
        found.append((gettext("Until"), _day(about["valid_until"])))
    if row.permission == "ledger.approve_reopen":
        found.append((gettext("Status"), periods.status(str(about["status"]))[0]))
    if int(about.get("count", 1)) > 1:
        found.append((gettext("Records in the request"), str(about["count"])))
    return found


def _invoices(about: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the invoice a request is about, and how many with it."""
    if not about.get("invoice"):
        return []
    number, more = str(about["invoice"]), int(about.get("count", 1)) - 1
    named = gettext("%(invoice)s and %(more)s more") % {"invoice": number, "more": more}
    return [(gettext("Invoice"), named if more > 0 else number)]


def _loss(about: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what a write-off comes to with those before it, and why it is asked for."""
    if "written_off_minor" not in about:
        return []
    whole = money_text(about["written_off_minor"], about["currency"])
    return [
        (gettext("Written off with it in all"), whole),
        (gettext("Why"), invoice_words.because(str(about["because"]))),
    ]


def _stored(arguments: Mapping[str, Any], under: str = "") -> list[tuple[str, str]]:
    """Return every argument the command runs with, as it is kept, parts under their whole."""
    found: list[tuple[str, str]] = []
    for name, value in arguments.items():
        full = f"{under}{name}"
        if isinstance(value, Mapping):
            found += _stored(value, f"{full}.")
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            for place, part in enumerate(value[:STORED_MAX], start=1):
                found += _stored(part, f"{full}[{place}].")
            if len(value) > STORED_MAX:
                found.append((full, f"… {len(value)}"))
        else:
            found.append((full, str(value) if value not in (None, "") else "–"))
    return found


@require_POST
def approve(request: HttpRequest, reference: str) -> HttpResponse:
    """Approve a request: first show what it would do, then do it."""
    desk = requests.of(request)
    try:
        if "confirmed" in request.POST:
            decided = control_services.approve(desk.actor, reference)
            _tell(request, decided)
            return _back(reference)
        with preview():
            decided = control_services.approve(desk.actor, reference)
    except Conflict as error:
        context = {**_page(desk, reference), "form_error": faults.sentence(error)}
        return render(request, "desk/approvals/page.html", context, status=409)
    context = {**_page(desk, reference), "preview": decided}
    return render(request, "desk/approvals/page.html", context)


def _tell(request: HttpRequest, decided: Decided) -> None:
    named = {"reference": decided.reference}
    if decided.state == "done":
        messages.success(request, gettext("%(reference)s is approved and done") % named)
    elif decided.state == "waiting":
        said = gettext("%(reference)s is approved by you and waits for one more person")
        messages.success(request, said % named)
    else:
        said = gettext("%(reference)s is approved, but could not be done any more")
        messages.warning(request, said % named)


@require_POST
def refuse(request: HttpRequest, reference: str) -> HttpResponse:
    """Refuse a request with a reason."""
    desk = requests.of(request)
    try:
        control_services.refuse(desk.actor, reference, reason=forms.text(request, "reason"))
    except (Invalid, Conflict) as error:
        context = {**_page(desk, reference), "form_error": faults.sentence(error)}
        status = 409 if isinstance(error, Conflict) else 422
        return render(request, "desk/approvals/page.html", context, status=status)
    messages.success(request, gettext("%(reference)s is refused") % {"reference": reference})
    return _back(reference)


@require_POST
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """Take one's own request back."""
    control_services.withdraw(requests.of(request).actor, reference)
    messages.success(request, gettext("%(reference)s is withdrawn") % {"reference": reference})
    return _back(reference)


def _back(reference: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("approval", args=[reference]), status=303)


urlpatterns = [
    path("approvals/", listing, name="approvals"),
    path("approvals/<str:reference>/approve", approve, name="approval-approve"),
    path("approvals/<str:reference>/refuse", refuse, name="approval-refuse"),
    path("approvals/<str:reference>/withdraw", withdraw, name="approval-withdraw"),
    path("approvals/<str:reference>/", page, name="approval"),
]

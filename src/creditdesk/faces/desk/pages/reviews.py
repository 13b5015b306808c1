"""Reviews of customers: the list, one with what changed and what is proposed, and its decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from babel.dates import format_skeleton
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditdesk.assessment.evidence import wording as evidence_wording
from creditdesk.assessment.reviews import queries, rules, services, wording
from creditdesk.assessment.reviews.queries import BEFORE, NOW, ReviewPage, ReviewRow
from creditdesk.assessment.reviews.rules import Deciding
from creditdesk.customers import queries as customers
from creditdesk.faces.desk import confirming, forms, lists, requests, words
from creditdesk.faces.desk.forms import Field
from creditdesk.faces.desk.lists import Column
from creditdesk.faces.desk.pages.limits import answered
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Place
from creditdesk.kernel.money import from_minor
from creditdesk.look import words as look_words
from creditdesk.look.shapes import Tone, TrendPoint, TrendSeries
from creditdesk.look.tags.figures import money_text

TONES: Final[Mapping[str, Tone]] = {"keep": "good", "raise": "info", "lower": "warn",
                                    "withdraw": "bad"}  # fmt: skip
# In the order a review is read.
READINGS: Final = (
    "owed", "highest", "limit", "limits_set", "bought", "days_late", "oldest_days", "broken",
    "returned", "disputed", "covered", "held", "blocked", "statements", "reports", "changed",
    "bank",
)  # fmt: skip
ALWAYS: Final = frozenset({"owed", "highest", "limit", "bought", "days_late", "oldest_days"})
MORE_IS_WORSE: Final = frozenset(
    {"days_late", "oldest_days", "broken", "returned", "disputed", "held", "blocked"}
)


@dataclass(frozen=True, slots=True)
class Line:
    """A review in words."""

    row: ReviewRow
    answer: str
    tone: Tone
    state: str
    cause: str
    choice: str


@dataclass(frozen=True, slots=True)
class View:
    """A saved view: its filter, its name, how many stand there."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class ReadingShown:
    """A figure then and now, with the page its documents stand on."""

    name: str
    before: str
    now: str
    note: str
    href: str
    tone: str


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show the reviews that are due, open or decided; or give them as a file."""
    desk = requests.of(request)
    sorts = [sign + key for key in queries.SORTS for sign in ("", "-")]
    ask = lists.asked(request, sorts=sorts, sort="due_on")
    state = lists.choice(request, "state", ("", *rules.STATES), "open")
    answer = lists.choice(request, "answer", rules.ANSWERS)

    def fetch(page: int, size: int) -> ReviewPage:
        return queries.listing(
            desk.company.id, on=desk.actor.today, state=state, answer=answer, text=ask.text,
            sort=ask.sort, page=page, size=size,
        )  # fmt: skip

    if ask.format:
        every = (_line(desk, row) for row in lists.every(fetch))
        return lists.export(desk, _columns(), every, name="reviews", form=ask.format)
    shown = fetch(ask.page, lists.PER_PAGE)
    counts = queries.counts(desk.company.id, desk.actor.today)
    context = {
        "lines": [_line(desk, row) for row in shown.rows],
        "mark": lists.mark(shown),
        "ask": ask,
        "state": state,
        "answer": answer,
        "answers": [(one, wording.answer(one)) for one in rules.ANSWERS],
        "views": [
            *(View(one, wording.state(one).capitalize(), counts[one]) for one in rules.STATES),
            View("", gettext("All"), counts["open"] + counts["decided"]),
        ],
        "is_filtered": bool(answer or ask.text or state != "open"),
    }
    return lists.show(desk, "desk/reviews/list.html", "desk/reviews/_rows.html", context)


def _columns() -> list[Column[Line]]:
    def of(line: Line) -> str:
        return line.row.currency

    return [
        Column("reference", gettext("Review"), lambda line: line.row.reference),
        Column("number", gettext("Number"), lambda line: line.row.customer_number),
        Column("customer", gettext("Customer"), lambda line: line.row.customer_name),
        Column("cause", gettext("Why"), lambda line: line.cause),
        Column("due_on", gettext("Due"), lambda line: line.row.due_on, "date"),
        Column("state", gettext("State"), lambda line: line.state),
        Column("risk_class", gettext("Class"), lambda line: line.row.risk_class),
        Column("currency", gettext("Currency"), of),
        Column("current", gettext("Limit"), lambda line: line.row.current_minor, "money", of),
        Column("used", gettext("Used"), lambda line: line.row.used_minor, "money", of),
        Column("answer", gettext("Proposal"), lambda line: line.answer),
        Column("proposed", gettext("Proposed"), lambda line: line.row.proposed_minor, "money", of),
        Column("choice", gettext("Decision"), lambda line: line.choice),
        Column("decided", gettext("Limit asked for"), lambda line: line.row.decided_minor, "money",
               of),
        Column("decided_on", gettext("Decided on"), lambda line: line.row.decided_on, "date"),
        Column("decided_by", gettext("Decided by"), lambda line: line.row.decided_by),
        Column("request", gettext("Request"), lambda line: line.row.request_reference),
        Column("reason", gettext("Reason"), lambda line: line.row.reason),
    ]  # fmt: skip


def _line(desk: DeskRequest, row: ReviewRow) -> Line:
    is_due = row.state == "open" and row.due_on <= desk.actor.today
    return Line(
        row,
        wording.answer(row.answer),
        TONES.get(row.answer, ""),
        wording.state("due" if is_due else row.state),
        wording.cause(row.cause),
        wording.choice(row.choice),
    )


# -- one review ----------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a review; posted, show what a decision would do, and then decide."""
    desk = requests.of(request)
    row = queries.review(desk.company.id, reference)
    if desk.method != "POST":
        return render(desk, "desk/reviews/page.html", _context(desk, row))

    def act(actor: Actor, new: Deciding, _reason: str, _expected: int | None) -> services.Decided:
        return services.decide(actor, reference, new=new, seen=forms.text(desk, "seen"))

    nothing = Deciding(choice="accept")
    tried = confirming.attempt(
        desk, nothing, lambda: _deciding(desk, row), act, wants_reason=False, tells_refusals=True
    )
    if tried.done is not None:
        messages.success(desk, _said(tried.done))
        return HttpResponseRedirect(reverse("review", args=[reference]), status=303)
    context = _context(desk, queries.review(desk.company.id, reference))
    context |= {
        "shown": tried.shown,
        "shown_said": _would(tried.shown) if tried.shown else "",
        "fault": tried.fault,
        "chosen": desk.POST.get("choice", "accept"),
        "amount": desk.POST.get("amount", ""),
        "reason": desk.POST.get("reason", ""),
    }
    return render(desk, "desk/reviews/page.html", context, status=tried.status)


def _deciding(desk: DeskRequest, row: ReviewRow) -> Deciding:
    chosen = forms.text(desk, "choice", is_required=True)
    reason = forms.text(desk, "reason")
    if chosen == "accept":
        return Deciding(choice="accept", reason=reason)
    if chosen == "decline":
        return Deciding(choice="decline", reason=reason)
    if chosen != "other":
        raise choice_unknown()
    minor = forms.amount(desk, "amount", row.currency) if forms.text(desk, "amount") else None
    return Deciding(choice="other", reason=reason, minor=minor)


def choice_unknown() -> Invalid:
    """Return the fault of a decision there is not."""
    return Invalid(
        "review_choice_unknown",
        "A review is decided in one of three ways",
        place=Place(field="choice"),
        mend="Accept, ask for another limit, or decline.",
    )


def _said(done: services.Decided) -> str:
    if not done.request_reference:
        return gettext("The limit stays; the next review counts from today")
    return gettext("%(reference)s asks for the limit and waits for who grants limits") % {
        "reference": done.request_reference
    }


def _would(shown: services.Decided) -> str:
    if not shown.request_reference:
        return gettext("The limit stays at %(amount)s; nobody is asked for anything.") % {
            "amount": money_text(shown.minor, shown.currency)
        }
    return gettext(
        "A limit of %(amount)s is asked for. It counts once somebody else who may set limits"
        " grants it."
    ) % {"amount": money_text(shown.minor, shown.currency)}


def _context(desk: DeskRequest, row: ReviewRow) -> dict[str, object]:
    kept = queries.prepared(desk.company.id, row.id)
    is_open = row.state == "open"
    until = desk.actor.today if is_open else row.decided_on or desk.actor.today
    return {
        "row": row,
        "line": _line(desk, row),
        "readings": _readings(kept.readings, row),
        "steps": [
            wording.step(one["code"], one["params"], row.currency) for one in kept.proposal["steps"]
        ],
        "trend": _trend(desk, row, until),
        "is_open": is_open,
        "may_decide": is_open and desk.actor.may("assessment.review"),
        "seen": services.digest_of(desk.company.id, row.reference) if is_open else "",
        "chosen": "accept",
        "amount": str(from_minor(row.proposed_minor, row.currency)),
        "prepared_on": row.prepared_at,
    }


def _readings(kept: Sequence[Mapping[str, Any]], row: ReviewRow) -> list[ReadingShown]:
    """Return every figure that is or was there, and the main ones always."""
    shown = []
    for code in READINGS:
        mine = [one for one in kept if one["code"] == code]
        if not mine and code not in ALWAYS:
            continue
        before = [one for one in mine if one["moment"] == BEFORE]
        now = [one for one in mine if one["moment"] == NOW]
        worse = code in MORE_IS_WORSE and _sum(now) > _sum(before)
        shown.append(
            ReadingShown(
                wording.reading(code),
                _figure(before),
                _figure(now),
                _note(code, now),
                _href(code, row),
                "worse" if worse else "",
            )
        )
    return shown


def _sum(found: Sequence[Mapping[str, Any]]) -> Decimal:
    return sum((Decimal(one["value"]) for one in found), Decimal(0))


def _figure(found: Sequence[Mapping[str, Any]]) -> str:
    """Return amounts by currency, or a count or days; nothing is a dash."""
    if not found:
        return look_words.NOTHING
    if found[0]["currency"]:
        return ", ".join(money_text(int(Decimal(one["value"])), one["currency"]) for one in found)
    value = _sum(found)
    if value == value.to_integral_value():
        return number_format(int(value), use_l10n=True, force_grouping=True)
    return look_words.decimal(value)


def _note(code: str, now: Sequence[Mapping[str, Any]]) -> str:
    names = sorted({one["detail"] for one in now if one["detail"]})
    if code == "reports":
        return ", ".join(evidence_wording.source(one) for one in names)
    return ", ".join(words.customer_field(one) for one in names)


def _href(code: str, row: ReviewRow) -> str:
    """Return where the documents behind a figure stand."""
    number = row.customer_number
    pages = {
        "limit": "customer-exposure", "limits_set": "customer-exposure",
        "covered": "customer-exposure", "oldest_days": "ageing-customer",
        "owed": "ageing-customer", "statements": "customer-financials",
        "reports": "customer-evidence", "changed": "customer-history",
        "bank": "customer-keep", "blocked": "customer-history", "broken": "customer",
        "returned": "customer", "days_late": "customer", "disputed": "customer",
    }  # fmt: skip
    if code in pages:
        return reverse(pages[code], args=[number])
    if code == "held":
        return f"{reverse('orders')}?status=&q={number}"
    return f"{reverse('invoices')}?customer={number}"


def _trend(desk: DeskRequest, row: ReviewRow, until: date) -> Sequence[TrendSeries]:
    """Return what was owed month by month beside the limit there is."""
    found = queries.owed_by_month(desk.company.id, row.customer_id, row.currency, until)
    labels = [format_skeleton("MMM", one.day, locale=look_words.locale()) for one in found]
    owed = tuple(
        TrendPoint(label, float(from_minor(one.minor, row.currency)),
                   money_text(one.minor, row.currency))
        for label, one in zip(labels, found, strict=True)
    )  # fmt: skip
    limit = float(from_minor(row.current_minor, row.currency))
    bound = tuple(
        TrendPoint(label, limit, money_text(row.current_minor, row.currency)) for label in labels
    )
    return (
        TrendSeries(gettext("Owed"), owed),
        TrendSeries(gettext("Limit"), bound, "goal"),
    )


@require_POST
def refresh(request: HttpRequest, reference: str) -> HttpResponse:
    """Prepare a review anew."""
    desk = requests.of(request)
    return confirming.done(
        request, lambda: services.refresh(forms.acting(desk), reference),
        gettext("Prepared anew from what is known today"), "review", args=[reference],
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, number: str) -> HttpResponse:
    """Review a customer before its time."""
    desk = requests.of(request)
    customer = customers.customer(desk.company.id, number)
    reason = Field("reason", gettext("Reason"), kind="textarea", is_required=True)
    return answered(
        desk,
        customer,
        gettext("Review %(name)s now"),
        gettext("Open the review"),
        [reason],
        lambda: services.start_review(
            forms.acting(desk), customer.id, reason=forms.text(desk, "reason", is_required=True)
        ),
        gettext("The review is open and prepared"),
    )


urlpatterns = [
    path("reviews/", listing, name="reviews"),
    path("reviews/<str:reference>/", page, name="review"),
    path("reviews/<str:reference>/refresh", refresh, name="review-refresh"),
    path("customers/<path:number>/review", start, name="review-start"),
]

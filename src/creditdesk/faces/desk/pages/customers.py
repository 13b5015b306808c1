"""The list of customers, and opening an account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from creditdesk.credit import queries as credit
from creditdesk.credit.queries import Standing
from creditdesk.customers import queries as customers
from creditdesk.customers import rules as customer_rules
from creditdesk.customers import services as customer_services
from creditdesk.customers.queries import CustomerRow
from creditdesk.faces.desk import forms, lists, requests, words
from creditdesk.faces.desk.forms import Field
from creditdesk.faces.desk.lists import Column
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.insight import queries as insight
from creditdesk.insight import rules as insight_rules
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.errors import Conflict, Invalid, Place
from creditdesk.look.shapes import Tone
from creditdesk.policy import queries as policy

STANDINGS = ("over", "near", "blocked", "expiring", "unlimited")
EXPIRING_DAYS = 30


@dataclass(slots=True)
class CustomerLine:
    """A customer in the list with what is owed, how late, and how it stands."""

    row: CustomerRow
    standing: str
    tone: Tone
    used_percent: str
    buckets: list[int] = field(default_factory=lambda: [0] * len(insight_rules.BUCKETS))
    opens: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    oldest_days: int | None = None

    @property
    def open_amounts(self) -> list[tuple[str, int]]:
        """What is open by currency, the customer's own first."""
        own = self.row.currency
        return sorted(self.opens.items(), key=lambda one: (one[0] != own, one[0]))

    @property
    def status(self) -> str:
        """The status in a word, unless the account is simply active."""
        return "" if self.row.status == "active" else words.customer_status(self.row.status)


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show the customers, filtered and sorted; or give them as a file."""
    desk = requests.of(request)
    ask = lists.asked(request, sorts=customers.SORTS, sort="name")
    status = lists.choice(request, "status", customer_rules.STATUSES)
    group = request.GET.get("group", "").replace("\0", "")[:64]
    standing = lists.choice(request, "standing", STANDINGS)

    def fetch(page: int, size: int) -> customers.CustomerPage:
        if standing:
            return _of_standing(desk, standing, ask, page, size)
        return customers.listing(
            desk.company.id,
            text=ask.text,
            status=status,
            group_number=group,
            sort=ask.sort,
            page=page,
            size=size,
        )

    if ask.format:
        rows = _lines(desk, list(lists.every(fetch)))
        return lists.export(desk, _columns(), rows, name="customers", form=ask.format)
    page = fetch(ask.page, lists.PER_PAGE)
    return lists.show(
        desk,
        "desk/customers/list.html",
        "desk/customers/_rows.html",
        {
            "lines": _lines(desk, page.rows),
            "mark": lists.mark(page),
            "ask": ask,
            "status": status,
            "group": group,
            "standing": standing,
            "standings": [(one, _standing_name(one)) for one in STANDINGS],
            "statuses": [(one, words.customer_status(one)) for one in customer_rules.STATUSES],
            "may_open": desk.actor.may("customers.create"),
        },
    )


def _standing_name(standing: str) -> str:
    return {
        "over": gettext("Over limit"),
        "near": gettext("Near limit"),
        "blocked": gettext("Blocked"),
        "expiring": gettext("Limit expires within 30 days"),
        "unlimited": gettext("Without a limit"),
    }[standing]


def _of_standing(
    request: DeskRequest, wanted: str, ask: lists.Asked, page: int, size: int
) -> customers.CustomerPage:
    """Return a page of the customers that stand so; standings are no column to filter by in SQL."""
    company_id, today = request.company.id, request.actor.today
    ids = [
        one.customer_id
        for one in credit.standings(company_id, today).values()
        if _stands(one, wanted, today)
    ]
    text = ask.text.casefold()
    rows = [
        row
        for row in customers.customers_by_id(company_id, ids).values()
        if text in f"{row.name} {row.number} {row.city}".casefold()
    ]
    key = ask.sort.removeprefix("-")
    rows.sort(key=lambda row: str(getattr(row, key)).casefold(), reverse=ask.sort.startswith("-"))
    start = (page - 1) * size
    return customers.CustomerPage(tuple(rows[start : start + size]), len(rows), page, size)


def _stands(standing: Standing, wanted: str, today: date) -> bool:
    used = standing.percent_used
    if wanted == "expiring":
        until = standing.limit_valid_to
        return until is not None and today <= until <= today + timedelta(days=EXPIRING_DAYS)
    if wanted == "unlimited":
        return standing.limit_minor is None
    if wanted == "blocked":
        return standing.block_reason is not None
    is_over = standing.available_minor is not None and standing.available_minor < 0
    if wanted == "over":
        return is_over
    return not is_over and used is not None and used >= words.NEAR_LIMIT_PERCENT


def _lines(request: DeskRequest, rows: Sequence[CustomerRow]) -> list[CustomerLine]:
    """Return the customers with their open items, in a fixed number of queries."""
    company_id, today = request.company.id, request.actor.today
    ids = [row.id for row in rows]
    standings = credit.standings(company_id, today, ids) if ids else {}
    exchange = insight.exchange_at(company_id, today)
    lines = {}
    for row in rows:
        standing = standings.get(row.id)
        word, tone = words.standing_badge(standing)
        used = standing.percent_used if standing else None
        lines[row.id] = CustomerLine(row, word, tone, f"{used} %" if used is not None else "")
    for item in invoices.open_items(company_id, customer_ids=ids) if ids else []:
        line = lines[item.customer_id]
        line.opens[item.currency] += item.open_minor
        bucket = insight_rules.bucket_of(item.due_on, today)
        line.buckets[bucket] += exchange.into(item.open_minor, item.currency)
        late = (today - item.due_on).days
        line.oldest_days = late if line.oldest_days is None else max(late, line.oldest_days)
    return list(lines.values())


def _columns() -> list[Column[CustomerLine]]:
    return [
        Column("number", gettext("Number"), lambda one: one.row.number),
        Column("name", gettext("Name"), lambda one: one.row.name),
        Column("group", gettext("Group"), lambda one: one.row.group_number),
        Column("city", gettext("City"), lambda one: one.row.city),
        Column("country", gettext("Country"), lambda one: one.row.country),
        Column("status", gettext("Status"), lambda one: words.customer_status(one.row.status)),
        Column("standing", gettext("Standing"), lambda one: one.standing),
        Column("used", gettext("Limit used"), lambda one: one.used_percent),
        Column("currency", gettext("Currency"), lambda one: one.row.currency),
        Column(
            "open",
            gettext("Open in own currency"),
            lambda one: one.opens.get(one.row.currency, 0),
            "money",
            lambda one: one.row.currency,
        ),
        Column("late", gettext("Oldest, days late"), lambda one: one.oldest_days, "number"),
        Column("opened_on", gettext("Customer since"), lambda one: one.row.opened_on, "date"),
    ]


def _new_fields(request: DeskRequest) -> list[Field]:
    terms = policy.in_force(request.company.id, request.actor.today).terms
    return [
        Field("number", gettext("Number"), is_required=True, hint=gettext("As on your invoices")),
        Field("name", gettext("Name"), is_required=True),
        Field("currency", gettext("Currency"), request.company.currency, is_required=True),
        Field(
            "terms_code",
            gettext("Terms"),
            kind="select",
            options=(
                ("", gettext("As the policy says")),
                *((code, code) for code in sorted(terms)),
            ),
        ),
        Field("street", gettext("Street")),
        Field("postal_code", gettext("Postal code")),
        Field("city", gettext("City")),
        Field("country", gettext("Country"), request.company.country, hint=gettext("Two letters")),
        Field("language", gettext("Language"), request.company.language),
        Field("vat_number", gettext("VAT number")),
        Field("buys_as", words.customer_field("buys_as"), kind="select", options=words.buys_as()),
        Field("group_number", gettext("Group"), hint=gettext("Customers that belong together")),
        Field("contact_name", gettext("Contact")),
        Field("email", gettext("E-mail"), kind="email"),
        Field("phone", gettext("Telephone")),
    ]


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Open an account; what is wrong is said at its field."""
    desk = requests.of(request)
    fields = _new_fields(desk)
    status = 200
    if request.method == "POST":
        try:
            customer = _posted(request)
            customer_services.create(forms.acting(desk), new=[customer])
        except (Invalid, Conflict) as error:
            fields = forms.filled(fields, request.POST.dict(), _at_field(error))
            status = 409 if isinstance(error, Conflict) else 422
        else:
            messages.success(request, gettext("%(name)s is open") % {"name": customer.name})
            return HttpResponseRedirect(reverse("customer", args=[customer.number]), status=303)
    context = {
        "fields": fields,
        "title": gettext("New customer"),
        "submit": gettext("Open the account"),
        "back": reverse("customers"),
        "back_label": gettext("Customers"),
    }
    return render(request, "desk/form.html", context, status=status)


def _at_field(error: Invalid | Conflict) -> Invalid:
    """Return the error at the field it is about; a number taken is one of the number."""
    if isinstance(error, Invalid):
        return error
    return Invalid(error.code, error.message, place=Place(field="number"), mend="")


def _posted(request: HttpRequest) -> customer_rules.NewCustomer:
    contact = customer_rules.NewContact(
        name=forms.text(request, "contact_name"),
        email=forms.text(request, "email"),
        phone=forms.text(request, "phone"),
        is_primary=True,
    )
    is_given = contact.name or contact.email or contact.phone
    return customer_rules.NewCustomer(
        number=forms.text(request, "number", is_required=True),
        name=forms.text(request, "name"),
        currency=forms.text(request, "currency"),
        terms_code=forms.text(request, "terms_code"),
        street=forms.text(request, "street"),
        postal_code=forms.text(request, "postal_code"),
        city=forms.text(request, "city"),
        country=forms.text(request, "country"),
        language=forms.text(request, "language"),
        vat_number=forms.text(request, "vat_number"),
        buys_as=forms.text(request, "buys_as"),
        group_number=forms.text(request, "group_number"),
        contacts=(contact,) if is_given else (),
    )


urlpatterns = [
    path("customers/", listing, name="customers"),
    path("customers/new", new, name="customer-new"),
]

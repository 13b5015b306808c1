"""Credit insurance and guarantees: policies, what is covered and what is not, what to report."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditdesk.controls.commands import require
from creditdesk.credit import queries as credit
from creditdesk.credit import services, wording
from creditdesk.credit.rules import COVER_KINDS, GUARANTEE_KINDS, ItemCover, Policy
from creditdesk.credit.services import NewCover, NewGuarantee, NewPolicy
from creditdesk.customers import queries as customers
from creditdesk.customers.queries import CustomerRow
from creditdesk.faces.desk import faults, forms, lists, requests
from creditdesk.faces.desk.confirming import done
from creditdesk.faces.desk.forms import Field
from creditdesk.faces.desk.lists import Column
from creditdesk.faces.desk.pages.exposure import CoverShown, cover_lines
from creditdesk.faces.desk.pages.limits import answered
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.insight import queries as insight
from creditdesk.kernel.errors import Conflict, Invalid, NotFound
from creditdesk.plumbing.queries import kept_file

SAVED = "application/octet-stream"
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class ItemShown:
    """An item of an insured customer, in words."""

    customer: CustomerRow
    shown: CoverShown

    @property
    def cover(self) -> ItemCover:
        """What of it is covered."""
        return self.shown.cover


@dataclass(frozen=True, slots=True)
class PolicyShown:
    """A policy, what its insurer would answer for, and how much of that is above its maximum."""

    policy: Policy
    insured_minor: int
    above_minor: int
    is_in_force: bool


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show policies, what to report, and item by item what is covered; or that as a file."""
    desk = requests.of(request)
    items, shown = _insured(desk)
    ask = lists.asked(request)
    if ask.format:
        return lists.export(desk, _columns(), items, name="insurance", form=ask.format)
    on_page, mark = lists.page_of(items, ask.page)
    return render(request, "desk/credit/insurance.html", _context(desk, items, shown)
                  | {"items": on_page, "mark": mark})  # fmt: skip


def _context(
    desk: DeskRequest, items: Sequence[ItemShown], shown: Sequence[PolicyShown]
) -> dict[str, object]:
    waiting = [one for one in items if one.cover.report in ("soon", "now", "missed")]
    return {
        "policies": shown,
        "to_report": sorted(waiting, key=lambda one: (one.cover.report_by, one.cover.item.id)),
        "today": desk.actor.today,
        "may": desk.actor.may("credit.keep_insurance"),
        "guarantees": [
            (one, wording.guarantee_kind(one.kind))
            for one in credit.guarantees(desk.company.id)
            if one.counts_on(desk.actor.today)
        ],
    }


def _insured(desk: DeskRequest) -> tuple[list[ItemShown], list[PolicyShown]]:
    company_id, today = desk.company.id, desk.actor.today
    policies = credit.policies(company_id)
    found = insight.insured(company_id, today)
    known = customers.customers_by_id(company_id, set(found))
    above = insight.above_maximum(found.values(), policies)
    sums: dict[int, int] = {}
    for one in (each for answer in found.values() for each in answer.answered):
        sums[one.policy_id] = sums.get(one.policy_id, 0) + one.insured_minor
    items = [
        ItemShown(known[customer_id], line)
        for customer_id, answer in found.items()
        for line in cover_lines(answer)
    ]
    shown = [
        PolicyShown(one, sums.get(key, 0), above.get(key, 0), one.counts_on(today))
        for key, one in policies.items()
    ]
    return items, shown


def _columns() -> list[Column[ItemShown]]:
    def of(row: ItemShown) -> str:
        return row.cover.item.currency

    return [
        Column("number", gettext("Number"), lambda row: row.customer.number),
        Column("customer", gettext("Customer"), lambda row: row.customer.name),
        Column("document", gettext("Document"), lambda row: row.cover.item.number),
        Column("issued_on", gettext("Issued"), lambda row: row.cover.item.issued_on, "date"),
        Column("due_on", gettext("Due"), lambda row: row.cover.item.due_on, "date"),
        Column("currency", gettext("Currency"), of),
        Column("open", gettext("Open"), lambda row: row.cover.item.open_minor, "money", of),
        Column("covered", gettext("Covered"), lambda row: row.cover.covered_minor, "money", of),
        Column("uncovered", gettext("Not covered"), lambda row: row.cover.uncovered_minor, "money",
               of),
        Column("because", gettext("Why"), lambda row: row.shown.because),
        Column("report_by", gettext("Report by"), lambda row: row.cover.report_by, "date"),
        Column("report", gettext("Report"), lambda row: row.shown.report),
    ]  # fmt: skip


@require_POST
def reported(request: HttpRequest) -> HttpResponse:
    """Keep that the ticked items were reported to their insurer."""
    desk = requests.of(request)

    def act() -> None:
        require(desk.actor, "credit.keep_insurance")
        ids = forms.ids(desk, "item")
        on = forms.required_day(desk, "on")
        waiting = {one.cover.item.id: one for one in _insured(desk)[0]}
        by_policy: dict[str, list[int]] = {}
        policies = credit.policies(desk.company.id)
        for item_id in ids:
            if item_id not in waiting:
                raise NotFound("item_unknown", "There is no such open item")
            covers = credit.covers(desk.company.id, [waiting[item_id].customer.id])
            for policy_id in {one.policy_id for some in covers.values() for one in some}:
                by_policy.setdefault(policies[policy_id].number, []).append(item_id)
        for number, some in sorted(by_policy.items()):
            services.note_reported(forms.acting(desk).keyed(None), number, some, on=on)

    return done(request, act, gettext("The items are kept as reported"), "insurance")


# -- what is recorded ----------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def new_policy(request: HttpRequest) -> HttpResponse:
    """Record an insurer's policy."""
    desk = requests.of(request)
    today = desk.actor.today
    fields = [
        Field("insurer", gettext("Insurer"), is_required=True),
        Field("number", gettext("Policy number"), is_required=True),
        Field("currency", gettext("Currency"), desk.company.currency, is_required=True),
        Field("valid_from", gettext("From"), today.isoformat(), "date", is_required=True),
        Field("valid_to", gettext("Until"), kind="date", is_required=True),
        Field("maximum_liability", gettext("Maximum liability"), kind="amount", is_required=True),
        Field("retention_percent", gettext("Own retention, percent"), "10", is_required=True),
        Field("deductible", gettext("Deductible per customer"), "0", "amount", is_required=True),
        Field("extension_days", gettext("Days late before deliveries are no longer covered"), "60",
              is_required=True),
        Field("report_days", gettext("Days after the due date to report an overdue item"), "60",
              is_required=True),
    ]  # fmt: skip
    context: dict[str, object] = {
        "fields": fields, "title": gettext("New insurance policy"), "submit": gettext("Record it"),
        "back": "/insurance/", "back_label": gettext("Insurance and guarantees"),
    }  # fmt: skip
    if request.method == "POST":
        try:
            services.add_policy(forms.acting(desk), _policy(desk))
        except (Invalid, Conflict) as error:
            found = error if isinstance(error, Invalid) else None
            context["fields"] = forms.filled(fields, request.POST.dict(), found)
            context["form_error"] = faults.sentence(error)
            return render(request, "desk/form.html", context,
                          status=409 if isinstance(error, Conflict) else 422)  # fmt: skip
        return done(request, lambda: None, gettext("The policy is recorded"), "insurance")
    return render(request, "desk/form.html", context)


def _policy(desk: DeskRequest) -> NewPolicy:
    currency = forms.text(desk, "currency", is_required=True)
    return NewPolicy(
        insurer=forms.text(desk, "insurer", is_required=True),
        number=forms.text(desk, "number", is_required=True),
        currency=currency,
        valid_from=forms.required_day(desk, "valid_from"),
        valid_to=forms.required_day(desk, "valid_to"),
        maximum_liability_minor=forms.amount(desk, "maximum_liability", currency),
        retention_percent=forms.parsed(desk, "retention_percent", _percent),
        deductible_minor=forms.amount(desk, "deductible", currency),
        extension_days=forms.parsed(desk, "extension_days", int),
        report_days=forms.parsed(desk, "report_days", int),
    )


def _percent(text: str) -> Decimal:
    try:
        return Decimal(forms.decimal_text(text))
    except InvalidOperation as error:
        raise ValueError(text) from error


@require_http_methods(["GET", "POST"])
def new_cover(request: HttpRequest, number: str) -> HttpResponse:
    """Record an insurer's decision about a customer."""
    desk = requests.of(request)
    customer = customers.customer(desk.company.id, number)
    policies = credit.policies(desk.company.id).values()
    fields = [
        Field("policy", gettext("Policy"), kind="select", is_required=True,
              options=tuple((one.number, f"{one.insurer} {one.number}") for one in policies)),
        Field("kind", gettext("Kind"), "named", "select",
              options=tuple((one, wording.cover_kind(one)) for one in COVER_KINDS)),
        Field("amount", gettext("Covered amount"), kind="amount", is_required=True,
              hint=gettext("0 withdraws the cover; what was delivered before stays covered")),
        Field("currency", gettext("Currency"), customer.currency, is_required=True),
        Field("valid_from", gettext("From"), desk.actor.today.isoformat(), "date",
              is_required=True),
        Field("valid_to", gettext("Until"), kind="date"),
        Field("note", gettext("Note")),
    ]  # fmt: skip

    def act() -> None:
        currency = forms.text(desk, "currency", is_required=True)
        new = NewCover(
            policy_number=forms.text(desk, "policy", is_required=True),
            customer_id=customer.id,
            minor=forms.amount(desk, "amount", currency),
            currency=currency,
            valid_from=forms.required_day(desk, "valid_from"),
            valid_to=forms.day(desk, "valid_to"),
            kind=forms.text(desk, "kind", is_required=True),
            note=forms.text(desk, "note"),
        )
        services.record_covers(forms.acting(desk), [new])

    title, submit = gettext("Insurer's decision about %(name)s"), gettext("Record it")
    return answered(desk, customer, title, submit, fields, act, gettext("The decision is recorded"))


@require_http_methods(["GET", "POST"])
def new_guarantee(request: HttpRequest, number: str) -> HttpResponse:
    """Record who answers for a customer, with the paper."""
    desk = requests.of(request)
    customer = customers.customer(desk.company.id, number)
    fields = [
        Field("kind", gettext("Who answers"), "bank", "select",
              options=tuple((one, wording.guarantee_kind(one)) for one in GUARANTEE_KINDS)),
        Field("guarantor", gettext("Name of the guarantor"), is_required=True),
        Field("amount", gettext("Amount"), kind="amount", is_required=True),
        Field("currency", gettext("Currency"), customer.currency, is_required=True),
        Field("valid_from", gettext("From"), desk.actor.today.isoformat(), "date",
              is_required=True),
        Field("valid_to", gettext("Until"), kind="date"),
        Field("note", gettext("Note")),
    ]  # fmt: skip

    def act() -> None:
        currency = forms.text(desk, "currency", is_required=True)
        new = NewGuarantee(
            customer_id=customer.id,
            kind=forms.text(desk, "kind", is_required=True),
            guarantor=forms.text(desk, "guarantor", is_required=True),
            minor=forms.amount(desk, "amount", currency),
            currency=currency,
            valid_from=forms.required_day(desk, "valid_from"),
            valid_to=forms.day(desk, "valid_to"),
            note=forms.text(desk, "note"),
        )
        paper = desk.FILES.get("paper")
        if paper is not None and (paper.size or 0) > services.DOCUMENT_BYTES_MAX:
            raise services.document_too_large()
        services.add_guarantee(
            forms.acting(desk), new, filename=paper.name or "" if paper else "",
            content=paper.read() if paper else b"",
        )  # fmt: skip

    title, submit = gettext("Guarantee for %(name)s"), gettext("Record it")
    return answered(desk, customer, title, submit, fields, act,
                    gettext("The guarantee is recorded"), "desk/credit/guarantee.html")  # fmt: skip


@require_http_methods(["GET", "POST"])
def end_guarantee(request: HttpRequest, reference: str) -> HttpResponse:
    """Let a guarantor answer no more from a day on."""
    desk = requests.of(request)
    row = credit.guarantee(desk.company.id, reference)
    customer = customers.customer_by_id(desk.company.id, row.customer_id)
    fields = [
        Field("on", gettext("From"), desk.actor.today.isoformat(), "date", is_required=True),
        Field("reason", gettext("Reason"), kind="textarea", is_required=True),
    ]
    return answered(
        desk, customer, gettext("End a guarantee for %(name)s"), gettext("End the guarantee"),
        fields,
        lambda: services.end_guarantee(
            forms.acting(desk), reference, on=forms.required_day(desk, "on"),
            reason=forms.text(desk, "reason", is_required=True),
        ),
        gettext("The guarantee has ended"),
    )  # fmt: skip


@require_safe
def paper(request: HttpRequest, reference: str) -> HttpResponse:
    """Give the paper of a guarantee, to be saved and never shown in place."""
    desk = requests.of(request)
    row = credit.guarantee(desk.company.id, reference)
    if row.document_id is None:
        raise NotFound("file_unknown", "There is no such file")
    found = kept_file(desk.company.id, row.document_id)
    response = HttpResponse(found.content, content_type=SAVED)
    name = _UNSAFE.sub("_", found.name)[-100:] or reference
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


urlpatterns = [
    path("insurance/", page, name="insurance"),
    path("insurance/new", new_policy, name="insurance-new"),
    path("insurance/reported", reported, name="insurance-reported"),
    path("guarantees/<str:reference>/end", end_guarantee, name="guarantee-end"),
    path("guarantees/<str:reference>/paper", paper, name="guarantee-paper"),
    path("customers/<path:number>/cover", new_cover, name="cover-new"),
    path("customers/<path:number>/guarantee", new_guarantee, name="guarantee-new"),
]

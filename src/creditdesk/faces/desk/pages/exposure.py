"""A customer's exposure: what limits it, what counts against that by item, what is covered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from creditdesk.assessment.reviews import queries as reviews
from creditdesk.assessment.reviews import wording as review_wording
from creditdesk.credit import queries as credit
from creditdesk.credit import rules as credit_rules
from creditdesk.credit import wording
from creditdesk.credit.queries import Member
from creditdesk.credit.rules import Component, Effective, ItemCover
from creditdesk.customers import queries as customers
from creditdesk.customers.queries import CustomerRow
from creditdesk.faces.desk import lists, requests, words
from creditdesk.faces.desk.lists import Column
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.insight import queries as insight
from creditdesk.insight.queries import ExposureLine, InsuredCustomer
from creditdesk.look.shapes import Tone
from creditdesk.policy import queries as policy
from creditdesk.policy.rules import ExposureRules

REPORT_TONES: dict[str, Tone] = {"soon": "info", "now": "warn", "missed": "bad", "reported": "good"}


@dataclass(frozen=True, slots=True)
class PartShown:
    """A part of the effective limit in words."""

    part: Component
    kind: str
    because: str
    tone: Tone
    is_foreign: bool


@dataclass(frozen=True, slots=True)
class LineShown:
    """A document behind the exposure, and where it stands."""

    line: ExposureLine
    href: str


@dataclass(frozen=True, slots=True)
class BucketShown:
    """A part of the exposure in one currency with its documents."""

    code: str
    name: str
    currency: str
    minor: int
    counts: bool
    lines: Sequence[LineShown]


@dataclass(frozen=True, slots=True)
class CoverShown:
    """What of an item is covered, in words."""

    cover: ItemCover
    because: str
    tone: Tone
    report: str
    report_tone: Tone


@dataclass(frozen=True, slots=True)
class GroupShown:
    """The limit a group shares, and how it is used."""

    top_number: str
    top_name: str
    limit: Effective
    parts: Sequence[PartShown]
    members: Sequence[Member]
    exposure_minor: int
    available_minor: int


@require_safe
def page(request: HttpRequest, number: str) -> HttpResponse:
    """Show what a customer may owe and owes, every part and document of both; or as a file."""
    desk = requests.of(request)
    customer = customers.customer(desk.company.id, number)
    lines = insight.exposure_lines(desk.company.id, desk.actor.today, [customer.id])
    ask = lists.asked(request)
    if ask.format:
        return lists.export(
            desk, _columns(), lines, name=f"exposure-{customer.number}", form=ask.format
        )
    counting = policy.exposure_rules(desk.company.id, desk.actor.today)
    return render(
        request,
        "desk/credit/exposure.html",
        {
            "customer": customer,
            "today": desk.actor.today,
            "buckets": buckets(lines, counting),
            "haircut": counting.haircut_percent,
            **_limits(desk, customer),
            **_cover(desk, customer),
            **_reviews(desk, customer),
        },
    )


def _columns() -> list[Column[ExposureLine]]:
    return [
        Column("bucket", gettext("Part"), lambda row: wording.bucket(row.bucket)),
        Column("document", gettext("Document"), lambda row: row.number),
        Column("instalment", gettext("Instalment"), lambda row: row.instalment, "number"),
        Column("falls_on", gettext("Date"), lambda row: row.falls_on, "date"),
        Column("currency", gettext("Currency"), lambda row: row.currency),
        Column(
            "amount", gettext("Amount"), lambda row: row.minor, "money", lambda row: row.currency
        ),
    ]


def _limits(desk: DeskRequest, customer: CustomerRow) -> dict[str, object]:
    company_id, today = desk.company.id, desk.actor.today
    limit = credit.effective_limits(company_id, today, [customer.id])[customer.id]
    standing = credit.standing(company_id, customer.id, today)
    word, tone = words.standing_badge(standing)
    asked = credit.limit_requests(company_id, customer_id=customer.id, limit=20)
    return {
        "standing": standing,
        "standing_word": word,
        "standing_tone": tone,
        "limit": limit,
        "parts": parts(limit),
        "per_currency": sorted(limit.per_currency.items()),
        "group": group_of(desk, customer.id),
        "requests": [(one, wording.request_state(one.state), wording.limit_kind(one.kind))
                     for one in asked],
        "may_ask": desk.actor.may("credit.ask_limit"),
        "may_set": desk.actor.may("credit.set_limit"),
        "history": [
            (one, wording.limit_kind(one.kind))
            for one in credit.limit_history(company_id, customer.id)[:20]
        ],
    }  # fmt: skip


def _reviews(desk: DeskRequest, customer: CustomerRow) -> dict[str, object]:
    """Return the last and the next review of a customer."""
    found = reviews.reviews_of(desk.company.id, customer.id)
    return {
        "reviews": [
            (one, review_wording.answer(one.answer), review_wording.state(one.state))
            for one in found[:5]
        ],
        "next_review": reviews.next_due(desk.company.id, customer.id, desk.actor.today),
        "may_review": desk.actor.may("assessment.review")
        and not any(one.state == "open" for one in found),
    }


def parts(limit: Effective) -> list[PartShown]:
    """Return the parts of a limit in words."""
    return [
        PartShown(
            one,
            wording.limit_kind(one.record.kind),
            wording.limit_counts(one.because),
            "" if one.because == "counts" else "warn",
            one.record.currency != limit.currency,
        )
        for one in limit.components
    ]


def group_of(desk: DeskRequest, customer_id: int) -> GroupShown | None:
    """Return the group whose limit a customer shares, if it shares one."""
    found = credit.shared_limit(desk.company.id, customer_id, desk.actor.today)
    if found is None:
        return None
    return GroupShown(
        found.top_number, found.top_name, found.limit, parts(found.limit), found.members,
        found.exposure_minor, found.available_minor,
    )  # fmt: skip


def buckets(lines: Sequence[ExposureLine], counting: ExposureRules) -> list[BucketShown]:
    """Return the lines by part of the exposure and currency, each with its sum."""
    found: dict[tuple[str, str], list[ExposureLine]] = defaultdict(list)
    for line in lines:
        found[(line.bucket, line.currency)].append(line)
    order = {code: place for place, code in enumerate(insight.BUCKETS)}
    return [
        BucketShown(
            code,
            wording.bucket(code),
            currency,
            sum(one.minor for one in some),
            counting.counts(code),
            [LineShown(one, _href(one)) for one in some],
        )
        for (code, currency), some in sorted(
            found.items(), key=lambda pair: (pair[0][1], order[pair[0][0]])
        )
    ]


def _href(line: ExposureLine) -> str:
    return reverse(line.kind, args=[line.number])


def _cover(desk: DeskRequest, customer: CustomerRow) -> dict[str, object]:
    company_id, today = desk.company.id, desk.actor.today
    found = insight.insured(company_id, today, [customer.id]).get(customer.id)
    policies = credit.policies(company_id)
    return {
        "covers": [
            (one, wording.cover_kind(one.kind))
            for one in credit.cover_rows(company_id, [customer.id])
        ],
        "items": cover_lines(found),
        "answered": [(one, policies[one.policy_id]) for one in found.answered] if found else [],
        "guarantees": [
            (one, wording.guarantee_kind(one.kind), one.counts_on(today))
            for one in credit.guarantees(company_id, [customer.id])
        ],
        "may_insure": desk.actor.may("credit.keep_insurance") and bool(policies),
        "may_guarantee": desk.actor.may("credit.keep_guarantee"),
    }


def cover_lines(found: InsuredCustomer | None) -> list[CoverShown]:
    """Return what of each item is covered, in words."""
    return [
        CoverShown(
            one,
            wording.uncovered(one.because),
            "bad" if one.covered_minor == 0 else "warn" if one.because else "good",
            wording.report_state(one.report),
            REPORT_TONES.get(one.report, ""),
        )
        for one in (found.items if found else ())
    ]


def preview_of(
    desk: DeskRequest, new: credit_rules.NewLimit, on: date
) -> tuple[Effective, Effective]:
    """Return what the limits come to on a date without and with another one."""
    company_id = desk.company.id
    is_group = new.group_id is not None
    ids = [new.subject_id]
    kept = credit.records_kept(
        company_id, on, customers=() if is_group else ids, groups=ids if is_group else ()
    )[(is_group, new.subject_id)]
    backing = None if is_group else credit.backing_by_customer(company_id, on, ids).get(ids[0])
    own = customers.customer_by_id(company_id, ids[0]).currency
    rates = credit.rates_on(desk.actor.today)
    haircut = policy.exposure_rules(company_id, desk.actor.today).haircut_percent

    def come_to(records: Sequence[credit_rules.LimitRecord]) -> Effective:
        return credit_rules.effective(
            records, on=on, currency=own, rates_into=rates, backing=backing,
            haircut_percent=haircut,
        )  # fmt: skip

    return come_to(kept), come_to([*kept, new.record])


urlpatterns = [path("customers/<path:number>/exposure", page, name="customer-exposure")]

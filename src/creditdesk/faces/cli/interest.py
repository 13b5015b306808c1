"""Commands for late interest: charge, list, waive, and the published rates."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from creditdesk.controls.commands import preview
from creditdesk.faces.cli import companies
from creditdesk.faces.cli.dates import day_of as day_of_option
from creditdesk.faces.cli.tongue import gettext
from creditdesk.invoices import charge_queries as charges
from creditdesk.invoices import services
from creditdesk.kernel.calendars import day_of
from creditdesk.kernel.errors import Invalid, Place
from creditdesk.kernel.money import from_minor
from creditdesk.policy import queries as policies
from creditdesk.policy import services as policy_services

ROWS_MAX = 1_000


def charge(*, through: str, company: str, is_preview: bool) -> int:
    """Charge what is late of a company, or show what that would be."""
    of = companies.the_one(company)
    actor = companies.actor(of)
    last = _day(through) if through else actor.today.replace(day=1) - timedelta(days=1)
    with preview() if is_preview else nullcontext():
        done = services.charge(actor, through=last)
    every = {"items": done.items, "customers": done.customers, "last": last}
    told = (
        gettext("%(items)d items of %(customers)d customers would be charged through %(last)s",
                **every)
        if is_preview
        else gettext("%(items)d items of %(customers)d customers charged through %(last)s", **every)
    )  # fmt: skip
    print(f"{of.code}: {told}")
    for one in done.totals:
        back = gettext("taken back %(amount)s", amount=from_minor(one.reversed_minor, one.currency))
        print(f"  {one.kind}  {from_minor(one.charged_minor, one.currency)} {one.currency}  {back}")
    for code, count in done.waiting.items():
        print(" ", gettext("waiting, %(code)s: %(count)d", code=code, count=count))
    if done.documents and not is_preview:
        print(" ", gettext("documents: %(numbers)s", numbers=", ".join(done.documents)))
    return 0


def list_all(*, company: str) -> int:
    """Print the charges of a company, the last first."""
    of = companies.the_one(company)
    found = charges.charge_listing(of.id, size=ROWS_MAX)
    for row in found.rows:
        left = from_minor(row.left_minor, row.currency)
        print(
            f"{row.id}  {row.kind}  {row.customer_number}  {row.invoice_number}"
            f"  {row.from_on}  {row.through_on}  {from_minor(row.minor, row.currency)}"
            f"  {left} {row.currency}  {row.document_number or gettext('memo')}"
        )
    if found.total > len(found.rows):
        more = found.total - len(found.rows)
        print(gettext("%(count)d more; the desk has them all", count=more))
    return 0


def waive(*, numbers: list[int], reason: str, company: str) -> int:
    """Waive charges of a company."""
    of = companies.the_one(company)
    count = services.waive(replace(companies.actor(of), reason=reason), numbers, reason=reason)
    print(f"{of.code}:", gettext("%(count)d waived", count=count))
    return 0


def rates(*, company: str) -> int:
    """Print the rates of the last two years, and what lacks today; status 1 when something does."""
    of = companies.the_one(company)
    today = companies.actor(of).today
    since = today - timedelta(days=2 * 366)
    for (code, valid_on), kept in sorted(policies.reference_rates().items()):
        if valid_on >= since:
            print(f"{code}  {valid_on}  {kept.percent}  {kept.source}")
    lacking = services.lacking_rates(of.id, today)
    for one in lacking:
        print(
            gettext(
                "%(code)s  %(day)s  lacks, for customers in %(countries)s: enter it with"
                " creditdesk interest rate",
                code=one.code, day=one.valid_on, countries=", ".join(one.countries),
            )
        )  # fmt: skip
    return 1 if lacking else 0


def rate(*, reference: str, valid_on: str, percent: str, source: str, company: str) -> int:
    """Keep the published rate of a half-year."""
    of = companies.the_one(company)
    try:
        exact = Decimal(percent)
    except InvalidOperation as error:
        raise Invalid(
            "percent_malformed", f"{percent[:40]!r} is no percent", place=Place(field="percent"),
            mend="Write it as 2.15",
        ) from error  # fmt: skip
    policy_services.set_reference_rate(
        companies.actor(of), reference, day_of_option(valid_on, "valid_on"), exact, source=source
    )
    print(gettext("%(code)s from %(day)s is kept: %(percent)s",
                  code=reference, day=valid_on, percent=exact))  # fmt: skip
    return 0


def _day(text: str) -> date:
    try:
        return day_of(text)
    except ValueError as error:
        raise Invalid(
            "date_malformed", f"{text[:40]!r} is no day", place=Place(field="through"),
            mend="Write it as 2026-03-31",
        ) from error  # fmt: skip

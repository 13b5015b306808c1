"""Commands for write-offs: list, propose, recover, take tax back."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import date

from creditdesk.controls.commands import preview
from creditdesk.faces.cli import companies
from creditdesk.faces.cli.tongue import gettext
from creditdesk.invoices import queries, services
from creditdesk.invoices import write_off_queries as reads
from creditdesk.invoices import write_off_rules as rules
from creditdesk.invoices.write_off_rules import NewWriteOff
from creditdesk.kernel.calendars import day_of
from creditdesk.kernel.errors import Invalid, Place
from creditdesk.kernel.money import from_minor, to_minor

ROWS_MAX = 1_000


def list_all(*, company: str) -> int:
    """Print the write-offs of a company, the last first."""
    of = companies.the_one(company)
    found = reads.listing(of.id, size=ROWS_MAX)
    for row in found.rows:
        print(
            f"{row.reference}  {row.effective_on}  {row.customer_number}  {row.invoice_number}"
            f"  {row.because}  {from_minor(row.minor, row.currency)}"
            f"  {from_minor(row.left_minor, row.currency)} {row.currency}  {row.approval}"
        )
    if found.total > len(found.rows):
        more = found.total - len(found.rows)
        print(gettext("%(count)d more; the desk has them all", count=more))
    return 0


def propose(*, number: str, because: str, reason: str, amount: str, company: str) -> int:
    """Ask to write an invoice off, all or a part."""
    of = companies.the_one(company)
    minor = _minor(amount, of.id, number)
    done = services.write_off(
        replace(companies.actor(of), reason=reason),
        [NewWriteOff(invoice=number, minor=minor)], because=because, reason=reason,
    )  # fmt: skip
    print(f"{of.code}:", gettext("written off: %(reference)s", reference=done.reference))
    return 0


def recover(*, number: str, reason: str, amount: str, is_mistake: bool, company: str) -> int:
    """Make an invoice owed again."""
    of = companies.the_one(company)
    done = services.recover_write_off(
        replace(companies.actor(of), reason=reason), number, minor=_minor(amount, of.id, number),
        act=rules.CORRECTION if is_mistake else rules.RECOVERY, reason=reason,
    )  # fmt: skip
    again = f"{from_minor(done.minor, done.currency)} {done.currency}"
    tax = f"{from_minor(done.tax_minor, done.currency)} {done.currency}"
    print(f"{of.code}:", gettext("owed again %(amount)s, tax given back %(tax)s", amount=again,
                                 tax=tax))  # fmt: skip
    return 0


def relieve(*, through: str, company: str, is_preview: bool) -> int:
    """Take tax back through a day, or show how much that would be."""
    of = companies.the_one(company)
    actor = companies.actor(of)
    with preview() if is_preview else nullcontext():
        done = services.relieve_tax(actor, through=_day(through) if through else actor.today)
    told = (
        gettext("tax would be taken back, write-offs: %(count)d", count=done.write_offs)
        if is_preview
        else gettext("tax taken back, write-offs: %(count)d", count=done.write_offs)
    )
    print(f"{of.code}: {told}")
    for currency, minor in sorted(done.minor.items()):
        print(f"  {from_minor(minor, currency)} {currency}")
    for code, count in done.waiting.items():
        print(" ", gettext("waiting, %(code)s: %(count)d", code=code, count=count))
    return 0


def _minor(amount: str, company_id: int, number: str) -> int | None:
    if not amount:
        return None
    currency = queries.invoice(company_id, number).currency
    try:
        return to_minor(amount, currency)
    except ValueError as error:
        raise Invalid(
            "amount_malformed", f"{amount[:40]!r} is no amount in {currency}",
            place=Place(field="amount"), mend="Write it as 1234.50",
        ) from error  # fmt: skip


def _day(text: str) -> date:
    try:
        return day_of(text)
    except ValueError as error:
        raise Invalid(
            "date_malformed", f"{text[:40]!r} is no day", place=Place(field="through"),
            mend="Write it as 2026-03-31",
        ) from error  # fmt: skip

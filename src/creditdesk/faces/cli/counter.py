"""Commands for receipts, deposits and the till: list, cancel, create, void, count."""

from __future__ import annotations

from dataclasses import replace

from creditdesk.cash import services
from creditdesk.cash.queries import receipts as reads
from creditdesk.cash.queries import tills
from creditdesk.faces.cli import companies
from creditdesk.faces.cli.tongue import gettext
from creditdesk.kernel.currencies import CURRENCIES
from creditdesk.kernel.errors import Invalid, Place
from creditdesk.kernel.money import from_minor, to_minor

LISTED_MAX = 500


def list_receipts(*, state: str, company: str) -> int:
    """Print the receipts of a company, the latest first."""
    of = companies.the_one(company)
    for row in reads.receipt_listing(of.id, stands=state, size=LISTED_MAX).rows:
        amount = f"{from_minor(row.minor, row.currency)} {row.currency}"
        print(f"{row.reference}  {row.state}  {row.kind}  {row.customer_number}  {amount}")
    return 0


def cancel_receipt(*, reference: str, reason: str, company: str) -> int:
    """Cancel a receipt."""
    of = companies.the_one(company)
    services.cancel_receipt(companies.actor(of), reference, reason=reason)
    print(gettext("%(reference)s is cancelled", reference=reference))
    return 0


def list_deposits(*, company: str) -> int:
    """Print the deposits of a company; status 1 when a credit of the bank differs from one."""
    of = companies.the_one(company)
    rows = reads.deposits(of.id, limit=LISTED_MAX)
    for row in rows:
        amount = f"{from_minor(row.total_minor, row.currency)} {row.currency}"
        print(f"{row.reference}  {row.state}  {row.brought_on}  {row.account}  {amount}")
    return 1 if any(row.state == "differing" for row in rows) else 0


def create_deposit(*, account: str, currency: str, company: str) -> int:
    """Put everything that waits in a currency on one deposit."""
    of = companies.the_one(company)
    actor = companies.actor(of)
    held = [row.reference for row in reads.held_receipts(of.id) if row.currency == currency]
    done = services.deposit(actor, held, account=account, brought_on=actor.today)
    amount = f"{from_minor(done.total_minor, done.currency)} {done.currency}"
    told = gettext("%(reference)s is drawn up: %(amount)s", reference=done.reference, amount=amount)
    print(told)
    return 0


def void_deposit(*, reference: str, reason: str, company: str) -> int:
    """Say that a deposit never got to the bank."""
    of = companies.the_one(company)
    services.void_deposit(companies.actor(of), reference, reason=reason)
    print(gettext("%(reference)s is voided", reference=reference))
    return 0


def list_tills(*, company: str) -> int:
    """Print what the book says lies in the till, by currency."""
    of = companies.the_one(company)
    for currency, minor in _drawers(of.id, of.currency):
        print(f"{currency}  {from_minor(minor, currency)}")
    return 0


def show_till(*, currency: str, company: str) -> int:
    """Print what makes up the cash of a currency."""
    of = companies.the_one(company)
    one = _currency(currency, of.currency)
    minor = tills.drawer(of.id, one)
    print(gettext("by the book: %(amount)s %(currency)s",
                  amount=from_minor(minor, one), currency=one))  # fmt: skip
    for row in reads.held_cash(of.id, one):
        amount = from_minor(row.minor, one)
        print(f"{row.reference}  {row.received_on}  {row.customer_number}  {amount} {one}")
    for off in tills.undeposited_differences(of.id):
        if off.currency == one:
            amount = from_minor(off.minor, one)
            print(f"{off.reference}  {off.counted_on}  {off.reason}  {amount} {one}")
    return 0


def list_counts(*, company: str) -> int:
    """Print the counts of the till, the latest first."""
    of = companies.the_one(company)
    for row in tills.till_counts(of.id, limit=LISTED_MAX):
        book, counted, off = (
            from_minor(minor, row.currency)
            for minor in (row.book_minor, row.counted_minor, row.minor)
        )
        print(
            f"{row.reference}  {row.counted_on}  {book}  {counted}  {off} {row.currency}"
            f"  {row.deposit_reference or '-'}  {row.reason}"
        )
    return 0


def count_till(*, counted: str, currency: str, book: str, reason: str, company: str) -> int:
    """Keep a count of the till."""
    of = companies.the_one(company)
    one = _currency(currency, of.currency)
    done = services.count_till(
        replace(companies.actor(of), reason=reason), one,
        book_minor=_minor(book, one, "book") if book else tills.drawer(of.id, one),
        counted_minor=_minor(counted, one, "counted"), reason=reason,
    )  # fmt: skip
    print(
        gettext(
            "%(reference)s is kept: %(counted)s of %(book)s %(currency)s, off by %(minor)s",
            reference=done.reference, counted=from_minor(done.counted_minor, one),
            book=from_minor(done.book_minor, one), currency=one,
            minor=from_minor(done.minor, one),
        )
    )  # fmt: skip
    return 0


def _drawers(company_id: int, own: str) -> list[tuple[str, int]]:
    """Return currency and amount of each till; the company's own currency where it is empty."""
    return [(one.currency, one.minor) for one in tills.drawers(company_id)] or [(own, 0)]


def _currency(given: str, own: str) -> str:
    """Return the currency of an option, or the company's own; Invalid for none of ISO 4217."""
    found = given.upper() or own
    if found not in CURRENCIES:
        raise Invalid(
            "currency_unknown", f"{given[:8]!r} is no currency", place=Place(field="currency"),
            mend="Use three letters such as EUR.",
        )  # fmt: skip
    return found


def _minor(text: str, currency: str, option: str) -> int:
    try:
        return to_minor(text, currency)
    except ValueError as error:
        raise Invalid(
            "amount_malformed", f"{text[:40]!r} is no amount", place=Place(field=option),
            mend="Write it as 120.50",
        ) from error  # fmt: skip

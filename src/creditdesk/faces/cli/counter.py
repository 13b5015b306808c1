"""Commands for receipts and deposits: list, cancel, create, void."""

from __future__ import annotations

from creditdesk.cash import services
from creditdesk.cash.queries import receipts as reads
from creditdesk.faces.cli import companies
from creditdesk.faces.cli.tongue import gettext
from creditdesk.kernel.money import from_minor

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

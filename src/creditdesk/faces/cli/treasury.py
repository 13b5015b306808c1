"""Commands for mandates, direct debits and refunds; approving stays with people at the desk."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from creditdesk.controls.commands import preview
from creditdesk.customers import queries as customers
from creditdesk.faces.cli import companies, dates
from creditdesk.faces.cli.tongue import gettext, ngettext
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, NotFound
from creditdesk.kernel.money import from_minor
from creditdesk.plumbing import whole_files
from creditdesk.treasury import queries, services

CURRENCY = "EUR"


def list_mandates(*, company: str) -> int:
    """Print the mandates of a company, with a change that waits."""
    of = companies.the_one(company)
    for row in queries.mandates(of.id):
        kind = row.scheme if row.is_recurrent else f"{row.scheme} {gettext('once')}"
        used = row.used_on or gettext("never used")
        print(
            f"{row.reference}  {row.state}  {kind}  {row.customer_number}  {row.customer_name}"
            f"  {row.iban}  {row.signed_on}  {used}"
        )
        if row.pending_iban:
            waits = gettext("%(who)s asks for %(iban)s", who=row.pending_by, iban=row.pending_iban)
            print(f"  {waits}")
    return 0


def add_mandate(
    *,
    customer: str,
    iban: str,
    holder: str,
    signed_on: str,
    scheme: str,
    is_once: bool,
    reference: str,
    company: str,
) -> int:
    """Keep a signed mandate."""
    of = companies.the_one(company)
    known = customers.by_number(of.id, [customer])
    if customer not in known:
        raise NotFound("customer_unknown", f"There is no customer {customer[:60]!r}")
    kept = services.give_mandate(
        companies.actor(of), known[customer], iban=iban, holder=holder,
        signed_on=dates.day_of(signed_on, "signed_on"), scheme=scheme.upper(),
        is_recurrent=not is_once, reference=reference,
    )  # fmt: skip
    print(gettext("%(reference)s is kept", reference=kept))
    return 0


def revoke_mandate(*, reference: str, why: str, company: str) -> int:
    """End a mandate."""
    of = companies.the_one(company)
    services.revoke_mandate(companies.actor(of), reference, why=why)
    print(gettext("%(reference)s is revoked", reference=reference))
    return 0


def list_runs(*, company: str) -> int:
    """Print the collections of a company."""
    of = companies.the_one(company)
    for row in queries.runs(of.id):
        total = from_minor(row.total_minor, CURRENCY)
        print(
            f"{row.reference}  {row.state}  {row.scheme}  {row.collect_on}  {row.lines}"
            f"  {total} {CURRENCY}  {row.file}".rstrip()
        )
    return 0


def collect(*, collect_on: str, scheme: str, company: str, is_preview: bool) -> int:
    """Draw a collection up, or only show what it would hold."""
    of = companies.the_one(company)
    actor, on = companies.actor(of), dates.day_of(collect_on, "collect_on")
    if is_preview:
        with preview():
            _drawn_up(actor, on, scheme.upper())
        print(gettext("Nothing was drawn up, and nobody was told"))
    else:
        _drawn_up(actor, on, scheme.upper())
        print(gettext("Somebody else approves it at the desk"))
    return 0


def _drawn_up(actor: Actor, on: date, scheme: str) -> None:
    """Draw up and print what is in it."""
    done = services.draw_up_run(actor, collect_on=on, scheme=scheme)
    items = invoices.items_by_id(actor.company_id, [one.item_id for one in done.debits])
    owners = customers.customers_by_id(actor.company_id, [one.customer_id for one in done.debits])
    for one in done.debits:
        owner, minor = owners[one.customer_id], from_minor(one.minor, CURRENCY)
        print(
            f"  {owner.number}  {owner.name}  {items[one.item_id].number}  {minor} {CURRENCY}"
            f"  {one.mandate}  {one.sequence}"
        )
    told = {"reference": done.reference, "on": on,
            "total": f"{from_minor(done.total_minor, CURRENCY)} {CURRENCY}"}  # fmt: skip
    print(
        ngettext(
            "%(reference)s collects %(count)d debit on %(on)s, %(total)s",
            "%(reference)s collects %(count)d debits on %(on)s, %(total)s",
            done.lines,
            **told,
        )
    )
    if done.untold:
        print(
            ngettext(
                "%(count)d customer is left out, as nobody can be told",
                "%(count)d customers are left out, as nobody can be told",
                done.untold,
            )
        )


def debit_file(*, reference: str, out: Path, company: str) -> int:
    """Write the file of an approved collection."""
    of = companies.the_one(company)
    run = next((row for row in queries.runs(of.id) if row.reference == reference), None)
    if run is None:
        raise NotFound("run_unknown", f"There is no collection {reference[:60]!r}")
    if not run.file:
        raise Conflict("run_without_file", f"{reference} is {run.state}: nobody approved it yet")
    return fetch(reference=run.file, out=out, company=company)


def handed_over(*, reference: str, company: str) -> int:
    """Say that the bank has the file."""
    of = companies.the_one(company)
    done = services.hand_over_run(companies.actor(of), reference)
    print(gettext("%(reference)s is with the bank", reference=done.reference))
    return 0


def list_refunds(*, company: str) -> int:
    """Print the refunds of a company."""
    of = companies.the_one(company)
    for row in queries.refunds(of.id):
        amount = f"{from_minor(row.minor, row.currency)} {row.currency}"
        source = row.credit_note or row.payment_reference
        print(
            f"{row.reference}  {row.state}  {row.customer_number}  {row.customer_name}  {amount}"
            f"  {source}  {row.iban}  {row.file}".rstrip()
        )
    return 0


def fetch(*, reference: str, out: Path, company: str) -> int:
    """Write a file for the bank, the very bytes that were released."""
    of = companies.the_one(company)
    found = services.fetch_file(companies.actor(of), reference)
    path = out / found.filename if out.is_dir() else out
    whole_files.write_where_told(path, [found.content])
    print(gettext("%(file)s, SHA-256 %(digest)s", file=path, digest=found.sha256))
    return 0

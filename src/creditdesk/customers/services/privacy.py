"""Take people's data off accounts: contacts at once, the account itself when nothing keeps it."""

from __future__ import annotations

from django.db.models import QuerySet

from creditdesk.controls.privacy.cases import Case
from creditdesk.controls.privacy.rules import ERASED, Line, Part, Subject
from creditdesk.controls.privacy.services.redacting import redact
from creditdesk.customers.models import Alias, BankChange, BankDetail, CallBack, Contact, Customer
from creditdesk.kernel.errors import NotFound, Refused

# What the house puts in place of a text that left an append-only row.
ERASED_TEXT = "erased"


def erase_personal(case: Case) -> Part:
    """Erase the contacts of a customer or one of them, and an account no document keeps."""
    if case.subject.kind == "contact":
        return _erase_contacts(_contacts(case).filter(id=case.subject.id), case)
    if case.subject.kind == "customer":
        account = _erase_account(case)
        people = _erase_contacts(_contacts(case).filter(customer_id=case.subject.id), case)
        return Part((*people.lines, *account.lines), people.values | account.values, people.also)
    return Part(())


def _contacts(case: Case) -> QuerySet[Contact]:
    return Contact.objects.filter(company_id=case.actor.company_id)


def _erase_contacts(contacts: QuerySet[Contact], case: Case) -> Part:
    rows = list(contacts.select_for_update().order_by("id"))
    if case.subject.kind == "contact" and not rows:
        raise NotFound("contact_unknown", "There is no such contact", contact_id=case.subject.id)
    if case.held_contacts & {row.id for row in rows} or case.held & {r.customer_id for r in rows}:
        raise Refused(
            "erasure_held", "A hold stands on one of the account's people or on all of it"
        )
    values = {value for row in rows for value in (row.name, row.email, row.phone)} - {"", ERASED}
    contacts.update(name=ERASED, role="", email="", phone="", is_primary=False, is_active=False)
    named = [row for row in rows if row.name != ERASED]
    also = tuple(Subject("contact", row.id) for row in rows)
    near = tuple(Subject("customer", row.customer_id) for row in rows)
    return Part((Line("contacts", len(named)),), frozenset(values), also, near)


def _erase_account(case: Case) -> Part:
    """Keep name and address while a room above must keep documents that bear them."""
    row = (
        Customer.objects.select_for_update(no_key=True)
        .filter(company_id=case.actor.company_id, id=case.subject.id)
        .first()
    )
    if row is None:
        raise NotFound("customer_unknown", "There is no such customer")
    note = Line("account_note", 1 if row.note else 0)
    if case.kept:
        values = frozenset({row.note} - {""})
        row.note = ""
        row.save()
        ends = [line.until for line in case.kept if line.until]
        until = max(ends) if len(ends) == len(case.kept) else None
        reason = case.kept[0].reason
        kept = Line("account", 1, kept=True, reason=reason, until=until)
        return Part((note, kept), values)
    details = BankDetail.objects.filter(customer=row).values_list("account_key", "holder")
    names = Alias.objects.filter(customer=row).values_list("name", flat=True)
    values = frozenset(
        {row.name, row.street, row.note, *names, *(text for one in details for text in one)}
        - {"", ERASED}
    )
    values |= _blank_changes(case, row)
    accounts, _ = BankDetail.objects.filter(customer=row).delete()
    aliases, _ = Alias.objects.filter(customer=row).delete()
    was_named = row.name != ERASED
    row.name, row.name_key, row.status = ERASED, ERASED, Customer.Status.CLOSED
    row.street = row.postal_code = row.city = row.vat_number = row.note = ""
    row.lei = row.duns = ""
    row.save()
    return Part(
        (
            Line("account", int(was_named)), note,
            Line("bank_accounts", accounts), Line("aliases", aliases),
        ),
        values,
    )  # fmt: skip


def _blank_changes(case: Case, row: Customer) -> frozenset[str]:
    """Blank the bank details a customer was paid on, and return what stood there."""
    changes = BankChange.objects.filter(customer=row)
    told = changes.values_list("account_key", "holder", "reason")
    values = {text for one in told for text in one}
    calls = CallBack.objects.filter(change__customer=row).exclude(person=ERASED_TEXT)
    values |= {text for one in calls.values_list("person", "phone", "note") for text in one}
    redact(
        case.actor.company_id, "customers_callback", list(calls.values_list("id", flat=True)),
        erasure_id=case.erasure_id, at=case.actor.at,
    )  # fmt: skip
    changes.update(account_key="", holder=ERASED, reason="", bank_code="")
    return frozenset(values - {"", ERASED})


def ended_accounts(company_id: int) -> list[int]:
    """Return the closed accounts that still bear a name, oldest first."""
    closed = Customer.objects.filter(company_id=company_id, status=Customer.Status.CLOSED)
    return list(closed.exclude(name=ERASED).order_by("id").values_list("id", flat=True))

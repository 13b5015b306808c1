"""Mandates: given, amended under four eyes, revoked, stopped; and who the company is to banks."""

from __future__ import annotations

from datetime import date

from creditdesk.controls.commands import acts_on, command
from creditdesk.customers import queries as customers
from creditdesk.customers import services as customer_services
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place, Refused
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce
from creditdesk.plumbing.services import take_references
from creditdesk.treasury.events import MandateChanged
from creditdesk.treasury.models import Creditor, Mandate, MandateChange
from creditdesk.treasury.rules.identifiers import creditor_identifier_of, iban_of, is_reference
from creditdesk.treasury.rules.mandates import SCHEMES
from creditdesk.treasury.services.refunds import refuse_unsettled

TEXT_LENGTH_MAX = 140


@command("treasury.set_creditor")
def set_creditor(actor: Actor, *, identifier: str, called: str, iban: str, bic: str = "") -> None:
    """Say under which identifier the company collects, and on which account."""
    try:
        known = creditor_identifier_of(identifier)
    except ValueError as error:
        raise Invalid(
            "creditor_identifier_wrong", str(error).capitalize(), place=Place(field="identifier"),
            mend="Copy it from the letter of the central bank.",
        ) from error  # fmt: skip
    Creditor.objects.update_or_create(
        company_id=actor.company_id,
        defaults={
            "identifier": known, "name": _told(called, "called"), "iban": debtor_iban(iban),
            "bic": bic.replace(" ", "").upper(), "recorded_at": actor.at,
            "recorded_by": actor.name,
        },
    )  # fmt: skip


@command("treasury.change_mandate")
def give_mandate(
    actor: Actor,
    customer_id: int,
    *,
    iban: str,
    holder: str,
    signed_on: date,
    scheme: str = "CORE",
    is_recurrent: bool = True,
    reference: str = "",
    bic: str = "",
) -> str:
    """Keep a signed mandate and return its reference, the next of the range unless told.

    Raises Conflict where the customer has a live one, or the reference is taken.
    """
    if scheme not in SCHEMES:
        raise Invalid(
            "scheme_unknown", "The scheme is CORE or B2B", place=Place(field="scheme"),
            mend="Look at the signed paper.",
        )  # fmt: skip
    if signed_on > actor.today:
        raise Invalid(
            "signed_in_future", "It cannot be signed after today", place=Place(field="signed_on"),
            mend="Look at the signed paper.",
        )  # fmt: skip
    if customer_id not in customers.customers_by_id(actor.company_id, [customer_id]):
        raise NotFound("customer_unknown", "There is no such customer")
    if reference and not is_reference(reference):
        raise Invalid(
            "mandate_reference_wrong", "Banks do not take this reference",
            place=Place(field="reference"), mend="Use at most 35 letters, digits or hyphens.",
        )  # fmt: skip
    account, name = debtor_iban(iban), _told(holder, "holder")
    refuse_unsettled(actor, [(customer_id, account)])
    customer_services.hold_open(actor, [customer_id])
    customer_services.require_open(actor, [customer_id])
    sql.scalar(
        "SELECT pg_advisory_xact_lock(hashtextextended('treasury.mandate', %s))",
        [actor.company_id],
    )
    named = reference or take_references(actor, "MND", 1)[0]
    known = Mandate.objects.filter(company_id=actor.company_id)
    if known.filter(reference=named).exists():
        raise Conflict("mandate_reference_taken", f"There is a mandate {named} already")
    if known.filter(customer_id=customer_id, state="live").exists():
        raise Conflict("mandate_live", "The customer has a live mandate; revoke that first")
    row = Mandate.objects.create(
        company_id=actor.company_id, reference=named, customer_id=customer_id, scheme=scheme,
        is_recurrent=is_recurrent, iban=account, bic=bic.replace(" ", "").upper(), holder=name,
        signed_on=signed_on, state="live", recorded_at=actor.at, recorded_by=actor.name,
    )  # fmt: skip
    _note(actor, row, "given", after=account)
    return named


@command("treasury.change_mandate")
def ask_account_change(actor: Actor, reference: str, *, iban: str) -> None:
    """Ask to collect from another account; until somebody else confirms it nothing is collected."""
    row = locked(actor, reference)
    account = debtor_iban(iban)
    if account == row.iban:
        raise Invalid(
            "account_the_same", "This is the account of the mandate", place=Place(field="iban"),
            mend="Give the new one.",
        )  # fmt: skip
    row.pending_iban, row.pending_by_id, row.pending_by = account, actor.user_id, actor.name
    row.save(update_fields=["pending_iban", "pending_by_id", "pending_by"])
    acts_on("mandate", [row.id])
    _note(actor, row, "change_asked", before=row.iban, after=account)


@command("treasury.confirm_mandate_change")
def confirm_account_change(actor: Actor, reference: str, *, note: str) -> None:
    """Confirm another account, having asked the customer on a number known before.

    Refused for who asked for the change, and for machines.
    """
    said = _told(note, "note")
    row = locked(actor, reference)
    if not row.pending_iban:
        raise Conflict("no_change_waits", "No change of the account waits; look again")
    if actor.user_id is None or actor.user_id == row.pending_by_id:
        raise Refused("own_change", "Somebody else than who asked confirms the account")
    refuse_unsettled(actor, [(row.customer_id, row.pending_iban)])
    before, row.amended_from = row.iban, row.amended_from or row.iban
    row.iban, row.bic, row.pending_iban = row.pending_iban, "", ""
    row.save(update_fields=["iban", "bic", "amended_from", "pending_iban"])
    acts_on("mandate", [row.id])
    _note(actor, row, "amended", before=before, after=row.iban, why=said)


@command("treasury.change_mandate")
def revoke_mandate(actor: Actor, reference: str, *, why: str) -> None:
    """End a mandate: nothing is collected by it any more."""
    said = _told(why, "why")
    row = locked(actor, reference)
    end(actor, row, "revoked", said)


def end(actor: Actor, row: Mandate, state: str, why: str) -> None:
    """Revoke or stop a mandate under lock."""
    row.state, row.stopped_why, row.pending_iban = state, why, ""
    row.save(update_fields=["state", "stopped_why", "pending_iban"])
    _note(actor, row, state, why=why)


def locked(actor: Actor, reference: str) -> Mandate:
    """Return a live mandate, locked."""
    row = (
        Mandate.objects.select_for_update(of=("self",))
        .filter(company_id=actor.company_id, reference=reference)
        .first()
    )
    if row is None:
        raise NotFound("mandate_unknown", f"There is no mandate {reference!r}")
    if row.state != "live":
        raise Conflict("mandate_ended", f"The mandate is {row.state} by now", state=row.state)
    return row


def _note(
    actor: Actor, row: Mandate, change: str, *, before: str = "", after: str = "", why: str = ""
) -> None:
    MandateChange.objects.create(
        company_id=actor.company_id, mandate=row, change=change, before=before, after=after,
        why=why, recorded_at=actor.at, recorded_by=actor.name,
    )  # fmt: skip
    announce(actor, [MandateChanged(mandate_id=row.id, customer_id=row.customer_id, change=change)])


def debtor_iban(text: str) -> str:
    """Return an account number; Invalid where a digit is wrong."""
    try:
        return iban_of(text)
    except ValueError as error:
        raise Invalid(
            "iban_wrong", str(error).capitalize(), place=Place(field="iban"),
            mend="Copy it again from the signed paper.",
        ) from error  # fmt: skip


def _told(text: str, field: str) -> str:
    said = " ".join(text.split())
    if not said or len(said) > TEXT_LENGTH_MAX:
        raise Invalid(
            "text_missing", f"This must be said, in at most {TEXT_LENGTH_MAX} letters",
            place=Place(field=field), mend="Say it in a few words.",
        )  # fmt: skip
    return said

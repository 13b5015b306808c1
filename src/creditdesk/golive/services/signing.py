"""Sign going live: what was brought over becomes the books, all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from creditdesk.collections import services as collections
from creditdesk.collections.services import PriorActivity, PriorPromise, PriorStep
from creditdesk.contact import services as contact
from creditdesk.contact.rules import NewHold
from creditdesk.contact.services import NewConsent
from creditdesk.controls import services as controls
from creditdesk.controls.commands import command
from creditdesk.credit import queries as credit_read
from creditdesk.credit import services as credit
from creditdesk.credit.rules import NewLimit
from creditdesk.disputes import services as disputes
from creditdesk.disputes.rules import NewDispute
from creditdesk.golive import queries, rules
from creditdesk.golive.events import WentLive
from creditdesk.golive.models import GoLive
from creditdesk.golive.queries import ItemRow
from creditdesk.golive.services.staging import delivery_source, locked
from creditdesk.invoices import services as invoices
from creditdesk.invoices.services import OpeningDocument
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Place, Refused
from creditdesk.plumbing.events import announce
from creditdesk.policy import queries as policies

AT_ONCE: Final = 5_000


@dataclass(frozen=True, slots=True)
class Signed:
    """What was taken over, and the digest of the report that was signed."""

    cut_over_on: date
    documents: int
    report_sha256: str


@dataclass(frozen=True, slots=True)
class _Opened:
    """An item that now stands in the books."""

    item_id: int
    customer_id: int
    open_minor: int


@command("golive.sign")
def sign(actor: Actor, *, report_sha256: str, note: str = "") -> Signed:
    """Open the books with what was brought over, as of the cut-over date, and keep the report.

    `report_sha256` names the report that was read: if anything changed since, it is refused. So is
    whoever brought rows, and a report with errors; control totals that differ, or are missing,
    need a note. Afterwards nothing of it changes.
    """
    row = locked(actor)
    kept = _checked(actor, row, report_sha256, note.strip())
    opened, documents = _take_over_documents(actor, row.cut_over_on)
    _take_over_limits(actor, row.cut_over_on)
    _take_over_disputes(actor, opened)
    _take_over_promises(actor, opened)
    _take_over_contacts(actor)
    _take_over_holds(actor)
    row.signed_at, row.signed_by, row.note = actor.at, actor.name, note.strip()
    row.report, row.report_sha256 = kept, report_sha256
    row.save()
    controls.mark_live(actor, since=row.cut_over_on)
    announce(
        actor,
        [
            WentLive(
                cut_over_on=row.cut_over_on.isoformat(),
                documents=documents,
                report_sha256=report_sha256,
                signed_by=actor.name,
            )
        ],
    )
    return Signed(row.cut_over_on, documents, report_sha256)


def _checked(actor: Actor, row: GoLive, report_sha256: str, note: str) -> dict[str, Any]:
    """Return the report as it is kept; Refused when it may not be signed, or not by this actor."""
    if actor.user_id is None:
        raise Refused("signer_not_a_person", "A person signs going live, signed in at the desk")
    if actor.user_id in {user_id for user_id, _ in row.loaders}:
        raise Refused("signer_is_loader", f"{actor.name} brought rows; somebody else signs")
    shown = queries.going_live(actor.company_id)
    if shown is None:
        raise Refused("golive_not_begun", "Going live was not begun")
    report = queries.report(actor.company_id, shown, today=actor.today)
    kept, sha256 = queries.as_kept(report)
    if sha256 != report_sha256:
        raise Refused("report_changed", "The report changed since it was read; read it again")
    if report.errors:
        codes = ", ".join(one.code for one in report.errors)
        raise Refused("report_has_errors", f"The report has errors to mend first: {codes}")
    if report.needs_note and not note:
        raise Invalid(
            "note_missing",
            "The control totals differ or are missing",
            place=Place(field="note"),
            mend="Say why the books may be opened nevertheless",
        )
    return kept


def _take_over_documents(actor: Actor, cut_over_on: date) -> tuple[dict[str, _Opened], int]:
    """Open every document; return the items by number, and how many documents there were."""
    opened: dict[str, _Opened] = {}
    contacted: dict[int, date] = {}
    after = documents = 0
    while rows := queries.items(actor.company_id, after=after, limit=AT_ONCE):
        after = rows[-1].id
        documents += len(rows)
        owners = {row.number: row.customer_id for row in rows if row.customer_id is not None}
        item_ids = invoices.take_over(
            actor,
            [_document(row, owners[row.number]) for row in rows],
            cut_over_on=cut_over_on,
        )
        for row in rows:
            if row.number in item_ids:
                owner = owners[row.number]
                opened[row.number] = _Opened(item_ids[row.number], owner, row.open_minor)
                last_on = row.last_dunned_on or (cut_over_on if row.dunning_level else None)
                if last_on is not None:
                    contacted[owner] = max(last_on, contacted.get(owner, last_on))
        _take_over_steps(actor, rows, opened, cut_over_on)
        _hold_undelivered(actor, rows, opened)
    contact.take_over_contacts(actor, contacted)
    return opened, documents


def _document(row: ItemRow, customer_id: int) -> OpeningDocument:
    return OpeningDocument(
        customer_id=customer_id,
        kind=row.kind,
        number=row.number,
        issued_on=row.issued_on,
        due_on=row.due_on,
        currency=row.currency,
        total_minor=row.total_minor,
        open_minor=row.open_minor,
        tax_minor=row.tax_minor,
        order_reference=row.order_reference,
        customer_reference=row.customer_reference,
        terms_code=row.terms_code,
    )


def _take_over_steps(
    actor: Actor, rows: Sequence[ItemRow], opened: Mapping[str, _Opened], cut_over_on: date
) -> None:
    ladder = policies.in_force(actor.company_id, actor.today).ladder
    collections.take_over_steps(
        actor,
        [
            PriorStep(
                customer_id=opened[row.number].customer_id,
                item_id=opened[row.number].item_id,
                step=step.code,
                level=step.level,
                taken_on=row.last_dunned_on or cut_over_on,
            )
            for row in rows
            if row.number in opened and (step := rules.step_of_level(row.dunning_level, ladder))
        ],
    )


def _hold_undelivered(actor: Actor, rows: Sequence[ItemRow], opened: Mapping[str, _Opened]) -> None:
    contact.place_holds(
        actor,
        [
            NewHold(
                opened[row.number].customer_id,
                opened[row.number].item_id,
                "undelivered",
                delivery_source(row.number),
            )
            for row in rows
            if row.number in opened and not row.is_delivered
        ],
    )


def _take_over_limits(actor: Actor, cut_over_on: date) -> None:
    in_force = credit_read.limits(actor.company_id, actor.today)
    new = []
    for fact in queries.facts(actor.company_id, rules.LIMITS):
        data, customer_id = fact.data, _owner(fact.customer_id)
        known = in_force.get(customer_id)
        if known and (known.minor, known.currency) == (data["minor"], data["currency"]):
            continue
        valid_to = data["valid_to"]
        new.append(
            NewLimit(
                customer_id=customer_id,
                minor=data["minor"],
                currency=data["currency"],
                valid_from=date.fromisoformat(data["valid_from"] or cut_over_on.isoformat()),
                valid_to=date.fromisoformat(valid_to) if valid_to else None,
                reason=data["reason"],
            )
        )
    if new:
        credit.take_over_limits(actor, new)


def _take_over_disputes(actor: Actor, opened: Mapping[str, _Opened]) -> None:
    new = [
        NewDispute(
            opened[fact.data["number"]].item_id,
            fact.data["reason"],
            fact.data["minor"],
            fact.data["note"],
            date.fromisoformat(fact.data["opened_on"]) if fact.data["opened_on"] else None,
        )
        for fact in queries.facts(actor.company_id, rules.DISPUTES)
    ]
    if new:
        disputes.open(actor, new)


def _take_over_promises(actor: Actor, opened: Mapping[str, _Opened]) -> None:
    promises = []
    for fact in queries.facts(actor.company_id, rules.PROMISES):
        data, item = fact.data, opened.get(fact.data["number"])
        promises.append(
            PriorPromise(
                customer_id=item.customer_id if item else _owner(fact.customer_id),
                currency=data["currency"],
                minor=data["minor"],
                promised_on=date.fromisoformat(data["promised_on"] or actor.today.isoformat()),
                due_on=date.fromisoformat(data["due_on"]),
                item_id=item.item_id if item else None,
                item_open_minor=item.open_minor if item else 0,
                note=data["note"],
            )
        )
    collections.take_over_promises(actor, promises)


def _take_over_contacts(actor: Actor) -> None:
    facts = queries.facts(actor.company_id, rules.CONTACTS)
    written = {
        _owner(fact.customer_id): date.fromisoformat(fact.data["on"])
        for fact in facts
        if fact.data["kind"] in ("email", "letter")
    }
    contact.take_over_contacts(actor, written)
    collections.take_over_activities(
        actor,
        [
            PriorActivity(
                customer_id=_owner(fact.customer_id),
                kind=fact.data["kind"],
                outcome=fact.data["outcome"],
                note=f"{fact.data['on']}: {fact.data['note']}".rstrip(": "),
            )
            for fact in facts
        ],
    )


def _take_over_holds(actor: Actor) -> None:
    """Place holds and blocks and record consents, each kind in one go."""
    holds, blocks, consents = list[NewHold](), dict[int, str](), list[NewConsent]()
    for fact in queries.facts(actor.company_id, rules.HOLDS):
        data, customer_id = fact.data, _owner(fact.customer_id)
        if data["what"] == "hold":
            until = date.fromisoformat(data["until"]) if data["until"] else None
            source = contact.manual_source(customer_id)
            holds.append(NewHold(customer_id, None, "manual", source, until, data["note"]))
        elif data["what"] == "block":
            blocks[customer_id] = data["note"].strip()
        else:
            is_allowed = data["what"] == "opt_in"
            consents.append(
                NewConsent(customer_id, "collection", allowed=is_allowed, note=data["note"])
            )
    contact.place_holds(actor, holds)
    if blocks:
        credit.take_over_blocks(actor, blocks)
    if consents:
        contact.take_over_consents(actor, consents)


def _owner(customer_id: int | None) -> int:
    """Return the customer of a row; the report has no unknown ones by now."""
    if customer_id is None:
        raise Refused("report_changed", "A customer is gone; read the report again")
    return customer_id

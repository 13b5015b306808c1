"""Writers of insurance and guarantees: policies, buyer covers, guarantees, overdue reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from creditdesk.controls.commands import acts_on, command
from creditdesk.credit import queries
from creditdesk.credit.models import Cover, Guarantee, InsurancePolicy, OverdueReport
from creditdesk.credit.rules import COVER_KINDS, GUARANTEE_KINDS
from creditdesk.credit.services.blocks import require_customers
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place
from creditdesk.kernel.money import MINOR_MAX
from creditdesk.plumbing import sql
from creditdesk.plumbing.services import keep_file, take_references

DOCUMENT_BYTES_MAX = 20 * 1024 * 1024
DAYS_MAX = 3650


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPolicy:
    """A policy of an insurer as its schedule states it."""

    insurer: str
    number: str
    currency: str
    valid_from: date
    valid_to: date
    maximum_liability_minor: int
    retention_percent: Decimal
    deductible_minor: int = 0
    extension_days: int = 60
    report_days: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCover:
    """An insurer's decision about a buyer; an amount of zero withdraws the cover from its date."""

    policy_number: str
    customer_id: int
    minor: int
    currency: str
    valid_from: date
    valid_to: date | None = None
    kind: str = "named"
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGuarantee:
    """Somebody who answers for a customer up to an amount, and the paper that says so."""

    customer_id: int
    kind: str
    guarantor: str
    minor: int
    currency: str
    valid_from: date
    valid_to: date | None = None
    note: str = ""


@command("credit.keep_insurance")
def add_policy(actor: Actor, new: NewPolicy) -> int:
    """Record an insurer's policy; return its id. Conflict when its number is known already."""
    _check_policy(new)
    if any(one.number == new.number.strip() for one in queries.policies(actor.company_id).values()):
        raise Conflict("insurance_policy_known", f"Policy {new.number} is known already")
    found = InsurancePolicy.objects.create(
        company_id=actor.company_id,
        insurer=new.insurer.strip(),
        number=new.number.strip(),
        currency=new.currency,
        valid_from=new.valid_from,
        valid_to=new.valid_to,
        maximum_liability_minor=new.maximum_liability_minor,
        retention_percent=new.retention_percent,
        deductible_minor=new.deductible_minor,
        extension_days=new.extension_days,
        report_days=new.report_days,
        recorded_at=actor.at,
        recorded_by=actor.name,
    )
    return int(found.pk)


def _check_policy(new: NewPolicy) -> None:
    if not (new.insurer.strip() and new.number.strip()):
        raise Invalid(
            "insurance_policy_nameless",
            "A policy has an insurer and a number",
            place=Place(field="number"),
            mend="Give both as the schedule states them.",
        )
    _check_days(new.valid_from, new.valid_to)
    if not new.retention_percent.is_finite() or not 0 <= new.retention_percent <= 100:  # noqa: PLR2004 - percent
        raise Invalid(
            "retention_out_of_range",
            f"A retention of {new.retention_percent} % cannot be",
            place=Place(field="retention_percent"),
            mend="Give what you bear yourself, from 0 to 100.",
        )
    for name, value, most in (
        ("maximum_liability", new.maximum_liability_minor, MINOR_MAX),
        ("deductible", new.deductible_minor, MINOR_MAX),
        ("extension_days", new.extension_days, DAYS_MAX),
        ("report_days", new.report_days, DAYS_MAX),
    ):
        if not 0 <= value <= most:
            raise Invalid(
                "insurance_figure_out_of_range",
                f"{value} cannot stand here",
                place=Place(field=name),
                mend=f"Give a number from 0 to {most}.",
            )


@command("credit.keep_insurance")
def record_covers(actor: Actor, new: Sequence[NewCover]) -> int:
    """Record decisions of insurers about buyers; return how many. Earlier ones stay as history.

    What was delivered before a lower decision keeps its cover; limits that it backs count less
    from its date on.
    """
    require_customers(actor, {one.customer_id for one in new})
    known = {one.number: one.id for one in queries.policies(actor.company_id).values()}
    for one in new:
        _check_cover(one, known)
    Cover.objects.bulk_create(
        [
            Cover(
                company_id=actor.company_id,
                policy_id=known[one.policy_number],
                customer_id=one.customer_id,
                kind=one.kind,
                currency=one.currency,
                minor=one.minor,
                valid_from=one.valid_from,
                valid_to=one.valid_to,
                note=one.note.strip(),
                recorded_at=actor.at,
                recorded_by=actor.name,
            )
            for one in new
        ],
        batch_size=5000,
    )
    return len(new)


def _check_cover(new: NewCover, known: dict[str, int]) -> None:
    if new.policy_number not in known:
        raise NotFound(
            "insurance_policy_unknown", f"There is no insurance policy {new.policy_number!r}"
        )
    _check_kind(new.kind, COVER_KINDS)
    _check_days(new.valid_from, new.valid_to)
    if not 0 <= new.minor <= MINOR_MAX:
        raise Invalid(
            "cover_out_of_range",
            f"A cover of {new.minor} minor units cannot be kept",
            place=Place(field="amount"),
            mend="Give a positive amount, or zero to withdraw the cover.",
        )


@command("credit.keep_guarantee")
def add_guarantee(
    actor: Actor, new: NewGuarantee, *, filename: str = "", content: bytes = b""
) -> str:
    """Record who answers for a customer, with the paper if given; return the reference."""
    require_customers(actor, {new.customer_id})
    _check_kind(new.kind, GUARANTEE_KINDS)
    _check_days(new.valid_from, new.valid_to)
    if not new.guarantor.strip():
        raise Invalid(
            "guarantor_missing",
            "A guarantee names who answers",
            place=Place(field="guarantor"),
            mend="Give the bank, the parent or whoever signed.",
        )
    if not 0 < new.minor <= MINOR_MAX:
        raise Invalid(
            "guarantee_out_of_range",
            f"A guarantee of {new.minor} minor units cannot be kept",
            place=Place(field="amount"),
            mend="Give a positive amount.",
        )
    if len(content) > DOCUMENT_BYTES_MAX:
        raise document_too_large()
    [reference] = take_references(actor, "GUA", 1)
    Guarantee.objects.create(
        company_id=actor.company_id,
        reference=reference,
        customer_id=new.customer_id,
        kind=new.kind,
        guarantor=new.guarantor.strip(),
        currency=new.currency,
        minor=new.minor,
        valid_from=new.valid_from,
        valid_to=new.valid_to,
        document_id=keep_file(actor, filename, content) if content else None,
        note=new.note.strip(),
        recorded_at=actor.at,
        recorded_by=actor.name,
    )
    acts_on("customer", [new.customer_id])
    return reference


@command("credit.keep_guarantee")
def end_guarantee(actor: Actor, reference: str, *, on: date, reason: str) -> None:
    """Let a guarantor answer no more from a day on; Conflict when it had ended before."""
    if not reason.strip():
        raise Invalid(
            "reason_missing",
            "Ending a guarantee needs a reason",
            place=Place(field="reason"),
            mend="Say whether it was given back, called or replaced.",
        )
    found = queries.guarantee(actor.company_id, reference)
    ended = sql.execute(
        "UPDATE credit_guarantee SET ended_from = %s, ended_by = %s"
        " WHERE company_id = %s AND id = %s AND ended_from IS NULL",
        [on, f"{actor.name}: {reason.strip()}", actor.company_id, found.id],
    )
    if not ended:
        raise Conflict("guarantee_ended", f"{reference} had ended before", reference=reference)
    acts_on("customer", [found.customer_id])


@command("credit.keep_insurance")
def note_reported(actor: Actor, policy_number: str, item_ids: Sequence[int], *, on: date) -> int:
    """Keep that items were reported to the insurer as overdue; known ones stay as they are."""
    policy = queries.insurance_policy(actor.company_id, policy_number)
    if on > actor.today:
        raise Invalid(
            "reported_in_the_future",
            f"{on} is still to come",
            place=Place(field="on"),
            mend="Give the day the insurer was told.",
        )
    done = {one.item_id for one in queries.overdue_reports(actor.company_id)
            if one.policy_id == policy.id}  # fmt: skip
    new = sorted(set(item_ids) - done)
    OverdueReport.objects.bulk_create(
        [
            OverdueReport(
                company_id=actor.company_id,
                policy_id=policy.id,
                item_id=item_id,
                reported_on=on,
                recorded_at=actor.at,
                recorded_by=actor.name,
            )
            for item_id in new
        ]
    )
    return len(new)


def document_too_large() -> Invalid:
    """Return the fault of a paper that is too large to be kept."""
    return Invalid(
        "guarantee_document_too_large",
        "The paper has more than 20 MiB",
        place=Place(field="paper"),
        mend="Attach a smaller copy.",
    )


def _check_kind(kind: str, known: Sequence[str]) -> None:
    if kind not in known:
        raise Invalid(
            "cover_kind_unknown",
            f"{kind!r} is not known here",
            place=Place(field="kind"),
            mend=f"Give one of {', '.join(known)}.",
        )


def _check_days(first: date, last: date | None) -> None:
    if last is not None and last < first:
        raise Invalid(
            "cover_ends_before_it_begins",
            f"It would end on {last}, before it begins on {first}",
            place=Place(field="valid_to"),
            mend="Give a last day at or after the first.",
        )

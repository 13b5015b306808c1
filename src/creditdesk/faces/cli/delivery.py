"""Commands for deliveries: send again, look, print for the post, hand over."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path

from creditdesk.controls.commands import preview
from creditdesk.faces.cli import companies
from creditdesk.faces.cli.tongue import gettext
from creditdesk.invoices import delivery_queries, delivery_wording, services
from creditdesk.kernel.calendars import day_of
from creditdesk.kernel.errors import Invalid, Place
from creditdesk.plumbing import queries as files
from creditdesk.plumbing import whole_files


def send(
    *, numbers: list[str], channel: str, forms: list[str], reason: str, company: str,
    is_preview: bool,
) -> int:  # fmt: skip
    """Put documents on their way; 1 when the gate refused one."""
    of = companies.the_one(company)
    actor = replace(companies.actor(of), reason=reason)
    with preview() if is_preview else nullcontext():
        done = services.deliver(actor, numbers, channel=channel, forms=forms, reason=reason)
    told = gettext(
        "%(company)s: %(queued)s on their way, %(known)s sent so before, %(refused)s refused,"
        " %(own)s by own means",
        company=of.code, queued=done.queued, known=done.known, refused=done.refused,
        own=done.own_means,
    )  # fmt: skip
    print(told)
    return 1 if done.refused else 0


def show(*, number: str, company: str) -> int:
    """Print what is known of how a document reached its customer."""
    of = companies.the_one(company)
    found = delivery_queries.deliveries(of.id, number)
    if not found.rows:
        print(gettext("%(number)s was not sent from here", number=number))
        return 1
    print(f"{number}: {delivery_wording.standing(found.standing)}")
    for one in found.evidence:
        told = (
            f"{one.recorded_at:%Y-%m-%d %H:%M}", delivery_wording.channel(one.channel),
            delivery_wording.evidence(one.kind), one.code, one.note, one.recorded_by,
        )  # fmt: skip
        print("  " + "  ".join(part for part in told if part))
    return 0


def print_(*, out: Path, company: str, is_both_sides: bool = False) -> int:
    """Print what waits for the post into a folder."""
    of = companies.the_one(company)
    done = services.print_batch(companies.actor(of), is_both_sides=is_both_sides)
    return _written(of.id, done.reference, out)


def again(*, reference: str, out: Path, company: str) -> int:
    """Write the file of a batch once more."""
    return _written(companies.the_one(company).id, reference, out)


def _written(company_id: int, reference: str, out: Path) -> int:
    batch = delivery_queries.batch(company_id, reference)
    file = files.kept_file(company_id, batch.file_id)
    target = out / f"{reference}.pdf" if out.is_dir() else out
    whole_files.write_where_told(target, [file.content])
    told = gettext(
        "%(reference)s: %(documents)s documents, %(pages)s pages, in %(file)s",
        reference=reference, documents=batch.documents, pages=batch.pages, file=target,
    )  # fmt: skip
    print(told)
    return 0


def posted(*, reference: str, on: str, company: str) -> int:
    """Say that a batch was handed to the post."""
    of = companies.the_one(company)
    count = services.mark_posted(companies.actor(of), reference, on=_day(on) if on else None)
    told = gettext(
        "%(reference)s: %(count)s documents handed to the post", reference=reference, count=count
    )
    print(told)
    return 0


def _day(text: str) -> date:
    try:
        return day_of(text)
    except ValueError as error:
        raise Invalid(
            "date_malformed", f"{text[:40]!r} is no day", place=Place(field="on"),
            mend="Write it as 2026-03-31",
        ) from error  # fmt: skip

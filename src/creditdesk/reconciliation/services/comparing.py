"""Compare our books with the ERP's, keep every difference, and keep what people say of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, NotFound, Place, Refused
from creditdesk.plumbing import sql
from creditdesk.plumbing.encoding import to_json
from creditdesk.plumbing.events import announce
from creditdesk.plumbing.services import take_references
from creditdesk.reconciliation import events, queries, rules
from creditdesk.reconciliation.models import Difference, ErpItem, Explanation, Reconciliation
from creditdesk.reconciliation.queries import ErpFileRow, RunRow
from creditdesk.reconciliation.rules import Found

NOTE_CHARACTERS_MAX: Final = 2_000
# Lists older than this are dropped from the table; the files themselves are kept.
LISTS_KEPT_DAYS: Final = 7
GONE_NAMED_MAX: Final = 200
_COLUMNS = (
    "company_id", "reconciliation_id", "cause", "number", "figure", "customer_number", "currency",
    "here_minor", "there_minor", "params",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a comparison found; `is_repeat`: the same files had been compared before."""

    reference: str
    as_of: date
    differences: int
    by_cause: Mapping[str, int]
    gone: int
    is_repeat: bool = False


@command("reconciliation.run")
def reconcile(actor: Actor, *, as_of: date | None = None, again: bool = False) -> Reconciled:
    """Compare with the ERP's latest files, or those of a date, and keep what differs.

    The same files are compared once, unless asked for `again`: what changed here since then shows.
    Refused when no file was loaded to its end.
    """
    items, figures = _files(actor, as_of)
    latest = items or figures
    if latest is None:
        raise Refused(
            "nothing_to_reconcile",
            "No list of open items and no control totals of the ERP have been loaded",
        )
    before = queries.run_before(actor.company_id)
    if before is not None and not again and _is_same(before, items, figures):
        return _told(before)
    found = _found(actor, items, figures)
    row = _kept(actor, latest.as_of, items, figures, found, before)
    _drop_old_lists(actor, latest.as_of)
    announce(
        actor,
        [
            events.Reconciled(
                reference=row.reference, as_of=row.as_of.isoformat(), differences=len(found)
            )
        ],
    )
    return Reconciled(
        row.reference, row.as_of, len(found), row.report["causes"], row.report["gone_total"]
    )


def reconcile_new(actor: Actor) -> Reconciled | None:
    """Compare what the ERP sent since the last comparison; `None` when there is nothing new.

    The day asks for this; not a command of its own.
    """
    items, figures = _files(actor, None)
    if items is None and figures is None:
        return None
    before = queries.run_before(actor.company_id)
    if before is not None and _is_same(before, items, figures):
        return None
    return reconcile(actor)


def _files(actor: Actor, as_of: date | None) -> tuple[ErpFileRow | None, ErpFileRow | None]:
    """Return the list of open items and the control totals of the latest, or of one, date."""
    known = queries.files(actor.company_id, as_of=as_of)
    if not known:
        return None, None
    of_date = [one for one in known if one.as_of == known[0].as_of]
    kinds = {one.kind: one for one in reversed(of_date)}
    return kinds.get(queries.ITEMS_KIND), kinds.get(queries.FIGURES_KIND)


def _is_same(before: RunRow, items: ErpFileRow | None, figures: ErpFileRow | None) -> bool:
    return (before.items_run_id, before.figures_run_id) == (
        items.import_run_id if items else None,
        figures.import_run_id if figures else None,
    )


def _told(before: RunRow) -> Reconciled:
    report = before.report
    return Reconciled(
        before.reference, before.as_of, before.differences_total, report["causes"],
        report["gone_total"], is_repeat=True,
    )  # fmt: skip


def _found(actor: Actor, items: ErpFileRow | None, figures: ErpFileRow | None) -> list[Found]:
    found: list[Found] = []
    if figures is not None:
        found += rules.compare_figures(
            queries.figures_here(actor.company_id, as_of=figures.as_of),
            queries.figures_there(actor.company_id, figures.import_run_id),
        )
    if items is not None:
        found += rules.compare(
            queries.documents_here(
                actor.company_id, as_of=items.as_of, items_run_id=items.import_run_id
            ),
            queries.documents_there(actor.company_id, items.import_run_id),
            as_of=items.as_of,
        )
    return found


def _kept(
    actor: Actor,
    as_of: date,
    items: ErpFileRow | None,
    figures: ErpFileRow | None,
    found: Sequence[Found],
    before: RunRow | None,
) -> Reconciliation:
    earlier = queries.found_in(actor.company_id, before.id) if before else []
    gone = rules.gone(earlier, found)
    report = {
        "causes": dict(sorted(Counter(one.cause for one in found).items())),
        "totals": _totals(actor, as_of, items),
        "gone": [one.number or one.figure for one in gone[:GONE_NAMED_MAX]],
        "gone_total": len(gone),
        "rows_rejected": sum(one.rows_rejected for one in (items, figures) if one),
    }
    row = Reconciliation.objects.create(
        company_id=actor.company_id,
        reference=take_references(actor, "REC", 1)[0],
        as_of=as_of,
        items_run_id=items.import_run_id if items else None,
        figures_run_id=figures.import_run_id if figures else None,
        differences_total=len(found),
        report=report,
        recorded_at=actor.at,
        recorded_by=actor.name,
    )
    sql.copy_rows("reconciliation_difference", _COLUMNS, _rows(actor, row.id, found))
    return row


def _rows(actor: Actor, run_id: int, found: Sequence[Found]) -> Iterator[tuple[object, ...]]:
    for one in found:
        yield (
            actor.company_id, run_id, one.cause, one.number, one.figure, one.customer_number,
            one.currency, one.here_minor, one.there_minor, to_json(dict(one.params)),
        )  # fmt: skip


def _totals(actor: Actor, as_of: date, items: ErpFileRow | None) -> dict[str, dict[str, int]]:
    """Return by currency what our control accounts and the ERP's list come to."""
    totals: dict[str, dict[str, int]] = defaultdict(dict)
    here = queries.figures_here(actor.company_id, as_of=as_of)
    for (account, customer, bucket, currency), minor in here.items():
        if not customer and not bucket:
            totals[currency][account] = minor
    if items is not None:
        listed: Counter[str] = Counter()
        for one in queries.documents_there(actor.company_id, items.import_run_id):
            listed[one.currency] += one.open_minor
        for currency, minor in listed.items():
            totals[currency]["listed"] = minor
    return {currency: totals[currency] for currency in sorted(totals)}


def _drop_old_lists(actor: Actor, as_of: date) -> None:
    old = [
        one.import_run_id
        for one in queries.files(actor.company_id, kind=queries.ITEMS_KIND)
        if one.as_of < as_of - timedelta(days=LISTS_KEPT_DAYS)
    ]
    if old:
        ErpItem.objects.filter(company_id=actor.company_id, import_run_id__in=old).delete()


@command("reconciliation.explain")
def explain(actor: Actor, difference_id: int, *, note: str) -> None:
    """Say why a difference is as it is; it stays in the list, explained, while its amounts last."""
    if not note.strip() or len(note) > NOTE_CHARACTERS_MAX:
        raise Invalid(
            "note_missing" if not note.strip() else "note_too_long",
            "An explanation is a note of some words",
            place=Place(field="note"),
            mend=f"Write at most {NOTE_CHARACTERS_MAX} characters",
        )
    found = Difference.objects.filter(company_id=actor.company_id, id=difference_id).first()
    if found is None:
        raise NotFound("difference_unknown", "There is no such difference")
    Explanation.objects.create(
        company_id=actor.company_id,
        number=found.number,
        figure=found.figure,
        customer_number=found.customer_number,
        currency=found.currency,
        here_minor=found.here_minor,
        there_minor=found.there_minor,
        note=note.strip(),
        recorded_at=actor.at,
        recorded_by=actor.name,
    )

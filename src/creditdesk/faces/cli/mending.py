"""Commands that mend what files brought: deliveries confirmed, closures undone."""

from __future__ import annotations

from collections.abc import Sequence

from creditdesk.controls.commands import preview
from creditdesk.faces.cli import companies
from creditdesk.faces.cli.tongue import gettext, gettext_noop, ngettext
from creditdesk.golive import queries as golive_read
from creditdesk.golive import services as golive
from creditdesk.invoices import services as invoices
from creditdesk.kernel.money import from_minor
from creditdesk.reconciliation import queries as reconciliation

SHOWN_MAX = 50
PREVIEW = gettext_noop("Nothing was done: repeat it with --yes")


def confirm_delivery(
    *, numbers: Sequence[str], company: str, is_all: bool, reason: str, yes: bool
) -> int:
    """Release what arrived, or say what would be; without numbers list what waits."""
    of = companies.the_one(company)
    if not numbers and not is_all:
        page = golive_read.undelivered(of.id, size=SHOWN_MAX)
        for row in page.rows:
            due = gettext("due %(day)s", day=row.due_on)
            print(f"  {row.number:20} {row.customer_number:12} {due}"
                  f" {from_minor(row.open_minor, row.currency):>14} {row.currency}")  # fmt: skip
        print(
            ngettext(
                "%(count)d document waits for its delivery to be confirmed",
                "%(count)d documents wait for their delivery to be confirmed",
                page.total,
            )
        )
        return 0
    actor, meant = companies.actor(of), None if is_all else list(numbers)
    if yes:
        done = golive.confirm_delivery(actor, meant, reason=reason)
    else:
        with preview():
            done = golive.confirm_delivery(actor, meant, reason=reason)
    print(_released(done.released) if yes else _would_be_released(done.released))
    if done.not_held:
        print(gettext("Not waiting: %(numbers)s", numbers=", ".join(done.not_held[:SHOWN_MAX])))
    if not yes:
        print(gettext(PREVIEW))
    return 0


def undo_closures(
    *, numbers: Sequence[str], company: str, import_reference: str, reason: str, yes: bool
) -> int:
    """Undo the closures of an import, of documents, or both, or say what would be undone."""
    of = companies.the_one(company)
    actor = companies.actor(of)
    ids = reconciliation.closure_ids(
        of.id, import_reference=import_reference, numbers=list(numbers) or None
    )
    if yes:
        done = invoices.undo_closures(actor, ids, reason=reason)
    else:
        with preview():
            done = invoices.undo_closures(actor, ids, reason=reason)
    print(_undone(done.undone) if yes else _would_be_undone(done.undone))
    if not yes:
        print(gettext(PREVIEW))
    return 0


def _released(count: int) -> str:
    return ngettext("%(count)d document is released", "%(count)d documents are released", count)


def _would_be_released(count: int) -> str:
    return ngettext(
        "%(count)d document would be released", "%(count)d documents would be released", count
    )


def _undone(count: int) -> str:
    return ngettext("%(count)d closure is undone", "%(count)d closures are undone", count)


def _would_be_undone(count: int) -> str:
    return ngettext(
        "%(count)d closure would be undone", "%(count)d closures would be undone", count
    )

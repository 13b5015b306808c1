"""A customer's credit set against what the customer owes, and taken back."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from creditdesk.controls.commands import acts_on, command
from creditdesk.invoices import services as invoices
from creditdesk.kernel.actor import Actor


@command("cash.apply")
def set_off(actor: Actor, credit_note: str, *, against: Mapping[int, int]) -> int:
    """Set a credit note against open items (id to minor) of its customer; return what is left.

    Refused for items of another customer or currency; Conflict where note or item have less now.
    """
    acts_on("item", against)
    return invoices.set_off(actor, credit_note, against)


@command("cash.undo")
def undo_set_off(
    actor: Actor, credit_note: str, *, application_ids: Collection[int] | None = None
) -> int:
    """Take back what a credit note was set off against, all or the named, from today.

    Return how much is credit again. What it took of the invoice it was written for stays.
    """
    return invoices.take_back_credit(actor, credit_note, application_ids=application_ids)

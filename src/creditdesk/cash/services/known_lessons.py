"""What was learned of the payers of a batch, and nothing of anybody else."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from creditdesk.cash.queries import learned as read
from creditdesk.cash.rules import Receipt
from creditdesk.cash.rules.learned import Habit, KeysSeen, Knowledge, Model, keys_of
from creditdesk.cash.services.known_payers import KnownPayers


class KnownLessons:
    """Who may have paid, and how they are used to pay, asked for batch by batch."""

    def __init__(self, company_id: int, model: Model | None) -> None:
        self._company_id = company_id
        self._is_trained = model is not None
        self._payers = KnownPayers(company_id)

    def knowledge(self, receipts: Sequence[Receipt]) -> Knowledge:
        """Return everything that tells who paid these, and nobody from before."""
        self._payers.foresee(receipts)
        self._payers.foresee_texts(receipts)
        keys = {key for receipt in receipts for key in keys_of(receipt)}
        return Knowledge(
            self._payers.payers,
            read.keys_seen(self._company_id, keys) if self._is_trained else KeysSeen({}),
            read.relations(self._company_id, keys),
        )

    def habits(self, customer_ids: Collection[int]) -> dict[int, Habit]:
        """Return the habits of these customers; none before a training."""
        if not self._is_trained:
            return {}
        found = read.habits(self._company_id, customer_ids=customer_ids)
        return {one.customer_id: one for one in found}

"""The transaction that is open, or one of its own: never a savepoint."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def in_transaction() -> Iterator[None]:
    """Run the block, or the function it decorates, in the open transaction or in one of its own.

    For what is called many times a day within the transaction of a command: a savepoint would be
    two statements more. An error is then the whole transaction's; who means to go on after one
    sets a savepoint around.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        yield

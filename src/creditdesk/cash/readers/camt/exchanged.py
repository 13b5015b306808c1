"""From AmtDtls to what was paid in another currency, and the bank's rate."""

from __future__ import annotations

from creditdesk.cash.readers.camt.nodes import Node
from creditdesk.cash.readers.originals import NONE, Original, Quoted, original, other_minor

# What the payer instructed comes first; a counter value may be in the payer's currency too.
_AMOUNTS = ("InstdAmt", "TxAmt", "CntrValAmt", "AnncdPstngAmt")


def original_of(entry: Node, details: list[Node], minor: int, currency: str) -> Original:
    """Return what is behind the amount of one payment; of several together nothing is said."""
    if len(details) > 1:
        return NONE
    for node in (*details, entry):
        told = node.first("AmtDtls")
        if told is not None and (found := _told(told, minor, currency)) != NONE:
            return found
    return NONE


def _told(told: Node, minor: int, currency: str) -> Original:
    parts = [part for name in _AMOUNTS if (part := told.first(name)) is not None]
    amounts = [amount for part in parts if (amount := part.first("Amt")) is not None]
    foreign = next((one for one in amounts if one.currency not in ("", currency)), None)
    exchanges = [found for part in parts if (found := part.first("CcyXchg")) is not None]
    fitting = [one for one in exchanges if _concerns(one, currency)]
    return original(
        minor, currency,
        other_minor=other_minor(foreign.text, foreign.currency) if foreign else None,
        other_currency=foreign.currency if foreign else "",
        quoted=_quoted(fitting[0]) if fitting else None,
    )  # fmt: skip


def _concerns(exchange: Node, currency: str) -> bool:
    """Whether an exchange is into or out of the account's currency, as far as it says so."""
    named = {exchange.value("SrcCcy"), exchange.value("TrgtCcy")} - {""}
    return not named or currency in named


def _quoted(exchange: Node) -> Quoted:
    return Quoted(
        rate=exchange.value("XchgRate"),
        source=exchange.value("SrcCcy"),
        target=exchange.value("TrgtCcy"),
        unit=exchange.value("UnitCcy"),
    )

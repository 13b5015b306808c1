"""What a payment settles, and when a bank line is known already: pure decisions."""

from creditdesk.cash.rules.index import Index, build_index
from creditdesk.cash.rules.lines import Occurrence, occurrences
from creditdesk.cash.rules.matching import match, match_all
from creditdesk.cash.rules.payers import Payers, build_payers
from creditdesk.cash.rules.values import Finding, OpenItem, Proposal, Reason, Receipt

__all__ = [
    "Finding",
    "Index",
    "Occurrence",
    "OpenItem",
    "Payers",
    "Proposal",
    "Reason",
    "Receipt",
    "build_index",
    "build_payers",
    "match",
    "match_all",
    "occurrences",
]

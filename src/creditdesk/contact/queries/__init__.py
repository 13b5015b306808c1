"""What contact knows: facts for the gate, the mailbox, verdicts, replies, live holds."""

from creditdesk.contact.queries.facts import (
    ConsentRow,
    HoldRow,
    consents,
    gate_facts,
    items_of,
    last_contacted,
    live_holds,
)
from creditdesk.contact.queries.mailbox import (
    FullMessage,
    MessageItemRow,
    MessageRow,
    Page,
    ReplyRow,
    VerdictRow,
    mailbox,
    message,
    replies_of,
    replies_open,
    status_counts,
    uncertain,
    verdicts,
)

__all__ = [
    "ConsentRow",
    "FullMessage",
    "HoldRow",
    "MessageItemRow",
    "MessageRow",
    "Page",
    "ReplyRow",
    "VerdictRow",
    "consents",
    "gate_facts",
    "items_of",
    "last_contacted",
    "live_holds",
    "mailbox",
    "message",
    "replies_of",
    "replies_open",
    "status_counts",
    "uncertain",
    "verdicts",
]

"""Whose mail it is, by what it says and what is known of its sender. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from creditdesk.contact.inbox.values import WRITTEN, ReadMail

BY_ANSWER: Final = "answer"
BY_REFERENCE: Final = "reference"
BY_ADDRESS: Final = "address"
BY_HAND: Final = "hand"
PROPOSED_MAX: Final = 5
_REFERENCE = re.compile(r"\bMSG-\d{4}-\d{6,9}\b")
# Addresses of many firms: the part after the @ says nothing about whose it is.
_SHARED_DOMAINS: Final = frozenset(
    ("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com",
     "icloud.com", "gmx.de", "gmx.net", "web.de", "t-online.de", "aol.com", "proton.me")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of ours a mail may answer."""

    id: int
    reference: str
    message_id: str
    customer_id: int
    recipient: str

    @property
    def envelope(self) -> str:
        """What the mail is called on its way: the part of its Message-ID nobody can guess."""
        return self.message_id.strip("<>").rpartition("@")[0]


@dataclass(frozen=True, slots=True)
class Tie:
    """Whose mail it is, to which message, and how that is known; or who is only proposed."""

    customer_id: int | None = None
    message_id: int | None = None
    by: str = ""
    proposed: tuple[int, ...] = ()


def references_of(mail: ReadMail) -> list[str]:
    """Return the references of ours that a mail names, in its subject or among its answers."""
    return sorted(set(_REFERENCE.findall(" ".join((mail.subject, *mail.answers)))))


def tie(mail: ReadMail, sent: Mapping[str, Sent], known: Sequence[int]) -> Tie:
    """Return whose mail it is; `sent` is by reference, `known` the customers of the address.

    A Message-ID of ours cannot be guessed and ties for certain. A reference in the subject can:
    it ties only with a sender of the address, or of the house, we wrote to. A known address ties
    when it is one customer's. Everything else is proposed, at most.
    """
    by_id = {name: one for one in sent.values() for name in (one.message_id, one.envelope)}
    for answer in mail.answers:
        if answer in by_id:
            return Tie(by_id[answer].customer_id, by_id[answer].id, BY_ANSWER)
    named = [sent[one] for one in _REFERENCE.findall(mail.subject) if one in sent]
    trusted = [one for one in named if _is_theirs(mail.sender, one) or one.customer_id in known]
    if trusted and len({one.customer_id for one in trusted}) == 1:
        return Tie(trusted[0].customer_id, trusted[0].id, BY_REFERENCE)
    if not named and len(known) == 1:
        return Tie(known[0], None, BY_ADDRESS)
    proposed = dict.fromkeys([*(one.customer_id for one in named), *known])
    return Tie(proposed=tuple(proposed)[:PROPOSED_MAX])


def _is_theirs(sender: str, message: Sent) -> bool:
    """Whether the sender is who we wrote to, or of the same house."""
    recipient = message.recipient.lower()
    domain = recipient.rpartition("@")[2]
    return bool(sender) and (
        sender == recipient
        or (domain not in _SHARED_DOMAINS and sender.rpartition("@")[2] == domain)
    )


def holds_reminders(mail: ReadMail) -> bool:
    """Whether somebody wrote it, so that reminders wait until it was read."""
    return mail.kind == WRITTEN

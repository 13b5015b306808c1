"""Mail fetched from the mailbox of a company: each taken in first, then marked as read."""

from __future__ import annotations

from dataclasses import dataclass

from creditdesk.contact import services as contact
from creditdesk.contact.inbox import MAIL_BYTES_MAX, imap
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Refused

DOOR = "imap"
COMPANY = "{company}"
TAKEN, KNOWN, REFUSED = "taken", "known", "refused"


@dataclass(frozen=True, slots=True)
class Fetched:
    """How many mails came, how many were here before, how many could not be read."""

    taken: int = 0
    known: int = 0
    refused: int = 0


def address_for(url: str, code: str, *, companies: int) -> str:
    """Return the address of a company's mailbox; Refused when several would share one."""
    if COMPANY not in url and companies > 1:
        raise Refused(
            "inbox_shared",
            "Several companies would read one mailbox; write {company} where its code belongs",
        )
    return url.replace(COMPANY, code)


def fetch(actor: Actor, url: str) -> Fetched:
    """Take in what is unread, and say how much it was; Refused when the mailbox does not answer.

    A mail is marked as read once it is kept, and kept once however often it is fetched: whatever
    stops in between, the next look goes on.
    """
    outcomes = {TAKEN: 0, KNOWN: 0, REFUSED: 0}
    with imap.opened(url) as box:
        for uid in box.unread():
            content = box.content(uid)
            if content is None:
                outcomes[_too_large(actor, uid, box.heads(uid))] += 1
            else:
                outcomes[_take(actor, uid, content)] += 1
            box.mark(uid)
    return Fetched(outcomes[TAKEN], outcomes[KNOWN], outcomes[REFUSED])


def _take(actor: Actor, uid: str, content: bytes) -> str:
    name = f"mail-{uid}.eml"
    try:
        done = contact.take_in_mail(actor, filename=name, content=content, door=DOOR)
    except Invalid as error:
        fault = (error.code, error.message)
        contact.keep_refused(actor, filename=name, content=content, door=DOOR, fault=fault)
        return REFUSED
    return KNOWN if done.is_known else TAKEN


def _too_large(actor: Actor, uid: str, heads: bytes) -> str:
    fault = ("mail_too_large", f"the mail has more than {MAIL_BYTES_MAX // 2**20} MiB")
    contact.keep_refused(actor, filename=f"mail-{uid}.eml", content=heads, door=DOOR, fault=fault)
    return REFUSED

"""Mails to the staff that nobody knows arrived: a person looks, and says what becomes of them."""

from __future__ import annotations

from typing import Final, Literal, get_args

from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place
from creditdesk.policy import queries
from creditdesk.policy.models import Notice
from creditdesk.policy.telling_queries import STILL_OPEN

Verdict = Literal["again", "sent", "failed"]
BECOMES: Final[dict[str, str]] = {"again": "queued", "sent": "sent", "failed": "failed"}


@command("policy.settle_mail")
def settle_mail(actor: Actor, notice_id: int, *, verdict: Verdict) -> str:
    """After a person looked: send a mail once more, or say it arrived or did not; its new state.

    It is sent again under its old Message-ID, so that who got it already can tell. Conflict for
    one that the mail server took or may still answer for, and about rules that were withdrawn.
    """
    if verdict not in get_args(Verdict):
        raise verdict_unfit()
    found = (
        Notice.objects.select_for_update().filter(company_id=actor.company_id, id=notice_id).first()
    )
    if found is None:
        raise NotFound("policy_notice_unknown", "There is no such mail")
    is_open = found.handed_over_at is not None and found.handed_over_at > actor.at - STILL_OPEN
    if found.status not in ("handed_over", "failed") or is_open:
        raise mail_is_settled()
    if verdict == "again" and queries.is_withdrawn(actor.company_id, found.version):
        raise mail_is_of_withdrawn()
    found.status = BECOMES[verdict]
    found.answer = "" if verdict == "again" else f"decided by {actor.name}"
    found.save(update_fields=["status", "answer"])
    return found.status


def verdict_unfit() -> Invalid:
    """Return the fault of a verdict there is not."""
    return Invalid(
        "verdict_unfit",
        "That is nothing to become of a mail",
        place=Place(field="verdict"),
        mend="Choose one of those offered",
    )


def mail_is_settled() -> Conflict:
    """Return the conflict of a mail that needs nobody to decide, or not yet."""
    return Conflict(
        "mail_settled", "The mail is not uncertain, or the mail server may still answer for it"
    )


def mail_is_of_withdrawn() -> Conflict:
    """Return the conflict of a mail about rules that do not come."""
    return Conflict("mail_of_withdrawn", "The version it is about was withdrawn")

"""The writers of contact: holds and consent, the queue behind the gate, the sender, replies."""

from creditdesk.contact.services.consents import set_consent
from creditdesk.contact.services.holds import (
    hold,
    lift_holds,
    place_holds,
    release,
    withdraw_for_items,
    withdraw_unsent,
)
from creditdesk.contact.services.prior import take_over_contacts
from creditdesk.contact.services.queueing import (
    Examined,
    QueueResult,
    examine,
    queue,
    queue_all,
)
from creditdesk.contact.services.replies import handle_reply, record_reply
from creditdesk.contact.services.sending import SendResult, give_up, queue_again, send_queued

__all__ = [
    "Examined",
    "QueueResult",
    "SendResult",
    "examine",
    "give_up",
    "handle_reply",
    "hold",
    "lift_holds",
    "place_holds",
    "queue",
    "queue_again",
    "queue_all",
    "record_reply",
    "release",
    "send_queued",
    "set_consent",
    "take_over_contacts",
    "withdraw_for_items",
    "withdraw_unsent",
]

"""The writers of contact: holds and consent, the queue behind the gate, the sender, replies."""

from creditdesk.contact.services.consents import (
    NewConsent,
    set_consent,
    take_over_consents,
)
from creditdesk.contact.services.holds import (
    hold,
    lift_holds,
    manual_source,
    place_holds,
    release,
    withdraw_for_items,
    withdraw_unsent,
)
from creditdesk.contact.services.inbox import (
    TakenMail,
    assign_mail,
    keep_refused,
    note_mails_done,
    set_mail_aside,
    take_in_mail,
)
from creditdesk.contact.services.posting import post, take_back
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
    "NewConsent",
    "QueueResult",
    "SendResult",
    "TakenMail",
    "assign_mail",
    "examine",
    "give_up",
    "handle_reply",
    "hold",
    "keep_refused",
    "lift_holds",
    "manual_source",
    "note_mails_done",
    "place_holds",
    "post",
    "queue",
    "queue_again",
    "queue_all",
    "record_reply",
    "release",
    "send_queued",
    "set_consent",
    "set_mail_aside",
    "take_back",
    "take_in_mail",
    "take_over_consents",
    "take_over_contacts",
    "withdraw_for_items",
    "withdraw_unsent",
]

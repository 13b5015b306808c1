"""Writers of credit: limits, exposure, reservations, blocks."""

from creditdesk.credit.services.blocks import (
    block,
    hand_back_blocks,
    take_over_blocks,
    unblock,
)
from creditdesk.credit.services.exposure import (
    change_exposure,
    convert,
    expire,
    hold_exposure,
    lock_exposure,
    release,
    reserve,
    reserve_all,
)
from creditdesk.credit.services.insurance import (
    DOCUMENT_BYTES_MAX,
    NewCover,
    NewGuarantee,
    NewPolicy,
    add_guarantee,
    add_policy,
    document_too_large,
    end_guarantee,
    note_reported,
    record_covers,
)
from creditdesk.credit.services.limits import (
    record_stated_limits,
    set_limit,
    set_limits,
    take_over_limits,
    withdraw_limit,
)
from creditdesk.credit.services.requests import (
    ask_limit,
    grant_limit,
    refuse_limit,
    take_back_request,
)

__all__ = [
    "DOCUMENT_BYTES_MAX",
    "NewCover",
    "NewGuarantee",
    "NewPolicy",
    "add_guarantee",
    "add_policy",
    "ask_limit",
    "block",
    "change_exposure",
    "convert",
    "document_too_large",
    "end_guarantee",
    "expire",
    "grant_limit",
    "hand_back_blocks",
    "hold_exposure",
    "lock_exposure",
    "note_reported",
    "record_covers",
    "record_stated_limits",
    "refuse_limit",
    "release",
    "reserve",
    "reserve_all",
    "set_limit",
    "set_limits",
    "take_back_request",
    "take_over_blocks",
    "take_over_limits",
    "unblock",
    "withdraw_limit",
]

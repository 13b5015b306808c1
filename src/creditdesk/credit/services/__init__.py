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
)
from creditdesk.credit.services.limits import (
    record_stated_limits,
    set_limit,
    set_limits,
    take_over_limits,
)

__all__ = [
    "block",
    "change_exposure",
    "convert",
    "expire",
    "hand_back_blocks",
    "hold_exposure",
    "lock_exposure",
    "record_stated_limits",
    "release",
    "reserve",
    "set_limit",
    "set_limits",
    "take_over_blocks",
    "take_over_limits",
    "unblock",
]

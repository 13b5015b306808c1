"""Writers of going live: begin, bring over, take back, sign, confirm what arrived since."""

from creditdesk.golive.services.signing import Signed, sign
from creditdesk.golive.services.staging import (
    Delivered,
    begin,
    confirm_delivery,
    remove_outdated,
)

__all__ = ["Delivered", "Signed", "begin", "confirm_delivery", "remove_outdated", "sign"]

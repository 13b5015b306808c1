"""Writers of going live: begin, bring over, take back, sign."""

from creditdesk.golive.services.signing import Signed, sign
from creditdesk.golive.services.staging import begin, confirm_delivery, remove_outdated

__all__ = ["Signed", "begin", "confirm_delivery", "remove_outdated", "sign"]

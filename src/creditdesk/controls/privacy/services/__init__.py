"""Writers of privacy: erasing on request and on schedule, and the holds that stop both."""

from creditdesk.controls.privacy.services.erasing import RULE, ErasureReport, erase, plan
from creditdesk.controls.privacy.services.holds import hold, lift
from creditdesk.controls.privacy.services.retaining import due, retain

__all__ = ["RULE", "ErasureReport", "due", "erase", "hold", "lift", "plan", "retain"]

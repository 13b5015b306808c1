"""Writers of evidence; re-exported by name."""

from creditdesk.assessment.evidence.services.lists import Loaded, load_list
from creditdesk.assessment.evidence.services.screening import (
    Screened,
    review_hit,
    screen,
    screen_application,
)

__all__ = ["Loaded", "Screened", "load_list", "review_hit", "screen", "screen_application"]

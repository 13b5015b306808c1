"""Writers of evidence; re-exported by name."""

from creditdesk.assessment.evidence.services.lists import Loaded, load_list
from creditdesk.assessment.evidence.services.reports import (
    NewReport,
    Quote,
    Subject,
    ask,
    keep_reports,
    quote,
)
from creditdesk.assessment.evidence.services.screening import (
    Screened,
    review_hit,
    screen,
    screen_application,
)

__all__ = [
    "Loaded",
    "NewReport",
    "Quote",
    "Screened",
    "Subject",
    "ask",
    "keep_reports",
    "load_list",
    "quote",
    "review_hit",
    "screen",
    "screen_application",
]

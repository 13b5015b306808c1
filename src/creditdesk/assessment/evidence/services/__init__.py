"""Writers of evidence; re-exported by name."""

from creditdesk.assessment.evidence.rules.reviews import is_same, verdicts_after
from creditdesk.assessment.evidence.services.inquiries import add_step, conclude, open_inquiry
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
from creditdesk.assessment.evidence.services.signals import answer_signal, look_at_opening

__all__ = [
    "Loaded",
    "NewReport",
    "Quote",
    "Screened",
    "Subject",
    "add_step",
    "answer_signal",
    "ask",
    "conclude",
    "is_same",
    "keep_reports",
    "load_list",
    "look_at_opening",
    "open_inquiry",
    "quote",
    "review_hit",
    "screen",
    "screen_application",
    "verdicts_after",
]

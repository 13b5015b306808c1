"""Writers of assessment; re-exported by name."""

from creditdesk.assessment.services.assessing import assess, replay, score_party
from creditdesk.assessment.services.cards import approve_card, fit_card
from creditdesk.assessment.services.recording import NewStatement, record_statements

__all__ = [
    "NewStatement", "approve_card", "assess", "fit_card", "record_statements", "replay",
    "score_party",
]  # fmt: skip

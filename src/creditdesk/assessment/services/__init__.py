"""Writers of assessment; re-exported by name."""

from creditdesk.assessment.services.assessing import assess, replay, score_party
from creditdesk.assessment.services.cards import approve_card, fit_card
from creditdesk.assessment.services.learning_runs import ask_fit, fit_own, work_fit
from creditdesk.assessment.services.recording import NewStatement, record_statements

__all__ = [
    "NewStatement", "approve_card", "ask_fit", "assess", "fit_card", "fit_own",
    "record_statements", "replay", "score_party", "work_fit",
]  # fmt: skip

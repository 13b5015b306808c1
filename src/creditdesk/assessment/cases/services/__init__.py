"""Writers of applications; re-exported by name."""

from creditdesk.assessment.cases.services.answering import (
    NewReference,
    answer_offer,
    answer_reference,
    hand_in,
    save_form,
    send_form,
    take_application_back,
)
from creditdesk.assessment.cases.services.asking import (
    Asked,
    ask_for_missing,
    ask_references,
    invite,
    remind,
)
from creditdesk.assessment.cases.services.deciding import (
    Decided,
    begin,
    case_digest,
    decide,
    decided_by_policy,
    replay,
)
from creditdesk.assessment.cases.services.ending import Worked, expire, withdraw, work
from creditdesk.assessment.cases.services.opening import meet_condition
from creditdesk.assessment.cases.services.submitting import submit
from creditdesk.assessment.cases.services.taking import (
    NewApplication,
    fill,
    keep_paper,
    record_figures,
    start,
)

__all__ = [
    "Asked", "Decided", "NewApplication", "NewReference", "Worked", "answer_offer",
    "answer_reference", "ask_for_missing", "ask_references", "begin", "case_digest", "decide",
    "decided_by_policy", "expire", "fill", "hand_in", "invite", "keep_paper", "meet_condition",
    "record_figures", "remind", "replay", "save_form", "send_form", "start", "submit",
    "take_application_back", "withdraw", "work",
]  # fmt: skip

"""What applications need, how they move, and what the policy recommends; re-exported by name."""

from creditdesk.assessment.cases.rules.deciding import (
    CONDITIONS,
    NewCondition,
    NewDecision,
    check_decision,
    principal_reasons,
)
from creditdesk.assessment.cases.rules.recommending import (
    ADVERSE,
    Facts,
    Measures,
    Offer,
    Recommendation,
    Reference,
    Step,
    recommend,
)
from creditdesk.assessment.cases.rules.required import (
    AMOUNTS,
    CLASSES,
    DOCUMENTS,
    EMAILS,
    FIELDS,
    NATURAL_PERSONS,
    REQUIRED,
    Folder,
    Missing,
    Requirement,
    amount_of,
    asked_fields,
    cleaned,
    missing,
    referees,
)
from creditdesk.assessment.cases.rules.states import ENDED, OPEN, STATES, moved

__all__ = [
    "ADVERSE", "AMOUNTS", "CLASSES", "CONDITIONS", "DOCUMENTS", "EMAILS", "ENDED", "FIELDS",
    "NATURAL_PERSONS", "OPEN", "REQUIRED", "STATES", "Facts", "Folder", "Measures", "Missing",
    "NewCondition", "NewDecision", "Offer", "Recommendation", "Reference", "Requirement", "Step",
    "amount_of", "asked_fields", "check_decision", "cleaned", "missing", "moved",
    "principal_reasons", "recommend", "referees",
]  # fmt: skip

"""How a payer pays: grade, PAYDEX and drift from what was paid and what is not. Pure."""

from creditdesk.monitoring.ratings.rules.drifting import (
    AS_USUAL,
    LATER,
    Drift,
    Norm,
    Seen,
    drift_of,
    norm_of,
)
from creditdesk.monitoring.ratings.rules.grading import (
    GRADES,
    Behaviour,
    Counted,
    Grade,
    Part,
    Unpaid,
    behaviour_of,
    counted,
    grade_of,
)
from creditdesk.monitoring.ratings.rules.paydex import (
    BANDS,
    CORNERS,
    days_beyond,
    in_bands,
    paydex_of,
    points,
)
from creditdesk.monitoring.ratings.rules.rating import (
    Rating,
    as_inputs,
    from_inputs,
    is_worse,
    rate,
)

__all__ = [
    "AS_USUAL",
    "BANDS",
    "CORNERS",
    "GRADES",
    "LATER",
    "Behaviour",
    "Counted",
    "Drift",
    "Grade",
    "Norm",
    "Part",
    "Rating",
    "Seen",
    "Unpaid",
    "as_inputs",
    "behaviour_of",
    "counted",
    "days_beyond",
    "drift_of",
    "from_inputs",
    "grade_of",
    "in_bands",
    "is_worse",
    "norm_of",
    "paydex_of",
    "points",
    "rate",
]

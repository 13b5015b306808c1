"""Late interest and fixed compensation, by law and date. Pure; no legal advice."""

from creditdesk.policy.rules.interest.accrual import Segment, exact_minor, segments_of
from creditdesk.policy.rules.interest.claims import (
    Answer,
    Change,
    Claim,
    Costs,
    Suspension,
    allocate,
    claimed,
    compensation_of,
)
from creditdesk.policy.rules.interest.law import (
    ALLOCATIONS,
    DAY_COUNTS,
    LAWS,
    PRINCIPAL_FIRST,
    Band,
    Law,
    law_of,
    law_of_country,
)
from creditdesk.policy.rules.interest.rates import (
    PUBLISHED,
    REFERENCES,
    ReferenceRate,
    half_year_of,
    is_reference_rate,
    published,
)

__all__ = [
    "ALLOCATIONS",
    "DAY_COUNTS",
    "LAWS",
    "PRINCIPAL_FIRST",
    "PUBLISHED",
    "REFERENCES",
    "Answer",
    "Band",
    "Change",
    "Claim",
    "Costs",
    "Law",
    "ReferenceRate",
    "Segment",
    "Suspension",
    "allocate",
    "claimed",
    "compensation_of",
    "exact_minor",
    "half_year_of",
    "is_reference_rate",
    "law_of",
    "law_of_country",
    "published",
    "segments_of",
]

"""How customers pay: sums of what they did, ratings kept, signals."""

from creditdesk.monitoring.ratings.queries.behaving import PartRow
from creditdesk.monitoring.ratings.queries.changed import Change, changes
from creditdesk.monitoring.ratings.queries.current import (
    NOTHING,
    PARTS_MAX,
    Judged,
    judge,
    judged,
    parts,
)
from creditdesk.monitoring.ratings.queries.kept import RatingRow, rating_history, ratings
from creditdesk.monitoring.ratings.queries.listed import (
    NO_GRADE,
    SORTS,
    PayerRow,
    listing,
)
from creditdesk.monitoring.ratings.queries.replaying import replayed
from creditdesk.monitoring.ratings.queries.signalled import WITHIN_DAYS, Signals, signals

__all__ = [
    "NOTHING",
    "NO_GRADE",
    "PARTS_MAX",
    "SORTS",
    "WITHIN_DAYS",
    "Change",
    "Judged",
    "PartRow",
    "PayerRow",
    "RatingRow",
    "Signals",
    "changes",
    "judge",
    "judged",
    "listing",
    "parts",
    "rating_history",
    "ratings",
    "replayed",
    "signals",
]

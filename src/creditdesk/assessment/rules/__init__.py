"""What the room of assessment decides and works out; re-exported by name."""

from creditdesk.assessment.rules.altman import MODELS, ZScore, z_scores
from creditdesk.assessment.rules.cards import as_data, read
from creditdesk.assessment.rules.items import BY_CODE, ITEMS, Amounts, Item
from creditdesk.assessment.rules.points import DataPoints, Year, data_points, point_codes
from creditdesk.assessment.rules.ratios import RATIO, RATIOS, Ratio, ratios
from creditdesk.assessment.rules.scorecard import (
    Band,
    Card,
    Factor,
    Odds,
    Range,
    Reason,
    Score,
    Scored,
    reasons,
    score,
)
from creditdesk.assessment.rules.spread import (
    QUALITIES,
    UNITS,
    Finding,
    Sheet,
    Spread,
    sheet_of,
    spread,
)

__all__ = [
    "BY_CODE", "ITEMS", "MODELS", "QUALITIES", "RATIO", "RATIOS", "UNITS", "Amounts", "Band",
    "Card", "DataPoints", "Factor", "Finding", "Item", "Odds", "Range", "Ratio", "Reason",
    "Score", "Scored", "Sheet", "Spread", "Year", "ZScore", "as_data", "data_points",
    "point_codes", "ratios", "read", "reasons", "score", "sheet_of", "spread", "z_scores",
]  # fmt: skip

"""How payers are rated by what they did: a section of the policy. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerRatingRules:
    """Up to how many weighted days late each grade reaches; what is later still is an E.

    What was paid in the last `window_months` counts, and all that is unpaid. With fewer than
    `parts_min` payments and overdue items there is no good grade, with fewer than
    `paydex_parts_min` no PAYDEX. A payer drifts when the items due in the last `recent_days` come
    `drift_days` later than its own earlier ones, if there are `drift_parts_min` of each.
    """

    window_months: int = 12
    grade_a_days: int = 5
    grade_b_days: int = 15
    grade_c_days: int = 30
    grade_d_days: int = 60
    parts_min: int = 3
    paydex_parts_min: int = 3
    recent_days: int = 90
    drift_days: int = 7
    drift_parts_min: int = 4

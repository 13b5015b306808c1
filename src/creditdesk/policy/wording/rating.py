"""How payers are rated, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext

from creditdesk.policy.rules import Policy
from creditdesk.policy.rules.rating import PayerRatingRules
from creditdesk.policy.wording.saying import Clause, Said, clauses, days, months


def payer_rating(policy: Policy, currency: str) -> Iterator[Clause]:
    """Yield what counts for the rating of payers, and how far each grade reaches."""
    yield from clauses("payer_rating", policy.payer_rating, _RATING, currency)


def _grades(rules: PayerRatingRules, _: str) -> str:
    return gettext(
        "A payer is an A up to %(a)s late, weighted by amount, a B up to %(b)s, a C up to %(c)s, a"
        " D up to %(d)s, and an E beyond."
    ) % {
        "a": days(rules.grade_a_days), "b": days(rules.grade_b_days),
        "c": days(rules.grade_c_days), "d": days(rules.grade_d_days),
    }  # fmt: skip


def _drift(rules: PayerRatingRules, _: str) -> str:
    return gettext(
        "A payer drifts when the median of the items that fell due in the last %(recent)s is at"
        " least %(days)s later than that of the earlier ones, and more than they usually scatter;"
        " with fewer than %(count)d of either, nothing is said."
    ) % {
        "recent": days(rules.recent_days), "days": days(rules.drift_days),
        "count": rules.drift_parts_min,
    }  # fmt: skip


_RATING: Final[tuple[Said[PayerRatingRules], ...]] = (
    Said(
        ("window_months",),
        lambda rules, _: (
            gettext(
                "Payers are rated by what they paid in the last %(months)s and by what they have"
                " not paid, however old; what is contested does not count while it is."
            )
            % {"months": months(rules.window_months)}
        ),
    ),
    Said(("grade_a_days", "grade_b_days", "grade_c_days", "grade_d_days"), _grades),
    Said(
        ("parts_min",),
        lambda rules, _: (
            gettext(
                "With fewer than %(count)d payments and overdue items there is no grade better"
                " than D."
            )
            % {"count": rules.parts_min}
        ),
    ),
    Said(
        ("paydex_parts_min",),
        lambda rules, _: (
            gettext("With fewer than %(count)d payments and overdue items there is no PAYDEX.")
            % {"count": rules.paydex_parts_min}
        ),
    ),
    Said(("recent_days", "drift_days", "drift_parts_min"), _drift),
)

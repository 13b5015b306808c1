"""Fees for reminders that the law forbids, with sources. Pure; no legal advice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from creditdesk.kernel.errors import Invalid, Place
from creditdesk.policy.rules.values import DunningFee, Policy


@dataclass(frozen=True, slots=True)
class FeeBan:
    """Where no fee may be asked for a reminder: for any, or only for the first after the due date.

    With `before_days` it may not be asked for one that is sent earlier after the due date. `source`
    is the text it is read from.
    """

    country: str
    first_only: bool
    source: str
    before_days: int = 0


BANS: Final = (
    FeeBan("FR", False, "Code des procédures civiles d'exécution, art. L111-8"),
    FeeBan("DE", True, "§§ 280 (2), 286 (1) BGB"),
    FeeBan("NO", False, "Inkassoforskriften (FOR-1989-07-14-562) kap. 1", before_days=14),
)


def ban_on(policy: Policy, step: str, country: str) -> FeeBan | None:
    """Return what forbids a fee for a step's reminder to a debtor in a country."""
    for ban in BANS:
        if ban.country == country and _meets(ban, policy, step):
            return ban
    return None


def _meets(ban: FeeBan, policy: Policy, step: str) -> bool:
    if ban.before_days:
        late = next((one.days_late for one in policy.ladder if one.code == step), 0)
        return late < ban.before_days
    return not ban.first_only or step == first_step(policy)


def first_step(policy: Policy) -> str:
    """Return the first step after the due date; empty where there is none."""
    late = [step for step in policy.ladder if step.days_late > 0]
    return min(late, key=lambda step: step.days_late).code if late else ""


def lawful_fee(policy: Policy, step: str, currency: str, country: str) -> DunningFee | None:
    """Return the fee of a step for a customer by policy; nothing where the law forbids one."""
    if ban_on(policy, step, country):
        return None
    return policy.dunning_fees.fee(step, currency, country)


def refuse_unlawful(policy: Policy) -> None:
    """Raise Invalid (`policy_fee_unlawful`) where a fee is named for a country that forbids it.

    A fee for all countries stands; it is never asked where `lawful_fee` finds it forbidden.
    """
    for n, fee in enumerate(policy.dunning_fees.fees):
        ban = ban_on(policy, fee.step, fee.country) if fee.minor > 0 else None
        if ban is not None:
            raise Invalid(
                "policy_fee_unlawful",
                f"dunning_fees.fees[{n}] asks a fee that the law of {fee.country} forbids"
                f" ({ban.source})",
                place=Place(field=f"dunning_fees.fees[{n}].minor"),
                mend="Leave it out, or say 0; what is due beyond it is the fixed compensation.",
                country=fee.country,
                source=ban.source,
            )

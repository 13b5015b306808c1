"""The written rules as values: terms, ladder, contact, orders, matching; and rates crossed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time
from decimal import Decimal

from creditdesk.policy.rules.accounts import AccountRules, DutyRules
from creditdesk.policy.rules.alerts import AlertRules
from creditdesk.policy.rules.assessing import AssessmentRules
from creditdesk.policy.rules.credit import (
    Authority,
    LimitRules,
    ReviewRules,
    ScorecardRules,
)
from creditdesk.policy.rules.orders import OrderRules
from creditdesk.policy.rules.publishing import PublishingRules
from creditdesk.policy.rules.rating import PayerRatingRules
from creditdesk.policy.rules.terms import Terms

RATE_MAX = 10**10
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of the dunning ladder, taken from `days_late` on (negative: before the due date)."""

    code: str
    level: int
    days_late: int
    channel: str = "email"
    purpose: str = "collection"
    tone: str = "friendly"
    pay_within_days: int = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRules:
    """When and how often a customer may be contacted."""

    earliest: time = time(8, 0)
    latest: time = time(18, 0)
    business_days_only: bool = True
    days_between_messages: int = 7
    bank_import_must_be_fresh: bool = True
    minimum_minor: int = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchingRules:
    """How cash is matched: tolerances in minor units, and when amount alone may decide.

    `learned_apply_percent` is how sure what was learned must be to apply by itself; at 100 it
    only proposes.
    """

    tolerance_minor: int = 0
    combine_items_max: int = 4
    name_score_minimum: Decimal = Decimal(90)
    short_payment_opens_dispute_percent: Decimal = Decimal(50)
    learned_apply_percent: Decimal = Decimal(98)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """What a payment in a currency may leave open without anybody claiming it.

    `minor` and `percent` (of the invoice) both bound what is written off as a small difference,
    `bank_fee_minor` what is taken as a charge of a bank on the way; each per item and in all.
    """

    currency: str
    minor: int = 0
    percent: Decimal = Decimal(1)
    bank_fee_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortPaymentRules:
    """What becomes of what a payment leaves open.

    Without a tolerance of its currency nothing is written off. A discount counts as earned for
    `discount_grace_days` more. `discount_on_part`: whether a part paid in time earns its share of
    the discount, or only the whole does. `follow_advices`: what an advice names is dealt with as
    it says, within these bounds, without a person.
    """

    tolerances: tuple[Tolerance, ...] = ()
    write_off_adjusts_tax: bool = True
    discount_grace_days: int = 0
    discount_on_part: str = "only_when_full"
    take_earned_discounts: bool = True
    follow_advices: bool = True

    def tolerance(self, currency: str) -> Tolerance:
        """Return what may be left open in a currency."""
        return next(
            (one for one in self.tolerances if one.currency == currency),
            Tolerance(currency=currency),
        )


# What money pays first: what is late, due that day, or not due yet, and costs, interest, principal.
TIME_CLASSES = ("past_due", "due", "in_advance")
COMPONENTS = ("costs", "interest", "principal")


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationRules:
    """In which order money pays what its payer owes, where the payer names nothing.

    `order` lists every pair of time class and component once; the default leaves it to the law of
    the debtor's country, where one is kept. `automatic` applies by it without a person, and replays
    it by date. `consumers_on_credit`: consumers owe by consumer credit, for which some laws bind.
    """

    automatic: bool = False
    order: tuple[str, ...] = tuple(f"{one}:{of}" for one in TIME_CLASSES for of in COMPONENTS)
    consumers_on_credit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignCurrencyRules:
    """Whether exchange differences are posted when foreign items are paid, and how far off a rate.

    Money in another currency than the item settles it at a rate that may differ from the day's by
    `rate_tolerance_percent` at most.
    """

    realise: bool = True
    rate_tolerance_percent: Decimal = Decimal(5)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseRules:
    """How a promise is judged."""

    grace_days: int = 2
    longest_days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class InterestRules:
    """Whether late interest and compensation are charged, by which law, from when.

    `memo` shows them and posts nothing, in reminders too unless `on_letters` is off; `post` makes
    them items of their own. Only what falls due on or after `since` is charged. The jurisdiction is
    that of the customer's country unless named.
    """

    mode: str = "off"
    since: date | None = None
    jurisdiction: str = ""
    agreed_percent: Decimal | None = None
    day_count: str = ""
    compensation: bool = True
    minimum_minor: int = 100
    pay_within_days: int = 14
    credited_bears_interest: bool = False
    charge_disputed: bool = False
    on_letters: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRules:
    """What a returned payment costs the customer, and how it is known again on a statement.

    A fee of 0 charges nothing. The bank may add up to `charges_max_minor` of its own to a return.
    After `block_at_count` returns in `block_within_days` credit is blocked; 0 never blocks.
    """

    fee_minor: int = 0
    fee_within_days: int = 14
    charges_max_minor: int = 1_500
    search_days: int = 425
    block_at_count: int = 0
    block_within_days: int = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class CashLimit:
    """How much cash in a currency is taken from one customer in one day."""

    currency: str
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterRules:
    """What is taken over the counter, and how a deposit is known again on a statement.

    Cash of a currency without a limit is taken in any amount. A cheque is refused once it is older
    than `cheque_stale_days`, or dated more than `cheque_ahead_days` ahead. The bank may credit a
    deposit up to `deposit_search_days` after it was brought. Who counts the till books differences
    up to `till_difference_minor` a day and currency alone; above, another approves.
    """

    cash_limits: tuple[CashLimit, ...] = ()
    cheque_stale_days: int = 180
    cheque_ahead_days: int = 90
    deposit_search_days: int = 14
    till_difference_minor: int = 1_000

    def cash_limit(self, currency: str) -> int | None:
        """Return how much cash of a currency is taken from a customer in a day, if limited."""
        return next((one.minor for one in self.cash_limits if one.currency == currency), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectDebitRules:
    """How customers are told of a collection, and when the bank must have it.

    Lead days are business days of TARGET before the collection; a mandate unused for
    `mandate_months` is not collected on any more. `retry_days` after a return for want of money.
    """

    prenotify_days: int = 14
    lead_days_core: int = 1
    lead_days_b2b: int = 1
    mandate_months: int = 36
    retry_days: int = 7
    retries_max: int = 1


WRITE_OFF_REASONS = ("bad_debt", "insolvency", "small_balance", "limitation", "disputed_lost")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliefRule:
    """From when the tax within what was written off for a reason may be taken back.

    `after_due_days` counts from the due date; the write-off itself must be posted by then.
    `until_due_days` is the last day, 0 sets none.
    """

    reason: str
    after_due_days: int = 0
    until_due_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOffRules:
    """What the tax office allows of what was written off; without a rule nothing is taken back."""

    tax_relief: tuple[ReliefRule, ...] = ()

    def relief(self, reason: str) -> ReliefRule | None:
        """Return the rule for a reason; nothing where there is none."""
        return next((one for one in self.tax_relief if one.reason == reason), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRules:
    """What looks like fraud when somebody applies, and from when a name counts as a listed one.

    More than `openings_max` openings within `openings_days` with the same mail, phone, address or
    network are too many. `likeness_percent` is from when a name is near a listed one. A report
    that says nothing of it itself counts for `report_days`.
    """

    openings_days: int = 30
    openings_max: int = 2
    likeness_percent: int = 88
    report_days: int = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class DunningFee:
    """What the reminder of a step costs, per invoice, in a currency; for a country or for all.

    `invoice_max_minor` is what an invoice is charged in all by such fees, 0 sets no limit.
    """

    step: str
    currency: str
    minor: int
    country: str = ""
    invoice_max_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DunningFeeRules:
    """What reminders cost the customer. Without fees nothing is charged.

    A fee for the customer's own country comes before one for all; one of 0 charges nothing there.
    """

    fees: tuple[DunningFee, ...] = ()
    within_days: int = 14

    def fee(self, step: str, currency: str, country: str) -> DunningFee | None:
        """Return the fee of a step for a customer; nothing where none is charged."""
        fitting = [
            one
            for one in self.fees
            if one.step == step and one.currency == currency and one.country in ("", country)
        ]
        found = max(fitting, key=lambda one: one.country, default=None)
        return found if found is not None and found.minor > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureRules:
    """What counts against a limit, and what a limit in another currency loses when converted.

    What is open is returned, overdue or neither, in this order; what is ordered is reserved whole
    or the rest of an order billed in part. `count_unapplied` lowers the exposure by what is free.
    """

    count_open: bool = True
    count_overdue: bool = True
    count_returned: bool = True
    count_reserved: bool = True
    count_ordered_rest: bool = True
    count_unapplied: bool = True
    haircut_percent: Decimal = Decimal(0)

    @property
    def splits_open(self) -> bool:
        """Whether what is open must be told apart before it is counted."""
        return not self.count_open == self.count_overdue == self.count_returned

    def counts(self, bucket: str) -> bool:
        """Whether a part of the exposure counts; `unbilled` is the rest of an order billed."""
        return bool(
            self.count_ordered_rest if bucket == "unbilled" else getattr(self, f"count_{bucket}")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of a company's rules."""

    version: int
    valid_from: date
    default_terms: str
    terms: Mapping[str, Terms]
    ladder: tuple[Step, ...]
    contact: ContactRules = field(default_factory=ContactRules)
    orders: OrderRules = field(default_factory=OrderRules)
    exposure: ExposureRules = field(default_factory=ExposureRules)
    matching: MatchingRules = field(default_factory=MatchingRules)
    promises: PromiseRules = field(default_factory=PromiseRules)
    authority: Authority = field(default_factory=Authority)
    interest: InterestRules = field(default_factory=InterestRules)
    short_payments: ShortPaymentRules = field(default_factory=ShortPaymentRules)
    allocation: AllocationRules = field(default_factory=AllocationRules)
    foreign_currency: ForeignCurrencyRules = field(default_factory=ForeignCurrencyRules)
    returns: ReturnRules = field(default_factory=ReturnRules)
    direct_debit: DirectDebitRules = field(default_factory=DirectDebitRules)
    counter: CounterRules = field(default_factory=CounterRules)
    write_offs: WriteOffRules = field(default_factory=WriteOffRules)
    dunning_fees: DunningFeeRules = field(default_factory=DunningFeeRules)
    limits: LimitRules = field(default_factory=LimitRules)
    reviews: ReviewRules = field(default_factory=ReviewRules)
    scorecards: ScorecardRules = field(default_factory=ScorecardRules)
    accounts: AccountRules = field(default_factory=AccountRules)
    duties: DutyRules = field(default_factory=DutyRules)
    assessment: AssessmentRules = field(default_factory=AssessmentRules)
    evidence: EvidenceRules = field(default_factory=EvidenceRules)
    payer_rating: PayerRatingRules = field(default_factory=PayerRatingRules)
    alerts: AlertRules = field(default_factory=AlertRules)
    publishing: PublishingRules = field(default_factory=PublishingRules)

    def terms_for(self, code: str) -> Terms:
        """Return the terms of that code, or the company's default terms."""
        return self.terms.get(code) or self.terms[self.default_terms]


def content(policy: Policy) -> Policy:
    """Return the rules without number and date, to be compared with others."""
    return replace(policy, version=0, valid_from=date.min)


def is_rate(base: str, quote: str, rate: Decimal) -> bool:
    """Whether so much of `quote` can be what one unit of `base` is worth."""
    named = all(_CURRENCY.fullmatch(one) for one in (base, quote))
    return named and base != quote and rate.is_finite() and 0 < rate < RATE_MAX


def crossed(kept: Mapping[tuple[str, str], Decimal], quote: str) -> dict[str, Decimal]:
    """Return what one unit of each currency is worth in `quote`, by (base, quote) rates.

    A kept rate comes first, then the inverse of one, then a cross over one common currency;
    of several crosses the one over the alphabetically first currency.
    """
    direct = dict(kept)
    for (base, other), rate in kept.items():
        direct.setdefault((other, base), 1 / rate)
    found = {base: rate for (base, other), rate in direct.items() if other == quote}
    over = {quote: Decimal(1), **found}
    for (base, middle), rate in sorted(direct.items(), key=lambda pair: pair[0][1]):
        if middle in found:
            over.setdefault(base, rate * found[middle])
    return over

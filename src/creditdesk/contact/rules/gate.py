"""The contact gate: may this message go to this customer now? Pure.

Every check leaves its own reason, passed or not, so a verdict reads as a check list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache
from typing import Final

from creditdesk.contact.rules.drafts import Intent, MentionedItem
from creditdesk.kernel.calendars import BusinessCalendar
from creditdesk.policy.rules import ContactRules

Param = str | int | list[str] | list[int] | None

# What an opt-out stops, and what needs an opt-in. Invoices, statutory notices and service
# messages (about the customer's own orders and dates) are never stopped by an opt-out.
STOPPED_BY_OPT_OUT: Final = frozenset({"collection", "marketing"})
NEEDS_OPT_IN: Final = frozenset({"marketing"})
# Purposes that must leave whatever the hour: an invoice or a notice has its own legal date.
AT_ANY_HOUR: Final = frozenset({"invoice", "statutory", "prenotification"})
PURPOSES: Final = ("invoice", "statutory", "prenotification", "service", "collection", "marketing")
ITEM_HOLDS: Final = frozenset({"dispute", "promise", "plan", "undelivered", "direct_debit"})
HOLD_KINDS: Final = (*sorted(ITEM_HOLDS), "unapplied_money", "unhandled_reply", "manual")
# At queueing time these only make a message wait; the sender asks again.
WAITS: Final = frozenset({"hours", "business_day"})
# A reminder not sent by then says what is no longer so; the next run writes a new one.
GOOD_FOR_DAYS: Final = 4
# Reasons that are the same for many customers of a run are made once.
SHARED_REASONS_MAX: Final = 1024


@dataclass(frozen=True, slots=True)
class Reason:
    """One check of the gate: its code, whether it passed, and the figures it looked at."""

    code: str
    is_passed: bool
    params: Mapping[str, Param] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HoldFact:
    """A live hold on a customer, or only on one item."""

    kind: str
    source: str
    item_id: int | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class StaleAccount:
    """A collecting account whose last known closing is too old, or that never had one."""

    identifier: str
    latest_closing: date | None


@dataclass(frozen=True, slots=True)
class BankFact:
    """Whether the bank import is fresh: every collecting account closed on `required_on` or later.

    `None` in place of this fact means nobody looked, which is as bad as stale.
    """

    required_on: date
    stale: tuple[StaleAccount, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of the customer and of the items when the gate is asked.

    `open_minor` holds what is open now for every item that is still known; `None` takes the
    message's own amounts, for a caller that has just read them. `steps_taken` are (item, step).
    """

    opted_in: bool | None = None
    holds: tuple[HoldFact, ...] = ()
    open_minor: Mapping[int, int] | None = None
    steps_taken: frozenset[tuple[int, str]] = frozenset()
    last_message_on: date | None = None
    bank: BankFact | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gate's answer: allowed or not, every check, and the items that stay in the message."""

    allowed: bool
    reasons: tuple[Reason, ...]
    item_ids: tuple[int, ...] = ()

    @property
    def failed(self) -> tuple[Reason, ...]:
        """The checks that did not pass, those first that stop the message."""
        return tuple(reason for reason in self.reasons if not reason.is_passed)

    @property
    def waits(self) -> bool:
        """Whether nothing but the hour or the day stands against it."""
        return bool(self.failed) and all(reason.code in WAITS for reason in self.failed)


def judge(
    intent: Intent,
    facts: Facts,
    rules: ContactRules,
    now_local: datetime,
    calendar: BusinessCalendar,
) -> Verdict:
    """Ask every check that applies to the purpose; `now_local` stands in the customer's zone.

    Allowed when every check passed. Items on hold, paid or changed are named in the reason
    `items` and drop out; only an empty rest, or a text that stands, refuses the message.
    """
    kept, item_reasons = _items(intent, facts)
    reasons = [_shared("address", bool(intent.recipient), ("channel", intent.channel))]
    if intent.purpose not in AT_ANY_HOUR:
        reasons += [
            _hours(rules, now_local.time(), str(now_local.tzinfo)),
            _business_day(rules, now_local.date(), calendar),
        ]
    if intent.purpose in STOPPED_BY_OPT_OUT:
        reasons.append(_consent(intent, facts))
    if intent.is_chasing:
        reasons += [
            _customer_holds(facts),
            *item_reasons,
            _something_left(intent, kept),
            _minimum(rules, kept),
            _new_step(intent, kept, facts),
            _pause(rules, facts, now_local),
            *_still_true(intent, now_local),
            _bank(rules, facts.bank),
        ]
    return Verdict(
        allowed=all(r.is_passed or (r.code == "items" and not intent.is_written) for r in reasons),
        reasons=tuple(reasons),
        item_ids=tuple(item.item_id for item in (kept if intent.is_chasing else intent.items)),
    )


@lru_cache(maxsize=SHARED_REASONS_MAX)
def _shared(code: str, is_passed: bool, *params: tuple[str, str | int]) -> Reason:  # noqa: FBT001 - a key's part
    return Reason(code, is_passed, dict(params))


# Moments that are equal in two zones are equal keys: the local time and zone are passed apart.
@lru_cache(maxsize=SHARED_REASONS_MAX)
def _hours(rules: ContactRules, at: time, zone: str) -> Reason:
    return Reason(
        "hours",
        rules.earliest <= at < rules.latest,
        {
            "at": at.strftime("%H:%M"),
            "earliest": rules.earliest.strftime("%H:%M"),
            "latest": rules.latest.strftime("%H:%M"),
            "zone": zone,
        },
    )


@lru_cache(maxsize=SHARED_REASONS_MAX)
def _business_day(rules: ContactRules, on: date, calendar: BusinessCalendar) -> Reason:
    is_passed = not rules.business_days_only or calendar.is_business_day(on)
    return Reason("business_day", is_passed, {"on": on.isoformat()})


def _consent(intent: Intent, facts: Facts) -> Reason:
    needed = intent.purpose in NEEDS_OPT_IN
    is_passed = facts.opted_in is True if needed else facts.opted_in is not False
    return _shared("consent", is_passed, ("purpose", intent.purpose), ("channel", intent.channel))


_NO_HOLD: Final = Reason("customer_hold", is_passed=True)


def _customer_holds(facts: Facts) -> Reason:
    held = [hold for hold in facts.holds if hold.item_id is None]
    if not held:
        return _NO_HOLD
    return Reason(
        "customer_hold",
        False,
        {"kinds": sorted({h.kind for h in held}), "sources": sorted(h.source for h in held)},
    )


_EVERY_ITEM: Final = Reason("items", is_passed=True)


def _items(intent: Intent, facts: Facts) -> tuple[list[MentionedItem], list[Reason]]:
    """Return the items that may be chased, and one failed reason per cause of dropping others."""
    held = {hold.item_id: hold.kind for hold in facts.holds if hold.item_id is not None}
    if not held and facts.open_minor is None:
        return list(intent.items), [_EVERY_ITEM]
    kept: list[MentionedItem] = []
    dropped: dict[str, list[int]] = {}
    for item in intent.items:
        cause = _cause_to_drop(item, held, facts.open_minor)
        if cause is None:
            kept.append(item)
        else:
            dropped.setdefault(cause, []).append(item.item_id)
    if not dropped:
        return kept, [_EVERY_ITEM]
    return kept, [
        Reason("items", False, {"cause": cause, "item_ids": ids})
        for cause, ids in sorted(dropped.items())
    ]


def _cause_to_drop(
    item: MentionedItem, held: Mapping[int, str], open_minor: Mapping[int, int] | None
) -> str | None:
    if item.item_id in held:
        return held[item.item_id]
    if open_minor is None:
        return None
    now_open = open_minor.get(item.item_id, 0)
    if now_open == 0:
        return "paid"
    return None if now_open == item.open_minor else "amount_changed"


def _something_left(intent: Intent, kept: list[MentionedItem]) -> Reason:
    of, left = len(intent.items), len(kept)
    return _shared("items_left", left > 0 or of == 0, ("of", of), ("left", left))


def _minimum(rules: ContactRules, kept: list[MentionedItem]) -> Reason:
    total = sum(item.open_minor for item in kept)
    is_passed = total >= rules.minimum_minor or not kept
    return Reason("minimum", is_passed, {"open_minor": total, "minimum_minor": rules.minimum_minor})


def _new_step(intent: Intent, kept: list[MentionedItem], facts: Facts) -> Reason:
    """Pass a ladder message only if some item takes a step it has not had."""
    wanted = [(item.item_id, item.step) for item in kept if item.step]
    taken = facts.steps_taken
    is_new = not wanted or not taken or any(pair not in taken for pair in wanted)
    is_ladder = bool(wanted) or any(item.step for item in intent.items)
    return _shared("new_step", is_new and bool(wanted or not is_ladder), ("step", intent.step))


_NEVER_WRITTEN: Final = Reason("pause", is_passed=True)


def _pause(rules: ContactRules, facts: Facts, now_local: datetime) -> Reason:
    if facts.last_message_on is None:
        return _NEVER_WRITTEN
    days = (now_local.date() - facts.last_message_on).days
    return Reason(
        "pause",
        days >= rules.days_between_messages,
        {
            "days": days,
            "days_between": rules.days_between_messages,
            "last_message_on": facts.last_message_on.isoformat(),
        },
    )


def _still_true(intent: Intent, now_local: datetime) -> list[Reason]:
    if intent.queued_on is None:
        return []
    days = (now_local.date() - intent.queued_on).days
    return [Reason("up_to_date", days <= GOOD_FOR_DAYS, {"days": days, "good_for": GOOD_FOR_DAYS})]


@lru_cache(maxsize=SHARED_REASONS_MAX)
def _bank(rules: ContactRules, bank: BankFact | None) -> Reason:
    if not rules.bank_import_must_be_fresh:
        return Reason("bank_fresh", is_passed=True)
    if bank is None:
        return Reason("bank_fresh", is_passed=False, params={"accounts": []})
    return Reason(
        "bank_fresh",
        not bank.stale,
        {
            "required_on": bank.required_on.isoformat(),
            "accounts": [account.identifier for account in bank.stale],
        },
    )

"""What goes in and comes out about held orders."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from ninja import Schema

from creditdesk.faces.api.schemas import Amount, Day, Given, Money, Reason


class DecisionGiven(Given):
    """How a person decides a held order, and why.

    `amount` is what must be paid before it ships (by `pay_by`), what is paid by the `parts` of an
    instalment plan (the first by `pay_by`, the others month by month), or which part of it ships.
    """

    decision: Literal["release", "part_payment", "plan", "ship_part", "refuse"]
    reason: Reason
    amount: Amount | None = None
    pay_by: Day | None = None
    parts: int = 3


class NoteGiven(Given):
    """What is said about an order; `ask` asks for it to be decided and puts it first."""

    text: Reason
    ask: bool = False


class PauseGiven(Given):
    """Why a held order's clock stands still."""

    reason: Reason


class HeldOrder(Schema):
    """A held order with its clock; `left_minutes` are the desk's own, negative once it is late."""

    order_reference: str
    customer_number: str
    total: Money
    rule: str
    held_at: datetime
    due_at: datetime
    left_minutes: int
    paused_at: datetime | None
    pause_reason: str
    asked_at: datetime | None
    escalated_to: str
    awaits: Money | None
    pay_by: date | None


class HeldOrders(Schema):
    """The held orders, the most urgent first."""

    orders: list[HeldOrder]


class TookAnswer(Schema):
    """How long decisions took, in the desk's minutes, and how many kept the goal."""

    name: str
    count: int
    p50_minutes: int
    p90_minutes: int
    longest_minutes: int
    in_goal: int


class TurnaroundAnswer(Schema):
    """How long held orders waited: in all, by the rule that held them and by who decided."""

    whole: TookAnswer | None
    by_rule: list[TookAnswer]
    by_person: list[TookAnswer]

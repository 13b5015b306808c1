"""Statements of account as the API gives them."""

from datetime import date

from ninja import Schema


class MovementAnswer(Schema):
    """What one document did to an account, and what was owed after it; owing more is positive."""

    on: date
    kind: str
    taken_back: bool
    document: str
    amount: str
    balance: str


class StatementAnswer(Schema):
    """An account over a period in one currency; `aged` is not due, then 1, 31, 61, 91 days late."""

    currency: str
    first_on: date
    last_on: date
    opening: str
    movements: list[MovementAnswer]
    closing: str
    aged: list[str]
    unapplied: str


class StatementsAnswer(Schema):
    """The statements of a customer, one per currency in which there is anything to tell."""

    customer_number: str
    statements: list[StatementAnswer]

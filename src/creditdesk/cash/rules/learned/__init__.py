"""What a company's confirmed payments teach: who pays how, and how sure a proposal is. Pure."""

from creditdesk.cash.rules.learned.deciding import Lessons, second_look
from creditdesk.cash.rules.learned.habits import KeysSeen, keys_of, keys_seen
from creditdesk.cash.rules.learned.sides import Knowledge, Relation, Relations
from creditdesk.cash.rules.learned.training import (
    JUDGED_MAX,
    PAYMENTS_MIN,
    Confirmed,
    Learned,
    train,
)
from creditdesk.cash.rules.learned.values import Bin, Habit, Model, Reliability

__all__ = [
    "JUDGED_MAX",
    "PAYMENTS_MIN",
    "Bin",
    "Confirmed",
    "Habit",
    "KeysSeen",
    "Knowledge",
    "Learned",
    "Lessons",
    "Model",
    "Relation",
    "Relations",
    "Reliability",
    "keys_of",
    "keys_seen",
    "second_look",
    "train",
]

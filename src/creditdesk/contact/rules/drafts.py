"""What somebody means to send, before the gate: drafts, their items and files, holds to place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Protocol


@dataclass(frozen=True, slots=True)
class NewHold:
    """A hold to place; `item_id` `None` holds the whole customer. `source` names its cause."""

    customer_id: int
    item_id: int | None
    kind: str
    source: str
    until: date | None = None
    note: str = ""


class MentionedItem(Protocol):
    """What the gate needs to know of an item: an `IntentItem`, or the `DraftItem` itself."""

    @property
    def item_id(self) -> int:
        """The open item."""

    @property
    def open_minor(self) -> int:
        """What the message says is open."""

    @property
    def step(self) -> str:
        """The ladder step the message takes for it; empty where it is listed along."""


class IntentItem(NamedTuple):
    """An item the message is about: what it says is open, and the step taken for it, if any."""

    item_id: int
    open_minor: int
    step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A message somebody or a run means to send.

    Once `is_written` its text stands: no item can drop out any more without stopping it.
    """

    customer_id: int
    channel: str
    purpose: str
    recipient: str
    items: Sequence[MentionedItem] = ()
    step: str = ""
    is_written: bool = False
    queued_on: date | None = None

    @property
    def is_chasing(self) -> bool:
        """Whether the message asks for money: reminders, and friendly notes before the due date."""
        return self.purpose == "collection" or (self.purpose == "service" and bool(self.items))


class DraftItem(NamedTuple):
    """An open item as the letter will list it; `step` is the ladder step taken for it, if any.

    `fee_minor` is what the reminder itself costs, `interest_minor` and `compensation_minor` what
    has accrued without being charged. A named tuple, as a run makes a hundred thousand of them.
    """

    item_id: int
    number: str
    due_on: date
    days_late: int
    open_minor: int
    step: str = ""
    fee_minor: int = 0
    interest_minor: int = 0
    compensation_minor: int = 0


@dataclass(frozen=True, slots=True)
class DraftFile:
    """A kept file that goes with a message, under the name and type the reader sees."""

    file_id: int
    name: str
    media_type: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message before the gate: to whom, what for, about which items.

    Without `body` the letter is written from the items by `tone`, after the gate left out what
    may not be chased; fees and interest of what stays are named, as of `accrued_on`. With a body of
    a person the text stands, and any item left out stops it. `pay_at` is the address at which the
    reader may pay; in a body it is a paragraph of its own.
    """

    customer_id: int
    customer_name: str
    recipient: str
    purpose: str
    recipient_name: str = ""
    contact_id: int | None = None
    channel: str = "email"
    step: str = ""
    tone: str = "friendly"
    language: str = "en"
    country: str = ""
    currency: str = ""
    items: tuple[DraftItem, ...] = ()
    pay_by: date | None = None
    accrued_on: date | None = None
    subject: str = ""
    body: str = ""
    files: tuple[DraftFile, ...] = ()
    asks_receipt: bool = False
    pay_at: str = ""

    @property
    def intent(self) -> Intent:
        """The draft as the gate sees it."""
        return Intent(
            customer_id=self.customer_id,
            channel=self.channel,
            purpose=self.purpose,
            recipient=self.recipient,
            items=self.items,
            step=self.step,
            is_written=bool(self.body),
        )

"""Tables of orders: what was asked to ship, and each decision with its reasons."""

from django.db import models
from django.db.models import Q


class Order(models.Model):
    """An order another system asked about, and how it stands.

    `kind`, `terms_code` and `margin_minor` are what the asker said of it, if anything.
    """

    class Status(models.TextChoices):
        ACCEPTED = "accepted"
        HELD = "held"
        RELEASED = "released"
        REFUSED = "refused"
        CANCELLED = "cancelled"
        BILLED = "billed"

    company_id = models.BigIntegerField()
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="+")
    reference = models.TextField()
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    placed_on = models.DateField()
    status = models.TextField(choices=Status.choices)
    recorded_at = models.DateTimeField()
    kind = models.TextField(blank=True, default="", db_default="")
    terms_code = models.TextField(blank=True, default="", db_default="")
    margin_minor = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "reference"], name="order_reference_once"
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-id"], name="order_customer"),
            models.Index(
                fields=["company_id", "-id"], condition=Q(status="held"), name="order_held"
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class Decision(models.Model):
    """One answer to "may this order ship?": every rule that fired, and what it looked at.

    Append-only; with inputs and policy version it replays to the same result.
    """

    company_id = models.BigIntegerField()
    order = models.ForeignKey(Order, models.PROTECT, related_name="decisions")
    outcome = models.TextField()
    fired = models.JSONField()
    inputs = models.JSONField()
    policy_version = models.IntegerField()
    decided_by = models.TextField()
    reason = models.TextField(blank=True, default="")
    recorded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.order_id}: {self.outcome}"


class Wait(models.Model):
    """How long an order waited to be decided: one row from being held until it no longer is.

    `due_at` is when the desk's own minutes of the goal have passed; it moves by each pause.
    `worked_minutes` are the desk's minutes it waited in the end, less its pauses.
    """

    company_id = models.BigIntegerField()
    order = models.ForeignKey(Order, models.PROTECT, related_name="waits")
    rule = models.TextField()
    goal_minutes = models.IntegerField()
    held_at = models.DateTimeField()
    due_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)
    pause_reason = models.TextField(blank=True, default="", db_default="")
    paused_minutes = models.IntegerField(default=0, db_default=0)
    asked_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)
    escalated_to = models.TextField(blank=True, default="", db_default="")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(blank=True, default="", db_default="")
    outcome = models.TextField(blank=True, default="", db_default="")
    worked_minutes = models.IntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(ended_at__isnull=True), name="wait_live_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["company_id", "due_at"], condition=Q(ended_at__isnull=True),
                name="wait_live",
            ),
            models.Index(
                fields=["company_id", "ended_at"], condition=Q(ended_at__isnull=False),
                name="wait_ended",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.order_id}: {self.rule}"


class Note(models.Model):
    """What was said about a held order, or done with its clock. Append-only; the text may go."""

    company_id = models.BigIntegerField()
    order = models.ForeignKey(Order, models.PROTECT, related_name="notes")
    kind = models.TextField()
    text = models.TextField(blank=True, default="", db_default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    def __str__(self) -> str:
        return f"{self.order_id}: {self.kind}"


class Paper(models.Model):
    """A paper that speaks for an order, kept byte for byte as a file from outside."""

    company_id = models.BigIntegerField()
    order = models.ForeignKey(Order, models.PROTECT, related_name="papers")
    file_id = models.BigIntegerField()
    name = models.TextField()
    size_bytes = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "file_id"], name="order_paper_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Condition(models.Model):
    """What must be paid for an order, from when it counts and until when it may come.

    Without a plan it is paid before the order ships. With one it ships first: `plan` lists what
    comes in by which day, `minor` is its sum and `pay_by` its last day. `received_minor` is what
    had come in when it was settled.
    """

    class Status(models.TextChoices):
        OPEN = "open"
        MET = "met"
        LAPSED = "lapsed"
        WITHDRAWN = "withdrawn"

    company_id = models.BigIntegerField()
    order = models.ForeignKey(Order, models.PROTECT, related_name="conditions")
    customer_id = models.BigIntegerField()
    decision_id = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()
    since = models.DateTimeField()
    pay_by = models.DateField()
    status = models.TextField(choices=Status.choices, default=Status.OPEN)
    received_minor = models.BigIntegerField(null=True)
    settled_at = models.DateTimeField(null=True)
    plan = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="condition_positive", condition=Q(minor__gt=0)),
            models.UniqueConstraint(
                fields=["order"], condition=Q(status="open"), name="condition_open_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["company_id", "customer_id"], condition=Q(status="open"),
                name="condition_open",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.order_id}: {self.minor} {self.currency}"

"""Tables of orders: what was asked to ship, and each decision with its reasons."""

from django.db import models
from django.db.models import Q


class Order(models.Model):
    """An order another system asked about, and how it stands."""

    class Status(models.TextChoices):
        ACCEPTED = "accepted"
        HELD = "held"
        RELEASED = "released"
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

"""Tables of credit: limits by date, exposure, reservations, blocks."""

from django.db import models
from django.db.models import Q


class Limit(models.Model):
    """How much a customer may owe, from a date until the next record or until it expires."""

    company_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    reason = models.TextField(blank=True, default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [models.CheckConstraint(name="limit_not_negative", condition=Q(minor__gte=0))]
        indexes = [
            models.Index(fields=["customer_id", "-valid_from", "-id"], name="limit_customer")
        ]

    def __str__(self) -> str:
        return f"{self.minor} {self.currency}"


class Exposure(models.Model):
    """What a customer owes and has ordered in one currency, maintained with each fact.

    The row is also the lock of the credit check. `unapplied_minor` is money and credit received
    but not yet applied; it lowers the exposure.
    """

    company_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    open_minor = models.BigIntegerField(default=0)
    unapplied_minor = models.BigIntegerField(default=0)
    reserved_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer_id", "currency"], name="exposure_once"),
            models.CheckConstraint(
                name="exposure_not_negative",
                condition=Q(open_minor__gte=0, unapplied_minor__gte=0, reserved_minor__gte=0),
            ),
        ]
        indexes = [models.Index(fields=["company_id"], name="exposure_company")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.currency}"


class Reservation(models.Model):
    """Credit set aside for an accepted order until it is invoiced, released or too old."""

    class Status(models.TextChoices):
        HELD = "held"
        CONVERTED = "converted"
        RELEASED = "released"

    company_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    order_reference = models.TextField()
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()
    open_minor = models.BigIntegerField()
    status = models.TextField(choices=Status.choices, default=Status.HELD)
    expires_on = models.DateField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "order_reference"], name="reservation_order_once"
            ),
            models.CheckConstraint(
                name="reservation_within", condition=Q(minor__gt=0, open_minor__gte=0)
            ),
        ]
        indexes = [
            models.Index(
                fields=["customer_id"], condition=Q(status="held"), name="reservation_live"
            )
        ]

    def __str__(self) -> str:
        return self.order_reference


class Block(models.Model):
    """No further credit for a customer until it is lifted."""

    company_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    reason = models.TextField()
    placed_at = models.DateTimeField()
    placed_by = models.TextField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer_id"], condition=Q(lifted_at__isnull=True), name="block_live_once"
            )
        ]

    def __str__(self) -> str:
        return self.reason

"""Tables of statements of account: who is sent one how often, and what was sent."""

from django.db import models
from django.db.models import F, Q


class Schedule(models.Model):
    """How often a customer is sent a statement, or everybody where `customer_id` is null.

    The latest record counts; a customer's own goes before the company's. Append-only.
    """

    class Every(models.TextChoices):
        MONTH = "month"
        QUARTER = "quarter"
        NEVER = "never"

    company_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(null=True)
    every = models.TextField(choices=Every.choices)
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        indexes = [
            models.Index(fields=["company_id", "customer_id", "-id"], name="statement_schedule"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.every}"


class Sent(models.Model):
    """A statement as it left, in one currency: what it opened with, moved by and closed with.

    `period_key` names the period of a scheduled one, so that it leaves once. Append-only.
    """

    company_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    first_on = models.DateField()
    last_on = models.DateField()
    opening_minor = models.BigIntegerField()
    moved_minor = models.BigIntegerField()
    closing_minor = models.BigIntegerField()
    period_key = models.TextField(null=True)  # noqa: DJ001 - nulls never collide
    message_id = models.BigIntegerField()
    file_id = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        verbose_name_plural = "sent"
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "customer_id", "currency", "period_key"],
                name="statement_scheduled_once",
            ),
            models.CheckConstraint(
                name="statement_adds_up",
                condition=Q(closing_minor=F("opening_minor") + F("moved_minor")),
            ),
        ]
        indexes = [
            models.Index(fields=["company_id", "-id"], name="statement_latest"),
            models.Index(fields=["customer_id", "-id"], name="statement_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.currency} {self.last_on}"

"""Tables of disputes."""

from django.db import models
from django.db.models import Q


class Dispute(models.Model):
    """What a customer contests of one open item, from the day it was said until it is resolved."""

    class Status(models.TextChoices):
        OPEN = "open"
        RESOLVED = "resolved"

    company_id = models.BigIntegerField()
    reference = models.TextField()
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="+")
    item = models.ForeignKey("invoices.Item", models.PROTECT, related_name="+")
    reason = models.TextField()
    disputed_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    note = models.TextField(blank=True, default="")
    status = models.TextField(choices=Status.choices, default=Status.OPEN)
    opened_on = models.DateField()
    opened_by = models.TextField()
    resolved_on = models.DateField(null=True)
    resolution = models.TextField(blank=True, default="")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "reference"], name="dispute_reference"),
            models.UniqueConstraint(
                fields=["item"], condition=Q(status="open"), name="dispute_open_once"
            ),
            models.CheckConstraint(name="dispute_positive", condition=Q(disputed_minor__gt=0)),
        ]

    def __str__(self) -> str:
        return self.reference

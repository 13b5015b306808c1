"""Table of what was written off, what of it came in after all, and the tax taken back for it."""

from django.db import models
from django.db.models import Q


class WriteOff(models.Model):
    """An amount written off of an instalment, or taken back of such a one. Append-only.

    Acts are write_off; recovery and correction, by which so much is owed again; relief and
    relief_back, the tax within it taken back from the tax office and given back to it. Amounts are
    positive; all but the first name their write-off by `of`. `approval` is the request by which
    others approved it, empty where one person decides alone.
    """

    company_id = models.BigIntegerField()
    reference = models.TextField()
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, related_name="+", db_index=False
    )
    item = models.ForeignKey("invoices.Item", models.PROTECT, related_name="+")
    act = models.TextField()
    of = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    because = models.TextField()
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()
    effective_on = models.DateField()
    approval = models.TextField(blank=True, default="")
    approved_by = models.TextField(blank=True, default="")
    policy_version = models.IntegerField()
    reason = models.TextField(blank=True, default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="write_off_known",
                condition=Q(act="write_off", of__isnull=True)
                | Q(act__in=["recovery", "correction", "relief", "relief_back"], of__isnull=False),
            ),
            models.CheckConstraint(name="write_off_positive", condition=Q(minor__gt=0)),
        ]
        indexes = [
            models.Index(fields=["company_id", "-id"], condition=Q(act="write_off"),
                         name="write_off_listed"),
            models.Index(fields=["customer"], name="write_off_customer"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.act} {self.reference} {self.item_id}: {self.minor}"

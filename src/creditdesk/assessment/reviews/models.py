"""The table of reviews."""

from django.db import models
from django.db.models import Q


class Review(models.Model):
    """A customer looked at again: what changed since, what is proposed, and what was decided.

    `since` is the day of the last review, or else that of the limit in force. `readings`, `facts`
    and `proposal` are as prepared last, by `policy_version`; once decided they stay.
    """

    company_id = models.BigIntegerField()
    reference = models.TextField()
    customer_id = models.BigIntegerField()
    cause = models.TextField()
    note = models.TextField(blank=True, default="")
    since = models.DateField()
    due_on = models.DateField()
    opened_on = models.DateField()
    opened_by = models.TextField()
    state = models.TextField(default="open")
    risk_class = models.TextField(blank=True, default="")
    assessed_on = models.DateField(null=True)
    currency = models.CharField(max_length=3)
    current_minor = models.BigIntegerField()
    used_minor = models.BigIntegerField()
    answer = models.TextField()
    proposed_minor = models.BigIntegerField()
    readings = models.JSONField()
    facts = models.JSONField()
    proposal = models.JSONField()
    rate = models.DecimalField(max_digits=24, decimal_places=12, null=True)
    policy_version = models.IntegerField()
    prepared_at = models.DateTimeField()
    choice = models.TextField(blank=True, default="")
    decided_minor = models.BigIntegerField(null=True)
    reason = models.TextField(blank=True, default="")
    request_reference = models.TextField(blank=True, default="")
    is_automatic = models.BooleanField(default=False)
    decided_on = models.DateField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "reference"], name="review_reference"),
            models.UniqueConstraint(
                fields=["customer_id"], condition=Q(state="open"), name="review_open_once"
            ),
            models.CheckConstraint(
                name="review_decided",
                condition=Q(state="open", decided_on=None, decided_minor=None)
                | Q(state="decided", decided_on__isnull=False, decided_minor__isnull=False),
            ),
            models.CheckConstraint(
                name="review_amounts",
                condition=Q(current_minor__gte=0, proposed_minor__gte=0),
            ),
        ]
        indexes = [
            models.Index(fields=["company_id", "state", "due_on"], name="review_state"),
            models.Index(fields=["customer_id", "-id"], name="review_customer"),
        ]

    def __str__(self) -> str:
        return self.reference

"""Table of how customers paid, as it was judged day by day."""

from django.db import models
from django.db.models import Q


class PayerRating(models.Model):
    """How a customer was judged to pay on a day, with what it rests on. Append-only.

    A row is written when the grade, the PAYDEX or the drift changes, and once a week; the last one
    counts. `grade` is empty and `paydex` null where too little is known.
    """

    company_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    as_of = models.DateField()
    grade = models.TextField(blank=True, default="")
    days = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    paydex = models.SmallIntegerField(null=True)
    drift = models.TextField(blank=True, default="")
    inputs = models.JSONField()
    policy_version = models.IntegerField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="payer_rating_grade", condition=Q(grade__in=["", "A", "B", "C", "D", "E"])
            ),
            models.CheckConstraint(
                name="payer_rating_paydex",
                condition=Q(paydex__isnull=True) | Q(paydex__gte=1, paydex__lte=100),
            ),
            models.CheckConstraint(
                name="payer_rating_drift", condition=Q(drift__in=["", "as_usual", "later"])
            ),
        ]
        indexes = [
            models.Index(fields=["company_id", "customer_id", "-id"], name="payer_rating_last"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.as_of} {self.grade}"

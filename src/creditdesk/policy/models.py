"""Tables of the policy: the written rules, versioned and dated, and the rates of others."""

from django.db import models
from django.db.models import Q


class Policy(models.Model):
    """One version of a company's rules, in force from a date until the next version."""

    company_id = models.BigIntegerField()
    version = models.IntegerField()
    valid_from = models.DateField()
    rules = models.JSONField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        verbose_name_plural = "policies"
        constraints = [
            models.UniqueConstraint(fields=["company_id", "version"], name="policy_version_once"),
            models.UniqueConstraint(fields=["company_id", "valid_from"], name="policy_day_once"),
        ]

    def __str__(self) -> str:
        return f"policy {self.version}"


class ExchangeRate(models.Model):
    """How much of `quote` one unit of `base` is worth from a date until the next rate."""

    base = models.CharField(max_length=3)
    quote = models.CharField(max_length=3)
    valid_on = models.DateField()
    rate = models.DecimalField(max_digits=18, decimal_places=8)
    source = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["base", "quote", "valid_on"], name="rate_once"),
            models.CheckConstraint(name="rate_positive", condition=Q(rate__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.base}/{self.quote} {self.valid_on}"


class ReferenceRate(models.Model):
    """A reference rate of late interest for one half-year, kept for its first day, in percent.

    One kept here comes before the one that the product brought along.
    """

    code = models.TextField()
    valid_on = models.DateField()
    percent = models.DecimalField(max_digits=9, decimal_places=4)
    source = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_on"], name="reference_rate_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.valid_on}"

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
    # A version withdrawn before its day never came into force; its number is not used again.
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.TextField(blank=True, default="", db_default="")

    class Meta:
        verbose_name_plural = "policies"
        constraints = [
            models.UniqueConstraint(fields=["company_id", "version"], name="policy_version_once"),
            models.UniqueConstraint(
                fields=["company_id", "valid_from"],
                condition=Q(withdrawn_at__isnull=True),
                name="policy_day_once",
            ),
        ]

    def __str__(self) -> str:
        return f"policy {self.version}"


class Draft(models.Model):
    """What somebody would have the rules say; one per person and company, kept until published."""

    company_id = models.BigIntegerField()
    author = models.TextField()
    author_id = models.BigIntegerField(null=True)
    rules = models.JSONField()
    based_on = models.IntegerField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "author_id"],
                condition=Q(author_id__isnull=False),
                name="draft_of_person_once",
            ),
            models.UniqueConstraint(
                fields=["company_id", "author"],
                condition=Q(author_id__isnull=True),
                name="draft_of_machine_once",
            ),
        ]

    def __str__(self) -> str:
        return f"draft of {self.author}"


class Publication(models.Model):
    """Who asked for a version, why, and who approved it. Append-only."""

    company_id = models.BigIntegerField()
    version = models.IntegerField()
    reason = models.TextField()
    approval = models.TextField(blank=True, default="")
    approved_by = models.TextField(blank=True, default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "version"], name="publication_once"),
        ]

    def __str__(self) -> str:
        return f"publication of {self.version}"


class Acknowledgement(models.Model):
    """Somebody has read a version. Append-only."""

    company_id = models.BigIntegerField()
    version = models.IntegerField()
    user_id = models.BigIntegerField()
    name = models.TextField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "version", "user_id"], name="acknowledged_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} read {self.version}"


class Notice(models.Model):
    """A mail to somebody of the staff about a version: told once, and reminded until it is read.

    `number` 0 is the first, reminders count on. Without an address it is shown, and not sent.
    """

    company_id = models.BigIntegerField()
    version = models.IntegerField()
    user_id = models.BigIntegerField()
    name = models.TextField()
    number = models.IntegerField(default=0)
    language = models.CharField(max_length=8)
    recipient = models.TextField(blank=True, default="")
    subject = models.TextField()
    body_text = models.TextField()
    message_id = models.TextField()
    read_by = models.DateField()
    told_on = models.DateField()
    status = models.TextField(default="queued")
    answer = models.TextField(blank=True, default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()
    handed_over_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "version", "user_id", "number"], name="policy_told_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["company_id", "id"], condition=Q(status="queued"), name="policy_to_send"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} told of {self.version}"


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

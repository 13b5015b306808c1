"""Tables of the chain and of what leaves by rule."""

from django.db import models


class Seal(models.Model):
    """One link of a company's chain: a digest over rows of one table, tied to the link before.

    It covers the company's rows with `after_id` < id <= `upto_id`. `entries` holds id and digest
    per row, `marks` two bytes per column, by which a damaged record and column are named.
    """

    company_id = models.BigIntegerField()
    sequence = models.BigIntegerField()
    table = models.TextField()
    columns = models.TextField()
    after_id = models.BigIntegerField()
    upto_id = models.BigIntegerField()
    rows = models.BigIntegerField()
    digest = models.BinaryField()
    marks_digest = models.BinaryField()
    previous = models.BinaryField()
    head = models.BinaryField()
    sealed_at = models.DateTimeField()
    entries = models.BinaryField()
    marks = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "sequence"], name="seal_once"),
        ]
        indexes = [models.Index(fields=["table", "-upto_id"], name="seal_table")]

    def __str__(self) -> str:
        return f"{self.sequence}: {self.table} {self.after_id}–{self.upto_id}"


class SealHead(models.Model):
    """The last link of a company's chain, kept apart from it: a cut tail is missed here."""

    company_id = models.BigIntegerField(unique=True)
    sequence = models.BigIntegerField()
    head = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.company_id}: {self.sequence}"


class PublishedHead(models.Model):
    """A head that left the house, on which day and to where. Append-only."""

    company_id = models.BigIntegerField()
    on = models.DateField()
    sequence = models.BigIntegerField()
    head = models.CharField(max_length=64)
    sent_to = models.TextField(blank=True, default="")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "on", "sent_to"], name="head_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.on}: {self.sequence}"


class Erasure(models.Model):
    """Personal data that left by rule: whose, by which rule, and how much of what. Append-only."""

    company_id = models.BigIntegerField()
    subject_kind = models.TextField()
    subject_id = models.BigIntegerField()
    rule = models.TextField()
    erased = models.JSONField()
    kept = models.JSONField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.subject_id}"


class PersonalValue(models.Model):
    """A personal value that the audit trail names only by its salted digest.

    Erasing empties `salt` and `value`; the digest stays in the chain and says nothing any more.
    """

    company_id = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    subject_kind = models.TextField(blank=True, default="")
    subject_id = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField()
    salt = models.BinaryField(null=True)
    value = models.TextField(null=True)  # noqa: DJ001 - gone is not the same as empty
    erasure = models.ForeignKey(Erasure, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["company_id", "digest"], name="personal_digest"),
            models.Index(fields=["company_id", "subject_kind", "subject_id"], name="personal_of"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.subject_id}"


class Redaction(models.Model):
    """A row of an append-only table whose personal columns were blanked by rule. Append-only.

    `digests` are what the chain was sealed with in place of the values; the salt left with them.
    """

    company_id = models.BigIntegerField()
    table = models.TextField()
    record = models.BigIntegerField()
    digests = models.JSONField()
    erasure_id = models.BigIntegerField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["table", "record"], name="redaction_once"),
        ]
        indexes = [models.Index(fields=["company_id", "table"], name="redaction_of")]

    def __str__(self) -> str:
        return f"{self.table} {self.record}"


class RetentionHold(models.Model):
    """Nothing of a person is erased while a hold stands: a dispute in court, a legal order."""

    company_id = models.BigIntegerField()
    subject_kind = models.TextField()
    subject_id = models.BigIntegerField()
    reason = models.TextField()
    placed_at = models.DateTimeField()
    placed_by = models.TextField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "subject_kind", "subject_id"],
                condition=models.Q(lifted_at=None),
                name="retention_hold_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.subject_kind} {self.subject_id}"

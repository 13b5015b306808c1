"""Tables of insight: the figures of each morning; which decisions were exported when."""

from django.db import models


class Morning(models.Model):
    """The key figures of one company on one business date."""

    company_id = models.BigIntegerField()
    as_of = models.DateField()
    figures = models.JSONField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "as_of"], name="morning_once"),
        ]

    def __str__(self) -> str:
        return str(self.as_of)


class DecisionExport(models.Model):
    """One file of decisions given to another system. Append-only."""

    company_id = models.BigIntegerField()
    reference = models.TextField()
    since = models.DateTimeField(null=True)
    rows_total = models.IntegerField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "reference"], name="decision_export_reference"
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class ExportedDecision(models.Model):
    """A decision an export held, by its stable id. Append-only."""

    company_id = models.BigIntegerField()
    export = models.ForeignKey(DecisionExport, models.PROTECT, related_name="+", db_index=False)
    decision_id = models.TextField()

    class Meta:
        indexes = [
            models.Index(fields=["company_id", "decision_id"], name="exported_decision"),
            models.Index(fields=["export"], name="exported_by"),
        ]

    def __str__(self) -> str:
        return self.decision_id

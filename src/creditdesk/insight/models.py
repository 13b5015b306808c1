"""Tables of insight: the figures of each morning, as they were known that morning."""

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

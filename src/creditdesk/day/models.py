"""Tables of the day: which step of which business date is done, so that a repeat skips it."""

from django.db import models


class DayStep(models.Model):
    """One finished step of one company's business day, with what it reported."""

    company_id = models.BigIntegerField()
    business_date = models.DateField()
    step = models.TextField()
    report = models.JSONField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "business_date", "step"], name="day_step_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.business_date} {self.step}"

"""Tables of the day: which step of a date is done, and who was told of new rules."""

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


class PolicyTold(models.Model):
    """How far customers were told of a version of the rules: up to which account, and when all."""

    company_id = models.BigIntegerField()
    version = models.IntegerField()
    upto_id = models.BigIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "version"], name="policy_told_up_to"),
        ]

    def __str__(self) -> str:
        return f"{self.version} up to {self.upto_id}"


class PolicyLetter(models.Model):
    """That a customer was told of a version of the rules: of which sections, and what came of it.

    Outcomes: queued (the message says the rest), refused by the gate, no_address. Append-only.
    """

    company_id = models.BigIntegerField()
    version = models.IntegerField()
    customer_id = models.BigIntegerField()
    sections = models.JSONField()
    message_id = models.BigIntegerField(null=True)
    outcome = models.TextField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "version", "customer_id"], name="policy_letter_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} to {self.customer_id}"

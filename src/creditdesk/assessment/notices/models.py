"""Tables of notices: what applicants were told and why, and what they object to."""

from django.db import models
from django.db.models import Q

from creditdesk.assessment.cases.models import Application, Decision


class Notice(models.Model):
    """A notice of a decision, as it left: its page, its message, its reasons; append-only.

    Kinds: approval, counter_offer, adverse, reasons (given on request).
    """

    company_id = models.BigIntegerField()
    application = models.ForeignKey(Application, models.PROTECT, related_name="+")
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="+")
    kind = models.TextField()
    language = models.CharField(max_length=8)
    reasons = models.JSONField(default=list)
    message_id = models.BigIntegerField(null=True)
    file_id = models.BigIntegerField()
    noticed_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["application", "-id"], name="notice_application")]

    def __str__(self) -> str:
        return f"{self.kind} {self.application_id}"


class Request(models.Model):
    """What an applicant asked for after a decision: reasons in writing, or another look by a human.

    Kinds: reasons, objection. `outcome` of an objection: upheld (the decision stands) or reopened.
    """

    company_id = models.BigIntegerField()
    application = models.ForeignKey(Application, models.PROTECT, related_name="+")
    kind = models.TextField()
    text = models.TextField(blank=True, default="")
    asked_on = models.DateField()
    due_on = models.DateField()
    settled_on = models.DateField(null=True)
    settled_by = models.TextField(blank=True, default="")
    outcome = models.TextField(blank=True, default="")
    note = models.TextField(blank=True, default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "kind"],
                condition=Q(settled_on__isnull=True),
                name="request_open_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.application_id}"

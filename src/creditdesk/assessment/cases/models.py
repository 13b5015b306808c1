"""Tables of applications: the case, what was asked of whom, papers, decisions, conditions."""

from django.db import models
from django.db.models import Q


class Application(models.Model):
    """Somebody asks for credit. `party_id` is the customer's id, or the one kept for a new account.

    `data` is what the form gave; it is blanked by rule, with name and address, once no clock runs.
    """

    company_id = models.BigIntegerField()
    reference = models.TextField()
    party_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(null=True)
    name = models.TextField()
    email = models.TextField(blank=True, default="")
    customer_class = models.TextField()
    channel = models.TextField()
    state = models.TextField(default="draft")
    data = models.JSONField(default=dict)
    requested_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    language = models.CharField(max_length=8, default="en")
    recorded_on = models.DateField()
    submitted_on = models.DateField(null=True)
    complete_on = models.DateField(null=True)
    decided_on = models.DateField(null=True)
    expires_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "reference"], name="application_reference"
            ),
            models.UniqueConstraint(
                fields=["party_id"],
                condition=Q(state__in=("draft", "submitted", "in_review", "decided")),
                name="application_live_once",
            ),
            models.CheckConstraint(name="application_positive", condition=Q(requested_minor__gt=0)),
        ]
        indexes = [
            models.Index(fields=["company_id", "state", "-id"], name="application_state"),
            models.Index(fields=["party_id", "-id"], name="application_party"),
        ]

    def __str__(self) -> str:
        return self.reference


class Ask(models.Model):
    """Somebody was asked for something by a signed link, and what they answered.

    Kinds: form (the applicant fills it in), reference, documents (what is missing, and uploads),
    offer (the applicant accepts or not), objection. `key` stands signed in the address.
    """

    company_id = models.BigIntegerField()
    application = models.ForeignKey(Application, models.PROTECT, related_name="+")
    kind = models.TextField()
    key = models.TextField(unique=True)
    what = models.JSONField(default=list)
    recipient_name = models.TextField(blank=True, default="")
    recipient = models.TextField(blank=True, default="")
    state = models.TextField(default="open")
    answer = models.JSONField(default=dict)
    asked_on = models.DateField()
    reminded_on = models.DateField(null=True)
    reminders = models.SmallIntegerField(default=0)
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    message_id = models.BigIntegerField(null=True)
    recorded_by = models.TextField()

    class Meta:
        indexes = [
            models.Index(fields=["application"], name="ask_application"),
            models.Index(
                fields=["company_id", "asked_on"], condition=Q(state="open"), name="ask_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.application_id}"


class CaseFile(models.Model):
    """A paper of a case, kept byte for byte as a file from outside."""

    company_id = models.BigIntegerField()
    application = models.ForeignKey(Application, models.PROTECT, related_name="+")
    ask = models.ForeignKey(Ask, models.PROTECT, null=True, related_name="+")
    kind = models.TextField()
    file_id = models.BigIntegerField()
    name = models.TextField()
    size_bytes = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "kind", "file_id"], name="case_file_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Decision(models.Model):
    """What was decided, on what, by which rules; append-only, and it replays.

    `inputs` is everything the recommendation was worked out from; `explanation` is in the words of
    whoever decided, `reasons` are codes of what weighed.
    """

    company_id = models.BigIntegerField()
    application = models.ForeignKey(Application, models.PROTECT, related_name="+")
    answer = models.TextField()
    limit_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    terms = models.TextField(blank=True, default="")
    reasons = models.JSONField(default=list)
    explanation = models.TextField()
    is_automatic = models.BooleanField()
    policy_version = models.IntegerField()
    assessment_id = models.BigIntegerField(null=True)
    inputs = models.JSONField()
    recommendation = models.JSONField()
    approval = models.TextField(blank=True, default="")
    decided_on = models.DateField()
    expires_on = models.DateField(null=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["application", "-id"], name="decision_application")]

    def __str__(self) -> str:
        return f"{self.answer} {self.application_id}"


class Condition(models.Model):
    """Something to be met before the account is opened, and who saw that it was."""

    company_id = models.BigIntegerField()
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="+")
    kind = models.TextField()
    text = models.TextField(blank=True, default="")
    minor = models.BigIntegerField(null=True)
    met_on = models.DateField(null=True)
    met_by = models.TextField(blank=True, default="")
    note = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return f"{self.kind} {self.decision_id}"

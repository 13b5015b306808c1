"""Tables of assessment: statements, scorecards, their approvals, and what was assessed."""

from django.db import models
from django.db.models import Q

from creditdesk.assessment.cases.models import Application, Ask, CaseFile, Condition, Decision
from creditdesk.assessment.evidence.models import (
    EvidenceReport,
    Investigation,
    InvestigationStep,
    ListedName,
    OpeningSignal,
    OpeningTrace,
    ScreeningHit,
    ScreeningList,
    ScreeningMark,
    ScreeningReview,
    SignalAnswer,
)
from creditdesk.assessment.notices.models import Notice, Request
from creditdesk.assessment.reviews.models import Review

__all__ = [
    "Application",
    "Ask",
    "Assessment",
    "CardApproval",
    "CaseFile",
    "Condition",
    "Decision",
    "EvidenceReport",
    "FinancialStatement",
    "FittingRun",
    "Investigation",
    "InvestigationStep",
    "ListedName",
    "Notice",
    "OpeningSignal",
    "OpeningTrace",
    "Request",
    "Review",
    "ScreeningHit",
    "ScreeningList",
    "ScreeningMark",
    "ScreeningReview",
    "SignalAnswer",
    "StoredCard",
]


class FinancialStatement(models.Model):
    """A customer's statement of a period as stated, in minor units; append-only.

    Of several for one period the latest counts, so that a correction never overwrites.
    """

    company_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    period_end = models.DateField()
    months = models.SmallIntegerField()
    currency = models.CharField(max_length=3)
    unit = models.IntegerField()
    quality = models.TextField()
    industry = models.TextField(blank=True, default="")
    items = models.JSONField()
    source = models.TextField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="statement_months", condition=Q(months__gte=1, months__lte=24)
            ),
        ]
        indexes = [
            models.Index(
                fields=["company_id", "customer_id", "period_end", "-id"],
                name="fin_statement_period",
            ),
            models.Index(fields=["company_id", "industry"], name="fin_statement_industry"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.period_end}"


class StoredCard(models.Model):
    """A version of a scorecard with how well it told when it was learned; append-only."""

    company_id = models.BigIntegerField()
    key = models.TextField()
    version = models.IntegerField()
    body = models.JSONField()
    measures = models.JSONField()
    sha256 = models.TextField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "key", "version"], name="card_once"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.version}"


class FittingRun(models.Model):
    """That somebody asked for a card to be learned from our own history, and what became of it."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        REFUSED = "refused"

    company_id = models.BigIntegerField()
    state = models.TextField(choices=State.choices, default=State.WAITING)
    code = models.TextField(blank=True, default="")
    good = models.IntegerField(default=0)
    bad = models.IntegerField(default=0)
    card = models.ForeignKey(StoredCard, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    asked_by = models.TextField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id"], condition=Q(state="waiting"), name="fitting_waits_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asked_by} {self.state}"


class CardApproval(models.Model):
    """A second person's word that a card counts from a date on; append-only."""

    company_id = models.BigIntegerField()
    card = models.ForeignKey(StoredCard, models.PROTECT, related_name="+")
    valid_from = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["card"], name="card_approved_once")]
        indexes = [
            models.Index(fields=["company_id", "-valid_from", "-id"], name="card_in_force"),
        ]

    def __str__(self) -> str:
        return f"{self.card_id} from {self.valid_from}"


class Assessment(models.Model):
    """What a card made of a customer's data points on a day: inputs and result; append-only."""

    company_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    assessed_on = models.DateField()
    card = models.ForeignKey(StoredCard, models.PROTECT, related_name="+")
    policy_version = models.IntegerField()
    statement_ids = models.JSONField()
    inputs = models.JSONField()
    result = models.JSONField()
    grade = models.TextField()
    total = models.DecimalField(max_digits=12, decimal_places=2)
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        indexes = [
            models.Index(fields=["company_id", "customer_id", "-id"], name="assessment_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.grade}"

"""Tables of evidence: reports, lists and hits, investigations, signals at opening."""

from django.db import models
from django.db.models import Q

# What a record is about: an applicant, a customer, or an applicant who is one already.
_ABOUT = Q(customer_id__isnull=False) | Q(application_id__isnull=False)


class EvidenceReport(models.Model):
    """What a bureau or register answered on a day, what it cost and until when it counts.

    Append-only. `answer` is what came, `facts` what was read from it, `request` what was asked
    without the key. The same is not asked again before `expires_on`.
    """

    company_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(null=True)
    application_id = models.BigIntegerField(null=True)
    source = models.TextField()
    outcome = models.TextField()
    identifier = models.JSONField()
    facts = models.JSONField()
    request = models.JSONField()
    answer = models.JSONField()
    answer_sha256 = models.TextField()
    cost_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reported_on = models.DateField()
    expires_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="report_about", condition=_ABOUT),
            models.CheckConstraint(name="report_cost", condition=Q(cost_minor__gte=0)),
        ]
        indexes = [
            models.Index(fields=["company_id", "customer_id", "-id"], name="report_customer"),
            models.Index(
                fields=["company_id", "application_id", "-id"],
                name="report_application",
                condition=Q(application_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.reported_on}"


class ScreeningList(models.Model):
    """A sanctions list as it was loaded; the last of a source counts. Append-only."""

    company_id = models.BigIntegerField()
    source = models.TextField()
    filename = models.TextField()
    sha256 = models.TextField()
    listed_on = models.DateField()
    entry_count = models.IntegerField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        indexes = [
            models.Index(fields=["company_id", "source", "-id"], name="screening_list_last"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.listed_on}"


class ListedName(models.Model):
    """A name or alias of an entry of the list in force of a source; replaced with the list."""

    company_id = models.BigIntegerField()
    source = models.TextField()
    reference = models.TextField()
    kind = models.TextField()
    name = models.TextField()
    name_key = models.TextField()
    is_alias = models.BooleanField()
    programme = models.TextField(blank=True)
    countries = models.TextField(blank=True)
    # Changes with anything the list says of the entry: a hit cleared before is looked at anew.
    entry_sha256 = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["company_id", "source"], name="listed_name_source")]

    def __str__(self) -> str:
        return self.name


class ScreeningMark(models.Model):
    """Against which lists and under which names somebody was last screened."""

    company_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(null=True)
    application_id = models.BigIntegerField(null=True)
    names_sha256 = models.TextField()
    lists_sha256 = models.TextField()
    screened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="mark_about", condition=_ABOUT),
            models.UniqueConstraint(
                fields=["company_id", "customer_id", "application_id"],
                name="mark_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id or self.application_id}"


class ScreeningHit(models.Model):
    """A name of ours that is near a listed one; append-only, its reviews say what became of it."""

    company_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(null=True)
    application_id = models.BigIntegerField(null=True)
    source = models.TextField()
    reference = models.TextField()
    score = models.DecimalField(max_digits=5, decimal_places=2)
    fingerprint = models.TextField()
    body = models.JSONField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="hit_about", condition=_ABOUT),
            models.UniqueConstraint(
                fields=["company_id", "customer_id", "application_id", "fingerprint"],
                name="hit_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.reference}"


class ScreeningReview(models.Model):
    """What somebody found of a hit, and why; clearing takes two people. Append-only."""

    class Verdict(models.TextChoices):
        PROPOSED = "proposed"  # no match, says the first
        CLEARED = "cleared"  # no match, says a second
        SENT_BACK = "sent_back"  # the second does not agree: open again
        CONFIRMED = "confirmed"  # it is them

    company_id = models.BigIntegerField()
    hit = models.ForeignKey(ScreeningHit, models.PROTECT, related_name="+")
    verdict = models.TextField(choices=Verdict.choices)
    body = models.JSONField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()
    recorded_by_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["hit", "-id"], name="screening_review_last")]

    def __str__(self) -> str:
        return f"{self.hit_id} {self.verdict}"


class Investigation(models.Model):
    """A question about somebody that is looked into; append-only, its steps tell the rest."""

    company_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(null=True)
    application_id = models.BigIntegerField(null=True)
    reference = models.TextField()
    body = models.JSONField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="investigation_about", condition=_ABOUT),
            models.UniqueConstraint(
                fields=["company_id", "reference"], name="investigation_reference_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["company_id", "customer_id", "-id"], name="investigation_customer"
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class InvestigationStep(models.Model):
    """What was done and by what source, or, once and last, the finding. Append-only."""

    company_id = models.BigIntegerField()
    investigation = models.ForeignKey(Investigation, models.PROTECT, related_name="+")
    kind = models.TextField()
    outcome = models.TextField(blank=True)
    body = models.JSONField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["investigation"],
                name="investigation_found_once",
                condition=Q(kind="finding"),
            ),
            models.CheckConstraint(
                name="step_outcome", condition=~Q(kind="finding") | ~Q(outcome="")
            ),
        ]
        indexes = [models.Index(fields=["investigation", "id"], name="investigation_steps")]

    def __str__(self) -> str:
        return f"{self.investigation_id} {self.kind}"


class OpeningTrace(models.Model):
    """What an opening left behind to recognise the next by: keyed digests, no clear values."""

    company_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(null=True)
    application_id = models.BigIntegerField(null=True)
    kind = models.TextField()
    digest = models.TextField()
    seen_on = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="trace_about", condition=_ABOUT),
            models.UniqueConstraint(
                fields=["company_id", "customer_id", "application_id", "kind", "digest"],
                name="trace_once",
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index(fields=["company_id", "kind", "digest"], name="trace_like"),
            models.Index(fields=["company_id", "seen_on"], name="trace_age"),
        ]

    def __str__(self) -> str:
        return self.kind


class OpeningSignal(models.Model):
    """What looked like fraud when somebody applied, with what it rests on; append-only."""

    company_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(null=True)
    application_id = models.BigIntegerField(null=True)
    code = models.TextField()
    severity = models.TextField()
    body = models.JSONField()
    fingerprint = models.TextField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="signal_about", condition=_ABOUT),
            models.UniqueConstraint(
                fields=["company_id", "customer_id", "application_id", "fingerprint"],
                name="signal_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return self.code


class SignalAnswer(models.Model):
    """Why a signal is none after all, said by somebody else than who opened; append-only."""

    company_id = models.BigIntegerField()
    signal = models.ForeignKey(OpeningSignal, models.PROTECT, related_name="+")
    body = models.JSONField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["signal"], name="signal_answered_once")]

    def __str__(self) -> str:
        return f"{self.signal_id}"

"""Tables of what matching learns and is told: models, habits, whom payers pay for, advices."""

from django.db import models
from django.db.models import Q


class MatchingModel(models.Model):
    """What a training came to: how evidence is weighed, and what a score is worth.

    `known_at` is up to when payments, and their undoing, were looked at. Rows are never changed:
    a finding names the version that judged it. `weights` (with `bias`), `bins` and `reliability`
    are those of `rules.learned.Model`.
    """

    company_id = models.BigIntegerField()
    version = models.IntegerField()
    known_at = models.DateTimeField()
    payments = models.IntegerField()
    held_out = models.IntegerField()
    calibration_error_ppm = models.IntegerField()
    weights = models.JSONField()
    bins = models.JSONField()
    reliability = models.JSONField()
    digest = models.CharField(max_length=64)
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "version"], name="matching_model_version"
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.version}"


class PayerHabit(models.Model):
    """How a customer was seen to pay, from a training on; the latest row counts.

    A row is written where the habit changed; `learned` is `rules.learned.Habit` as JSON.
    """

    company_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    training = models.IntegerField()
    learned = models.JSONField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "customer_id", "training"], name="payer_habit_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} of {self.training}"


class PayerRelation(models.Model):
    """A payer, by account or name, who pays for a customer: said by somebody, or observed.

    `payer_key` is `a:` and the account or `n:` and the name, both as they are compared. `kind` is
    parent, factor, group or other; observed ones have `confirmed` payments behind them.
    """

    company_id = models.BigIntegerField()
    payer_key = models.TextField()
    payer_name = models.TextField(blank=True, default="")
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="+")
    kind = models.TextField(default="other")
    is_explicit = models.BooleanField(default=False)
    confirmed = models.IntegerField(default=0)
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "payer_key", "customer"],
                condition=Q(ended_at=None),
                name="payer_relation_once",
            ),
            models.CheckConstraint(
                name="payer_relation_kind",
                condition=Q(kind__in=("parent", "factor", "group", "other")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payer_key} → {self.customer_id}"


class RemittanceAdvice(models.Model):
    """What a payer said their payment is for: read, refused, or set aside; kept as it came.

    `source` is upload, mail or attachment; `source_key` knows the same advice again. `payment` is
    the one it serves, once that is found; `tied_by` is empty where matching found it.
    """

    company_id = models.BigIntegerField()
    reference = models.TextField()
    source = models.TextField()
    source_key = models.CharField(max_length=64)
    file_id = models.BigIntegerField(null=True)
    mail_id = models.BigIntegerField(null=True)
    filename = models.TextField(blank=True, default="")
    format = models.TextField(blank=True, default="")
    payer_name = models.TextField(blank=True, default="")
    customer = models.ForeignKey("customers.Customer", models.PROTECT, null=True, related_name="+")
    told_reference = models.TextField(blank=True, default="")
    paid_on = models.DateField(null=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    total_minor = models.BigIntegerField(null=True)
    status = models.TextField(default="read")
    fault_code = models.TextField(blank=True, default="")
    fault_text = models.TextField(blank=True, default="")
    fault_place = models.TextField(blank=True, default="")
    fault_mend = models.TextField(blank=True, default="")
    payment = models.ForeignKey("cash.Payment", models.PROTECT, null=True, related_name="+")
    tied_at = models.DateTimeField(null=True)
    tied_by = models.TextField(blank=True, default="")
    settled_by = models.TextField(blank=True, default="")
    settled_why = models.TextField(blank=True, default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "reference"], name="advice_reference"),
            models.UniqueConstraint(fields=["company_id", "source_key"], name="advice_once"),
            models.CheckConstraint(
                name="advice_status",
                condition=Q(status__in=("read", "tied", "refused", "set_aside")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["company_id", "currency", "total_minor"],
                condition=Q(status="read"),
                name="advice_waiting",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class AdviceLine(models.Model):
    """One line of an advice: the document as written, what is paid, what is kept back and why."""

    company_id = models.BigIntegerField()
    advice = models.ForeignKey(RemittanceAdvice, models.PROTECT, related_name="lines")
    line_no = models.IntegerField()
    number = models.TextField()
    number_key = models.TextField()
    paid_minor = models.BigIntegerField()
    deduction_minor = models.BigIntegerField(default=0)
    reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["advice", "line_no"], name="advice_line_once"),
        ]

    def __str__(self) -> str:
        return self.number


class MailRead(models.Model):
    """A mail that was looked through for advices, once; how many were found."""

    company_id = models.BigIntegerField()
    mail_id = models.BigIntegerField()
    advices = models.IntegerField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "mail_id"], name="mail_read_once"),
        ]

    def __str__(self) -> str:
        return str(self.mail_id)


class SecondLook(models.Model):
    """What was proposed for a payment beyond the rules, beside the finding it goes with.

    It counts as long as `match_id` is the latest finding of the payment.
    """

    company_id = models.BigIntegerField()
    payment = models.OneToOneField("cash.Payment", models.PROTECT, related_name="+")
    match_id = models.BigIntegerField()
    model_version = models.IntegerField()
    proposals = models.JSONField()
    recorded_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.payment_id)

"""Tables of the treasury: files for the bank, refunds, mandates, collections."""

from django.db import models
from django.db.models import Q


class PaymentFile(models.Model):
    """A file of payments as it is handed to the bank, kept byte for byte. Append-only.

    `verdict` tells what was checked before it was written, and by which versions.
    """

    company_id = models.BigIntegerField()
    reference = models.TextField()
    kind = models.TextField()
    message_id = models.TextField()
    schema = models.TextField()
    filename = models.TextField()
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    account = models.TextField()
    currency = models.CharField(max_length=3)
    payments = models.IntegerField()
    total_minor = models.BigIntegerField()
    execute_on = models.DateField()
    verdict = models.JSONField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "message_id"], name="payment_file_message"
            ),
            models.CheckConstraint(
                name="payment_file_amounts", condition=Q(payments__gt=0, total_minor__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class FileAct(models.Model):
    """What was done with a file of payments: fetched, handed over, cancelled. Append-only."""

    company_id = models.BigIntegerField()
    file = models.ForeignKey(PaymentFile, models.PROTECT, related_name="+")
    act = models.TextField()
    sha256 = models.CharField(max_length=64)
    note = models.TextField(blank=True, default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    def __str__(self) -> str:
        return f"{self.file_id}: {self.act}"


class Refund(models.Model):
    """Money to be paid back of a payment or credit note: asked for, checked, approved, released.

    `digest` seals amount, what is paid back and bank details as they were approved.
    """

    company_id = models.BigIntegerField()
    reference = models.TextField()
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="+")
    payment = models.ForeignKey("cash.Payment", models.PROTECT, null=True, related_name="+")
    credit_note = models.ForeignKey("invoices.Invoice", models.PROTECT, null=True, related_name="+")
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()
    iban = models.TextField()
    payee = models.TextField()
    reason = models.TextField()
    state = models.TextField()
    checked_by = models.TextField(blank=True, default="")
    checked_by_id = models.BigIntegerField(null=True)
    check_kind = models.TextField(blank=True, default="")
    check_note = models.TextField(blank=True, default="")
    checked_at = models.DateTimeField(null=True)
    digest = models.TextField(blank=True, default="")
    asked_at = models.DateTimeField()
    asked_by = models.TextField()
    asked_by_id = models.BigIntegerField(null=True)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.TextField(blank=True, default="")
    approved_by_id = models.BigIntegerField(null=True)
    file = models.ForeignKey(PaymentFile, models.PROTECT, null=True, related_name="+")
    finished_on = models.DateField(null=True)
    outcome = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "reference"], name="refund_reference"),
            models.CheckConstraint(name="refund_positive", condition=Q(minor__gt=0)),
            models.CheckConstraint(
                name="refund_of_one",
                condition=Q(payment__isnull=False, credit_note=None)
                | Q(payment=None, credit_note__isnull=False),
            ),
            models.CheckConstraint(
                name="refund_state",
                condition=Q(state__in=["asked", "approved", "cancelled", "refused"], file=None)
                | Q(state__in=["released", "paid", "failed"], file__isnull=False),
            ),
            models.CheckConstraint(
                name="refund_approved_sealed",
                condition=~Q(state__in=["approved", "released", "paid", "failed"])
                | (~Q(digest="") & Q(checked_at__isnull=False, approved_at__isnull=False)),
            ),
        ]
        indexes = [models.Index(fields=["company_id", "state", "id"], name="refund_state_idx")]

    def __str__(self) -> str:
        return self.reference


class Creditor(models.Model):
    """Who the company is when it collects: its identifier, and the account money arrives on."""

    company_id = models.BigIntegerField(unique=True)
    identifier = models.TextField()
    name = models.TextField()
    iban = models.TextField()
    bic = models.TextField(blank=True, default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    def __str__(self) -> str:
        return self.identifier


class Mandate(models.Model):
    """A customer's leave to collect from their account.

    `used_on` is the last collection; `first_used` tells that the first one was made. A change of
    the account waits in `pending_iban` for a second person.
    """

    company_id = models.BigIntegerField()
    reference = models.TextField()
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="+")
    scheme = models.TextField()
    is_recurrent = models.BooleanField()
    iban = models.TextField()
    bic = models.TextField(blank=True, default="")
    holder = models.TextField()
    signed_on = models.DateField()
    state = models.TextField()
    stopped_why = models.TextField(blank=True, default="")
    used_on = models.DateField(null=True)
    amended_from = models.TextField(blank=True, default="")
    pending_iban = models.TextField(blank=True, default="")
    pending_by_id = models.BigIntegerField(null=True)
    pending_by = models.TextField(blank=True, default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "reference"], name="mandate_reference"),
            models.UniqueConstraint(
                fields=["company_id", "customer"], condition=Q(state="live"),
                name="mandate_live_once",
            ),
            models.CheckConstraint(
                name="mandate_known",
                condition=Q(scheme__in=["CORE", "B2B"], state__in=["live", "revoked", "stopped"]),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.reference


class MandateChange(models.Model):
    """What became of a mandate: amended, revoked, stopped, and by whom. Append-only."""

    company_id = models.BigIntegerField()
    mandate = models.ForeignKey(Mandate, models.PROTECT, related_name="+")
    change = models.TextField()
    before = models.TextField(blank=True, default="")
    after = models.TextField(blank=True, default="")
    why = models.TextField(blank=True, default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    def __str__(self) -> str:
        return f"{self.mandate_id}: {self.change}"


class Run(models.Model):
    """One collection: what is debited from whom on a date, drawn up, approved, handed over."""

    company_id = models.BigIntegerField()
    reference = models.TextField()
    scheme = models.TextField()
    collect_on = models.DateField()
    state = models.TextField()
    lines_total = models.IntegerField()
    total_minor = models.BigIntegerField()
    digest = models.TextField()
    made_at = models.DateTimeField()
    made_by = models.TextField()
    made_by_id = models.BigIntegerField(null=True)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.TextField(blank=True, default="")
    file = models.ForeignKey(PaymentFile, models.PROTECT, null=True, related_name="+")
    why = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "reference"], name="run_reference"),
            models.CheckConstraint(
                name="run_state",
                condition=Q(state__in=["drawn_up", "cancelled"], file=None)
                | Q(state__in=["approved", "handed_over", "credited"], file__isnull=False)
                | Q(state="cancelled"),
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class RunLine(models.Model):
    """One debit of a run: an item, its mandate, the amount. No item stands in two live runs."""

    company_id = models.BigIntegerField()
    run = models.ForeignKey(Run, models.PROTECT, related_name="lines")
    mandate = models.ForeignKey(Mandate, models.PROTECT, related_name="+")
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="+")
    item = models.ForeignKey("invoices.Item", models.PROTECT, related_name="+")
    end_to_end = models.TextField()
    minor = models.BigIntegerField()
    sequence = models.TextField()
    iban = models.TextField()
    state = models.TextField()
    attempt = models.IntegerField(default=1)
    payment = models.ForeignKey("cash.Payment", models.PROTECT, null=True, related_name="+")
    reason_code = models.TextField(blank=True, default="")
    retry_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item"], condition=Q(state="live"), name="run_line_item_once"
            ),
            models.UniqueConstraint(
                fields=["company_id", "end_to_end"], name="run_line_end_to_end"
            ),
            models.CheckConstraint(
                name="run_line_known",
                condition=Q(
                    minor__gt=0,
                    state__in=["live", "settled", "returned", "cancelled"],
                    sequence__in=["FRST", "RCUR", "OOFF", "FNAL"],
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.end_to_end

"""What was taken over the counter, and the deposits by which it was brought to the bank."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class Deposit(models.Model):
    """Cheques or cash brought to a bank account in one go, under a number. Append-only.

    But for how it ended: credited by the bank, or voided since it never got there.
    """

    company_id = models.BigIntegerField()
    reference = models.TextField()
    account = models.ForeignKey("cash.BankAccount", models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    receipts_total = models.IntegerField()
    brought_on = models.DateField()
    file_id = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()
    credited_on = models.DateField(null=True)
    credited_at = models.DateTimeField(null=True)
    credited_by = models.TextField(blank=True, default="")
    voided_at = models.DateTimeField(null=True)
    voided_by = models.TextField(blank=True, default="")
    void_reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "reference"], name="deposit_reference"),
            models.CheckConstraint(
                name="deposit_amounts", condition=Q(total_minor__gt=0, receipts_total__gt=0)
            ),
            models.CheckConstraint(
                name="deposit_ends_once",
                condition=Q(credited_at=None, credited_on=None)
                | Q(credited_at__isnull=False, credited_on__isnull=False, voided_at=None),
            ),
        ]
        indexes = [
            models.Index(
                fields=["company_id"],
                condition=Q(credited_at=None, voided_at=None),
                name="deposit_awaited",
            )
        ]

    def __str__(self) -> str:
        return self.reference


class Receipt(models.Model):
    """A cheque or cash a customer gave us, under a gap-free number. Append-only.

    But for what became of it: `payment` once it counts as money, `deposit` once it was brought to
    the bank, or cancelled. `named` are the invoices it was given for.
    """

    company_id = models.BigIntegerField()
    reference = models.TextField()
    kind = models.TextField()
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()
    received_on = models.DateField()
    counts_on = models.DateField()
    cheque_number = models.TextField(blank=True, default="")
    drawer = models.TextField(blank=True, default="")
    drawer_bank = models.TextField(blank=True, default="")
    dated_on = models.DateField(null=True)
    named = ArrayField(models.TextField(), default=list)
    note = models.TextField(blank=True, default="")
    file_id = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()
    payment = models.OneToOneField(
        "cash.Payment", models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    deposit = models.ForeignKey(
        Deposit, models.PROTECT, null=True, related_name="receipts", db_index=True
    )
    cancelled_on = models.DateField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by = models.TextField(blank=True, default="")
    cancel_reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "reference"], name="receipt_reference"),
            models.CheckConstraint(
                name="receipt_known",
                condition=Q(kind="cash", dated_on=None, minor__gt=0)
                | Q(kind="cheque", dated_on__isnull=False, minor__gt=0),
            ),
            models.CheckConstraint(
                name="receipt_counts_later", condition=Q(counts_on__gte=F("received_on"))
            ),
            models.CheckConstraint(
                name="receipt_deposited_is_money",
                condition=Q(deposit=None) | Q(payment__isnull=False, cancelled_at=None),
            ),
        ]
        indexes = [
            models.Index(fields=["company_id", "customer", "received_on"], name="receipt_customer"),
            models.Index(
                fields=["company_id", "counts_on"],
                condition=Q(payment=None, cancelled_at=None),
                name="receipt_postdated",
            ),
            models.Index(
                fields=["company_id"],
                condition=Q(deposit=None, cancelled_at=None),
                name="receipt_held",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class DepositCredit(models.Model):
    """A line of the bank that credited a deposit, whole or a part; an undone row stays, marked.

    A line may hold several deposits: what it came to is what it moves, which its payment guards.
    """

    company_id = models.BigIntegerField()
    deposit = models.ForeignKey(Deposit, models.PROTECT, related_name="credits")
    payment = models.ForeignKey("cash.Payment", models.PROTECT, related_name="+")
    minor = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payment", "deposit"],
                condition=Q(undone_at=None),
                name="deposit_credit_each_once",
            ),
            models.CheckConstraint(name="deposit_credit_positive", condition=Q(minor__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.deposit_id}: {self.minor}"


class TillCount(models.Model):
    """What was counted in the till, and what the book said; `minor` is how much more. Append-only.

    But for the deposit by which a difference went to the bank with the cash. `approval` is the
    request by which another approved it, empty where one person may alone.
    """

    company_id = models.BigIntegerField()
    reference = models.TextField()
    currency = models.CharField(max_length=3)
    counted_on = models.DateField()
    book_minor = models.BigIntegerField()
    counted_minor = models.BigIntegerField()
    minor = models.BigIntegerField()
    reason = models.TextField(blank=True, default="")
    approval = models.TextField(blank=True, default="")
    approved_by = models.TextField(blank=True, default="")
    deposit = models.ForeignKey(
        Deposit, models.PROTECT, null=True, related_name="differences", db_index=True
    )
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "reference"], name="till_count_reference"
            ),
            models.CheckConstraint(
                name="till_count_adds_up",
                condition=Q(counted_minor__gte=0, minor=F("counted_minor") - F("book_minor")),
            ),
            models.CheckConstraint(
                name="till_count_explained", condition=Q(minor=0) | ~Q(reason="")
            ),
            models.CheckConstraint(
                name="till_count_deposited_differs", condition=Q(deposit=None) | ~Q(minor=0)
            ),
        ]
        indexes = [
            models.Index(
                fields=["company_id"],
                condition=Q(deposit=None) & ~Q(minor=0),
                name="till_difference_held",
            ),
            models.Index(fields=["company_id", "currency", "counted_on"], name="till_count_day"),
        ]

    def __str__(self) -> str:
        return f"{self.reference}: {self.minor}"

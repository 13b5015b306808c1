"""Tables of cash: bank accounts, statements, lines, payments, how they were matched, applied."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class BankAccount(models.Model):
    """A collecting account of a company. `identifier` is the IBAN or number, without spaces."""

    company_id = models.BigIntegerField()
    identifier = models.TextField()
    name = models.TextField(blank=True, default="")
    currency = models.CharField(max_length=3)
    is_collecting = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "identifier", "currency"], name="bank_account_once"
            ),
        ]

    def __str__(self) -> str:
        return self.identifier


class Statement(models.Model):
    """One statement of one account as a file brought it, proved before it was taken in."""

    company_id = models.BigIntegerField()
    account = models.ForeignKey(BankAccount, models.PROTECT, related_name="+")
    file_id = models.BigIntegerField()
    format = models.TextField()
    statement_id = models.TextField(blank=True, default="")
    from_date = models.DateField(null=True)
    to_date = models.DateField(null=True)
    opening_minor = models.BigIntegerField(null=True)
    closing_minor = models.BigIntegerField(null=True)
    proof = models.TextField()
    lines_total = models.IntegerField()
    lines_new = models.IntegerField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["company_id", "-to_date"], name="statement_date")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.to_date}"


class BankLine(models.Model):
    """One booked movement, known once: equal lines of one day differ by `ordinal`.

    Here and below triggers ask once per statement whether what rows name exists, in their company.
    """

    company_id = models.BigIntegerField()
    account = models.ForeignKey(
        BankAccount, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    statement = models.ForeignKey(
        Statement, models.PROTECT, related_name="lines", db_constraint=False
    )
    fingerprint = models.CharField(max_length=64)
    ordinal = models.IntegerField()
    line_no = models.IntegerField()
    booked_on = models.DateField()
    value_on = models.DateField(null=True)
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()
    reference = models.TextField(blank=True, default="")
    counterparty = models.TextField(blank=True, default="")
    counterparty_account = models.TextField(blank=True, default="")
    text = models.TextField(blank=True, default="")
    structured_references = ArrayField(models.TextField(), default=list)
    code = models.TextField(blank=True, default="")
    is_reversal = models.BooleanField(default=False)
    return_reason = models.TextField(blank=True, default="", db_default="")
    original_currency = models.TextField(blank=True, default="", db_default="")
    original_minor = models.BigIntegerField(null=True)
    exchange_rate = models.DecimalField(max_digits=24, decimal_places=12, null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "fingerprint", "ordinal"], name="bank_line_once"
            ),
        ]
        indexes = [models.Index(fields=["company_id", "-booked_on", "-id"], name="bank_line_date")]

    def __str__(self) -> str:
        return f"{self.booked_on} {self.minor}"


class Payment(models.Model):
    """Money received on one bank line, or a `part` of it; the payer may not be known yet.

    `identified_on` is from when the money counts as the present payer's. Of what is unapplied,
    `earmarked_minor` waits to be paid out; `returned_minor` and `refunded_minor` left the house.
    """

    company_id = models.BigIntegerField()
    reference = models.TextField()
    bank_line = models.ForeignKey(
        BankLine,
        models.PROTECT,
        related_name="payments",
        related_query_name="payment",
        db_constraint=False,
        db_index=False,
    )
    part = models.IntegerField(default=0, db_default=0)
    customer = models.ForeignKey("customers.Customer", models.PROTECT, null=True, related_name="+")
    received_on = models.DateField()
    identified_on = models.DateField(null=True)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    unapplied_minor = models.BigIntegerField()
    earmarked_minor = models.BigIntegerField(default=0, db_default=0)
    returned_minor = models.BigIntegerField(default=0, db_default=0)
    refunded_minor = models.BigIntegerField(default=0, db_default=0)
    on_account = models.BooleanField(default=False)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "reference"], name="payment_reference"),
            models.UniqueConstraint(fields=["bank_line", "part"], name="payment_of_line_once"),
            models.CheckConstraint(
                name="payment_unapplied_within",
                condition=Q(total_minor__gt=0, unapplied_minor__gte=0)
                & Q(unapplied_minor__lte=F("total_minor")),
            ),
            models.CheckConstraint(
                name="payment_earmarked_within",
                condition=Q(earmarked_minor__gte=0) & Q(earmarked_minor__lte=F("unapplied_minor")),
            ),
            models.CheckConstraint(
                name="payment_left_within",
                condition=Q(returned_minor__gte=0, refunded_minor__gte=0)
                & Q(
                    total_minor__gte=F("unapplied_minor")
                    + F("returned_minor")
                    + F("refunded_minor")
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["company_id", "customer"],
                condition=Q(unapplied_minor__gt=0),
                name="payment_unapplied",
            ),
            models.Index(fields=["company_id", "received_on"], name="payment_received"),
        ]

    def __str__(self) -> str:
        return self.reference


class Match(models.Model):
    """What the matching said of a payment: how sure, why, and what it proposed. Append-only."""

    company_id = models.BigIntegerField()
    payment = models.ForeignKey(
        Payment, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    method = models.TextField()
    is_certain = models.BooleanField()
    reasons = models.JSONField()
    proposals = models.JSONField()
    policy_version = models.IntegerField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        verbose_name_plural = "matches"
        # The last word on a payment is asked for most.
        indexes = [models.Index(fields=["payment", "-id"], name="match_payment_latest")]

    def __str__(self) -> str:
        return f"{self.payment_id}: {self.method}"


class Allocation(models.Model):
    """The part of a payment that settled an item; an undone row stays, marked.

    `applied_on` and `undone_on` are the accounting dates of the postings. `payment_minor` is what
    of a payment in another currency it took. `is_by_order`: made by the order of allocation alone,
    so that a replay may move it.
    """

    company_id = models.BigIntegerField()
    payment = models.ForeignKey(
        Payment, models.PROTECT, related_name="allocations", db_constraint=False
    )
    item = models.ForeignKey("invoices.Item", models.PROTECT, related_name="+", db_constraint=False)
    minor = models.BigIntegerField()
    payment_minor = models.BigIntegerField(null=True)
    is_by_order = models.BooleanField(default=False, db_default=False)
    applied_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()
    undone_on = models.DateField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(name="allocation_positive", condition=Q(minor__gt=0)),
        ]
        # The few between currencies, found without walking all.
        indexes = [
            models.Index(
                fields=["company_id"],
                condition=Q(payment_minor__isnull=False, undone_at__isnull=True),
                name="allocation_exchanged",
            )
        ]

    def __str__(self) -> str:
        return f"{self.payment_id} → {self.item_id}: {self.minor}"


class StatementColumns(models.Model):
    """What the columns of a bank's table mean, as told once for headings like these.

    `meaning` is the mapping of `readers.delimited.read`: roles to headings, or to "=" and a value.
    """

    company_id = models.BigIntegerField()
    heading_key = models.CharField(max_length=64)
    headings = ArrayField(models.TextField())
    meaning = models.JSONField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "heading_key"], name="statement_columns_once"
            ),
        ]

    def __str__(self) -> str:
        return ", ".join(self.headings)


class RefusedFile(models.Model):
    """A bank file that could not be taken in: kept as it came, with what was wrong.

    `settled` is "" while it waits, "taken" when it went in later, "set_aside" when it will not.
    """

    company_id = models.BigIntegerField()
    file_id = models.BigIntegerField()
    filename = models.TextField()
    code = models.TextField()
    message = models.TextField()
    place = models.TextField(blank=True, default="")
    mend = models.TextField(blank=True, default="")
    refused_at = models.DateTimeField()
    refused_by = models.TextField()
    settled = models.TextField(blank=True, default="")
    settled_at = models.DateTimeField(null=True)
    settled_by = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "file_id"], name="refused_file_once"),
            models.CheckConstraint(
                name="refused_file_settled",
                condition=Q(settled="", settled_at=None)
                | Q(settled__in=("taken", "set_aside"), settled_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.filename


from creditdesk.cash.models.beside import (  # noqa: E402 - they refer to what stands above
    Adjustment,
    Move,
    Realised,
    Return,
)
from creditdesk.cash.models.counter import (  # noqa: E402 - they refer to what stands above
    Deposit,
    DepositCredit,
    Receipt,
    TillCount,
)
from creditdesk.cash.models.learning import (  # noqa: E402 - they refer to what stands above
    AdviceLine,
    MailRead,
    MatchingModel,
    PayerHabit,
    PayerRelation,
    RemittanceAdvice,
    SecondLook,
)

__all__ = [
    "Adjustment",
    "AdviceLine",
    "Allocation",
    "BankAccount",
    "BankLine",
    "Deposit",
    "DepositCredit",
    "MailRead",
    "Match",
    "MatchingModel",
    "Move",
    "PayerHabit",
    "PayerRelation",
    "Payment",
    "Realised",
    "Receipt",
    "RefusedFile",
    "RemittanceAdvice",
    "Return",
    "SecondLook",
    "Statement",
    "StatementColumns",
    "TillCount",
]

"""What is written beside payments: what was given, realised, moved away, and what came back."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class Adjustment(models.Model):
    """The part of an item that a payment left open and nobody has to pay; undone rows stay, marked.

    `kind`: discount_earned, discount_unearned, tolerance or bank_fee. `taxes` lists the tax within
    by category and rate, as the invoice charged it; not `is_tax_known` where that is not known.
    Append-only but for its undoing.
    """

    company_id = models.BigIntegerField()
    payment = models.ForeignKey("cash.Payment", models.PROTECT, related_name="+")
    item = models.ForeignKey("invoices.Item", models.PROTECT, related_name="+")
    kind = models.TextField()
    minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    taxes = models.JSONField()
    is_tax_known = models.BooleanField()
    percent = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    until = models.DateField(null=True)
    policy_version = models.IntegerField()
    is_automatic = models.BooleanField()
    adjusted_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()
    undone_on = models.DateField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="adjustment_within",
                condition=Q(minor__gt=0, tax_minor__gte=0) & Q(tax_minor__lte=F("minor")),
            ),
            models.CheckConstraint(
                name="adjustment_known",
                condition=Q(
                    kind__in=["discount_earned", "discount_unearned", "tolerance", "bank_fee"]
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.kind}: {self.minor}"


class Realised(models.Model):
    """What an item in another currency was worth when issued, and what came in for it. Append-only.

    In the company's currency, for one allocation, or for one adjustment, which realises nothing.
    The rates say how much of the company's currency one unit was worth on the day beside them.
    """

    company_id = models.BigIntegerField()
    allocation = models.OneToOneField(
        "cash.Allocation", models.PROTECT, null=True, related_name="+"
    )
    adjustment = models.OneToOneField(
        "cash.Adjustment", models.PROTECT, null=True, related_name="+"
    )
    base_currency = models.CharField(max_length=3)
    issued_on = models.DateField()
    issued_rate = models.DecimalField(max_digits=24, decimal_places=12)
    received_on = models.DateField()
    received_rate = models.DecimalField(max_digits=24, decimal_places=12)
    issued_minor = models.BigIntegerField()
    received_minor = models.BigIntegerField()
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "realised differences"
        constraints = [
            models.CheckConstraint(
                name="realised_of_one",
                condition=Q(allocation__isnull=False, adjustment__isnull=True)
                | Q(allocation__isnull=True, adjustment__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.received_minor - self.issued_minor} {self.base_currency}"


class Move(models.Model):
    """Unapplied money of a payment that left for another account of the books. Append-only.

    What comes back is a row of its own, negative: charged back and won again, for example.
    """

    company_id = models.BigIntegerField()
    payment = models.ForeignKey(
        "cash.Payment", models.PROTECT, related_name="+", db_constraint=False
    )
    minor = models.BigIntegerField()
    account = models.TextField()
    why = models.TextField()
    moved_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="move_moves_something", condition=~Q(minor=0)),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id}: {self.minor} {self.account}"


class Return(models.Model):
    """Money that the bank took back: a line of a statement, or told by hand.

    It waits until the payment it undoes is known; `charges_minor` is what the bank added for
    itself. `state` is "waiting", "posted" or "set_aside"; `why` tells why it waits.
    """

    company_id = models.BigIntegerField()
    bank_line = models.OneToOneField(
        "cash.BankLine", models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    payment = models.ForeignKey(
        "cash.Payment", models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    returned_on = models.DateField()
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()
    charges_minor = models.BigIntegerField(default=0, db_default=0)
    reason_code = models.TextField(blank=True, default="")
    state = models.TextField()
    why = models.TextField(blank=True, default="")
    candidates = ArrayField(models.BigIntegerField(), default=list)
    fee_item_id = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="return_amounts",
                condition=Q(minor__gt=0, charges_minor__gte=0) & Q(charges_minor__lt=F("minor")),
            ),
            models.CheckConstraint(
                name="return_settled",
                condition=Q(state="waiting", settled_at=None)
                | Q(state="posted", settled_at__isnull=False, payment__isnull=False)
                | Q(state="set_aside", settled_at__isnull=False, payment=None),
            ),
        ]
        indexes = [
            models.Index(
                fields=["company_id"], condition=Q(state="waiting"), name="return_waiting"
            ),
            models.Index(fields=["payment"], name="return_payment"),
        ]

    def __str__(self) -> str:
        return f"{self.returned_on} {self.minor}"

"""Tables of invoices: documents, their open items (one per instalment), credit applications."""

from django.db import models
from django.db.models import F, Q


class Invoice(models.Model):
    """An invoice, credit note or charge of late interest as it was issued; never edited.

    `number_key` is the number for matching. A credit note's `unapplied_minor` is what of it has
    not yet lowered an open item; invoices keep it at zero. `opening_minor` is what was open of a
    document taken over at going live; its items hold that, and begin on the cut-over date.
    """

    class Kind(models.TextChoices):
        INVOICE = "invoice"
        CREDIT_NOTE = "credit_note"
        CHARGE = "charge"

    company_id = models.BigIntegerField()
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, related_name="+", db_index=False
    )
    kind = models.TextField(choices=Kind.choices, default=Kind.INVOICE)
    number = models.TextField()
    number_key = models.TextField()
    issued_on = models.DateField()
    currency = models.CharField(max_length=3)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    unapplied_minor = models.BigIntegerField(default=0)
    opening_minor = models.BigIntegerField(null=True)
    order_reference = models.TextField(blank=True, default="")
    customer_reference = models.TextField(blank=True, default="")
    terms_code = models.TextField(blank=True, default="")
    corrects = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="+", db_index=False
    )
    reason = models.TextField(blank=True, default="")
    import_run_id = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "number"], name="invoice_number_once"),
            models.CheckConstraint(
                name="invoice_adds_up", condition=Q(total_minor=F("net_minor") + F("tax_minor"))
            ),
            models.CheckConstraint(
                name="invoice_unapplied_within",
                condition=Q(total_minor__gt=0, unapplied_minor__gte=0)
                & Q(unapplied_minor__lte=F("total_minor")),
            ),
        ]
        indexes = [
            models.Index(fields=["company_id", "issued_on"], name="invoice_issued"),
            models.Index(fields=["customer", "-issued_on"], name="invoice_customer"),
            models.Index(
                fields=["company_id"], condition=Q(unapplied_minor__gt=0), name="invoice_unapplied"
            ),
            models.Index(
                fields=["corrects"], condition=Q(corrects__isnull=False), name="invoice_corrects"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Item(models.Model):
    """One instalment of an invoice: what falls due when, and what of it is open.

    `reopened_on` is since when what had been settled is open again: nothing settles it earlier.
    A trigger asks once per statement whether the documents exist and are the company's own.
    """

    company_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    invoice = models.ForeignKey(
        Invoice, models.PROTECT, related_name="items", db_index=False, db_constraint=False
    )
    instalment = models.SmallIntegerField(default=1)
    currency = models.CharField(max_length=3)
    issued_on = models.DateField()
    due_on = models.DateField()
    total_minor = models.BigIntegerField()
    open_minor = models.BigIntegerField()
    settled_on = models.DateField(null=True)
    reopened_on = models.DateField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "instalment"], name="item_instalment_once"),
            models.CheckConstraint(
                name="item_open_within",
                condition=Q(open_minor__gte=0, total_minor__gt=0)
                & Q(open_minor__lte=F("total_minor")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["company_id", "customer_id", "due_on"],
                condition=Q(open_minor__gt=0),
                name="item_open",
            ),
            models.Index(fields=["customer_id", "due_on"], name="item_customer"),
            models.Index(
                fields=["company_id", "settled_on"],
                condition=Q(settled_on__isnull=False),
                name="item_settled",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id}/{self.instalment}"


class CreditApplication(models.Model):
    """The part of a credit note that lowered an open item; undone rows stay, marked."""

    company_id = models.BigIntegerField()
    credit_note = models.ForeignKey(Invoice, models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    minor = models.BigIntegerField()
    applied_on = models.DateField()
    recorded_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="credit_application_positive", condition=Q(minor__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.credit_note_id} → {self.item_id}: {self.minor}"


class Closure(models.Model):
    """What of an item the ERP says was settled there. Append-only.

    `how`: paid, credited or written_off. `source_key` is the same for the same line of a file.
    """

    company_id = models.BigIntegerField()
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    how = models.TextField()
    minor = models.BigIntegerField()
    closed_on = models.DateField()
    reference = models.TextField(blank=True, default="")
    source_key = models.TextField()
    import_run_id = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="closure_positive", condition=Q(minor__gt=0)),
            models.UniqueConstraint(fields=["item", "source_key"], name="closure_once"),
        ]
        indexes = [models.Index(fields=["company_id", "closed_on"], name="closure_date")]

    def __str__(self) -> str:
        return f"{self.item_id} {self.how}: {self.minor}"


class Charge(models.Model):
    """What is charged on an item: late interest, compensation, or a fee: of a return, a reminder.

    Append-only. Acts are charge, reversal and waiver, amounts positive; the last two name the
    charge they take back by `of`. `document` is the charge or credit note that posted it; a memo
    has none. `step` is the step of the ladder whose reminder the fee is for, charged once.
    """

    company_id = models.BigIntegerField()
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    kind = models.TextField()
    act = models.TextField()
    of = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()
    from_on = models.DateField()
    through_on = models.DateField()
    law = models.TextField()
    step = models.TextField(blank=True, default="", db_default="")
    policy_version = models.IntegerField()
    breakdown = models.JSONField()
    document = models.ForeignKey(
        Invoice, models.PROTECT, null=True, related_name="+", db_index=False
    )
    reason = models.TextField(blank=True, default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="charge_known",
                condition=Q(kind__in=["interest", "compensation", "return_fee", "dunning_fee"])
                & (Q(act="charge", of__isnull=True)
                   | Q(act__in=["reversal", "waiver"], of__isnull=False)),
            ),
            models.CheckConstraint(name="charge_positive", condition=Q(minor__gt=0)),
            models.UniqueConstraint(
                fields=["item", "step"],
                condition=Q(kind="dunning_fee", act="charge"),
                name="dunning_fee_once",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["company_id", "-through_on", "-id"], name="charge_through"),
            models.Index(
                fields=["document"],
                condition=Q(act="charge", document__isnull=False),
                name="charge_document",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.kind} {self.item_id}: {self.minor}"

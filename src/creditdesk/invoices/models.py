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
    """What is charged on an item: late interest, compensation, or the fee of a returned payment.

    Append-only. Acts are charge, reversal and waiver, amounts positive; the last two name the
    charge they take back by `of`. `document` is the charge or credit note that posted it; a memo
    has none.
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
                condition=Q(kind__in=["interest", "compensation", "return_fee"])
                & (Q(act="charge", of__isnull=True)
                   | Q(act__in=["reversal", "waiver"], of__isnull=False)),
            ),
            models.CheckConstraint(name="charge_positive", condition=Q(minor__gt=0)),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["company_id", "-through_on", "-id"], name="charge_through"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.kind} {self.item_id}: {self.minor}"


class Seller(models.Model):
    """Who the company is on its invoices, from a date until the next record. Append-only."""

    company_id = models.BigIntegerField()
    valid_from = models.DateField()
    name = models.TextField()
    street = models.TextField(blank=True, default="")
    postal_code = models.TextField(blank=True, default="")
    city = models.TextField(blank=True, default="")
    country = models.TextField()
    vat_number = models.TextField(blank=True, default="")
    tax_number = models.TextField(blank=True, default="")
    registration = models.TextField(blank=True, default="")
    legal_text = models.TextField(blank=True, default="")
    electronic_scheme = models.TextField(blank=True, default="")
    electronic_address = models.TextField(blank=True, default="")
    contact_name = models.TextField(blank=True, default="")
    contact_phone = models.TextField(blank=True, default="")
    contact_email = models.TextField(blank=True, default="")
    account = models.TextField()
    account_holder = models.TextField(blank=True, default="")
    bic = models.TextField(blank=True, default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        indexes = [
            models.Index(fields=["company_id", "-valid_from", "-id"], name="seller_in_force"),
        ]

    def __str__(self) -> str:
        return self.name


class IssuedDocument(models.Model):
    """The document of an invoice or credit note issued here, as it left. Append-only.

    `kind_code` is of UNTDID 1001; the digests are those of the kept files; `validator` says which
    rules found it valid, and `remarks` what they said though it may be issued.
    """

    company_id = models.BigIntegerField()
    invoice = models.OneToOneField(Invoice, models.PROTECT, related_name="+")
    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+")
    kind_code = models.TextField()
    profile = models.TextField()
    language = models.CharField(max_length=8)
    payment_reference = models.TextField(blank=True, default="")
    exemption_reason = models.TextField(blank=True, default="")
    note = models.TextField(blank=True, default="")
    ubl_file_id = models.BigIntegerField()
    cii_file_id = models.BigIntegerField()
    pdf_file_id = models.BigIntegerField()
    ubl_sha256 = models.CharField(max_length=64)
    cii_sha256 = models.CharField(max_length=64)
    pdf_sha256 = models.CharField(max_length=64)
    validator = models.TextField()
    validated_at = models.DateTimeField()
    remarks = models.JSONField(default=list)
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    def __str__(self) -> str:
        return f"{self.kind_code} {self.invoice_id}"


class IssuedLine(models.Model):
    """A line of an issued document; of a credit note, the line of the invoice it takes back."""

    company_id = models.BigIntegerField()
    document = models.ForeignKey(IssuedDocument, models.PROTECT, related_name="+", db_index=False)
    position = models.IntegerField()
    name = models.TextField()
    description = models.TextField(blank=True, default="")
    quantity = models.DecimalField(max_digits=24, decimal_places=6)
    unit = models.TextField()
    price = models.DecimalField(max_digits=24, decimal_places=6)
    discount_percent = models.DecimalField(max_digits=9, decimal_places=6)
    category = models.TextField()
    rate_percent = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    net_minor = models.BigIntegerField()
    credits_position = models.IntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "position"], name="issued_line_once"),
        ]

    def __str__(self) -> str:
        return f"{self.document_id}/{self.position} {self.name}"


class IssuedTax(models.Model):
    """The tax of one category at one rate on an issued document."""

    company_id = models.BigIntegerField()
    document = models.ForeignKey(IssuedDocument, models.PROTECT, related_name="+", db_index=False)
    position = models.IntegerField()
    category = models.TextField()
    rate_percent = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    taxable_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    reason = models.TextField(blank=True, default="")
    reason_code = models.TextField(blank=True, default="")

    class Meta:
        verbose_name_plural = "issued taxes"
        constraints = [
            models.UniqueConstraint(fields=["document", "position"], name="issued_tax_once"),
        ]

    def __str__(self) -> str:
        return f"{self.document_id} {self.category} {self.rate_percent}"

"""Tables of what was issued here: who sold, documents as they left, their lines and taxes."""

from django.db import models

from creditdesk.invoices.models.books import Invoice


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

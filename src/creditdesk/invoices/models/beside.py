"""Tables beside issued documents: discounts given and offered, and replacements."""

from django.db import models


class IssuedAllowance(models.Model):
    """What a document's own discount took off at one tax (BG-20). Append-only."""

    company_id = models.BigIntegerField()
    document = models.ForeignKey(
        "invoices.IssuedDocument", models.PROTECT, related_name="+", db_index=False
    )
    position = models.IntegerField()
    category = models.TextField()
    rate_percent = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    percent = models.DecimalField(max_digits=9, decimal_places=6)
    base_minor = models.BigIntegerField()
    minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "position"], name="issued_allowance_once"),
        ]

    def __str__(self) -> str:
        return f"{self.document_id} {self.percent} %"


class IssuedOffer(models.Model):
    """A discount for paying early, as the document offers it until a day. Append-only.

    `tax_minors` is the tax no longer owed with it, in the order of the document's taxes; all
    nought where terms leave the tax as it was issued. `base_minor` is what the percentage is of.
    """

    company_id = models.BigIntegerField()
    document = models.ForeignKey(
        "invoices.IssuedDocument", models.PROTECT, related_name="+", db_index=False
    )
    position = models.IntegerField()
    percent = models.DecimalField(max_digits=9, decimal_places=6)
    until = models.DateField()
    base_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField()
    pay_minor = models.BigIntegerField()
    tax_mode = models.TextField()
    tax_minors = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "position"], name="issued_offer_once"),
        ]

    def __str__(self) -> str:
        return f"{self.document_id} {self.percent} % until {self.until}"


class Replacement(models.Model):
    """An invoice that was taken back whole and replaced by a corrected one. Append-only."""

    company_id = models.BigIntegerField()
    original = models.OneToOneField("invoices.Invoice", models.PROTECT, related_name="+")
    reversal = models.OneToOneField("invoices.Invoice", models.PROTECT, related_name="+")
    corrected = models.OneToOneField("invoices.Invoice", models.PROTECT, related_name="+")
    reason = models.TextField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    def __str__(self) -> str:
        return f"{self.original_id} → {self.corrected_id}"


class ChargePaper(models.Model):
    """The page of a document of charges as it left, or as it was first kept. Append-only."""

    company_id = models.BigIntegerField()
    invoice = models.OneToOneField("invoices.Invoice", models.PROTECT, related_name="+")
    language = models.CharField(max_length=8)
    pdf_file_id = models.BigIntegerField()
    pdf_sha256 = models.CharField(max_length=64)
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    def __str__(self) -> str:
        return f"page of {self.invoice_id}"

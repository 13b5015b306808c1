"""Tables of how documents reach their customers, and what is known of each delivery."""

from django.db import models
from django.db.models import Q

from creditdesk.invoices.models.books import Invoice


class DeliveryPreference(models.Model):
    """How a customer, or where that is empty the company, wants documents sent."""

    company_id = models.BigIntegerField()
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, null=True, related_name="+", db_index=False
    )
    channel = models.TextField()
    forms = models.JSONField()
    email = models.TextField(blank=True, default="")
    name = models.TextField(blank=True, default="")
    asks_receipt = models.BooleanField(default=False)
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "customer"],
                name="delivery_preference_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.channel}"


class PrintBatch(models.Model):
    """Documents printed together for the post; `posted_on` once somebody handed them over."""

    company_id = models.BigIntegerField()
    reference = models.TextField()
    file_id = models.BigIntegerField()
    documents = models.IntegerField()
    pages = models.IntegerField()
    is_both_sides = models.BooleanField(default=False, db_default=False)
    made_at = models.DateTimeField()
    made_by = models.TextField()
    posted_on = models.DateField(null=True)
    posted_at = models.DateTimeField(null=True)
    posted_by = models.TextField(blank=True, default="")

    class Meta:
        verbose_name_plural = "print batches"
        constraints = [
            models.UniqueConstraint(fields=["company_id", "reference"], name="print_batch_once"),
        ]

    def __str__(self) -> str:
        return self.reference


class Delivery(models.Model):
    """One try to send a document by one channel; `state` follows from its evidence.

    `document` is the number of what is sent; `attempt` counts from 1 per document and channel.
    """

    company_id = models.BigIntegerField()
    purpose = models.TextField()
    document = models.TextField()
    invoice = models.ForeignKey(
        Invoice, models.PROTECT, null=True, related_name="+", db_index=False
    )
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, related_name="+", db_index=False
    )
    channel = models.TextField()
    forms = models.JSONField()
    attempt = models.SmallIntegerField()
    state = models.TextField()
    message_id = models.BigIntegerField(null=True)
    pdf_file_id = models.BigIntegerField()
    batch = models.ForeignKey(PrintBatch, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "purpose", "document", "channel", "attempt"],
                name="delivery_once",
            ),
            models.UniqueConstraint(
                fields=["message_id"],
                condition=Q(message_id__isnull=False),
                name="delivery_message_once",
            ),
        ]
        indexes = [
            models.Index(fields=["invoice"], name="delivery_invoice"),
            models.Index(fields=["customer", "-id"], name="delivery_customer"),
            models.Index(
                fields=["company_id", "channel", "document"],
                condition=Q(state__in=("queued", "printed", "bounced", "returned", "failed",
                                       "withdrawn", "refused")),
                name="delivery_not_arrived",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.document} {self.channel} {self.attempt}: {self.state}"


class DeliveryEvidence(models.Model):
    """What is known to have happened to a delivery, and by which mail or person. Append-only."""

    company_id = models.BigIntegerField()
    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="+")
    kind = models.TextField()
    happened_on = models.DateField()
    code = models.TextField(blank=True, default="")
    note = models.TextField(blank=True, default="")
    mail_id = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        verbose_name_plural = "delivery evidence"

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.kind}"

"""Tables of going live: what was brought over, corrected until somebody signs it."""

from django.db import models
from django.db.models import F, Q


class GoLive(models.Model):
    """Going live of one company: from when its books are kept here, who loaded and who signed.

    `loaders` are the people who brought or changed rows; none of them may sign. `report` is what
    was signed, word for word, and `report_sha256` its digest.
    """

    company_id = models.BigIntegerField(unique=True)
    cut_over_on = models.DateField()
    begun_at = models.DateTimeField()
    begun_by = models.TextField()
    loaders = models.JSONField(default=list)
    signed_at = models.DateTimeField(null=True)
    signed_by = models.TextField(blank=True, default="")
    note = models.TextField(blank=True, default="")
    report = models.JSONField(null=True)
    report_sha256 = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        verbose_name = "going live"
        verbose_name_plural = "goings live"

    def __str__(self) -> str:
        return f"{self.company_id} {self.cut_over_on}"


class OpeningItem(models.Model):
    """A document to be taken over, amounts positive; a credit has the kind `credit_note`.

    `run_id` is the import that brought the row last, also when it brought it unchanged.
    """

    company_id = models.BigIntegerField()
    number = models.TextField()
    kind = models.TextField()
    customer_number = models.TextField()
    issued_on = models.DateField()
    due_on = models.DateField()
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    open_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    is_delivered = models.BooleanField()
    dunning_level = models.SmallIntegerField()
    last_dunned_on = models.DateField(null=True)
    terms_code = models.TextField()
    order_reference = models.TextField()
    customer_reference = models.TextField()
    source = models.TextField()
    run_id = models.BigIntegerField()
    line = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "number"], name="opening_item_once"),
            models.CheckConstraint(
                name="opening_item_open_within",
                condition=Q(open_minor__gt=0) & Q(open_minor__lte=F("total_minor")),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class OpeningFact(models.Model):
    """Something else to be taken over: a limit, a dispute, a promise, a contact, a hold.

    `key` is what makes a repeated row the same; `data` holds the fields of the kind.
    """

    company_id = models.BigIntegerField()
    kind = models.TextField()
    key = models.TextField()
    customer_number = models.TextField()
    data = models.JSONField()
    run_id = models.BigIntegerField()
    line = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "kind", "key"], name="opening_fact_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

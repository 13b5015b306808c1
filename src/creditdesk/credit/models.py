"""Tables of credit: limits by date, exposure, reservations, blocks, insurance, guarantees."""

from django.db import models
from django.db.models import Q


class Limit(models.Model):
    """How much a customer or group may owe, from a date until the next record or its last day.

    Temporary ones add to the others; insured and guaranteed ones count as far as they are backed.
    One `only_currency` bounds what is owed in its currency. From `withdrawn_from` it counts not.
    `policy_version` is the version it was granted by; none for one granted elsewhere.
    """

    company_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(null=True)
    group_id = models.BigIntegerField(null=True)
    kind = models.TextField(default="internal", db_default="internal")
    only_currency = models.BooleanField(default=False, db_default=False)
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    reason = models.TextField(blank=True, default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()
    approved_by = models.TextField(blank=True, default="", db_default="")
    withdrawn_from = models.DateField(null=True)
    withdrawn_by = models.TextField(blank=True, default="", db_default="")
    policy_version = models.IntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="limit_not_negative", condition=Q(minor__gte=0)),
            models.CheckConstraint(
                name="limit_of_one",
                condition=Q(customer_id__isnull=False, group_id__isnull=True)
                | Q(customer_id__isnull=True, group_id__isnull=False),
            ),
            models.CheckConstraint(
                name="limit_kind_known",
                condition=Q(kind__in=["internal", "insured", "guaranteed"])
                | Q(kind="temporary", valid_to__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["customer_id", "-valid_from", "-id"], name="limit_customer"),
            models.Index(
                fields=["group_id", "-valid_from", "-id"],
                name="limit_group",
                condition=Q(group_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.minor} {self.currency}"


class LimitRequest(models.Model):
    """A limit somebody asks for, and what was decided about it."""

    company_id = models.BigIntegerField()
    reference = models.TextField()
    customer_id = models.BigIntegerField(null=True)
    group_id = models.BigIntegerField(null=True)
    kind = models.TextField()
    only_currency = models.BooleanField(default=False)
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    reason = models.TextField()
    asked_at = models.DateTimeField()
    asked_by = models.TextField()
    asked_by_id = models.BigIntegerField(null=True)
    state = models.TextField(default="open")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(blank=True, default="")
    answer = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "reference"], name="limit_request_reference_once"
            ),
            models.CheckConstraint(
                name="limit_request_state",
                condition=Q(state="open", decided_at__isnull=True)
                | Q(
                    state__in=["granted", "refused", "taken_back"],
                    decided_at__isnull=False,
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["company_id"], condition=Q(state="open"), name="limit_request_open"
            ),
            models.Index(fields=["customer_id"], name="limit_request_customer"),
        ]

    def __str__(self) -> str:
        return self.reference


class Exposure(models.Model):
    """What a customer owes and has ordered in one currency, maintained with each fact.

    The row is also the lock of the credit check. `unapplied_minor` is money and credit received
    but not yet applied; it lowers the exposure.
    """

    company_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    open_minor = models.BigIntegerField(default=0)
    unapplied_minor = models.BigIntegerField(default=0)
    reserved_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer_id", "currency"], name="exposure_once"),
            models.CheckConstraint(
                name="exposure_not_negative",
                condition=Q(open_minor__gte=0, unapplied_minor__gte=0, reserved_minor__gte=0),
            ),
        ]
        indexes = [models.Index(fields=["company_id"], name="exposure_company")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.currency}"


class Reservation(models.Model):
    """Credit set aside for an accepted order until it is invoiced, released or too old."""

    class Status(models.TextChoices):
        HELD = "held"
        CONVERTED = "converted"
        RELEASED = "released"

    company_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    order_reference = models.TextField()
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()
    open_minor = models.BigIntegerField()
    status = models.TextField(choices=Status.choices, default=Status.HELD)
    expires_on = models.DateField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "order_reference"], name="reservation_order_once"
            ),
            models.CheckConstraint(
                name="reservation_within", condition=Q(minor__gt=0, open_minor__gte=0)
            ),
        ]
        indexes = [
            models.Index(
                fields=["customer_id"], condition=Q(status="held"), name="reservation_live"
            )
        ]

    def __str__(self) -> str:
        return self.order_reference


class Block(models.Model):
    """No further credit for a customer until it is lifted."""

    company_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    reason = models.TextField()
    placed_at = models.DateTimeField()
    placed_by = models.TextField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer_id"], condition=Q(lifted_at__isnull=True), name="block_live_once"
            )
        ]

    def __str__(self) -> str:
        return self.reason


class InsurancePolicy(models.Model):
    """A credit insurer's policy; amounts in its own currency."""

    company_id = models.BigIntegerField()
    insurer = models.TextField()
    number = models.TextField()
    currency = models.CharField(max_length=3)
    valid_from = models.DateField()
    valid_to = models.DateField()
    maximum_liability_minor = models.BigIntegerField()
    retention_percent = models.DecimalField(max_digits=5, decimal_places=2)
    deductible_minor = models.BigIntegerField(default=0)
    extension_days = models.IntegerField()
    report_days = models.IntegerField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        verbose_name_plural = "insurance policies"
        constraints = [
            models.UniqueConstraint(fields=["company_id", "number"], name="insurance_number_once"),
            models.CheckConstraint(
                name="insurance_within",
                condition=Q(
                    maximum_liability_minor__gte=0,
                    deductible_minor__gte=0,
                    retention_percent__gte=0,
                    retention_percent__lte=100,
                    extension_days__gte=0,
                    report_days__gte=0,
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Cover(models.Model):
    """An insurer's decision about a buyer from a date on; one of zero withdraws the cover."""

    company_id = models.BigIntegerField()
    policy = models.ForeignKey(InsurancePolicy, models.PROTECT, related_name="+")
    customer_id = models.BigIntegerField()
    kind = models.TextField()
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    note = models.TextField(blank=True, default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="cover_within",
                condition=Q(minor__gte=0, kind__in=["named", "discretionary"]),
            ),
        ]
        indexes = [
            models.Index(fields=["customer_id", "policy", "-valid_from"], name="cover_customer")
        ]

    def __str__(self) -> str:
        return f"{self.minor} {self.currency}"


class Guarantee(models.Model):
    """Somebody who answers for a customer, through a last day or until it is given back."""

    company_id = models.BigIntegerField()
    reference = models.TextField()
    customer_id = models.BigIntegerField()
    kind = models.TextField()
    guarantor = models.TextField()
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    document_id = models.BigIntegerField(null=True)
    note = models.TextField(blank=True, default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()
    ended_from = models.DateField(null=True)
    ended_by = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "reference"], name="guarantee_reference_once"
            ),
            models.CheckConstraint(
                name="guarantee_within",
                condition=Q(minor__gt=0, kind__in=["bank", "parent", "other"]),
            ),
        ]
        indexes = [models.Index(fields=["customer_id"], name="guarantee_customer")]

    def __str__(self) -> str:
        return self.reference


class OverdueReport(models.Model):
    """An open item that was reported to an insurer as overdue."""

    company_id = models.BigIntegerField()
    policy = models.ForeignKey(InsurancePolicy, models.PROTECT, related_name="+")
    item_id = models.BigIntegerField()
    reported_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["policy", "item_id"], name="overdue_report_once")
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.reported_on}"

"""Tables of recurring invoices: the plan, and the one document of each of its turns."""

from django.db import models
from django.db.models import Q


class RecurringPlan(models.Model):
    """What is billed again and again, to whom and how often, and how far it has come.

    `next_on` is when turn `next_turn` is due; nothing once the plan has ended. A plan whose
    document was refused is stopped and says why. `lines` are texts, as they were written.
    """

    class Status(models.TextChoices):
        ACTIVE = "active"
        PAUSED = "paused"
        STOPPED = "stopped"
        ENDED = "ended"

    company_id = models.BigIntegerField()
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, related_name="+", db_index=False
    )
    reference = models.TextField()
    title = models.TextField()
    currency = models.CharField(max_length=3)
    unit = models.TextField()
    every = models.IntegerField()
    day_of_month = models.SmallIntegerField(null=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    count = models.IntegerField(null=True)
    in_arrears = models.BooleanField(default=False)
    terms_code = models.TextField(blank=True, default="")
    order_reference = models.TextField(blank=True, default="")
    buyer_reference = models.TextField(blank=True, default="")
    exemption_reason = models.TextField(blank=True, default="")
    discount_percent = models.DecimalField(max_digits=9, decimal_places=6, default=0)
    note = models.TextField(blank=True, default="")
    lines = models.JSONField()
    status = models.TextField(choices=Status.choices, default=Status.ACTIVE)
    next_turn = models.IntegerField(default=1)
    next_on = models.DateField(null=True)
    stopped_code = models.TextField(blank=True, default="")
    stopped_why = models.TextField(blank=True, default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "reference"], name="recurring_reference_once"
            ),
            models.CheckConstraint(
                name="recurring_goes_on",
                condition=Q(status="ended") | Q(next_on__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["company_id", "next_on"], condition=Q(status="active"), name="recurring_due"
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class RecurringDocument(models.Model):
    """The invoice of one turn of a plan: there is never a second. Append-only."""

    company_id = models.BigIntegerField()
    plan = models.ForeignKey(RecurringPlan, models.PROTECT, related_name="+", db_index=False)
    turn = models.IntegerField()
    due_on = models.DateField()
    from_on = models.DateField()
    through_on = models.DateField()
    invoice = models.OneToOneField("invoices.Invoice", models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "turn"], name="recurring_turn_once"),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id}/{self.turn}"

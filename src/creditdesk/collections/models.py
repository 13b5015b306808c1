"""Tables of collections: dunning runs, steps taken, the worklist, activities, promises."""

from django.db import models
from django.db.models import Q


class Run(models.Model):
    """One dunning run of one company on one business date."""

    company_id = models.BigIntegerField()
    run_on = models.DateField()
    policy_version = models.IntegerField()
    customers_total = models.IntegerField(default=0)
    messages_queued = models.IntegerField(default=0)
    customers_held = models.IntegerField(default=0)
    held_reason = models.TextField(blank=True, default="")
    report = models.JSONField(default=dict)
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "run_on"], name="run_once_a_day"),
        ]

    def __str__(self) -> str:
        return str(self.run_on)


class FirstRun(models.Model):
    """The first dunning run of a company that went live: a shadow until somebody signs it.

    `plan` is what was shown to whoever signed; runs write to customers from `sends_from` on.
    """

    company_id = models.BigIntegerField(unique=True)
    required_at = models.DateTimeField()
    required_by = models.TextField()
    plan = models.JSONField(null=True)
    signed_at = models.DateTimeField(null=True)
    signed_by = models.TextField(blank=True, default="")
    sends_from = models.DateField(null=True)

    def __str__(self) -> str:
        return f"{self.company_id} {self.sends_from}"


class StepTaken(models.Model):
    """A ladder step that was taken for one item. Append-only."""

    company_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    item_id = models.BigIntegerField()
    step = models.TextField()
    level = models.SmallIntegerField()
    taken_on = models.DateField()
    message_id = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "steps taken"
        indexes = [models.Index(fields=["company_id", "item_id", "-id"], name="step_item")]

    def __str__(self) -> str:
        return f"{self.step} for {self.item_id}"


class NamedFee(models.Model):
    """A fee that a reminder names for an item; charged once the reminder is sent. Append-only."""

    company_id = models.BigIntegerField()
    message_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    item_id = models.BigIntegerField()
    step = models.TextField()
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()
    policy_version = models.IntegerField()
    named_on = models.DateField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="named_fee_positive", condition=Q(minor__gt=0)),
            models.UniqueConstraint(fields=["message_id", "item_id"], name="named_fee_once"),
        ]
        indexes = [models.Index(fields=["company_id", "named_on"], name="named_fee_day")]

    def __str__(self) -> str:
        return f"{self.step} for {self.item_id}: {self.minor}"


class Activity(models.Model):
    """What a person did about a customer: a call, a note, a visit, with what was answered."""

    company_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    kind = models.TextField()
    outcome = models.TextField(blank=True, default="")
    contact_id = models.BigIntegerField(null=True)
    note = models.TextField(blank=True, default="")
    follow_up_on = models.DateField(null=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        verbose_name_plural = "activities"
        indexes = [models.Index(fields=["customer_id", "-id"], name="activity_customer")]

    def __str__(self) -> str:
        return f"{self.kind} {self.outcome}"


class Promise(models.Model):
    """Money a customer said would come by a date; judged by the cash, never changing a due date."""

    class Status(models.TextChoices):
        OPEN = "open"
        KEPT = "kept"
        PART_KEPT = "part_kept"
        BROKEN = "broken"
        WITHDRAWN = "withdrawn"

    company_id = models.BigIntegerField()
    reference = models.TextField()
    customer_id = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()
    promised_on = models.DateField()
    due_on = models.DateField()
    status = models.TextField(choices=Status.choices, default=Status.OPEN)
    received_minor = models.BigIntegerField(default=0)
    judged_on = models.DateField(null=True)
    note = models.TextField(blank=True, default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "reference"], name="promise_reference"),
            models.CheckConstraint(name="promise_positive", condition=Q(minor__gt=0)),
        ]
        indexes = [models.Index(fields=["customer_id", "-id"], name="promise_customer")]

    def __str__(self) -> str:
        return self.reference


class PromiseItem(models.Model):
    """An item a promise is about, and what of it was open when the promise was made."""

    company_id = models.BigIntegerField()
    promise = models.ForeignKey(Promise, models.PROTECT, related_name="items")
    item = models.ForeignKey("invoices.Item", models.PROTECT, related_name="+")
    open_minor = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.promise_id}: {self.item_id}"


class WorkItem(models.Model):
    """A customer on the worklist of a date: rank, what it is worth, and why. Written by the day."""

    company_id = models.BigIntegerField()
    listed_on = models.DateField()
    customer_id = models.BigIntegerField()
    rank = models.IntegerField()
    expected_minor = models.BigIntegerField()
    overdue_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    action = models.TextField()
    reasons = models.JSONField()
    done_at = models.DateTimeField(null=True)
    done_by = models.TextField(blank=True, default="")
    snoozed_until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "listed_on", "customer_id"], name="work_item_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["company_id", "snoozed_until"],
                condition=Q(snoozed_until__isnull=False),
                name="work_item_snoozed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rank}. {self.customer_id}"

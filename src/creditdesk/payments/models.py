"""Tables of payments: links to pay, attempts, what the provider told us, payouts, questions."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class Link(models.Model):
    """An address at which a customer may pay; the address is signed, the key in it unguessable.

    `kind` is "invoice", "items" or "account"; an account's items are whatever is open when asked.
    """

    company_id = models.BigIntegerField()
    key = models.CharField(max_length=43, unique=True)
    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="+")
    kind = models.TextField()
    currency = models.CharField(max_length=3)
    item_ids = ArrayField(models.BigIntegerField(), default=list)
    label = models.TextField(blank=True, default="")
    expires_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["company_id", "customer"], name="link_customer")]

    def __str__(self) -> str:
        return f"{self.kind} {self.label}"


class Attempt(models.Model):
    """One try to pay: written with its idempotency key before the provider is asked.

    `state`: "prepared" (asked, or about to be), "open" (the customer may pay), "processing" (the
    provider waits for the money), "paid", "expired", "failed", "dropped". `request` is what is
    asked of the provider, so that a repeated call says the same.
    """

    company_id = models.BigIntegerField()
    reference = models.TextField()
    link = models.ForeignKey(Link, models.PROTECT, related_name="+")
    idempotency_key = models.UUIDField(unique=True)
    state = models.TextField()
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()
    request = models.JSONField()
    session = models.TextField(blank=True, default="")
    url = models.TextField(blank=True, default="")
    intent = models.TextField(blank=True, default="")
    fault = models.TextField(blank=True, default="")
    payment_id = models.BigIntegerField(null=True)
    expires_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "reference"], name="attempt_reference"),
            models.UniqueConstraint(
                fields=["company_id", "session"], condition=~Q(session=""), name="attempt_session"
            ),
            models.UniqueConstraint(
                fields=["link"],
                condition=Q(state__in=("prepared", "open")),
                name="attempt_live_once",
            ),
            models.UniqueConstraint(fields=["payment_id"], name="attempt_payment_once"),
            models.CheckConstraint(name="attempt_positive", condition=Q(minor__gt=0)),
            models.CheckConstraint(
                name="attempt_paid", condition=~Q(state="paid") | Q(payment_id__isnull=False)
            ),
        ]
        indexes = [
            models.Index(
                fields=["company_id"],
                condition=Q(state__in=("prepared", "open")),
                name="attempt_live",
            ),
            models.Index(fields=["company_id", "intent"], name="attempt_intent"),
        ]

    def __str__(self) -> str:
        return self.reference


class AttemptItem(models.Model):
    """What an attempt pays of an item: as much as was open when it was prepared."""

    company_id = models.BigIntegerField()
    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="items")
    item_id = models.BigIntegerField()
    minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["attempt", "item_id"], name="attempt_item_once"),
            models.CheckConstraint(name="attempt_item_positive", condition=Q(minor__gt=0)),
        ]
        indexes = [models.Index(fields=["item_id"], name="attempt_item_item")]

    def __str__(self) -> str:
        return f"{self.attempt_id}: {self.item_id}"


class Notice(models.Model):
    """What the provider told us, once by its own id; kept as it came. Append-only.

    `state` is "waiting", "done" or "ignored"; `outcome` says what became of it, as a code.
    """

    company_id = models.BigIntegerField()
    event_id = models.TextField()
    kind = models.TextField()
    about = models.TextField(blank=True, default="")
    told_at = models.DateTimeField()
    body = models.BinaryField()
    state = models.TextField()
    outcome = models.TextField(blank=True, default="")
    recorded_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "event_id"], name="notice_once"),
        ]
        indexes = [
            models.Index(fields=["company_id"], condition=Q(state="waiting"), name="notice_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class Case(models.Model):
    """A question about a payment itself, from the day it was asked until it is closed.

    `state`: "open", "waiting" (for somebody outside), "answered", "closed".
    """

    company_id = models.BigIntegerField()
    reference = models.TextField()
    kind = models.TextField()
    state = models.TextField()
    customer = models.ForeignKey("customers.Customer", models.PROTECT, null=True, related_name="+")
    payment_id = models.BigIntegerField(null=True)
    item_id = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    minor = models.BigIntegerField(null=True)
    due_on = models.DateField(null=True)
    owner = models.TextField(blank=True, default="")
    ending = models.TextField(blank=True, default="")
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "reference"], name="case_reference"),
            models.CheckConstraint(
                name="case_closed",
                condition=Q(state="closed", closed_on__isnull=False)
                | (~Q(state="closed") & Q(closed_on=None)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["company_id", "due_on"], condition=~Q(state="closed"), name="case_live"
            ),
            models.Index(fields=["company_id", "customer"], name="case_customer"),
        ]

    def __str__(self) -> str:
        return self.reference


class CaseEntry(models.Model):
    """What was said or done in a case, in order: an act with a note, or a piece of evidence.

    Evidence is a kept file, a mail of the mailbox or what the provider told.
    """

    company_id = models.BigIntegerField()
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    act = models.TextField()
    note = models.TextField(blank=True, default="")
    file_id = models.BigIntegerField(null=True)
    file_name = models.TextField(blank=True, default="")
    mail_id = models.BigIntegerField(null=True)
    notice = models.ForeignKey(Notice, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        verbose_name_plural = "case entries"
        indexes = [models.Index(fields=["case", "id"], name="case_entry_case")]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.act}"


class Chargeback(models.Model):
    """A card holder's bank contests a payment: what it took, and how that stands.

    `applied` is what the payment had settled, to be settled again should it be won; `return_id` is
    the return that took the money.
    """

    company_id = models.BigIntegerField()
    dispute = models.TextField()
    payment_id = models.BigIntegerField()
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    state = models.TextField()
    reason = models.TextField(blank=True, default="")
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()
    taken_minor = models.BigIntegerField(default=0)
    fee_minor = models.BigIntegerField(default=0)
    applied = models.JSONField(default=list)
    return_id = models.BigIntegerField(null=True)
    told_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "dispute"], name="chargeback_once"),
            models.CheckConstraint(
                name="chargeback_amounts",
                condition=Q(minor__gt=0, taken_minor__gte=0, fee_minor__gte=0)
                & Q(taken_minor__lte=F("minor")),
            ),
        ]

    def __str__(self) -> str:
        return self.dispute


class Payout(models.Model):
    """What the provider paid out to our bank: net, its fees, and the bank line it arrived on.

    `payment_id` is the receipt of the bank that turned out to be it. A negative one was taken from
    our bank: `bank_line_id` is the line by which it left. `is_manual`: somebody asked for it, so
    the provider does not say what it sums up. `failed_on`: it never arrived, and is with the
    provider again.
    """

    company_id = models.BigIntegerField()
    payout = models.TextField()
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    arrives_on = models.DateField()
    payment_id = models.BigIntegerField(null=True)
    bank_line_id = models.BigIntegerField(null=True)
    is_manual = models.BooleanField(default=False, db_default=False)
    failed_on = models.DateField(null=True)
    recorded_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "payout"], name="payout_once"),
            models.UniqueConstraint(fields=["payment_id"], name="payout_payment_once"),
            models.UniqueConstraint(fields=["bank_line_id"], name="payout_line_once"),
            models.CheckConstraint(
                name="payout_one_way",
                condition=Q(minor__gt=0, bank_line_id=None) | Q(minor__lt=0, payment_id=None),
            ),
            models.CheckConstraint(
                name="payout_cleared_or_failed",
                condition=Q(failed_on=None) | Q(payment_id=None, bank_line_id=None),
            ),
        ]
        indexes = [
            models.Index(fields=["company_id"], condition=Q(payment_id=None), name="payout_awaited")
        ]

    def __str__(self) -> str:
        return self.payout


class PayoutPart(models.Model):
    """One movement that a payout sums up, in the provider's own words. Append-only."""

    company_id = models.BigIntegerField()
    payout = models.ForeignKey(Payout, models.PROTECT, related_name="parts")
    movement = models.TextField()
    kind = models.TextField()
    source = models.TextField(blank=True, default="")
    gross_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "movement"], name="payout_part_once"),
            models.CheckConstraint(
                name="payout_part_adds_up",
                condition=Q(net_minor=F("gross_minor") - F("fee_minor")),
            ),
        ]

    def __str__(self) -> str:
        return self.movement

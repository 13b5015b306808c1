"""Tables of contact: consent, holds, messages with their items, gate verdicts, replies."""

from django.db import models
from django.db.models import Q


class Consent(models.Model):
    """Whether a customer may be written to by a channel for a purpose; the latest record counts."""

    company_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    channel = models.TextField()
    purpose = models.TextField()
    allowed = models.BooleanField()
    note = models.TextField(blank=True, default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["customer_id", "-id"], name="consent_customer")]

    def __str__(self) -> str:
        return f"{self.channel} {self.purpose}: {self.allowed}"


class Hold(models.Model):
    """A reason not to chase a customer, or only one item of theirs, until it is lifted.

    Kinds: dispute, promise, plan, undelivered, unapplied_money, unhandled_reply, manual.
    `source` names the row that placed it, e.g. `dispute:12`; placing it again changes nothing.
    """

    company_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    item_id = models.BigIntegerField(null=True)
    kind = models.TextField()
    source = models.TextField()
    until = models.DateField(null=True)
    note = models.TextField(blank=True, default="")
    placed_at = models.DateTimeField()
    placed_by = models.TextField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "customer_id", "item_id", "source"],
                condition=Q(lifted_at__isnull=True),
                name="hold_live_once",
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index(
                fields=["company_id", "customer_id"],
                condition=Q(lifted_at__isnull=True),
                name="hold_live",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} on {self.customer_id}"


class Message(models.Model):
    """A message to a customer: stored with its text before it leaves, and ever after.

    `answer` is what the mail server said when it took it. One of channel `post` is printed.
    """

    class Status(models.TextChoices):
        QUEUED = "queued"
        HANDED_OVER = "handed_over"
        SENT = "sent"
        FAILED = "failed"
        WITHDRAWN = "withdrawn"

    company_id = models.BigIntegerField()
    reference = models.TextField()
    customer_id = models.BigIntegerField()
    contact_id = models.BigIntegerField(null=True)
    channel = models.TextField()
    purpose = models.TextField()
    step = models.TextField(blank=True, default="")
    recipient_name = models.TextField(blank=True, default="")
    recipient = models.TextField()
    language = models.CharField(max_length=8, default="en")
    subject = models.TextField()
    body_text = models.TextField()
    body_html = models.TextField(blank=True, default="")
    message_id = models.TextField()
    status = models.TextField(choices=Status.choices, default=Status.QUEUED)
    status_reason = models.TextField(blank=True, default="")
    answer = models.TextField(blank=True, default="", db_default="")
    asks_receipt = models.BooleanField(default=False, db_default=False)
    queued_at = models.DateTimeField()
    handed_over_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "reference"], name="message_reference"),
        ]
        indexes = [
            models.Index(fields=["customer_id", "-id"], name="message_customer"),
            models.Index(
                fields=["company_id", "id"], condition=Q(status="queued"), name="message_queued"
            ),
            models.Index(
                fields=["-customer_id", "-queued_at"],
                condition=Q(status__in=("queued", "handed_over", "sent"))
                & (Q(purpose="collection") | (Q(purpose="service") & ~Q(step=""))),
                name="message_chasing",
            ),
        ]

    def __str__(self) -> str:
        return self.subject


class MessageItem(models.Model):
    """An open item a message is about, as it stood when the message was written.

    `step` is the ladder step the message takes for it; empty where it is only listed along.
    """

    company_id = models.BigIntegerField()
    message = models.ForeignKey(
        Message, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    item_id = models.BigIntegerField()
    open_minor = models.BigIntegerField()
    step = models.TextField(blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["item_id"], name="message_item_item"),
            models.Index(fields=["message"], name="message_item_message"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id}: {self.item_id}"


class Attachment(models.Model):
    """A kept file that goes with a message, as it was when the message was written."""

    company_id = models.BigIntegerField()
    message = models.ForeignKey(Message, models.PROTECT, related_name="+", db_index=False)
    position = models.SmallIntegerField()
    file_id = models.BigIntegerField()
    filename = models.TextField()
    media_type = models.TextField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "position"], name="attachment_once"),
        ]

    def __str__(self) -> str:
        return self.filename


class Verdict(models.Model):
    """What the contact gate said of one intended message: inputs, rules, outcome. Append-only."""

    company_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    message_id = models.BigIntegerField(null=True)
    purpose = models.TextField()
    channel = models.TextField()
    stage = models.TextField()
    allowed = models.BooleanField()
    reasons = models.JSONField()
    inputs = models.JSONField()
    policy_version = models.IntegerField()
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["customer_id", "-id"], name="verdict_customer")]

    def __str__(self) -> str:
        return f"{self.stage}: {self.allowed}"


class Reply(models.Model):
    """What a customer answered; until somebody handled it, it holds further reminders."""

    company_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    in_reply_to = models.ForeignKey(Message, models.PROTECT, null=True, related_name="+")
    channel = models.TextField()
    sender = models.TextField()
    subject = models.TextField(blank=True, default="")
    body_text = models.TextField()
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)
    handled_by = models.TextField(blank=True, default="")

    class Meta:
        verbose_name_plural = "replies"
        indexes = [models.Index(fields=["customer_id", "-id"], name="reply_customer")]

    def __str__(self) -> str:
        return self.subject


class InboxMail(models.Model):
    """A mail as it came in, once, and what became of it; kept whole until it is erased.

    `content_key` is the same for the same mail, by whichever door it comes. A `tied` one became a
    reply; an `unassigned` one waits for a person to name its customer; `automatic` are answers of
    machines and notices of non-delivery; `refused` could not be read, and say why.
    """

    class Status(models.TextChoices):
        TIED = "tied"
        UNASSIGNED = "unassigned"
        AUTOMATIC = "automatic"
        REFUSED = "refused"
        SET_ASIDE = "set_aside"

    company_id = models.BigIntegerField()
    content_key = models.CharField(max_length=64)
    door = models.TextField()
    filename = models.TextField()
    content = models.BinaryField()
    size_bytes = models.BigIntegerField()
    kind = models.TextField(blank=True, default="")
    sender_name = models.TextField(blank=True, default="")
    sender = models.TextField(blank=True, default="")
    subject = models.TextField(blank=True, default="")
    body_text = models.TextField(blank=True, default="")
    sent_at = models.DateTimeField(null=True)
    attachments = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    status = models.TextField(choices=Status.choices)
    tied_by = models.TextField(blank=True, default="")
    customer_id = models.BigIntegerField(null=True)
    message = models.ForeignKey(Message, models.PROTECT, null=True, related_name="+")
    proposed = models.JSONField(default=list)
    reply = models.OneToOneField(Reply, models.PROTECT, null=True, related_name="+")
    fault_code = models.TextField(blank=True, default="")
    fault_text = models.TextField(blank=True, default="")
    received_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.TextField(blank=True, default="")
    settled_why = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "content_key"], name="inbox_mail_once"),
        ]
        indexes = [
            models.Index(
                fields=["company_id", "id"],
                condition=Q(status__in=("unassigned", "automatic", "refused")),
                name="inbox_mail_waiting",
            ),
            models.Index(fields=["customer_id", "-id"], name="inbox_mail_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.id}"


class PriorContact(models.Model):
    """When a customer was last written to about money before going live. Append-only.

    It counts for the pause between messages as a message of ours would.
    """

    company_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    contacted_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        indexes = [
            models.Index(fields=["company_id", "customer_id"], name="prior_contact_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.contacted_on}"

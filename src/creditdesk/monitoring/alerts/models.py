"""Tables of alerts: what was raised and what became of it, news, subscriptions, deliveries."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Alert(models.Model):
    """A cause that wants somebody's look: the customer, the signal, how pressing, whose it is.

    Of one cause no two stand at once. What raised it and every change stand in its steps; `value`
    and `threshold` are those of the last of them, `event_on` the last event that was counted.
    """

    class State(models.TextChoices):
        OPEN = "open"
        SNOOZED = "snoozed"
        CLOSED = "closed"

    company_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    signal = models.TextField()
    severity = models.TextField()
    rank = models.SmallIntegerField()
    owner = models.TextField()
    assigned_to_id = models.BigIntegerField(null=True)
    assigned_to = models.TextField(blank=True, default="", db_default="")
    state = models.TextField(choices=State.choices, default=State.OPEN)
    snoozed_until = models.DateField(null=True)
    outcome = models.TextField(blank=True, default="", db_default="")
    value = models.BigIntegerField()
    threshold = models.BigIntegerField()
    event_on = models.DateField(null=True)
    policy_version = models.IntegerField()
    raised_on = models.DateField()
    closed_on = models.DateField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer_id", "signal"],
                condition=~Q(state="closed"),
                name="alert_once",
            ),
            models.CheckConstraint(
                name="alert_state",
                condition=Q(state="open", snoozed_until=None, closed_on=None, outcome="")
                | Q(state="snoozed", snoozed_until__isnull=False, closed_on=None, outcome="")
                | (Q(state="closed", snoozed_until=None, closed_on__isnull=False) & ~Q(outcome="")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["company_id", "-rank", "raised_on"],
                condition=~Q(state="closed"),
                name="alert_standing",
            ),
            models.Index(fields=["company_id", "closed_on"], name="alert_closed"),
            models.Index(fields=["customer_id", "-id"], name="alert_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.signal} of {self.customer_id}: {self.severity}"


class AlertStep(models.Model):
    """One change of an alert: by the day or by a person, with the values behind it. Append-only.

    `body` holds the values that were seen and what a person wrote.
    """

    company_id = models.BigIntegerField()
    alert = models.ForeignKey(Alert, models.PROTECT, related_name="+", db_index=False)
    act = models.TextField()
    severity = models.TextField()
    value = models.BigIntegerField()
    threshold = models.BigIntegerField()
    outcome = models.TextField(blank=True, default="", db_default="")
    until = models.DateField(null=True)
    body = models.JSONField(default=dict)
    policy_version = models.IntegerField()
    happened_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["alert", "id"], name="alert_steps")]

    def __str__(self) -> str:
        return f"{self.act} {self.alert_id}"


class News(models.Model):
    """Something that was told about a business: by a file, a bureau's report, or a person.

    Kept once by its `content_key`. `tied` news count for their customer; `proposed` wait until a
    person says whom they are about. Append-only but for that.
    """

    class State(models.TextChoices):
        TIED = "tied"
        PROPOSED = "proposed"
        DISMISSED = "dismissed"

    company_id = models.BigIntegerField()
    content_key = models.CharField(max_length=64)
    kind = models.TextField()
    told_on = models.DateField()
    source = models.TextField()
    matched_by = models.TextField(blank=True, default="", db_default="")
    proposed = ArrayField(models.BigIntegerField(), default=list)
    body = models.JSONField()
    customer_id = models.BigIntegerField(null=True)
    state = models.TextField(choices=State.choices)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.TextField(blank=True, default="", db_default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        verbose_name_plural = "news"
        constraints = [
            models.UniqueConstraint(fields=["company_id", "content_key"], name="news_once"),
            models.CheckConstraint(
                name="news_tied",
                condition=Q(state="tied", customer_id__isnull=False)
                | (~Q(state="tied") & Q(customer_id=None)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["company_id", "kind", "told_on"],
                condition=Q(state="tied"),
                name="news_counting",
            ),
            models.Index(
                fields=["company_id", "-id"],
                condition=Q(state="proposed"),
                name="news_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.told_on}"


class Subscription(models.Model):
    """Who is told of alerts, of which, and how: by mail, or by a call of a web address.

    Without signals it is about every one, without customers about all. `key` signs the calls;
    it is encrypted under the secret key.
    """

    company_id = models.BigIntegerField()
    user_id = models.BigIntegerField()
    channel = models.TextField()
    signals = ArrayField(models.TextField(), default=list)
    severity = models.TextField()
    rank = models.SmallIntegerField()
    customer_ids = ArrayField(models.BigIntegerField(), default=list)
    url = models.TextField(blank=True, default="", db_default="")
    key = models.TextField(blank=True, default="", db_default="")
    failures = models.IntegerField(default=0, db_default=0)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.TextField(blank=True, default="", db_default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="subscription_way",
                condition=Q(channel="mail", url="", key="")
                | (Q(channel="hook") & ~Q(url="") & ~Q(key="")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["company_id"], condition=Q(ended_at=None), name="subscription_live"
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.id}"


class Delivery(models.Model):
    """What a subscription is told of a step of an alert, word for word, and whether it arrived."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        GIVEN_UP = "given_up"

    company_id = models.BigIntegerField()
    subscription = models.ForeignKey(Subscription, models.PROTECT, related_name="+", db_index=False)
    step = models.ForeignKey(AlertStep, models.PROTECT, related_name="+", db_index=False)
    state = models.TextField(choices=State.choices, default=State.WAITING)
    told = models.TextField(blank=True, default="", db_default="")
    attempts = models.IntegerField(default=0, db_default=0)
    response_code = models.IntegerField(null=True)
    fault = models.TextField(blank=True, default="", db_default="")
    recorded_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["subscription", "step"], name="alert_delivery_once"),
        ]
        indexes = [models.Index(fields=["subscription", "-id"], name="alert_delivery_of")]

    def __str__(self) -> str:
        return f"{self.state} {self.id}"

"""Tables of the books."""

from django.db import models
from django.db.models import F, Q


class Account(models.Model):
    """An account of one company, opened on first use."""

    company_id = models.BigIntegerField()
    code = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "code"], name="account_once"),
        ]

    def __str__(self) -> str:
        return self.code


class Posting(models.Model):
    """One positive amount moved from the credit account to the debit account. Append-only.

    `effective_on` is the accounting date, `recorded_at` the business moment it became known.
    `source_kind` and `source_id` name the row that caused it, at most once per account pair.
    A trigger asks once per statement whether the accounts exist and are the company's own: a
    constraint would ask twice per row, a fifth of the time of a load.
    """

    company_id = models.BigIntegerField()
    debit = models.ForeignKey(
        Account, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    credit = models.ForeignKey(
        Account, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()
    customer_id = models.BigIntegerField(null=True)
    item_id = models.BigIntegerField(null=True)
    effective_on = models.DateField()
    recorded_at = models.DateTimeField()
    source_kind = models.TextField()
    source_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="posting_moves_something", condition=Q(minor__gt=0)),
            models.CheckConstraint(name="posting_two_accounts", condition=~Q(debit=F("credit"))),
            models.UniqueConstraint(
                fields=["source_id", "source_kind", "debit", "credit"], name="posting_once"
            ),
        ]
        indexes = [
            models.Index(fields=["company_id", "effective_on"], name="posting_effective"),
            models.Index(fields=["company_id", "recorded_at"], name="posting_recorded"),
        ]

    def __str__(self) -> str:
        return f"{self.source_kind}:{self.source_id}"


class Book(models.Model):
    """The book of one company: the row that a posting shares and a closing takes for itself.

    `acts` counts the acts on its periods, so that a closing is seen by whoever holds an older
    snapshot. What is closed is said by the last act alone.
    """

    company_id = models.BigIntegerField(unique=True)
    acts = models.BigIntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        return f"book of {self.company_id}"


class PeriodAct(models.Model):
    """A period closed, soft-closed or reopened, and what is closed from then on. Append-only.

    `trial_balance` is what every account came to on the period's last day, as known at the act;
    postings up to `last_posting_id` were there before it, all others came after.
    """

    company_id = models.BigIntegerField()
    number = models.BigIntegerField()
    act = models.TextField()
    first_on = models.DateField()
    last_on = models.DateField()
    closed_through = models.DateField(null=True)
    soft_closed_through = models.DateField(null=True)
    last_posting_id = models.BigIntegerField()
    trial_balance = models.JSONField()
    reason = models.TextField(blank=True, default="", db_default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "number"], name="period_act_once"),
            models.CheckConstraint(
                name="period_act_known",
                condition=Q(act__in=["close", "soft_close", "reopen"])
                & Q(first_on__lte=F("last_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.first_on}–{self.last_on}"


# When the transaction at work began, by the database.
BEGINNING = models.Func(function="transaction_timestamp", output_field=models.DateTimeField())


class SoftClosedPass(models.Model):
    """Leave to post to soft-closed days, taken by one transaction for one moment. Append-only.

    The database asks for it: who posts there without the permission has to leave this trace.
    """

    company_id = models.BigIntegerField()
    transaction = models.BigIntegerField()
    begun_at = models.DateTimeField(db_default=BEGINNING)
    first_on = models.DateField()
    command = models.TextField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        verbose_name_plural = "soft closed passes"
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "transaction", "begun_at", "recorded_at", "first_on"],
                name="soft_closed_pass_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.command} by {self.recorded_by} from {self.first_on}"

"""Tables of the customers: accounts, groups, people, terms by date, bank details, history."""

from django.db import models


class Group(models.Model):
    """Customers that belong together."""

    company_id = models.BigIntegerField()
    number = models.TextField()
    name = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "number"], name="group_number_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Customer(models.Model):
    """An account of somebody who buys from one company.

    It `buys_as` a business or a consumer. `version` counts its changes: whoever changes it says
    which one they saw. `merged_into` names the account that goes on in its place; `woken_on` the
    last review of one that slept.
    """

    class Status(models.TextChoices):
        ACTIVE = "active"
        DORMANT = "dormant"
        CLOSED = "closed"

    company_id = models.BigIntegerField()
    number = models.TextField()
    name = models.TextField()
    name_key = models.TextField()
    group = models.ForeignKey(Group, models.PROTECT, null=True, related_name="+")
    status = models.TextField(choices=Status.choices, default=Status.ACTIVE)
    currency = models.CharField(max_length=3)
    language = models.CharField(max_length=8, default="en")
    country = models.CharField(max_length=2, blank=True, default="")
    street = models.TextField(blank=True, default="")
    postal_code = models.TextField(blank=True, default="")
    city = models.TextField(blank=True, default="")
    vat_number = models.TextField(blank=True, default="")
    lei = models.TextField(blank=True, default="", db_default="")
    duns = models.TextField(blank=True, default="", db_default="")
    buys_as = models.TextField(blank=True, default="", db_default="")
    segment = models.TextField(blank=True, default="")
    note = models.TextField(blank=True, default="")
    opened_on = models.DateField()
    recorded_at = models.DateTimeField()
    version = models.IntegerField(default=1, db_default=1)
    woken_on = models.DateField(null=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "number"], name="customer_number_once"),
            models.CheckConstraint(
                name="customer_merged_into_another",
                condition=models.Q(merged_into=None) | ~models.Q(merged_into=models.F("id")),
            ),
        ]
        indexes = [
            models.Index(fields=["company_id", "name_key"], name="customer_name_key"),
        ]

    def __str__(self) -> str:
        return self.name


class Parent(models.Model):
    """Whom a customer belongs to from a date until the next; none: to nobody. Append-only."""

    company_id = models.BigIntegerField()
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", db_index=False)
    parent = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="+")
    valid_from = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        indexes = [
            models.Index(fields=["customer", "-valid_from", "-id"], name="parent_customer"),
        ]
        constraints = [
            models.CheckConstraint(
                name="parent_of_another",
                condition=models.Q(parent=None) | ~models.Q(parent=models.F("customer")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} < {self.parent_id}"


class Analyst(models.Model):
    """Which person of credit a customer is in the hands of, from a date until the next.

    Without a person: in nobody's, but the role's. Append-only.
    """

    company_id = models.BigIntegerField()
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", db_index=False)
    user_id = models.BigIntegerField(null=True)
    valid_from = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        indexes = [
            models.Index(fields=["customer", "-valid_from", "-id"], name="analyst_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.user_id}"


class Contact(models.Model):
    """A person to write to or to call. Personal data: kept apart from the books."""

    company_id = models.BigIntegerField()
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="contacts")
    name = models.TextField()
    role = models.TextField(blank=True, default="")
    email = models.TextField(blank=True, default="")
    phone = models.TextField(blank=True, default="")
    language = models.CharField(max_length=8, blank=True, default="")
    is_primary = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    version = models.IntegerField(default=1, db_default=1)

    def __str__(self) -> str:
        return self.name


class Terms(models.Model):
    """The payment terms of a customer from a date until the next record; the code is policy's."""

    company_id = models.BigIntegerField()
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    terms_code = models.TextField()
    valid_from = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        verbose_name_plural = "terms"
        indexes = [models.Index(fields=["customer", "-valid_from"], name="terms_customer")]

    def __str__(self) -> str:
        return self.terms_code


class BankDetail(models.Model):
    """An account a customer pays from: how a payer is recognised. `account_key` has no spaces."""

    company_id = models.BigIntegerField()
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    account_key = models.TextField()
    holder = models.TextField(blank=True, default="")
    learned = models.BooleanField(default=False)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "account_key", "customer"], name="bank_detail_once"
            ),
        ]

    def __str__(self) -> str:
        return self.account_key


class Alias(models.Model):
    """Another name under which a customer pays or appears, brought to its key."""

    company_id = models.BigIntegerField()
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    name = models.TextField()
    name_key = models.TextField()
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "aliases"
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "name_key", "customer"], name="alias_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Change(models.Model):
    """One field of a customer or of a contact before and after. Append-only."""

    company_id = models.BigIntegerField()
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    field = models.TextField()
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    def __str__(self) -> str:
        return f"{self.field}: {self.before} → {self.after}"


class BankChange(models.Model):
    """Bank details a customer is to be paid on: asked for, called back about, in force or not.

    `signals` are what speaks for fraud, as codes, found when it was asked for.
    """

    class State(models.TextChoices):
        ASKED = "asked"
        CONFIRMED = "confirmed"
        DENIED = "denied"
        WITHDRAWN = "withdrawn"

    company_id = models.BigIntegerField()
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    account_key = models.TextField()
    bank_code = models.TextField(blank=True, default="")
    holder = models.TextField()
    channel = models.TextField()
    reason = models.TextField(blank=True, default="")
    signals = models.JSONField(default=list)
    state = models.TextField(choices=State.choices, default=State.ASKED)
    asked_at = models.DateTimeField()
    asked_by = models.TextField()
    asked_by_id = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(blank=True, default="")
    decided_by_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=models.Q(state="asked"), name="bank_change_one_asked"
            ),
            models.CheckConstraint(
                name="bank_change_decided",
                condition=models.Q(state="asked", decided_at=None)
                | (~models.Q(state="asked") & models.Q(decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="bank_change_two_people",
                condition=~models.Q(state="confirmed")
                | (
                    models.Q(decided_by_id__isnull=False)
                    & (
                        models.Q(asked_by_id=None)
                        | ~models.Q(decided_by_id=models.F("asked_by_id"))
                    )
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["company_id", "account_key"], name="bank_change_account"),
            models.Index(fields=["customer", "-id"], name="bank_change_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.state}"


class CallBack(models.Model):
    """A call about a change of bank details: whom, which number, what was said. Append-only."""

    class Result(models.TextChoices):
        CONFIRMED = "confirmed"
        DENIED = "denied"
        NOT_REACHED = "not_reached"

    company_id = models.BigIntegerField()
    change = models.ForeignKey(BankChange, models.PROTECT, related_name="calls")
    person = models.TextField()
    phone = models.TextField()
    result = models.TextField(choices=Result.choices)
    note = models.TextField(blank=True, default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()
    recorded_by_id = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.change_id}: {self.result}"


class Merge(models.Model):
    """A duplicate found to be another account, and when that was taken back."""

    company_id = models.BigIntegerField()
    duplicate = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    survivor = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    reason = models.TextField()
    moved = models.JSONField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["duplicate"],
                condition=models.Q(undone_at=None),
                name="merge_live_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.duplicate_id} > {self.survivor_id}"


class View(models.Model):
    """Who looked at a customer on which page on a day, how often, and when last."""

    company_id = models.BigIntegerField()
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", db_constraint=False)
    viewer = models.TextField()
    viewer_id = models.BigIntegerField(null=True)
    page = models.TextField()
    viewed_on = models.DateField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    views = models.IntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "viewed_on", "viewer", "customer", "page"], name="view_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.viewer}: {self.customer_id} {self.page}"

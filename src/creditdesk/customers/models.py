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
    """An account of somebody who buys from one company; `buys_as` a business or a consumer."""

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
    buys_as = models.TextField(blank=True, default="", db_default="")
    segment = models.TextField(blank=True, default="")
    note = models.TextField(blank=True, default="")
    opened_on = models.DateField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "number"], name="customer_number_once"),
        ]
        indexes = [
            models.Index(fields=["company_id", "name_key"], name="customer_name_key"),
        ]

    def __str__(self) -> str:
        return self.name


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

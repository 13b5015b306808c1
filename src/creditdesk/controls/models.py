"""Tables of the controls: companies, users, roles, keys, the audit trail, idempotency."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models.functions import Now


class Company(models.Model):
    """A legal entity: the unit of isolation, on every row of the house."""

    code = models.SlugField(unique=True, max_length=20)
    name = models.TextField()
    currency = models.CharField(max_length=3)
    country = models.CharField(max_length=2)
    timezone = models.TextField(default="UTC")
    language = models.CharField(max_length=8, default="en")
    address = models.TextField(blank=True, default="")
    sender_name = models.TextField(blank=True, default="")
    sender_email = models.TextField(blank=True, default="")
    phone = models.TextField(blank=True, default="")

    class Meta:
        verbose_name_plural = "companies"

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """Somebody who signs in. What they may do stands in their memberships."""

    objects: ClassVar[UserManager["User"]] = UserManager()  # type: ignore[assignment]


class Membership(models.Model):
    """A role of a user in a company; a user may hold several."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    role = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "company", "role"], name="membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} in {self.company_id}"


class ApiKey(models.Model):
    """A key of another system; only its digest is kept."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    name = models.TextField()
    role = models.TextField(default="system")
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"


class AuditEntry(models.Model):
    """Who did what, when and why, with what arguments and outcome. Append-only."""

    company_id = models.BigIntegerField()
    at = models.DateTimeField()
    machine_at = models.DateTimeField(db_default=Now())
    actor = models.TextField()
    user_id = models.BigIntegerField(null=True)
    command = models.TextField()
    arguments = models.JSONField()
    outcome = models.JSONField(null=True)
    reason = models.TextField(blank=True, default="")

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["company_id", "id"], name="audit_company")]

    def __str__(self) -> str:
        return f"{self.command} by {self.actor}"


class IdempotencyKey(models.Model):
    """The first answer given to a caller's key; only committed outcomes are kept."""

    company_id = models.BigIntegerField()
    key = models.TextField()
    command = models.TextField()
    input_digest = models.CharField(max_length=64)
    result = models.JSONField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "key"], name="idempotency_once"),
        ]

    def __str__(self) -> str:
        return self.key

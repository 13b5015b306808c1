"""Tables of the controls: companies, users, roles, keys, the audit trail, idempotency."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from creditdesk.controls.audit.models import (
    Erasure,
    PersonalValue,
    PublishedHead,
    Redaction,
    RetentionHold,
    Seal,
    SealHead,
)

__all__ = [
    "ApiAnswer",
    "ApiKey",
    "ApprovalRequest",
    "ApprovalVote",
    "AuditEntry",
    "Company",
    "DutyAct",
    "DutyException",
    "Erasure",
    "IdempotencyKey",
    "Membership",
    "PersonalValue",
    "PublishedHead",
    "Redaction",
    "RetentionHold",
    "Seal",
    "SealHead",
    "SecurityPolicy",
    "SignInEvent",
    "User",
]


class Company(models.Model):
    """A legal entity: the unit of isolation, on every row of the house.

    `book` says whose books count: `own`, documents are issued here; `erp`, they come from an ERP.
    `live_since` is the cut-over date once going live was signed.
    """

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
    auditor_email = models.TextField(blank=True, default="", db_default="")
    book = models.TextField(default="own", db_default="own")
    live_since = models.DateField(null=True)

    class Meta:
        verbose_name_plural = "companies"

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """Somebody who signs in. What they may do stands in their memberships."""

    objects: ClassVar[UserManager["User"]] = UserManager()  # type: ignore[assignment]
    # In which mails to them are written; empty: that of the company.
    language = models.CharField(max_length=8, blank=True, default="", db_default="")


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


class SignInEvent(models.Model):
    """What happened at the door, by machine time, without any secret. Append-only.

    `name` is that of a user; of a name nobody has only a digest is kept, because people type
    passwords there by mistake. `what` is the means: password, code, passkey, provider, session.
    """

    at = models.DateTimeField()
    event = models.TextField()
    what = models.TextField(db_default="")
    name = models.TextField(db_default="")
    user_id = models.BigIntegerField(null=True)
    address = models.GenericIPAddressField(null=True)
    agent = models.TextField(db_default="")
    detail = models.TextField(db_default="")

    class Meta:
        indexes = [
            models.Index(fields=["name", "at"], name="sign_in_name"),
            models.Index(fields=["address", "at"], name="sign_in_address"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.what} of {self.name}"


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
        indexes = [models.Index(fields=["recorded_at"], name="idempotency_age")]

    def __str__(self) -> str:
        return self.key


class ApiAnswer(models.Model):
    """The first answer given to a system's idempotency key, word for word."""

    company_id = models.BigIntegerField()
    scope = models.CharField(max_length=64)
    key = models.TextField()
    request_digest = models.CharField(max_length=64)
    status = models.IntegerField(null=True)
    content_type = models.TextField(blank=True, default="")
    body = models.TextField(blank=True, default="")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "key"], name="api_answer_once"),
        ]
        indexes = [models.Index(fields=["recorded_at"], name="api_answer_age")]

    def __str__(self) -> str:
        return self.key


class DutyAct(models.Model):
    """Who last exercised which duty on which document; kept only for duties of a pair."""

    company_id = models.BigIntegerField()
    user_id = models.BigIntegerField()
    permission = models.TextField()
    document = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "user_id", "document", "permission"], name="duty_act_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.permission} on {self.document}"


class DutyException(models.Model):
    """A person may hold both sides of a pair for a while, as somebody else approved."""

    company_id = models.BigIntegerField()
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    pair = models.IntegerField()
    reason = models.TextField()
    valid_from = models.DateField()
    valid_until = models.DateField()
    asked_by = models.TextField()
    approved_by = models.TextField()
    approval = models.TextField()
    ended_on = models.DateField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["company_id", "user"], name="duty_exception_user")]

    def __str__(self) -> str:
        return f"pair {self.pair} for {self.user_id}"


class ApprovalRequest(models.Model):
    """A command that waits for somebody else: its arguments, and what came of it."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        FAILED = "failed"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"
        EXPIRED = "expired"

    company_id = models.BigIntegerField()
    reference = models.TextField()
    command = models.TextField()
    service = models.TextField()
    arguments = models.JSONField()
    digest = models.CharField(max_length=64)
    about = models.JSONField()
    documents = models.JSONField()
    barred = models.JSONField()
    permission = models.TextField()
    approvers_needed = models.IntegerField()
    version = models.TextField(blank=True, db_default="")
    reason = models.TextField(blank=True, db_default="")
    asked_by = models.TextField()
    asked_by_id = models.BigIntegerField(null=True)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.TextField(choices=State.choices, default=State.WAITING)
    outcome = models.JSONField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "reference"], name="approval_reference"),
            models.UniqueConstraint(
                fields=["company_id", "asked_by", "digest"],
                condition=Q(state="waiting"),
                name="approval_asked_once",
            ),
        ]
        indexes = [models.Index(fields=["company_id", "state", "id"], name="approval_state")]

    def __str__(self) -> str:
        return self.reference


class ApprovalVote(models.Model):
    """What one person said to a request. Append-only."""

    company_id = models.BigIntegerField()
    request = models.ForeignKey(ApprovalRequest, models.PROTECT, related_name="votes")
    user_id = models.BigIntegerField()
    name = models.TextField()
    verdict = models.TextField()
    reason = models.TextField(blank=True, db_default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "user_id"], name="approval_vote_once"),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} by {self.name}"


class SecurityPolicy(models.Model):
    """What a company asks of its people at the door, from a machine date on. Append-only.

    The last one recorded of those begun is in force. `asked_again` are commands before which
    people show again who they are, beside those of the house.
    """

    company_id = models.BigIntegerField()
    second_factor = models.TextField()
    since = models.DateField()
    grace_days = models.IntegerField()
    asked_again = models.JSONField()
    reason = models.TextField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["company_id", "-id"], name="security_policy_last")]
        constraints = [
            models.CheckConstraint(name="security_policy_graced", condition=Q(grace_days__gte=0))
        ]

    def __str__(self) -> str:
        return f"{self.second_factor} since {self.since}"

"""Tables of the plumbing: the journal of facts, kept files, number ranges, the clock, imports."""

from django.db import models


class Event(models.Model):
    """One fact that happened. Append-only: journal, outbox and timeline in one table."""

    company_id = models.BigIntegerField()
    name = models.TextField()
    data = models.JSONField()
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["company_id", "id"], name="event_company")]

    def __str__(self) -> str:
        return f"{self.name} {self.id}"


class File(models.Model):
    """A file as it came in or went out, byte for byte."""

    company_id = models.BigIntegerField()
    name = models.TextField()
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    content = models.BinaryField()
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["company_id", "sha256"], name="file_digest")]

    def __str__(self) -> str:
        return self.name


class Sequence(models.Model):
    """The next number of a gap-free range of one company; its row lock is the range's lock."""

    company_id = models.BigIntegerField()
    name = models.TextField()
    next_number = models.BigIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "name"], name="sequence_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.next_number}"


class Clock(models.Model):
    """The one movable business clock; no row, or no `base_at`, means machine time."""

    base_at = models.DateTimeField(null=True)
    set_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.base_at)


class ImportMapping(models.Model):
    """Which column of a file means what, remembered by company, kind and header row."""

    company_id = models.BigIntegerField()
    kind = models.TextField()
    header_key = models.CharField(max_length=64)
    mapping = models.JSONField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "kind", "header_key"], name="import_mapping_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.header_key[:8]}"


class ImportRun(models.Model):
    """One load of one file: what was in it, what went in, what came back and why."""

    class Status(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    company_id = models.BigIntegerField()
    reference = models.TextField()
    kind = models.TextField()
    file = models.ForeignKey(File, models.PROTECT, related_name="+")
    rejected_file = models.ForeignKey(File, models.PROTECT, null=True, related_name="+")
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    status = models.TextField(choices=Status.choices, default=Status.WAITING)
    rows_total = models.BigIntegerField(default=0)
    rows_done = models.BigIntegerField(default=0)
    rows_accepted = models.BigIntegerField(default=0)
    rows_known = models.BigIntegerField(default=0)
    rows_rejected = models.BigIntegerField(default=0)
    report = models.JSONField(default=dict)
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "reference"], name="import_run_reference"
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class JobFault(models.Model):
    """Why a job last failed, as a code; what it carries and what the error said is not kept."""

    job_id = models.BigIntegerField(unique=True)
    code = models.TextField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.job_id} {self.code}"

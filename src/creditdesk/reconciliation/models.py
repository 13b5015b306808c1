"""Tables of the reconciliation: what the ERP says, runs, differences, explanations."""

from django.db import models


class ErpFile(models.Model):
    """A file of the ERP's own figures: what kind, and the date it speaks of."""

    company_id = models.BigIntegerField()
    import_run_id = models.BigIntegerField(unique=True)
    kind = models.TextField()
    as_of = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["company_id", "kind", "-as_of"], name="erp_file_date")]

    def __str__(self) -> str:
        return f"{self.kind} {self.as_of}"


class ErpItem(models.Model):
    """A line of the ERP's list of open items; credits are negative. Kept for some days only."""

    company_id = models.BigIntegerField()
    import_run_id = models.BigIntegerField()
    number = models.TextField()
    number_key = models.TextField()
    customer_number = models.TextField()
    currency = models.CharField(max_length=3)
    open_minor = models.BigIntegerField()
    line = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["import_run_id"], name="erp_item_run")]

    def __str__(self) -> str:
        return self.number


class ErpFigure(models.Model):
    """A control total of the ERP: of an account, or of one customer or ageing bucket of it."""

    company_id = models.BigIntegerField()
    import_run_id = models.BigIntegerField()
    account = models.TextField()
    customer_number = models.TextField()
    bucket = models.TextField()
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()
    line = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["import_run_id"], name="erp_figure_run")]

    def __str__(self) -> str:
        return f"{self.account} {self.customer_number} {self.bucket}"


class Reconciliation(models.Model):
    """One comparison of our books with the ERP's as of a date. Append-only."""

    company_id = models.BigIntegerField()
    reference = models.TextField()
    as_of = models.DateField()
    items_run_id = models.BigIntegerField(null=True)
    figures_run_id = models.BigIntegerField(null=True)
    differences_total = models.IntegerField()
    report = models.JSONField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "reference"], name="reconciliation_reference"
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class Difference(models.Model):
    """A document, or a control total, that is not the same here and there. Append-only."""

    company_id = models.BigIntegerField()
    reconciliation = models.ForeignKey(
        Reconciliation, models.PROTECT, related_name="+", db_index=False
    )
    cause = models.TextField()
    number = models.TextField()
    figure = models.TextField()
    customer_number = models.TextField()
    currency = models.CharField(max_length=3)
    here_minor = models.BigIntegerField()
    there_minor = models.BigIntegerField()
    params = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["reconciliation"], name="difference_run")]

    def __str__(self) -> str:
        return f"{self.number or self.figure}: {self.cause}"


class Explanation(models.Model):
    """Why a difference is as it is, said by a person; it holds for the same amounts. Append-only.

    A difference that changes its amounts needs a new explanation.
    """

    company_id = models.BigIntegerField()
    number = models.TextField()
    figure = models.TextField()
    customer_number = models.TextField()
    currency = models.CharField(max_length=3)
    here_minor = models.BigIntegerField()
    there_minor = models.BigIntegerField()
    note = models.TextField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["company_id", "number"], name="explanation_number")]

    def __str__(self) -> str:
        return self.note

"""What a payment left open and nobody has to pay; what paying foreign items realised."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

PROTECT = django.db.models.deletion.PROTECT


def key() -> tuple[str, "models.BigAutoField[int, int]"]:
    """Return the column of a row's own id."""
    return (
        "id",
        models.BigAutoField(
            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
        ),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("cash", "0005_learning"),
        ("invoices", "0006_issued_documents"),
    ]

    operations = [
        migrations.AddField("allocation", "payment_minor", models.BigIntegerField(null=True)),
        migrations.AddField(
            "allocation", "is_by_order", models.BooleanField(db_default=False, default=False)
        ),
        migrations.CreateModel(
            name="Adjustment",
            fields=[
                key(),
                ("company_id", models.BigIntegerField()),
                ("kind", models.TextField()),
                ("minor", models.BigIntegerField()),
                ("tax_minor", models.BigIntegerField()),
                ("taxes", models.JSONField()),
                ("is_tax_known", models.BooleanField()),
                ("percent", models.DecimalField(decimal_places=6, max_digits=9, null=True)),
                ("until", models.DateField(null=True)),
                ("policy_version", models.IntegerField()),
                ("is_automatic", models.BooleanField()),
                ("adjusted_on", models.DateField()),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.TextField()),
                ("undone_on", models.DateField(null=True)),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.TextField(blank=True, default="")),
                (
                    "item",
                    models.ForeignKey(on_delete=PROTECT, related_name="+", to="invoices.item"),
                ),
                (
                    "payment",
                    models.ForeignKey(on_delete=PROTECT, related_name="+", to="cash.payment"),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(minor__gt=0, tax_minor__gte=0) & Q(tax_minor__lte=F("minor")),
                        name="adjustment_within",
                    ),
                    models.CheckConstraint(
                        condition=Q(
                            kind__in=[
                                "discount_earned",
                                "discount_unearned",
                                "tolerance",
                                "bank_fee",
                            ]
                        ),
                        name="adjustment_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Realised",
            fields=[
                key(),
                ("company_id", models.BigIntegerField()),
                ("base_currency", models.CharField(max_length=3)),
                ("issued_on", models.DateField()),
                ("issued_rate", models.DecimalField(decimal_places=12, max_digits=24)),
                ("received_on", models.DateField()),
                ("received_rate", models.DecimalField(decimal_places=12, max_digits=24)),
                ("issued_minor", models.BigIntegerField()),
                ("received_minor", models.BigIntegerField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "adjustment",
                    models.OneToOneField(
                        null=True, on_delete=PROTECT, related_name="+", to="cash.adjustment"
                    ),
                ),
                (
                    "allocation",
                    models.OneToOneField(
                        null=True, on_delete=PROTECT, related_name="+", to="cash.allocation"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "realised differences",
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(allocation__isnull=False, adjustment__isnull=True)
                        | Q(allocation__isnull=True, adjustment__isnull=False),
                        name="realised_of_one",
                    ),
                ],
            },
        ),
    ]

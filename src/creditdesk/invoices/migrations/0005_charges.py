"""Charges for paying late, and documents of that kind."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0002_history_without_personal_values"),
        ("invoices", "0004_items_are_kept"),
    ]

    operations = [
        migrations.AlterField(
            model_name="invoice",
            name="kind",
            field=models.TextField(choices=[("invoice", "Invoice"), ("credit_note", "Credit Note"), ("charge", "Charge")], default="invoice"),
        ),
        migrations.CreateModel(
            name="Charge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company_id", models.BigIntegerField()),
                ("kind", models.TextField()),
                ("act", models.TextField()),
                ("currency", models.CharField(max_length=3)),
                ("minor", models.BigIntegerField()),
                ("from_on", models.DateField()),
                ("through_on", models.DateField()),
                ("law", models.TextField()),
                ("policy_version", models.IntegerField()),
                ("breakdown", models.JSONField()),
                ("reason", models.TextField(blank=True, default="")),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.TextField()),
                ("customer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.customer")),
                ("document", models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="invoices.invoice")),
                ("item", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="invoices.item")),
                ("of", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="invoices.charge")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("kind__in", ["interest", "compensation"]), models.Q(models.Q(("act", "charge"), ("of__isnull", True)), models.Q(("act__in", ["reversal", "waiver"]), ("of__isnull", False)), _connector="OR")), name="charge_known"),
                    models.CheckConstraint(condition=models.Q(("minor__gt", 0)), name="charge_positive"),
                ],
                "indexes": [models.Index(fields=["company_id", "-through_on", "-id"], name="charge_through")],
            },
        ),
    ]

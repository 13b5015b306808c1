"""What was written off, and fees for reminders among the charges."""

import django.db.models.deletion
from django.db import migrations, models

KNOWN_CHARGE = models.Q(("kind__in", ["interest", "compensation", "return_fee", "dunning_fee"]), models.Q(models.Q(("act", "charge"), ("of__isnull", True)), models.Q(("act__in", ["reversal", "waiver"]), ("of__isnull", False)), _connector="OR"))
KNOWN_WRITE_OFF = models.Q(models.Q(("act", "write_off"), ("of__isnull", True)), models.Q(("act__in", ["recovery", "correction", "relief", "relief_back"]), ("of__isnull", False)), _connector="OR")


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0002_history_without_personal_values"),
        ("invoices", "0009_return_fees"),
    ]

    operations = [
        migrations.CreateModel(
            name="WriteOff",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company_id", models.BigIntegerField()),
                ("reference", models.TextField()),
                ("act", models.TextField()),
                ("because", models.TextField()),
                ("currency", models.CharField(max_length=3)),
                ("minor", models.BigIntegerField()),
                ("effective_on", models.DateField()),
                ("approval", models.TextField(blank=True, default="")),
                ("approved_by", models.TextField(blank=True, default="")),
                ("policy_version", models.IntegerField()),
                ("reason", models.TextField(blank=True, default="")),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.TextField()),
                ("customer", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.customer")),
                ("item", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="invoices.item")),
                ("of", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="invoices.writeoff")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=KNOWN_WRITE_OFF, name="write_off_known"),
                    models.CheckConstraint(condition=models.Q(("minor__gt", 0)), name="write_off_positive"),
                ],
                "indexes": [
                    models.Index(condition=models.Q(("act", "write_off")), fields=["company_id", "-id"], name="write_off_listed"),
                    models.Index(fields=["customer"], name="write_off_customer"),
                ],
            },
        ),
        migrations.RemoveConstraint(model_name="charge", name="charge_known"),
        migrations.AddField(
            model_name="charge",
            name="step",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddConstraint(
            model_name="charge",
            constraint=models.CheckConstraint(condition=KNOWN_CHARGE, name="charge_known"),
        ),
        migrations.AddConstraint(
            model_name="charge",
            constraint=models.UniqueConstraint(condition=models.Q(("act", "charge"), ("kind", "dunning_fee")), fields=("item", "step"), name="dunning_fee_once"),
        ),
    ]

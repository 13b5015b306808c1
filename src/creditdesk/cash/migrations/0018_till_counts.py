"""The till counted, and what was off."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies: ClassVar = [("cash", "0017_exchanged")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="TillCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company_id", models.BigIntegerField()),
                ("reference", models.TextField()),
                ("currency", models.CharField(max_length=3)),
                ("counted_on", models.DateField()),
                ("book_minor", models.BigIntegerField()),
                ("counted_minor", models.BigIntegerField()),
                ("minor", models.BigIntegerField()),
                ("reason", models.TextField(blank=True, default="")),
                ("approval", models.TextField(blank=True, default="")),
                ("approved_by", models.TextField(blank=True, default="")),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.TextField()),
                ("deposit", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="differences", to="cash.deposit")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["company_id", "reference"], name="till_count_reference"),
                    models.CheckConstraint(
                        name="till_count_adds_up",
                        condition=Q(counted_minor__gte=0, minor=F("counted_minor") - F("book_minor")),
                    ),
                    models.CheckConstraint(
                        name="till_count_explained", condition=Q(minor=0) | ~Q(reason="")
                    ),
                    models.CheckConstraint(
                        name="till_count_deposited_differs", condition=Q(deposit=None) | ~Q(minor=0)
                    ),
                ],
                "indexes": [
                    models.Index(
                        fields=["company_id"],
                        condition=Q(deposit=None) & ~Q(minor=0),
                        name="till_difference_held",
                    ),
                    models.Index(fields=["company_id", "currency", "counted_on"], name="till_count_day"),
                ],
            },
        ),
    ]

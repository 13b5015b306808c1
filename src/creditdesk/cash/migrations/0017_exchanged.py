"""Allocations between currencies are few, and looked at every day."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies: ClassVar = [("cash", "0014_slips_together")]

    operations: ClassVar = [
        migrations.AddIndex(
            "allocation",
            models.Index(
                fields=["company_id"],
                condition=Q(payment_minor__isnull=False, undone_at__isnull=True),
                name="allocation_exchanged",
            ),
        ),
    ]

"""One line of a bank may be several deposits together."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies: ClassVar = [("cash", "0013_latest_match")]

    operations: ClassVar = [
        migrations.RemoveConstraint("depositcredit", "deposit_credit_once"),
        migrations.AddConstraint(
            "depositcredit",
            models.UniqueConstraint(
                fields=["payment", "deposit"],
                condition=Q(undone_at=None),
                name="deposit_credit_each_once",
            ),
        ),
    ]

"""The pages of documents of charges, as they left."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("invoices", "0011_print_both_sides")]

    operations = [
        migrations.CreateModel(
            name="ChargePaper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company_id", models.BigIntegerField()),
                ("language", models.CharField(max_length=8)),
                ("pdf_file_id", models.BigIntegerField()),
                ("pdf_sha256", models.CharField(max_length=64)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.TextField()),
                ("invoice", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="invoices.invoice")),
            ],
        ),
        # To be found by what has not been sent: documents of charges are few among invoices.
        migrations.AddIndex(
            model_name="charge",
            index=models.Index(condition=models.Q(("act", "charge"), ("document__isnull", False)), fields=["document"], name="charge_document"),
        ),
    ]

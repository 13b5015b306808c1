"""What was paid in another currency, and the bank's rate, beside the line of a statement."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cash", "0010_receipts")]

    operations = [
        migrations.AddField(
            model_name="bankline",
            name="original_currency",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="bankline",
            name="original_minor",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="bankline",
            name="exchange_rate",
            field=models.DecimalField(decimal_places=12, max_digits=24, null=True),
        ),
    ]

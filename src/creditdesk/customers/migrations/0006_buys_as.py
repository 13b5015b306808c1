"""Whether a customer buys as a consumer: the law on late payment asks."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0005_looks")]
    operations = [
        migrations.AddField(
            "customer", "buys_as", models.TextField(blank=True, default="", db_default="")
        ),
    ]

"""Who reviewed a hit, by user: two people may bear one name, and one may change theirs."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assessment", "0007_reviews")]
    operations = [
        migrations.AddField("screeningreview", "recorded_by_id", models.BigIntegerField(null=True)),
    ]

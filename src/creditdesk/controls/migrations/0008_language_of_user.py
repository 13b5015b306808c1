"""In which language somebody reads."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("controls", "0007_company_security")]

    operations = [
        migrations.AddField(
            "user", "language",
            models.CharField(blank=True, db_default="", default="", max_length=8),
        ),
    ]

"""Reference rates of late interest, by half-year."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("policy", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="ReferenceRate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.TextField()),
                ("valid_on", models.DateField()),
                ("percent", models.DecimalField(decimal_places=4, max_digits=9)),
                ("source", models.TextField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("code", "valid_on"), name="reference_rate_once"),
                ],
            },
        ),
    ]

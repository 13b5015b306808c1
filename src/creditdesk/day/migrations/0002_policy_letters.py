"""Who was told of new rules."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("day", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="PolicyTold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company_id", models.BigIntegerField()),
                ("version", models.IntegerField()),
                ("upto_id", models.BigIntegerField(default=0)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company_id", "version"), name="policy_told_up_to"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PolicyLetter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company_id", models.BigIntegerField()),
                ("version", models.IntegerField()),
                ("customer_id", models.BigIntegerField()),
                ("sections", models.JSONField()),
                ("message_id", models.BigIntegerField(null=True)),
                ("outcome", models.TextField()),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("company_id", "version", "customer_id"), name="policy_letter_once"
                    ),
                ],
            },
        ),
    ]

"""The fees reminders name, each charged once its reminder is sent."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("collections", "0002_first_run")]

    operations = [
        migrations.CreateModel(
            name="NamedFee",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company_id", models.BigIntegerField()),
                ("message_id", models.BigIntegerField()),
                ("customer_id", models.BigIntegerField()),
                ("item_id", models.BigIntegerField()),
                ("step", models.TextField()),
                ("currency", models.CharField(max_length=3)),
                ("minor", models.BigIntegerField()),
                ("policy_version", models.IntegerField()),
                ("named_on", models.DateField()),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("minor__gt", 0)), name="named_fee_positive"),
                    models.UniqueConstraint(fields=("message_id", "item_id"), name="named_fee_once"),
                ],
                "indexes": [models.Index(fields=["company_id", "named_on"], name="named_fee_day")],
            },
        ),
    ]

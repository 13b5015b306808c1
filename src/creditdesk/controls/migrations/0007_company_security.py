"""What a company asks of its people at the door, and what an approval rests on."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("controls", "0006_retention_and_redactions")]

    operations = [
        migrations.AddField(
            "approvalrequest", "version", models.TextField(blank=True, db_default="")
        ),
        migrations.CreateModel(
            name="SecurityPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company_id", models.BigIntegerField()),
                ("second_factor", models.TextField()),
                ("since", models.DateField()),
                ("grace_days", models.IntegerField()),
                ("asked_again", models.JSONField()),
                ("reason", models.TextField()),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.TextField()),
            ],
            options={
                "indexes": [models.Index(fields=["company_id", "-id"], name="security_policy_last")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(grace_days__gte=0), name="security_policy_graced"
                    )
                ],
            },
        ),
    ]

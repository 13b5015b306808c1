"""Mails to the staff about a version."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("policy", "0003_drafts")]

    operations = [
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company_id", models.BigIntegerField()),
                ("version", models.IntegerField()),
                ("user_id", models.BigIntegerField()),
                ("name", models.TextField()),
                ("number", models.IntegerField(default=0)),
                ("language", models.CharField(max_length=8)),
                ("recipient", models.TextField(blank=True, default="")),
                ("subject", models.TextField()),
                ("body_text", models.TextField()),
                ("message_id", models.TextField()),
                ("read_by", models.DateField()),
                ("told_on", models.DateField()),
                ("status", models.TextField(default="queued")),
                ("answer", models.TextField(blank=True, default="")),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.TextField()),
                ("handed_over_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["company_id", "id"], condition=Q(status="queued"), name="policy_to_send"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("company_id", "version", "user_id", "number"), name="policy_told_once"
                    ),
                ],
            },
        ),
    ]

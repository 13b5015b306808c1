"""Drafts of the policy, who published and acknowledged a version, and versions withdrawn."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("policy", "0002_reference_rates")]

    operations = [
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company_id", models.BigIntegerField()),
                ("author", models.TextField()),
                ("author_id", models.BigIntegerField(null=True)),
                ("rules", models.JSONField()),
                ("based_on", models.IntegerField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("company_id", "author_id"), condition=Q(author_id__isnull=False),
                        name="draft_of_person_once",
                    ),
                    models.UniqueConstraint(
                        fields=("company_id", "author"), condition=Q(author_id__isnull=True),
                        name="draft_of_machine_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Publication",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company_id", models.BigIntegerField()),
                ("version", models.IntegerField()),
                ("reason", models.TextField()),
                ("approval", models.TextField(blank=True, default="")),
                ("approved_by", models.TextField(blank=True, default="")),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.TextField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company_id", "version"), name="publication_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Acknowledgement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company_id", models.BigIntegerField()),
                ("version", models.IntegerField()),
                ("user_id", models.BigIntegerField()),
                ("name", models.TextField()),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("company_id", "version", "user_id"), name="acknowledged_once"
                    ),
                ],
            },
        ),
        migrations.AddField("policy", "withdrawn_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "policy", "withdrawn_by", models.TextField(blank=True, default="", db_default="")
        ),
        migrations.RemoveConstraint("policy", "policy_day_once"),
        migrations.AddConstraint(
            "policy",
            models.UniqueConstraint(
                fields=("company_id", "valid_from"),
                condition=Q(withdrawn_at__isnull=True),
                name="policy_day_once",
            ),
        ),
    ]

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Payouts may also be taken from our bank, asked for by hand, or fail; returns are one way."""

    dependencies = [("payments", "0001_initial")]

    operations = [
        migrations.AddField("chargeback", "return_id", models.BigIntegerField(null=True)),
        migrations.AddField("payout", "bank_line_id", models.BigIntegerField(null=True)),
        migrations.AddField("payout", "failed_on", models.DateField(null=True)),
        migrations.AddField(
            "payout", "is_manual", models.BooleanField(default=False, db_default=False)
        ),
        migrations.RemoveConstraint("payout", "payout_positive"),
        migrations.AddConstraint(
            "payout", models.UniqueConstraint(fields=["bank_line_id"], name="payout_line_once")
        ),
        migrations.AddConstraint(
            "payout",
            models.CheckConstraint(
                name="payout_one_way",
                condition=Q(minor__gt=0, bank_line_id=None) | Q(minor__lt=0, payment_id=None),
            ),
        ),
        migrations.AddConstraint(
            "payout",
            models.CheckConstraint(
                name="payout_cleared_or_failed",
                condition=Q(failed_on=None) | Q(payment_id=None, bank_line_id=None),
            ),
        ),
    ]

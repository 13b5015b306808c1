import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """A refund may also pay out what is unapplied of a credit note."""

    dependencies = [("treasury", "0001_initial"), ("invoices", "0001_initial")]

    operations = [
        migrations.AlterField(
            "refund",
            "payment",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cash.payment",
            ),
        ),
        migrations.AddField(
            "refund",
            "credit_note",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="invoices.invoice",
            ),
        ),
        migrations.AddConstraint(
            "refund",
            models.CheckConstraint(
                name="refund_of_one",
                condition=Q(payment__isnull=False, credit_note=None)
                | Q(payment=None, credit_note__isnull=False),
            ),
        ),
    ]

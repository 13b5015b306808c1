"""A charge may also be the fee of a returned payment."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("invoices", "0008_recurring_and_replaced")]

    operations = [
        migrations.RemoveConstraint(model_name="charge", name="charge_known"),
        migrations.AddConstraint(
            model_name="charge",
            constraint=models.CheckConstraint(condition=models.Q(("kind__in", ["interest", "compensation", "return_fee"]), models.Q(models.Q(("act", "charge"), ("of__isnull", True)), models.Q(("act__in", ["reversal", "waiver"]), ("of__isnull", False)), _connector="OR")), name="charge_known"),
        ),
    ]

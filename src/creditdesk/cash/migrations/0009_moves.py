"""Money of a payment that leaves otherwise than by settling an item."""

import django.db.models.deletion
from django.db import migrations, models

GUARD = """
    CREATE TRIGGER known_payments AFTER INSERT ON cash_move
        REFERENCING NEW TABLE AS added FOR EACH STATEMENT
        EXECUTE FUNCTION cash_known_payments_v1()
"""


class Migration(migrations.Migration):
    dependencies = [("cash", "0008_returned_payments")]

    operations = [
        migrations.CreateModel(
            name="Move",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("company_id", models.BigIntegerField()),
                ("minor", models.BigIntegerField()),
                ("account", models.TextField()),
                ("why", models.TextField()),
                ("moved_on", models.DateField()),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.TextField()),
                (
                    "payment",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cash.payment",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("minor", 0), _negated=True),
                        name="move_moves_something",
                    )
                ],
            },
        ),
        migrations.RunSQL(GUARD, "DROP TRIGGER known_payments ON cash_move"),
    ]

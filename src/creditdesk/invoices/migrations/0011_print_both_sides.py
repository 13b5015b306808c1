from django.db import migrations, models


class Migration(migrations.Migration):
    """A batch printed on both sides says so; those before were printed on one."""

    dependencies = [("invoices", "0010_write_offs")]
    operations = [
        migrations.AddField(
            model_name="printbatch",
            name="is_both_sides",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]

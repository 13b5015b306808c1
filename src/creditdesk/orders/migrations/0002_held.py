"""Held orders are found without reading those that are done with."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0001_initial'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('status', 'held')), fields=['company_id', '-id'], name='order_held'),
        ),
    ]

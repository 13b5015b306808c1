"""What matching last said of a payment is found down an index, and not by walking all it said."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cash', '0012_habits_by_key'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='match',
            index=models.Index(fields=['payment', '-id'], name='match_payment_latest'),
        ),
        migrations.AlterField(
            model_name='match',
            name='payment',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cash.payment'),
        ),
    ]

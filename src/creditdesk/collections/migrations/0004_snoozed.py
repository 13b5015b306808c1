"""What is snoozed is found without reading every worklist there ever was."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('collections', '0003_reminder_fees'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='workitem',
            index=models.Index(condition=models.Q(('snoozed_until__isnull', False)), fields=['company_id', 'snoozed_until'], name='work_item_snoozed'),
        ),
    ]

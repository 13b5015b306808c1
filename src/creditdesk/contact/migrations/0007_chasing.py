"""When each customer was last asked for money is found down an index, however long ago."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contact', '0006_attachments_and_answers'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('status__in', ('queued', 'handed_over', 'sent')), models.Q(('purpose', 'collection'), models.Q(('purpose', 'service'), models.Q(('step', ''), _negated=True)), _connector='OR')), fields=['-customer_id', '-queued_at'], name='message_chasing'),
        ),
    ]

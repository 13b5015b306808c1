"""Messages with files, and what the mail server answered."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contact', '0005_inbox_mail'),
    ]

    operations = [
        migrations.AddField(
            model_name='message',
            name='answer',
            field=models.TextField(blank=True, db_default='', default=''),
        ),
        migrations.AddField(
            model_name='message',
            name='asks_receipt',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('company_id', models.BigIntegerField()),
                ('position', models.SmallIntegerField()),
                ('file_id', models.BigIntegerField()),
                ('filename', models.TextField()),
                ('media_type', models.TextField()),
                ('sha256', models.CharField(max_length=64)),
                ('message', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contact.message')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('message', 'position'), name='attachment_once')],
            },
        ),
    ]

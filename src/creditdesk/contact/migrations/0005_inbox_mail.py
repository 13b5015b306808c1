

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contact', '0003_prior_contact'),
    ]

    operations = [
        migrations.CreateModel(
            name='InboxMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('company_id', models.BigIntegerField()),
                ('content_key', models.CharField(max_length=64)),
                ('door', models.TextField()),
                ('filename', models.TextField()),
                ('content', models.BinaryField()),
                ('size_bytes', models.BigIntegerField()),
                ('kind', models.TextField(blank=True, default='')),
                ('sender_name', models.TextField(blank=True, default='')),
                ('sender', models.TextField(blank=True, default='')),
                ('subject', models.TextField(blank=True, default='')),
                ('body_text', models.TextField(blank=True, default='')),
                ('sent_at', models.DateTimeField(null=True)),
                ('attachments', models.JSONField(default=list)),
                ('notes', models.JSONField(default=list)),
                ('status', models.TextField(choices=[('tied', 'Tied'), ('unassigned', 'Unassigned'), ('automatic', 'Automatic'), ('refused', 'Refused'), ('set_aside', 'Set Aside')])),
                ('tied_by', models.TextField(blank=True, default='')),
                ('customer_id', models.BigIntegerField(null=True)),
                ('proposed', models.JSONField(default=list)),
                ('fault_code', models.TextField(blank=True, default='')),
                ('fault_text', models.TextField(blank=True, default='')),
                ('received_at', models.DateTimeField()),
                ('settled_at', models.DateTimeField(null=True)),
                ('settled_by', models.TextField(blank=True, default='')),
                ('settled_why', models.TextField(blank=True, default='')),
                ('message', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contact.message')),
                ('reply', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contact.reply')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('status__in', ('unassigned', 'automatic', 'refused'))), fields=['company_id', 'id'], name='inbox_mail_waiting'), models.Index(fields=['customer_id', '-id'], name='inbox_mail_customer')],
                'constraints': [models.UniqueConstraint(fields=('company_id', 'content_key'), name='inbox_mail_once')],
            },
        ),
    ]

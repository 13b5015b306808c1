import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Schedule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('company_id', models.BigIntegerField()),
                ('customer_id', models.BigIntegerField(null=True)),
                ('every', models.TextField(choices=[('month', 'Month'), ('quarter', 'Quarter'), ('never', 'Never')])),
                ('recorded_at', models.DateTimeField()),
                ('recorded_by', models.TextField()),
            ],
            options={
                'indexes': [models.Index(fields=['company_id', 'customer_id', '-id'], name='statement_schedule')],
            },
        ),
        migrations.CreateModel(
            name='Sent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('company_id', models.BigIntegerField()),
                ('customer_id', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('first_on', models.DateField()),
                ('last_on', models.DateField()),
                ('opening_minor', models.BigIntegerField()),
                ('moved_minor', models.BigIntegerField()),
                ('closing_minor', models.BigIntegerField()),
                ('period_key', models.TextField(null=True)),
                ('message_id', models.BigIntegerField()),
                ('file_id', models.BigIntegerField()),
                ('recorded_at', models.DateTimeField()),
                ('recorded_by', models.TextField()),
            ],
            options={
                'verbose_name_plural': 'sent',
                'indexes': [models.Index(fields=['company_id', '-id'], name='statement_latest'), models.Index(fields=['customer_id', '-id'], name='statement_customer')],
                'constraints': [models.UniqueConstraint(fields=('company_id', 'customer_id', 'currency', 'period_key'), name='statement_scheduled_once'), models.CheckConstraint(condition=models.Q(('closing_minor', django.db.models.expressions.CombinedExpression(models.F('opening_minor'), '+', models.F('moved_minor')))), name='statement_adds_up')],
            },
        ),
    ]

"""Accounts kept: versions, identifiers, bank details called back, merges."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0003_parents'),
    ]

    operations = [
        migrations.CreateModel(
            name='BankChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('company_id', models.BigIntegerField()),
                ('account_key', models.TextField()),
                ('bank_code', models.TextField(blank=True, default='')),
                ('holder', models.TextField()),
                ('channel', models.TextField()),
                ('reason', models.TextField(blank=True, default='')),
                ('signals', models.JSONField(default=list)),
                ('state', models.TextField(choices=[('asked', 'Asked'), ('confirmed', 'Confirmed'), ('denied', 'Denied'), ('withdrawn', 'Withdrawn')], default='asked')),
                ('asked_at', models.DateTimeField()),
                ('asked_by', models.TextField()),
                ('asked_by_id', models.BigIntegerField(null=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.TextField(blank=True, default='')),
                ('decided_by_id', models.BigIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='CallBack',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('company_id', models.BigIntegerField()),
                ('person', models.TextField()),
                ('phone', models.TextField()),
                ('result', models.TextField(choices=[('confirmed', 'Confirmed'), ('denied', 'Denied'), ('not_reached', 'Not Reached')])),
                ('note', models.TextField(blank=True, default='')),
                ('recorded_at', models.DateTimeField()),
                ('recorded_by', models.TextField()),
                ('recorded_by_id', models.BigIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Merge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('company_id', models.BigIntegerField()),
                ('reason', models.TextField()),
                ('moved', models.JSONField()),
                ('recorded_at', models.DateTimeField()),
                ('recorded_by', models.TextField()),
                ('undone_at', models.DateTimeField(null=True)),
                ('undone_by', models.TextField(blank=True, default='')),
            ],
        ),
        migrations.AddField(
            model_name='contact',
            name='version',
            field=models.IntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name='customer',
            name='duns',
            field=models.TextField(blank=True, db_default='', default=''),
        ),
        migrations.AddField(
            model_name='customer',
            name='lei',
            field=models.TextField(blank=True, db_default='', default=''),
        ),
        migrations.AddField(
            model_name='customer',
            name='merged_into',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer'),
        ),
        migrations.AddField(
            model_name='customer',
            name='version',
            field=models.IntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name='customer',
            name='woken_on',
            field=models.DateField(null=True),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.CheckConstraint(condition=models.Q(('merged_into', None), models.Q(('merged_into', models.F('id')), _negated=True), _connector='OR'), name='customer_merged_into_another'),
        ),
        migrations.AddField(
            model_name='bankchange',
            name='customer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer'),
        ),
        migrations.AddField(
            model_name='callback',
            name='change',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='calls', to='customers.bankchange'),
        ),
        migrations.AddField(
            model_name='merge',
            name='duplicate',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer'),
        ),
        migrations.AddField(
            model_name='merge',
            name='survivor',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer'),
        ),
        migrations.AddIndex(
            model_name='bankchange',
            index=models.Index(fields=['company_id', 'account_key'], name='bank_change_account'),
        ),
        migrations.AddIndex(
            model_name='bankchange',
            index=models.Index(fields=['customer', '-id'], name='bank_change_customer'),
        ),
        migrations.AddConstraint(
            model_name='bankchange',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'asked')), fields=('customer',), name='bank_change_one_asked'),
        ),
        migrations.AddConstraint(
            model_name='bankchange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('state', 'asked')), models.Q(models.Q(('state', 'asked'), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='bank_change_decided'),
        ),
        migrations.AddConstraint(
            model_name='bankchange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'confirmed'), _negated=True), models.Q(('decided_by_id__isnull', False), models.Q(('asked_by_id', None), models.Q(('decided_by_id', models.F('asked_by_id')), _negated=True), _connector='OR')), _connector='OR'), name='bank_change_two_people'),
        ),
        migrations.AddConstraint(
            model_name='merge',
            constraint=models.UniqueConstraint(condition=models.Q(('undone_at', None)), fields=('duplicate',), name='merge_live_once'),
        ),
    ]

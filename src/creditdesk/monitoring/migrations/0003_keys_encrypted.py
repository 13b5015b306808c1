"""Keys that sign calls are kept encrypted under the installation's secret key."""

from typing import Any

from django.db import migrations

from creditdesk.plumbing.encrypting import decrypted, encrypted

PURPOSE = "alert calls"


def encrypt(apps: Any, schema_editor: Any) -> None:
    """Encrypt each key that is not yet; run twice, it changes nothing."""
    rows = apps.get_model("monitoring", "Subscription").objects.using(
        schema_editor.connection.alias
    )
    for row in rows.exclude(key="").iterator():
        if decrypted(row.key, purpose=PURPOSE) is None:
            rows.filter(id=row.id).update(key=encrypted(row.key, purpose=PURPOSE))


def decrypt(apps: Any, schema_editor: Any) -> None:
    """Bring the keys back as they were; one that cannot be read stays."""
    rows = apps.get_model("monitoring", "Subscription").objects.using(
        schema_editor.connection.alias
    )
    for row in rows.exclude(key="").iterator():
        text = decrypted(row.key, purpose=PURPOSE)
        if text is not None:
            rows.filter(id=row.id).update(key=text)


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0002_alerts")]
    operations = [migrations.RunPython(encrypt, decrypt)]

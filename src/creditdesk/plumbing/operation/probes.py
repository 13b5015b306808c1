"""What the machine and its neighbours say: settings, files, the disk, the mail server."""

from __future__ import annotations

import os
import shutil
import smtplib
import ssl
import stat
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from creditdesk.plumbing.operation.facts import Configuration, Disk, Mail, Place

MAIL_SECONDS = 10
GREETED = 250


def configuration() -> Configuration:
    """Return what the environment told the product; no secret is among it."""
    smtp = urlsplit(settings.SMTP_URL)
    return Configuration(
        secret_is_given=bool(os.environ.get("CREDITDESK_SECRET_KEY")),
        debug=settings.DEBUG,
        hosts=tuple(host for host in settings.ALLOWED_HOSTS if host),
        origins=tuple(settings.CSRF_TRUSTED_ORIGINS),
        is_behind_tls=settings.BEHIND_TLS,
        smtp_scheme=smtp.scheme,
        smtp_host=smtp.hostname or "",
    )


def place(path: Path) -> Place:
    """Return whether a file or folder exists and who may use it."""
    try:
        return Place(path.name, exists=True, mode=stat.S_IMODE(path.stat().st_mode))
    except FileNotFoundError:
        return Place(path.name, exists=False, mode=0)


def disk(folder: Path) -> Disk:
    """Return the room on the disk a folder is on, or will be on."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    usage = shutil.disk_usage(there)
    return Disk(usage.free, usage.total)


def mail(url: str, timeout_seconds: float = MAIL_SECONDS) -> Mail:
    """Return what the mail server of an address answers to a greeting; nothing is sent."""
    parts = urlsplit(url)
    is_encrypted, sends_password = parts.scheme == "smtps", bool(parts.username)
    try:
        with _dialled(parts.hostname or "", parts.port, timeout_seconds, tls=is_encrypted) as found:
            code, _ = found.ehlo()
            offers = bool(found.has_extn("starttls"))
    except (OSError, smtplib.SMTPException) as error:
        return Mail(type(error).__name__, offers_tls=False, sends_password=sends_password,
                    is_encrypted=is_encrypted)  # fmt: skip
    fault = "" if code == GREETED else f"it answers {code}"
    return Mail(fault, offers, sends_password, is_encrypted)


def _dialled(host: str, port: int | None, seconds: float, *, tls: bool) -> smtplib.SMTP:
    if tls:
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, port or 465, timeout=seconds, context=context)
    return smtplib.SMTP(host, port or 587, timeout=seconds)

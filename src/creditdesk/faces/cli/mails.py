"""The command that takes in mail, from files or from the mailbox."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

from creditdesk.contact import services as contact
from creditdesk.controls import queries as controls
from creditdesk.day import mail
from creditdesk.faces.cli import companies
from creditdesk.faces.cli.given_files import content_of
from creditdesk.faces.cli.tongue import gettext, sentence
from creditdesk.kernel.errors import DomainError, Refused

DOOR = "command"
REFUSED = 2


def take_in(*, files: Sequence[Path], company: str) -> int:
    """Take in each file, or fetch; status 2 when a file was refused, which stops no other."""
    of = companies.the_one(company)
    actor = companies.actor(of)
    if not files:
        if not settings.INBOX_URL:
            raise Refused("inbox_missing", "Set CREDITDESK_INBOX_URL, or name files")
        url = mail.address_for(settings.INBOX_URL, of.code, companies=len(controls.companies()))
        done = mail.fetch(actor, url)
        counts = {"taken": done.taken, "known": done.known, "refused": done.refused}
        print(
            gettext("%(taken)d mails came, %(known)d were here, %(refused)d were refused", **counts)
        )
        return 0
    status = 0
    for path in files:
        try:
            taken = contact.take_in_mail(
                actor, filename=path.name, content=content_of(path), door=DOOR
            )
        except DomainError as error:
            print(f"creditdesk: {sentence(error)} [{error.code}]", file=sys.stderr)
            status = REFUSED
            continue
        print(f"{path.name}: {gettext('known') if taken.is_known else taken.status}")
    return status

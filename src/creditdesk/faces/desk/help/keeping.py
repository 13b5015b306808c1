"""Help for the pages that keep accounts: groups, closing, duplicates, bank details."""

from django.utils.translation import gettext_noop as _

from creditdesk.faces.desk.help.texts import Topic

TOPICS: tuple[tuple[Topic, tuple[str, ...]], ...] = (
    (
        Topic(
            "keeping",
            _("Keeping an account"),
            _("Its group, the bank details it is paid on, closing it, and what it became."),
            (
                _("Let it belong to another from a date: their shared limit is tested first."),
                _("Follow what stands in the way of closing, and settle it there."),
                _("Let a duplicate become the account that stays; what is open runs off."),
                _("Wake a sleeping account once its credit was reviewed."),
            ),
            (
                _("A closed account takes neither orders nor invoices, at no door."),
                _("Whoever looks at a customer is in the journal the auditor reads."),
            ),
        ),
        (
            "customer-keep",
            "customer-close",
            "customer-reopen",
            "customer-wake",
            "customer-merge",
            "customer-unmerge",
            "customer-parent",
            "customer-analyst",
            "groups",
            "duplicates",
            "looks",
        ),
    ),
    (
        Topic(
            "bank-details",
            _("Bank details of a customer"),
            _("What a customer is paid on: asked for by one person, called back by another."),
            (
                _("Keep what was asked for, and how: by mail, by letter, on the telephone."),
                _("Look at what speaks for fraud before anybody calls."),
                _("Call a number from the list, and keep whom you spoke to and what they said."),
            ),
            (
                _("Nothing is refunded to an account that waits for its call or was denied."),
                _("A number that came less than thirty days before the change is not listed."),
            ),
        ),
        (
            "bank-changes",
            "bank-change",
            "bank-change-call",
            "bank-change-withdraw",
            "customer-bank",
        ),
    ),
)

"""Help on money that goes back and money that is fetched: returns, refunds, direct debits."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from creditdesk.faces.desk.help.texts import Topic

TOPICS: tuple[tuple[Topic, tuple[str, ...]], ...] = (
    (
        Topic(
            "returns",
            _("Returned payments"),
            _("Money the bank took back: what it had settled is open again."),
            (
                _("Returns on bank statements are taken by themselves where they name a payment."),
                _("Say which payment it was, where several fit or none."),
                _("Set aside what is none of ours, such as our own payment out."),
                _("Tell of a return that comes by letter."),
            ),
            (
                _("Each line of the bank counts once, in whichever files it comes."),
                _("What the bank keeps for itself is our cost; the fee is the customer's."),
                _("A fee is waived under Late interest, like every other charge."),
            ),
        ),
        ("returns", "return-tell", "return-tie", "return-set-aside"),
    ),
    (
        Topic(
            "payouts",
            _("Payouts"),
            _("What the payment service paid out to the bank, or took from it."),
            (
                _("Look what a payout sums up, and what the service kept as its fee."),
                _("Say which line of the bank it is, where several are alike."),
            ),
            (
                _("A payout is cleared by itself by its amount, its days and its words."),
                _("A negative one was taken from the bank: refunds and chargebacks were more."),
                _("One that failed is with the service again, and comes with a later one."),
            ),
        ),
        ("payouts", "payout", "payout-clear"),
    ),
    (
        Topic(
            "refunds",
            _("Refunds"),
            _("Unapplied money on its way back to who paid it."),
            (
                _("Ask: the amount is set apart and can no longer be applied."),
                _("Call back, where it goes to another account than it came from."),
                _("Approve, as somebody else."),
                _("Release, as yet another person: first look at what the file would pay."),
                _("Fetch the file and hand it to the bank."),
            ),
            (
                _("What was approved is sealed: another account or amount is found."),
                _("Call on a number known before, never on one from the letter itself."),
                _("A refund that comes back is on account again."),
                _("A credit note is paid out from its own page, in the same steps."),
            ),
        ),
        (
            "refunds",
            "refund-ask",
            "refund-release",
            "refund-confirm",
            "refund-approve",
            "refund-refuse",
            "refund-cancel",
            "refund-fail",
            "payment-file-fetch",
        ),
    ),
    (
        Topic(
            "direct-debits",
            _("Direct debits"),
            _("What is due, collected by the mandates customers signed."),
            (
                _("Draw up: what is due by the day, and a notice to each customer."),
                _("Approve, as somebody else: the file is written."),
                _("Fetch the file, hand it to the bank, and say so."),
                _("The bank's credit settles the items by itself."),
            ),
            (
                _("What is contested, promised or already collected is left out."),
                _("Who cannot be told beforehand is not collected from."),
                _("Until the bank has it a collection can be cancelled."),
            ),
        ),
        (
            "debits",
            "debits-draw-up",
            "debits-approve",
            "debits-hand-over",
            "debits-cancel",
            "creditor",
        ),
    ),
    (
        Topic(
            "mandates",
            _("Mandates"),
            _("The leave customers gave to collect from their accounts."),
            (
                _("Keep the mandate as it was signed."),
                _("Ask for another account; somebody else confirms it."),
                _("Revoke it when the customer says so."),
            ),
            (
                _("A mandate unused for 36 months lapses."),
                _("A bank that answers “no mandate” or “account closed” stops it."),
            ),
        ),
        ("mandates", "mandate-give", "mandate-change"),
    ),
)

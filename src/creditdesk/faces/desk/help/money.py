"""Help on money: other currencies, set-off, order; what goes back, and what is fetched."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from creditdesk.faces.desk.help.texts import Topic

TOPICS: tuple[tuple[Topic, tuple[str, ...]], ...] = (
    (
        Topic(
            "exchange",
            _("Another currency"),
            _("A payment for invoices in another currency than its own."),
            (
                _("Tick what is paid; both amounts follow from the rate."),
                _("Write an amount where it is to be another; the rate must stay near."),
                _("Look at the preview, then apply. Undo it on the page of the payment."),
            ),
            (
                _("The bank's own rate comes first, then the one of the value date."),
                _("The difference is ours alone: no letter or statement shows it."),
            ),
        ),
        ("payment-exchange", "payment-exchange-apply"),
    ),
    (
        Topic(
            "set-off",
            _("Set off credit"),
            _("Credit notes and money that nothing has used, against what is open."),
            (
                _("Choose the credit, then tick the items."),
                _("Left empty, an amount is as much as the credit covers."),
                _("Look at the preview, then set it off; undo it below."),
            ),
            (
                _("Both sides are the same customer's and in one currency."),
                _("What a credit note took of the invoice it was written for stays."),
            ),
        ),
        ("set-off", "set-off-apply", "set-off-undo"),
    ),
    (
        Topic(
            "allocation-order",
            _("Order of allocation"),
            _("What money pays first that names nothing and fits nothing."),
            (
                _("Read the order in force, and what stands paid by it."),
                _("Preview a replay: it says which payment would pay what."),
            ),
            (
                _("Without `automatic` in the policy it only proposes."),
                _("Money is judged on its day, whichever payment arrived first."),
                _("What a document, an exact amount or a person decided never moves."),
            ),
        ),
        ("allocation-order", "allocation-replay"),
    ),
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
            "receipts",
            _("Cheques and cash"),
            _("Money taken over the counter, each cheque and each sum of cash under a number."),
            (
                _("Take it: whose it is, how much, and which invoices it pays."),
                _("Print the receipt for the customer."),
                _("A cheque dated ahead waits, and counts as money from its date."),
                _("Cancel what was wrong, as somebody else, before it is brought to the bank."),
                _("Say that a cheque bounced: what it had settled is open again."),
            ),
            (
                _("Numbers have no gaps; a cancelled receipt keeps its own."),
                _("Who takes money does not take in bank statements."),
                _("Stale cheques, and cash above the limit of the policy, are refused."),
            ),
        ),
        (
            "receipts",
            "receipt-take",
            "receipt",
            "receipt-paper",
            "receipt-cancel",
            "receipt-bounce",
        ),
    ),
    (
        Topic(
            "deposits",
            _("Deposits"),
            _("What was taken over the counter, on its way to the bank."),
            (
                _("Tick what is brought, draw up the slip, print it."),
                _("The bank's credit that names the slip, and has its total, ends it by itself."),
                _("Say which credits it is, where the bank booked several."),
                _("Void it where it never got to the bank."),
                _("At the day's end count the till; say why where it differs from the book."),
            ),
            (
                _("Each receipt is on one deposit."),
                _("The credit is no second payment: it moves the money to the bank."),
                _("A credit that differs is applied to nothing until somebody has asked the bank."),
            ),
        ),
        (
            "deposits",
            "till-count",
            "deposit-draw-up",
            "deposit",
            "deposit-paper",
            "deposit-settle",
            "deposit-unsettle",
            "deposit-void",
        ),
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
    (
        Topic(
            "exposure",
            _("Exposure and limits"),
            _("What a customer may owe, what counts against it, and every document behind both."),
            (
                _("Read what the limit is made of: each part with what counts of it and why."),
                _("Open a part of the exposure to see its documents, and follow one."),
                _("Ask for a limit: look at the preview, say why, and somebody else decides."),
                _("Withdraw a limit that is no longer wanted; it stays in the history."),
            ),
            (
                _("A limit that a group shares is tested before the customer's own."),
                _("Insured and guaranteed limits count as far as they are backed that day."),
                _("The policy says which parts of the exposure count."),
            ),
        ),
        (
            "customer-exposure",
            "limit-ask",
            "limit-withdraw",
            "limit-requests",
            "limit-request",
            "limit-decide",
        ),
    ),
    (
        Topic(
            "insurance",
            _("Insurance and guarantees"),
            _("Who answers for what is owed, what nobody answers for, and what is to be reported."),
            (
                _("Record the policy, then the insurer's decision about each customer."),
                _("Report overdue items before their day, tick them and keep them as reported."),
                _("Add a guarantee with its paper on the customer's exposure."),
            ),
            (
                _("An invoice is covered by the decision in force on the day it was issued."),
                _("A decision of 0 withdraws the cover for what is issued from then on."),
                _("What is reported too late is not covered."),
            ),
        ),
        (
            "insurance",
            "insurance-new",
            "insurance-reported",
            "cover-new",
            "guarantee-new",
            "guarantee-end",
            "guarantee-paper",
        ),
    ),
)

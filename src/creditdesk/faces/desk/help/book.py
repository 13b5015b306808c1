"""Help for the pages of the book: customers, documents, ageing, bank."""

from django.utils.translation import gettext_noop as _

from creditdesk.faces.desk.help.texts import Topic

TOPICS: tuple[tuple[Topic, tuple[str, ...]], ...] = (
    (
        Topic(
            "customers",
            _("Customers"),
            _(
                "Every account with what it owes, how late it is, and how it stands against its"
                " limit."
            ),
            (
                _(
                    "Search by name, number or payer name; filter and sort; take the list as a"
                    " file."
                ),
                _("Open an account, or import many at once."),
            ),
            (_("An account is never deleted while anything on it is open."),),
        ),
        ("customers", "customer-new", "search"),
    ),
    (
        Topic(
            "customer",
            _("A customer"),
            _(
                "All that is known of one customer: standing, open items, what happened, how it"
                " pays."
            ),
            (
                _("Follow any figure to its documents."),
                _("Change terms and limits from a date; the earlier ones stay on record."),
                _("Add people: the primary contact gets invoices and reminders."),
                _("Block the account to give no further credit."),
            ),
            (
                _(
                    "Exposure is what is open plus what is reserved by accepted orders, less"
                    " unapplied money."
                ),
                _("The history shows each change with date, person and both values."),
            ),
        ),
        (
            "customer",
            "customer-edit",
            "customer-terms",
            "customer-limit",
            "customer-block",
            "customer-unblock",
            "customer-history",
            "contact-new",
            "contact-edit",
            "contact-remove",
        ),
    ),
    (
        Topic(
            "invoices",
            _("Invoices"),
            _("Invoices and credit notes with what is open on each, and what settled the rest."),
            (
                _(
                    "Search by number, customer or reference; filter by state; take the list as a"
                    " file."
                ),
                _("Open a document for its instalments, payments and corrections."),
                _(
                    "Credit an invoice wholly or in part: the effect is shown before anything is"
                    " written."
                ),
            ),
            (
                _("An issued invoice is never edited; a credit note corrects it."),
                _("Due dates, ageing and reminders are per instalment."),
            ),
        ),
        ("invoices", "invoice", "invoice-credit"),
    ),
    (
        Topic(
            "issuing",
            _("Issuing invoices"),
            _("An invoice written here: proved valid, then numbered, then in the books."),
            (
                _("Write down once who the seller on invoices is."),
                _("Name the customer and the lines, each with its tax, and look at the preview."),
                _("Issue it; then take the PDF or the e-invoice from its page."),
            ),
            (
                _(
                    "Before a number is taken the document is tried against the rules of EN 16931;"
                    " a refusal says which rule, and what to mend."
                ),
                _("Numbers have no gap: what is refused takes none."),
                _("It then goes to the customer by the way they are sent documents."),
                _(
                    "What is issued is never edited: a credit note corrects it, or a corrected"
                    " invoice replaces it whole."
                ),
            ),
        ),
        ("invoice-new", "seller", "invoice-document", "invoice-replace"),
    ),
    (
        Topic(
            "recurring",
            _("Recurring invoices"),
            _("Plans that bill a customer again and again: one document for each turn."),
            (
                _("Say how often, from when and until when; look at the first three documents."),
                _("Put {period} into a line's text: each document names its own."),
                _("Pause, resume or end a plan; resumed, it makes up for what was missed or not."),
                _("Mend what a stopped plan names, then resume it."),
            ),
            (
                _(
                    "The day run issues what is due; after a standstill each missed turn gets its"
                    " own document, dated the day it is issued."
                ),
                _("A turn is billed once, however many work at it and whatever breaks."),
                _("A plan whose document is refused stops and keeps no other waiting."),
            ),
        ),
        (
            "recurring",
            "recurring-new",
            "recurring-plan",
            "recurring-edit",
            "recurring-pause",
            "recurring-resume",
            "recurring-end",
        ),
    ),
    (
        Topic(
            "delivery",
            _("Delivery"),
            _("How invoices and credit notes reach their customers, and what is known of each."),
            (
                _("Say once by which way documents go, and for a customer what differs."),
                _("Look at a document's page for what a mail server, a bounce or a person told."),
                _("Send it again with a reason, or another way; the effect is shown first."),
                _("Note what is known by other means: that it arrived, or came back."),
            ),
            (
                _("Nobody is reminded of an invoice that has not arrived."),
                _("A document goes once by each way; only a reason sends it again."),
                _(
                    "“Accepted” is the word of the mail server, no proof that it was read;"
                    " “opened” is only what the reader's own receipt says."
                ),
                _("A bounce that arrives in the mailbox opens the delivery again."),
            ),
        ),
        ("invoice-send", "invoice-known", "sending", "customer-sending"),
    ),
    (
        Topic(
            "post",
            _("For the post"),
            _("Documents printed together, with a list in front, and handed to the post."),
            (
                _("Print everything that waits as one file."),
                _("Fold the sheets into window envelopes: the address stands in the window."),
                _("Say on which day the batch went: that is the evidence that it left."),
            ),
            (
                _("Two people who print at once get one batch."),
                _("A batch can be printed again as it was, as often as needed."),
            ),
        ),
        ("print-batches", "print-new", "print-sheet", "print-posted"),
    ),
    (
        Topic(
            "ageing",
            _("Ageing"),
            _("Who owes what for how long, on any date, by customer and currency."),
            (
                _("Choose the date the ageing is for."),
                _("Choose “as known at” to see what was known on an earlier date."),
                _("Open a customer for the items behind the buckets."),
            ),
            (
                _(
                    "“As of” counts what was effective by that date, whenever it was recorded;"
                    " “as known at” leaves out what was recorded later."
                ),
                _("The total equals the receivable account of the ledger for the same dates."),
            ),
        ),
        ("ageing", "ageing-customer"),
    ),
    (
        Topic(
            "account-statements",
            _("Statements of account"),
            _("What stood open, what moved, and what stands open: by customer and currency."),
            (
                _("Choose the days; follow each movement to its document."),
                _("Open the PDF as it would leave, or send it to the first contact."),
                _("Say how often statements leave by themselves: for everybody, or one customer."),
            ),
            (
                _(
                    "Opening and movements come to the balance, and the balance to the ageing of"
                    " that day; where they do not, nothing is sent."
                ),
                _("Amounts stand in the currency of the documents; no rate touches them."),
            ),
        ),
        (
            "account-statements",
            "account-statements-schedule",
            "account-statement",
            "account-statement-pdf",
            "account-statement-send",
        ),
    ),
    (
        Topic(
            "write-offs",
            _("Write-offs"),
            _("What will not be paid any more, given up in our books once somebody else agreed."),
            (
                _("Open the invoice, choose Write off, say why, and look at the preview."),
                _("Somebody who approves write-offs finds it under Approvals."),
                _("When money comes after all, apply it: so much is owed again by itself."),
            ),
            (
                _("A write-off lowers what is open, and nobody is reminded of it; the debt stays."),
                _("Whoever applies cash does not write off, and whoever approves does not ask."),
                _("Tax is taken back only by a rule of the policy, and goes back with the money."),
            ),
        ),
        ("write-offs", "write-offs-relieve", "invoice-write-off", "invoice-owed-again"),
    ),
    (
        Topic(
            "interest",
            _("Late interest"),
            _("What paying late costs by law or contract: interest, and a fixed compensation."),
            (
                _("Choose the last day, preview, and charge everyone that qualifies by policy."),
                _("Follow a charge to its invoice, and to the document that posted it."),
                _("Waive one with a reason; the reason stays on record."),
            ),
            (
                _(
                    "A run charges only the days not charged yet; what turns out paid or credited"
                    " earlier is taken back."
                ),
                _("A reference rate that is not known stops the run: load it under Imports."),
                _("This is arithmetic by published rules, no legal advice."),
            ),
        ),
        ("interest", "interest-charge", "interest-rate", "interest-send", "interest-waive"),
    ),
    (
        Topic(
            "periods",
            _("Periods"),
            _("The months of the books: what was posted in each, and which are closed."),
            (
                _("Choose a period to see its trial balance and what keeps it open."),
                _("Soft-close it to stop everyday postings, or close it."),
                _("Reopen the last closed one only for a reason; the reason stays on record."),
            ),
            (
                _(
                    "A period closes only when it is over, the earlier ones are, and the books"
                    " prove."
                ),
                _(
                    "What arrives late is posted on the first open day and keeps its document's"
                    " date."
                ),
            ),
        ),
        ("periods", "periods-close", "periods-reopen"),
    ),
    (
        Topic(
            "statements",
            _("Bank statements"),
            _("The bank files that were taken in, and the lines each brought."),
            (
                _("Drop one or several files: camt.053, MT940, BAI2, CODA, OFX, CSV or XLSX."),
                _("A file whose balances do not add up is refused and says where."),
                _("Look at lines that are no receipts under “not received”."),
            ),
            (
                _("The same file, or one that overlaps, never brings a line twice."),
                _("The file itself is kept as it came."),
            ),
        ),
        ("statements", "statement", "statements-take-in", "not-received"),
    ),
    (
        Topic(
            "refused-file",
            _("A refused bank file"),
            _("A bank file of which nothing went in, and why."),
            (
                _("Read what was wrong; for a table say which column holds what."),
                _("Take it in: the file is read again, whole, as it was kept."),
                _("Set it aside when it will not go in, such as a file of another bank."),
            ),
            (
                _("What you say of the columns is remembered for files with the same headings."),
                _("A file set aside stays kept."),
            ),
        ),
        ("refused-file", "refused-file-take-in", "refused-file-set-aside"),
    ),
    (
        Topic(
            "reconciliation",
            _("Reconciliation"),
            _("These books beside the ERP's: what differs, to the document."),
            (
                _("Load the ERP's list of open items or its control totals under Imports."),
                _("Compare now, or leave it to the day."),
                _("Follow a difference to its document; mend it where it is wrong."),
                _("Explain what stays: it is kept in the list, with who said it."),
            ),
            (
                _("Both sides are taken as of the date of the file."),
                _("An explanation holds while both amounts last; another amount needs another."),
            ),
        ),
        (
            "reconciliation",
            "reconciliation-make",
            "reconciliation-run",
            "reconciliation-explain",
        ),
    ),
)

"""Help for the pages of the day's work."""

from django.utils.translation import gettext_noop as _

from creditdesk.faces.desk.help.texts import Topic

TOPICS: tuple[tuple[Topic, tuple[str, ...]], ...] = (
    (
        Topic(
            "morning",
            _("Morning"),
            _(
                "The state of the receivables on one page: what moved since the last morning, why,"
                " and what waits for you."
            ),
            (
                _(
                    "Read the sentence on top: it names what moved most and the customers behind"
                    " it."
                ),
                _("Open any figure to see the documents it is made of."),
                _("Work through what waits, from the top."),
                _("Choose an earlier date to see the morning as it was written then."),
            ),
            (
                _(
                    "Each figure says how it is computed. Ageing, overdue and open items equal the"
                    " receivable account of the ledger; when they do not, the page says so."
                ),
                _("The morning is written by the run of the day and is not rewritten afterwards."),
            ),
        ),
        ("morning",),
    ),
    (
        Topic(
            "worklist",
            _("Worklist"),
            _(
                "Who to contact today, the most worthwhile first, each with the reason in a"
                " sentence."
            ),
            (
                _("Move with J and K; the customer opens beside the list."),
                _("Log the call, record a promise, open a dispute or write an e-mail from there."),
                _(
                    "Press F when you are done with a customer, or put the customer off to a later"
                    " day."
                ),
            ),
            (
                _(
                    "The order is by expected value: what is overdue, times how much a contact is"
                    " likely to change. Promised, disputed and held items do not count."
                ),
                _(
                    "The list is written once a day; “refresh” writes it anew and keeps what is"
                    " done."
                ),
            ),
        ),
        ("worklist", "worklist-refresh", "worklist-done", "worklist-snooze"),
    ),
    (
        Topic(
            "contacting",
            _("Calls, promises and holds"),
            _("What was said and agreed with a customer, kept with date and person."),
            (
                _(
                    "Choose what happened and how it ended; a follow-up date puts the customer"
                    " back on the list."
                ),
                _("For a promise give amount and date; the items it is about are optional."),
                _("A hold stops every reminder until you release it or its date has passed."),
                _(
                    "An e-mail as the ladder has it is the reminder that is due, with its step and"
                    " its fee; the next run does not send it again."
                ),
            ),
            (
                _(
                    "A promise never changes a due date. It is judged by the cash that arrives;"
                    " money received but not yet applied leaves it pending, not broken."
                ),
                _("While a promise runs, the items it is about are not chased."),
            ),
        ),
        (
            "customer-call",
            "customer-promise",
            "customer-hold",
            "customer-release",
            "customer-email",
        ),
    ),
    (
        Topic(
            "matching",
            _("Cash matching"),
            _(
                "Payments that could not be applied with certainty, each with proposals and the"
                " reason."
            ),
            (
                _("Choose a payment; compare the bank's words with the proposals."),
                _(
                    "Press A to accept the best proposal, or write amounts beside the invoices to"
                    " split."
                ),
                _(
                    "Say whose money it is if the payer is unknown: account and name are"
                    " remembered."
                ),
                _(
                    "Paid short? One click takes the discount, writes off a small difference or a"
                    " bank's charge, disputes the deduction, or leaves the rest open."
                ),
                _("Leave it on account on purpose, or undo what was applied by mistake."),
            ),
            (
                _(
                    "Only matches that leave no doubt are applied by themselves; each keeps its"
                    " explanation."
                ),
                _(
                    "A bank line is applied at most once, whatever is loaded again or clicked"
                    " twice."
                ),
                _("A short payment opens a dispute about the difference; the rest stays open."),
                _(
                    "What is given carries its tax as the invoice charged it; how much may be"
                    " given is policy, and repeating it does not raise it."
                ),
            ),
        ),
        (
            "exceptions",
            "payment",
            "payment-apply",
            "payment-short",
            "payment-remainder",
            "payment-on-account",
            "payment-assign",
            "payment-undo",
            "cash-match",
            "matching-figures",
            "matching-train",
            "payers",
            "payers-relate",
            "payers-end",
        ),
    ),
    (
        Topic(
            "advices",
            _("Remittance advices"),
            _(
                "What payers said they paid, line by line: the strongest word on what a payment"
                " settles."
            ),
            (
                _("Take in a PDF with text, a CSV or XLSX file; mails are looked through daily."),
                _("An advice ties itself to the one payment its amount, day and payer allow."),
                _("Say yourself which payment it goes with, or set it aside with a reason."),
            ),
            (
                _("Between two equal payments or advices nothing is tied by itself."),
                _("What is kept back stays open, with the payer's reason beside it."),
                _("What could not be read is kept, with the line and how to mend it."),
            ),
        ),
        ("advices", "advices-take-in", "advice", "advice-tie", "advice-set-aside"),
    ),
    (
        Topic(
            "orders",
            _("Orders"),
            _("Orders that asked for credit: accepted, held, released, and by which rule."),
            (
                _(
                    "Open a held order: every rule that fired stands there with its value and"
                    " threshold."
                ),
                _("Check again when something changed, for example after a payment was applied."),
                _("Release it with a reason, or cancel it; both show first what they would do."),
            ),
            (
                _(
                    "An accepted order reserves credit at once, so that orders that arrive together"
                    " can never exceed what is available."
                ),
                _("Every decision keeps the policy version and inputs it was made with."),
            ),
        ),
        (
            "orders",
            "order",
            "order-release",
            "order-cancel",
            "order-recheck",
            "order-bill",
            "order-check",
            "order-note",
            "order-pause",
            "order-resume",
            "order-attach",
            "order-paper",
        ),
    ),
    (
        Topic(
            "held-orders",
            _("Held orders"),
            _("Orders that wait for a person, the most urgent first, and how each can be decided."),
            (
                _("Move with J and K, open with Enter, decide with D."),
                _(
                    "Each way to decide stands with what the customer then owes, how much of it is"
                    " above the limit, and what is earned."
                ),
                _(
                    "Against part payment the order stays held and is released by itself once that"
                    " much came in."
                ),
                _(
                    "Against instalments it ships at once; if one is missed, what is not billed yet"
                    " is held again."
                ),
                _("Stop the clock with a reason while you wait for somebody else."),
                _("Attach what was asked for on the page of the order; everybody may open it."),
            ),
            (
                _("Only the desk's own hours count; the goal is in the policy."),
                _("What sales ask for comes first; what is late goes to the credit manager."),
                _("The choice is kept with its reason and with what there was to choose from."),
            ),
        ),
        ("held-orders", "order-decide", "order-turnaround"),
    ),
    (
        Topic(
            "reminders",
            _("Reminders"),
            _(
                "What a reminder run would write now, and what the contact gate says to each"
                " letter."
            ),
            (
                _("Read through the letters; held ones say what holds them."),
                _("Make the run: what may go is queued, once for the day."),
                _("Follow what was sent in the mailbox."),
            ),
            (
                _(
                    "Nobody is reminded of what is paid, promised, disputed or held, nor while bank"
                    " statements are older than the last bank business day."
                ),
                _(
                    "The gate is asked again just before sending; its verdict is kept with the"
                    " letter."
                ),
            ),
        ),
        ("dunning", "dunning-run", "dunning-sign"),
    ),
    (
        Topic(
            "mailbox",
            _("Mailbox"),
            _("Everything that was sent, is queued or came back, with the evidence of delivery."),
            (
                _("Open a message to read it as it left, with the verdict that let it go."),
                _(
                    "Mark a reply as handled when it is: until then it holds the customer's"
                    " reminders."
                ),
                _("Say whose a mail is that could not be tied to a customer, or set it aside."),
                _("Decide about a message of uncertain fate: send again, sent, or failed."),
            ),
            (
                _(
                    "A message is uncertain when the mail server was lost while taking it; it is"
                    " never sent twice by itself."
                ),
            ),
        ),
        (
            "mailbox",
            "message",
            "message-html",
            "message-paper",
            "message-decide",
            "replies",
            "reply-handle",
            "mail-take-in",
            "mail-original",
            "mail-file",
            "mail-assign",
            "mail-set-aside",
        ),
    ),
    (
        Topic(
            "promises",
            _("Promises"),
            _("Who promised to pay what by when, and how it turned out."),
            (
                _("Filter for what is due, broken or kept."),
                _("Withdraw a promise that was recorded by mistake."),
            ),
            (
                _(
                    "A promise is kept when the cash received since then covers it by its date and"
                    " the days of grace."
                ),
            ),
        ),
        ("promises", "promise-withdraw"),
    ),
    (
        Topic(
            "payment-cases",
            _("Payment questions"),
            _("What is asked about payments themselves, with the evidence and the answer."),
            (
                _("Open a case here, from a payment or from an invoice; name what it is about."),
                _("Note what is found out, attach the evidence, let it wait for somebody outside."),
                _("Close it with its ending; the answer stays with the case."),
            ),
            (
                _(
                    "A card payment that is charged back opens a case by itself: the money leaves"
                    " the payment, and what it had settled is open again until it is won."
                ),
                _("The most urgent stand first; what should have been answered is marked late."),
            ),
        ),
        (
            "payment-cases",
            "payment-case",
            "payment-case-new",
            "payment-case-work",
            "payment-case-close",
            "payment-case-evidence",
            "pay-link",
        ),
    ),
    (
        Topic(
            "disputes",
            _("Disputes"),
            _("What customers do not accept, whose turn it is, and how each dispute ended."),
            (
                _("Open a dispute from the customer, the invoice, or a short payment."),
                _(
                    "Investigate, then say how it ended: rejected, withdrawn, paid after all, or"
                    " credited with a credit note."
                ),
            ),
            (
                _(
                    "The disputed item is not chased while its dispute is open; its due date and"
                    " age stay."
                ),
                _("A credit note always shows first what it would change."),
            ),
        ),
        ("disputes", "dispute", "dispute-resolve", "dispute-credit", "customer-dispute"),
    ),
)

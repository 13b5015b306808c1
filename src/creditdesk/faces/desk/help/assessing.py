"""Help for the pages of assessment: finances and scorecards, evidence, screening."""

from django.utils.translation import gettext_noop as _

from creditdesk.faces.desk.help.texts import Topic

TOPICS: tuple[tuple[Topic, tuple[str, ...]], ...] = (
    (
        Topic(
            "paying",
            _("Payer ratings"),
            _("How each customer pays, by what it paid and by what it has not."),
            (
                _("Filter the list by grade or drift, sort it, take it as a file."),
                _("Open a customer for what its grade counts, document by document."),
                _("Follow a point of the chart to the rating that was kept then."),
            ),
            (
                _("Something unpaid never makes a grade better; what is contested does not count."),
                _("The policy says how far each grade reaches."),
                _("Each day's work rates everybody; a change is kept, and the rest once a week."),
            ),
        ),
        ("payer-ratings", "customer-paying"),
    ),
    (
        Topic(
            "finances",
            _("Finances and scorecards"),
            _("What a customer's financial statements say, and how it scores."),
            (
                _("Type in a statement, or load a file of them; a correction replaces no paper."),
                _("Assess: the card in force scores the customer, and everything is kept."),
                _("A learned scorecard counts once a second person approved it."),
            ),
            (
                _("A statement that does not add up beyond rounding is not taken."),
                _("A score's reasons are the scored factors that cost the most points."),
                _("The median of an industry is of your own other customers in it."),
            ),
        ),
        (
            "customer-financials",
            "customer-financials-new",
            "customer-assess",
            "scorecards",
            "scorecard-approve",
            "scorecard-fit",
        ),
    ),
    (
        Topic(
            "evidence",
            _("Evidence"),
            _("What speaks for or against a customer beside its books and statements."),
            (
                _(
                    "Ask a register for a report; its cost is shown first, and a report that counts"
                    " is used again."
                ),
                _("Open an investigation for a question, add its steps, end it with a finding."),
                _("Answer a signal with a reason once you know that nothing is wrong."),
            ),
            (
                _("While a signal stands nobody is approved automatically."),
                _("Nothing leaves the house unless the settings name the register."),
                _(
                    "Steps and findings are never changed; open another investigation for what is"
                    " new."
                ),
            ),
        ),
        (
            "customer-evidence",
            "customer-report",
            "customer-investigate",
            "signal-answer",
            "report-answer",
            "investigation",
        ),
    ),
    (
        Topic(
            "screening",
            _("Screening"),
            _("Whose name is near one on a sanctions list, and what was found of it."),
            (
                _("Load the list of the EU, the UN or OFAC as its publisher gives it out."),
                _("Look at each hit: date of birth, address and register number tell."),
                _("Propose to clear what is no match; a second person clears it."),
            ),
            (
                _("A confirmed hit blocks the customer's credit."),
                _("The day screens again only whose name changed, or everybody once a list did."),
                _("A cleared hit comes back when the entry or the name is another."),
            ),
        ),
        ("screening", "screening-load", "screening-run", "screening-review"),
    ),
    (
        Topic(
            "reviews",
            _("Reviews"),
            _("Customers looked at again by the policy's cycles, and the limit it proposes."),
            (
                _("Read what changed since the last time; each figure leads to its documents."),
                _("Decide as proposed, ask for another limit, or leave the present one."),
                _("Open a review before its time on a customer's exposure."),
            ),
            (
                _("A decision sets no limit: it asks for one, and somebody else grants it."),
                _("A customer who was never assessed is never proposed more."),
                _("A block brings a customer's review forward to the same day."),
            ),
        ),
        ("reviews", "review", "review-refresh", "review-start"),
    ),
    (
        Topic(
            "applications",
            _("Applications"),
            _("Who asks for credit: what is known, what is missing, what was decided and why."),
            (
                _(
                    "Write an application down, or send the applicant the form; ask referees and"
                    " for what is missing by mail."
                ),
                _(
                    "See on one page what the policy recommends and why; decide after a preview of"
                    " what the applicant is told."
                ),
                _("Note when conditions are met: the last one opens the account."),
            ),
            (
                _("Whoever wrote an application down does not decide it."),
                _(
                    "Less than was asked for needs one to four reasons out of what was scored or"
                    " found; a low score is none."
                ),
            ),
        ),
        (
            "applications",
            "application",
            "application-new",
            "application-edit",
            "application-submit",
            "application-begin",
            "application-withdraw",
            "application-invite",
            "application-references",
            "application-missing",
            "application-paper",
            "application-file",
            "application-notice",
            "application-statement",
            "application-decide",
            "application-condition",
            "application-request",
            "application-reasons",
            "application-objection",
        ),
    ),
)

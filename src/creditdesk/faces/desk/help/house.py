"""Help for the pages of the house: imports, companies, components, the audit trail."""

from django.utils.translation import gettext_noop as _

from creditdesk.faces.desk.help.texts import Topic

TOPICS: tuple[tuple[Topic, tuple[str, ...]], ...] = (
    (
        Topic(
            "imports",
            _("Imports"),
            _("Customers, documents and more from a CSV or XLSX file of another system."),
            (
                _("Choose what the file holds and give the file."),
                _("Check how its columns are understood; correct it once, it is remembered."),
                _("Load it. Rows that cannot be taken come back as a file that says why."),
                _("Mend that file and load it again."),
            ),
            (
                _("Good rows go in while bad ones wait; nothing is dropped silently."),
                _("Loading the same rows again changes nothing."),
            ),
        ),
        ("imports", "import", "import-mapping", "import-load", "import-rejected"),
    ),
    (
        Topic(
            "policy",
            _("Credit policy"),
            _("The rules of the company in one document: every rule as a sentence with its value."),
            (
                _("Draft a change: section by section, or as a file; it is kept for you."),
                _("Compare it with what is in force, in words, and simulate the last 12 months."),
                _("Ask for it from a date; a second person approves it."),
                _("Say that you have read a new version."),
                _("See who has read it, and remind whoever has not."),
            ),
            (
                _("Every decision keeps the version it was made by, and replays to the same."),
                _("A published version can be withdrawn until its day has come."),
                _("Before it is published, see whom it is told to, and the mail and letter."),
            ),
        ),
        (
            "policy",
            "policy-version",
            "policy-asked",
            "policy-draft",
            "policy-draft-edit",
            "policy-draft-simulate",
            "policy-draft-submit",
            "policy-draft-begin",
            "policy-draft-file",
            "policy-draft-upload",
            "policy-draft-discard",
            "policy-file",
            "policy-read",
            "policy-readers",
            "policy-remind",
            "policy-mail",
            "policy-mails",
            "policy-mail-settle",
            "policy-withdraw",
        ),
    ),
    (
        Topic(
            "approvals",
            _("Approvals"),
            _("What a second person must decide before it happens."),
            (
                _("Open a request: it says what is asked, by whom, why, and what it would change."),
                _("Look at the preview, then approve it, or refuse it with a reason."),
                _("Take back a request of your own that is no longer wanted."),
            ),
            (
                _("Nobody approves their own request, nor what is about themselves."),
                _("An approved request is carried out at once, in the name of who asked."),
            ),
        ),
        (
            "approvals",
            "approval",
            "approval-approve",
            "approval-refuse",
            "approval-withdraw",
        ),
    ),
    (
        Topic(
            "duties",
            _("Duties"),
            _("Who holds which duties, and where two that must not meet do."),
            (
                _("Read the report; take away a role where a pair meets in one person."),
                _("Ask for an exception for a while where nobody else can do it."),
                _("End an exception as soon as it is no longer needed."),
            ),
            (
                _("An exception needs somebody else's approval and ends by itself."),
                _("Even under an exception nobody does both sides on the same document."),
            ),
        ),
        ("duties", "duties-ask", "duties-end"),
    ),
    (
        Topic(
            "jobs",
            _("Jobs"),
            _("The work the server does by itself: what waits, runs, or failed."),
            (
                _("Look at what failed for good, and at what went wrong."),
                _("Mend the cause, then let it be run again; or discard it."),
            ),
            (_("A job that lost its worker is taken up again by itself; nothing is done twice."),),
        ),
        ("jobs", "job-retry", "job-discard"),
    ),
    (
        Topic(
            "security",
            _("My security"),
            _("How you come in: password, second factor, passkeys, and where you are signed in."),
            (
                _("Set up an authenticator app or a passkey, and keep the recovery codes safe."),
                _("Look at your sessions; end those you do not know."),
                _("Change the password when somebody may have seen it: every other session ends."),
            ),
            (
                _("Whoever looks after users can reset a lost second factor, but cannot see it."),
                _("Sensitive steps ask once more when the sign-in lies a while back."),
            ),
        ),
        (
            "security",
            "second-factor",
            "sessions",
            "session-end",
            "sessions-end",
            "mfa_index",
            "mfa_list_webauthn",
            "mfa_activate_totp",
            "mfa_deactivate_totp",
            "mfa_add_webauthn",
            "mfa_edit_webauthn",
            "mfa_remove_webauthn",
            "mfa_view_recovery_codes",
            "mfa_generate_recovery_codes",
            "account_change_password",
            "account_set_password",
            "account_reauthenticate",
            "mfa_reauthenticate",
            "mfa_reauthenticate_webauthn",
            "again-provider",
        ),
    ),
    (
        Topic(
            "sign-in-rules",
            _("Sign-in rules"),
            _(
                "What this company asks of its people at the door: who needs a second factor, from"
                " when, and before which acts they show again who they are."
            ),
            (
                _("Choose who needs a second factor, and the day from which it is asked."),
                _("Give some days of grace to those who have none yet."),
                _("Look at the preview: it names everybody who will have to set one up."),
            ),
            (
                _(
                    "The strictest counts: the installation's rule and that of every company of a"
                    " person."
                ),
                _("What the house always asks again about cannot be taken off the list."),
                _("Earlier rules stay in the record with who set them and why."),
            ),
        ),
        ("sign-in-rules",),
    ),
    (
        Topic(
            "components",
            _("Components"),
            _("Everything the pages are made of, in both themes, with invented figures."),
            (_("Look here before you build a page: most of what it needs is here."),),
            (_("Every chart is also a table, and every mark leads to its documents."),),
        ),
        ("components",),
    ),
    (
        Topic(
            "audit",
            _("Audit trail"),
            _("Who did what, when, why and with what, sealed so that a later change is found."),
            (
                _("Narrow it by person, act, date or words such as an invoice number."),
                _("Open an act to see its arguments and its outcome."),
                _("Download what is shown; the download is recorded, too."),
            ),
            (
                _("Rows are sealed within a second; a sealed row that changes is named by verify."),
                _("Values of people who asked to be forgotten are shown as erased by rule."),
            ),
        ),
        ("audit",),
    ),
    (
        Topic(
            "company",
            _("Companies"),
            _("Each company keeps its own books; you work in one at a time."),
            (_("Choose another company in the line on top."),),
            (_("You see only companies in which you hold a role."),),
        ),
        ("company",),
    ),
    (
        Topic(
            "golive",
            _("Going live"),
            _("What stood open in the old system becomes these books, once and signed."),
            (
                _("Begin with the cut-over date; from then on nobody is written to."),
                _("Load customers, open items and the rest as often as needed."),
                _("Mend the errors of the report and compare it with the ERP's totals."),
                _("Let somebody who brought no rows sign it; then read and sign the shadow run."),
            ),
            (
                _("Loading a corrected file changes only what differs."),
                _("Once signed nothing of it changes; the report is kept word for word."),
            ),
        ),
        (
            "golive",
            "golive-book",
            "golive-begin",
            "golive-remove-outdated",
            "golive-sign",
            "golive-report",
            "golive-documents",
        ),
    ),
    (
        Topic(
            "deliveries",
            _("Not delivered"),
            _("Documents taken over as not delivered; nobody is reminded of them."),
            (
                _("Tick what has arrived, or mean the whole list."),
                _("Say how it is known, look at the preview, then confirm."),
            ),
            (_("From then on reminders about it may be written; who said so is kept."),),
        ),
        ("deliveries", "deliveries-confirm"),
    ),
    (
        Topic(
            "closures",
            _("Closures"),
            _("What the ERP said it settled by payment, credit or writing off."),
            (
                _("Choose an import to see what one file closed."),
                _("Tick what was a mistake, or mean the whole import, and say what was wrong."),
                _("Look at the preview, then undo it."),
            ),
            (
                _("Undoing posts a reversal from today; both stay in the books."),
                _("The same line in a later file is refused and named."),
            ),
        ),
        ("closures", "closures-undo"),
    ),
)

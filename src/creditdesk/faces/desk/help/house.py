"""Help for the pages of the house: imports, companies, components."""

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
            "company",
            _("Companies"),
            _("Each company keeps its own books; you work in one at a time."),
            (_("Choose another company in the line on top."),),
            (_("You see only companies in which you hold a role."),),
        ),
        ("company",),
    ),
)

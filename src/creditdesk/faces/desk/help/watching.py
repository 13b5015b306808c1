"""Help for the pages of watching: alerts, news, who is told."""

from django.utils.translation import gettext_noop as _

from creditdesk.faces.desk.help.texts import Topic

TOPICS: tuple[tuple[Topic, tuple[str, ...]], ...] = (
    (
        Topic(
            "alerts",
            _("Alerts"),
            _("Which customers want a look, why, and what was done about it."),
            (
                _("Open an alert: its values, the threshold and the policy stand there."),
                _("Give it to somebody, put it off until a day, or close it with an outcome."),
                _("Say whom news are about that name a customer only by name."),
            ),
            (
                _("The same cause never stands twice; what gets worse comes back by itself."),
                _("An alert whose cause is gone closes itself and says so."),
                _("News of an insolvency block credit and stop reminders, as the policy says."),
            ),
        ),
        (
            "alerts",
            "alert",
            "alert-news",
            "alert-news-tie",
            "alert-assign",
            "alert-snooze",
            "alert-close",
        ),
    ),
    (
        Topic(
            "alert-subscriptions",
            _("Who is told of alerts"),
            _("Be told of alerts by mail, or let another system be called."),
            (
                _("Choose what it is about and how pressing it has to be."),
                _("Keep the key of a web address; it is shown once and signs every call."),
                _("Look at what a subscription would say, and at what it said."),
            ),
            (
                _("Only public addresses are called, and no redirect is followed."),
                _("After ten failures in a row a subscription ends and says so."),
            ),
        ),
        ("alert-subscriptions", "alert-subscription", "alert-subscription-end"),
    ),
)

"""`python -m creditdesk` is the command `creditdesk`."""

from creditdesk.faces.cli.main import run

run()

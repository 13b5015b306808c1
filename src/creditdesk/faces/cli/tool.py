"""The parser of the command line in our languages: the helps we give it, and its own words.

Helps are written in plain English where a command is declared, and gathered from there; they are
translated once the language is known, before anything is parsed. In English nothing is done.
"""

from __future__ import annotations

import gettext as catalogues
import os
from collections.abc import Callable
from functools import wraps
from typing import Any

import typer

from creditdesk.faces.cli import tongue
from creditdesk.faces.cli.tongue import gettext, gettext_noop

# What the parser says by itself; a number in braces is a place, a sentence is found by its form.
WORDS = (
    gettext_noop("Aborted."),
    gettext_noop("Arguments"),
    gettext_noop("Commands"),
    gettext_noop("Error"),
    gettext_noop("Options"),
    gettext_noop("Show this message and exit."),
    gettext_noop("Try [blue]'{command_path} {help_option}'[/] for help."),
    gettext_noop("[default: {}]"),
    gettext_noop("[env var: {}]"),
    gettext_noop("[required]"),
    gettext_noop("Missing command."),
    gettext_noop("No such command {name!r}."),
)
SENTENCES = (
    gettext_noop("Missing argument {1}."),
    gettext_noop("Missing option {1}."),
    gettext_noop("{1} Did you mean {2}?"),
    gettext_noop("No such option: {1}"),
    gettext_noop("No such option: {1} (Possible options: {2})"),
    gettext_noop("Got unexpected extra argument(s) ({1})"),
    gettext_noop("Option {1} does not take a value."),
    gettext_noop("Option {1} requires an argument."),
    gettext_noop("Invalid value for {1}: {2}"),
    gettext_noop("Invalid value for {1}: file {2} does not exist."),
    gettext_noop("Invalid value for {1}: directory {2} does not exist."),
    gettext_noop("Invalid value for {1}: path {2} does not exist."),
    gettext_noop("Invalid value for {1}: file {2} is a directory."),
    gettext_noop("Invalid value for {1}: directory {2} is a file."),
)


def run(app: typer.Typer) -> None:
    """Run the command line in the language spoken."""
    if tongue.language() == tongue.ENGLISH:
        app()
        return
    _teach()
    command: Any = typer.main.get_command(app)
    translate(command)
    command.make_context = _understood(command.make_context)
    command.invoke = _understood(command.invoke)
    command()


def translate(command: Any) -> None:  # noqa: ANN401 - typer's own click
    """Put every help of a command, and of those below it, into the language spoken."""
    for one in (command, *command.params):
        if one.help:
            one.help = gettext(one.help)
    asking = command.get_help_option(typer.Context(command))
    asking.help = gettext(asking.help)
    command.get_usage = _with_usage(command.get_usage)
    for sub in getattr(command, "commands", {}).values():
        translate(sub)


def _with_usage(usage: Callable[..., str]) -> Callable[..., str]:
    """Return the line of usage with its first word, which the parser does not look up, in ours."""
    return lambda context: usage(context).replace("Usage:", gettext("Usage:"), 1)


def _understood(run: Callable[..., Any]) -> Callable[..., Any]:
    """Let what the parser refuses be said in the language spoken."""

    @wraps(run)
    def ran(*args: Any, **named: Any) -> Any:  # noqa: ANN401 - typer's own click
        try:
            return run(*args, **named)
        except Exception as error:
            if hasattr(error, "format_message"):
                text = tongue.said(error.format_message())
                setattr(error, "format_message", lambda: text)  # noqa: B010 - of an unknown class
            raise

    return ran


def _teach() -> None:
    """Let the parser look its own words up in our catalogue, in the language spoken.

    It asks the standard library, which asks the terminal; the setting may say otherwise.
    """
    catalogues.bindtextdomain(tongue.DOMAIN, tongue.FOLDER)
    catalogues.textdomain(tongue.DOMAIN)
    os.environ["LANGUAGE"] = tongue.language()

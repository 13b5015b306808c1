"""A scorecard learned in a process of its own, so that ours keeps neither libraries nor memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import Final

from creditdesk.assessment import rules
from creditdesk.kernel.errors import Refused

LONGEST_SECONDS: Final = 1_800
CLASS_MINIMUM: Final = 20


def is_installed() -> bool:
    """Whether this installation can learn scorecards."""
    return find_spec("optbinning") is not None


def is_too_few(bad: Sequence[int]) -> bool:
    """Whether there are fewer of those who failed, or of those who did not, than teach anything."""
    return min(sum(bad), len(bad) - sum(bad)) < CLASS_MINIMUM


def learn(
    rows: Sequence[rules.DataPoints], bad: Sequence[int], *, key: str, version: int
) -> rules.Card:
    """Return the card that `fitting.fit` makes of a history; Refused where it makes none."""
    if is_too_few(bad):
        raise fitting_lacks_outcomes()
    if not is_installed():
        raise scoring_not_installed()
    plain = [{code: None if one is None else str(one) for code, one in row.items()} for row in rows]
    given = {"rows": plain, "bad": list(bad), "key": key, "version": version}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "creditdesk.assessment.fitting"],
            input=json.dumps(given), capture_output=True, text=True, check=True,
            timeout=LONGEST_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise fitting_took_too_long() from error
    answer = json.loads(done.stdout)
    if "refused" in answer:
        refusal = REFUSALS[answer["refused"]]()
        raise refusal
    return rules.read(answer["card"])


def scoring_not_installed() -> Refused:
    """Return the refusal of an installation without the libraries of learning."""
    return Refused(
        "scoring_not_installed",
        "This installation cannot learn scorecards",
        mend="Install creditdesk[scoring]",
    )


def fitting_took_too_long() -> Refused:
    """Return the refusal of a history that takes longer than anybody waits."""
    return Refused(
        "fitting_took_too_long",
        "Learning the scorecard took too long",
        mend="Take a sample of the firms",
    )


def fitting_lacks_outcomes() -> Refused:
    """Return the refusal of a history in which nearly nobody, or nearly everybody, failed."""
    return Refused(
        "fitting_lacks_outcomes",
        "A scorecard cannot be learned from so few failures or so few that did not fail",
        mend="Give a longer history",
    )


def fitting_finds_nothing() -> Refused:
    """Return the refusal of a history that tells good from bad by nothing we look at."""
    return Refused(
        "fitting_finds_nothing",
        "No value of these statements tells who failed from who did not",
        mend="Check that the column of outcomes belongs to these statements",
    )


REFUSALS: Final[Mapping[str, Callable[[], Refused]]] = {
    "fitting_lacks_outcomes": fitting_lacks_outcomes,
    "fitting_finds_nothing": fitting_finds_nothing,
}

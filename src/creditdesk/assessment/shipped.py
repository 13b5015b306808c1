"""The scorecard that ships with the product."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources

from creditdesk.assessment import rules


@cache
def expert_card() -> rules.Card:
    """Return the expert scorecard, in force until a company approves a card of its own."""
    text = resources.files("creditdesk.assessment").joinpath("cards/expert.json").read_text("utf-8")
    return rules.read(json.loads(text))

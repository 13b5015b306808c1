"""What an investigation is made of. Pure."""

from __future__ import annotations

from typing import Final

# What a step may be; a finding ends the investigation.
STEPS: Final = ("call", "visit", "register", "bureau", "reference", "web", "document", "note")
FINDING: Final = "finding"
# What was found: nothing against them, something to mind, something that stops credit, no answer.
OUTCOMES: Final = ("clear", "concern", "against", "open")
TEXT_LENGTH: Final = 4_000
SOURCE_LENGTH: Final = 500

"""What notices of non-delivery and receipts say of a mail of ours (RFC 3464, RFC 8098). Pure.

Runs in the confined child over texts that are hostile: only patterns of bounded length are
looked for, and nothing is believed but what ties to a Message-ID of ours.
"""

from __future__ import annotations

import re
from typing import Final

from creditdesk.contact.inbox.values import ARRIVED, BOUNCED, DELAYED, OPENED, Report

NOTICE: Final = "message/delivery-status"
RECEIPT: Final = "message/disposition-notification"
_ACTION = re.compile(r"(?im)^action:[ \t]*([a-z]{1,20})")
_STATUS = re.compile(r"(?im)^status:[ \t]*([245]\.\d{1,3}\.\d{1,3})")
_DISPOSITION = re.compile(r"(?im)^disposition:[^;\r\n]{0,120};\s*([a-z]{1,20})")
_ENVELOPE = re.compile(r"(?im)^original-envelope-id:[ \t]*(\S{3,200})")
_ORIGINAL_ID = re.compile(
    r"(?im)^(?:original-)?message-id:[ \t]*(?:\r?\n[ \t]+)?(<[^<>\s]{3,250}>)"
)
_CODE = re.compile(r"\b([45]\.\d{1,3}\.\d{1,3})\b")
_REPLY_CODE = re.compile(r"\b([45])\d\d[ -]")
_WAITING = re.compile(r"(?i)\b(?:delay(?:ed)?|warning|still being retried|verz[öo]ger)")
# In the order that counts where several recipients are told of.
_OUTCOMES: Final = (
    ("failed", BOUNCED),
    ("delayed", DELAYED),
    ("delivered", ARRIVED),
    ("relayed", ""),
    ("expanded", ""),
)


def of_notice(told: str) -> Report | None:
    """Return what the machine-readable part of a notice says; nothing where it says nothing."""
    actions = {one.lower() for one in _ACTION.findall(told)}
    codes = _STATUS.findall(told)
    for action, outcome in _OUTCOMES:
        if action in actions:
            return Report(outcome, _code(codes, outcome)) if outcome else None
    return None


def _code(codes: list[str], outcome: str) -> str:
    wanted = "2" if outcome == ARRIVED else "45"
    return next((code for code in codes if code[0] in wanted), "")


def of_receipt(told: str) -> Report | None:
    """Return that a reader's own receipt says the mail was shown to them."""
    found = _DISPOSITION.search(told)
    return Report(OPENED) if found and found[1].lower() == "displayed" else None


def of_words(subject: str, text: str) -> Report:
    """Return what a notice says that is written for people alone, as some servers still send."""
    found = _CODE.search(text)
    code = found[1] if found else ""
    answered = _REPLY_CODE.search(text)
    is_for_now = code.startswith("4") or (not code and answered is not None and answered[1] == "4")
    waits = bool(_WAITING.search(subject)) or (is_for_now and bool(_WAITING.search(text)))
    return Report(DELAYED if waits else BOUNCED, code)


def ids_in(told: str) -> list[str]:
    """Return the Message-IDs, and names of envelopes, that a report names."""
    return [*_ORIGINAL_ID.findall(told), *_ENVELOPE.findall(told)]

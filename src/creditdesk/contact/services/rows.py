"""Messages, their items and verdicts as rows, and the COPY that writes them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from creditdesk.contact.letters import Letter, one_line, supported
from creditdesk.contact.rules import Draft, DraftItem, Reason, Verdict
from creditdesk.controls import queries as controls
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.plumbing.services import take_references

# In this order in the lines and rows below.
MESSAGE_COLUMNS = (
    "id", "company_id", "reference", "customer_id", "contact_id", "channel", "purpose", "step",
    "recipient_name", "recipient", "language", "subject", "body_text", "body_html", "message_id",
    "status", "status_reason", "asks_receipt", "queued_at", "recorded_by",
)  # fmt: skip
MESSAGE_TYPES = (
    "int8 int8 text int8 int8 text text text text text varchar text text text text text text"
    " bool timestamptz text"
)
ATTACHMENT_COLUMNS = (
    "company_id", "message_id", "position", "file_id", "filename", "media_type", "sha256",
)  # fmt: skip
ATTACHMENT_TYPES = "int8 int8 int2 int8 text text varchar"
ITEM_COLUMNS = ("company_id", "message_id", "item_id", "open_minor", "step")
VERDICT_COLUMNS = (
    "company_id", "policy_version", "recorded_at", "stage", "message_id", "customer_id",
    "purpose", "channel", "allowed", "reasons", "inputs",
)  # fmt: skip
NULL = "\\N"


@dataclass(frozen=True, slots=True)
class Passed:
    """A message the gate let pass, with its id and its letter."""

    id: int
    draft: Draft
    letter: Letter


def write_messages(actor: Actor, passed: Sequence[Passed]) -> list[str]:
    """Write the messages into the queue and return their references, in order."""
    if not passed:
        return []
    references = take_references(actor, "MSG", len(passed))
    _, _, domain = controls.company(actor.company_id).sender_email.rpartition("@")
    languages = {one.draft.language: supported(one.draft.language) for one in passed}
    sql.copy_rows(
        "contact_message",
        MESSAGE_COLUMNS,
        (
            (
                one.id, actor.company_id, reference, one.draft.customer_id, one.draft.contact_id,
                one.draft.channel, one.draft.purpose, one.draft.step,
                one_line(one.draft.recipient_name), one_line(one.draft.recipient),
                languages[one.draft.language], one.letter.subject, one.letter.text,
                one.letter.html,
                _message_id(actor, reference, one.draft.recipient, domain or "localhost"),
                "queued", "", one.draft.asks_receipt, actor.at, actor.name,
            )
            for reference, one in zip(references, passed, strict=True)
        ),
        types=MESSAGE_TYPES,
    )  # fmt: skip
    _write_attachments(actor, passed)
    return references


def _write_attachments(actor: Actor, passed: Sequence[Passed]) -> None:
    """Write which kept files go with the messages."""
    if any(one.draft.files for one in passed):
        sql.copy_rows(
            "contact_attachment",
            ATTACHMENT_COLUMNS,
            (
                (
                    actor.company_id, one.id, position, file.file_id, one_line(file.name),
                    file.media_type, file.sha256,
                )
                for one in passed
                for position, file in enumerate(one.draft.files, 1)
            ),
            types=ATTACHMENT_TYPES,
        )  # fmt: skip


def _message_id(actor: Actor, reference: str, recipient: str, domain: str) -> str:
    """Return the Message-ID a message keeps for ever, so that a receiver can tell a repeat."""
    seed = f"{actor.company_id}|{reference}|{recipient}|{actor.at.isoformat()}"
    return f"<{reference}.{hashlib.sha256(seed.encode()).hexdigest()[:16]}@{domain}>"


def item_lines(actor: Actor, messages: Sequence[tuple[int, Sequence[DraftItem]]]) -> list[str]:
    """Return a line for each item of each message, by the message's id."""
    texts: dict[str, str] = {}
    company_id = actor.company_id
    lines = []
    for message_id, items in messages:
        head = f"{company_id}\t{message_id}"
        for item in items:
            step = texts.get(item.step)
            if step is None:
                step = texts[item.step] = sql.copy_text(item.step)
            lines.append(f"{head}\t{item.item_id}\t{item.open_minor}\t{step}\n")
    return lines


def write_items(lines: Sequence[str]) -> None:
    """Write what `item_lines` made."""
    if lines:
        sql.copy_lines("contact_messageitem", ITEM_COLUMNS, lines)


def verdict_lines(
    actor: Actor,
    said: Sequence[tuple[int | None, Draft, Verdict]],
    *,
    stage: str,
    policy_version: int,
) -> list[str]:
    """Return a line for each verdict, with what the gate was asked."""
    text_of, inputs_of = _reason_writer(), _inputs_writer(actor)
    head = f"{actor.company_id}\t{policy_version}\t{actor.at.isoformat()}\t{sql.copy_text(stage)}"
    lines = []
    for message_id, draft, verdict in said:
        of = NULL if message_id is None else message_id
        lines.append(
            f"{head}\t{of}\t{draft.customer_id}\t{sql.copy_text(draft.purpose)}"
            f"\t{sql.copy_text(draft.channel)}\t{'t' if verdict.allowed else 'f'}"
            f"\t{sql.copy_text(text_of(verdict.reasons))}\t{sql.copy_text(inputs_of(draft))}\n"
        )
    return lines


def write_verdict_lines(lines: Sequence[str]) -> None:
    """Write what `verdict_lines` made."""
    if lines:
        sql.copy_lines("contact_verdict", VERDICT_COLUMNS, lines)


def write_verdicts(
    actor: Actor,
    said: Sequence[tuple[int | None, Draft, Verdict]],
    *,
    stage: str,
    policy_version: int,
) -> None:
    """Store what the gate said, with what it was asked."""
    write_verdict_lines(verdict_lines(actor, said, stage=stage, policy_version=policy_version))


def _reason_writer() -> Callable[[Sequence[Reason]], str]:
    """Return a function that writes reasons as JSON; equal reasons of a batch are written once."""
    known: dict[int, str] = {}

    def write(reasons: Sequence[Reason]) -> str:
        parts = []
        for reason in reasons:
            text = known.get(id(reason))
            if text is None:
                text = json.dumps(
                    {
                        "code": reason.code,
                        "passed": reason.is_passed,
                        "params": dict(reason.params),
                    },
                    separators=(",", ":"),
                )
                known[id(reason)] = text
            parts.append(text)
        return f"[{','.join(parts)}]"

    return write


def _inputs_writer(actor: Actor) -> Callable[[Draft], str]:
    """Return a function that writes what was asked as JSON, without the person's address.

    The contact's id stands for it.
    """
    text_of = cache(json.dumps)
    at = text_of(actor.at.isoformat())

    def write(draft: Draft) -> str:
        items = ",".join([f'"{item.item_id}":{item.open_minor}' for item in draft.items])
        return (
            f'{{"at":{at},"contact_id":{text_of(draft.contact_id)}'
            f',"country":{text_of(draft.country)},"step":{text_of(draft.step)}'
            f',"currency":{text_of(draft.currency)},"items":{{{items}}}}}'
        )

    return write

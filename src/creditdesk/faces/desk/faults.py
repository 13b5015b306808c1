"""Errors in the reader's language, as every face says them."""

from __future__ import annotations

from creditdesk.look.faults import Form, filled, form_of, said, sentence

__all__ = ["Form", "filled", "form_of", "said", "sentence"]

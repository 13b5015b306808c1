"""Writers of the controls: companies, users, roles, keys, duties, approvals."""

from creditdesk.controls.services.accounts import (
    add_user,
    audit,
    found_company,
    issue_key,
    keep_language,
)
from creditdesk.controls.services.answers import keep_answer, take_key, tidy
from creditdesk.controls.services.approvals import Decided, approve, expire, refuse, withdraw
from creditdesk.controls.services.books import mark_live, require_issuing, set_book
from creditdesk.controls.services.duties import end_exception, except_duty, grant, revoke
from creditdesk.controls.services.security import set_security

__all__ = [
    "Decided",
    "add_user",
    "approve",
    "audit",
    "end_exception",
    "except_duty",
    "expire",
    "found_company",
    "grant",
    "issue_key",
    "keep_answer",
    "keep_language",
    "mark_live",
    "refuse",
    "require_issuing",
    "revoke",
    "set_book",
    "set_security",
    "take_key",
    "tidy",
    "withdraw",
]

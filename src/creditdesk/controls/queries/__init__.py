"""What the controls read: companies, who somebody is, duties, approvals."""

from creditdesk.controls.queries.approvals import (
    RequestRow,
    VoteRow,
    acting_again,
    asker,
    request,
    requests,
    votes,
    waiting_for,
)
from creditdesk.controls.queries.duties import (
    DutyReport,
    ExceptionRow,
    ExercisedRow,
    HeldRow,
    duty_report,
    excepted_pairs,
)
from creditdesk.controls.queries.people import (
    CompanyRow,
    companies,
    companies_of,
    company,
    company_by_code,
    key_actor,
    roles_of,
    system_actor,
    user_actor,
)

__all__ = [
    "CompanyRow",
    "DutyReport",
    "ExceptionRow",
    "ExercisedRow",
    "HeldRow",
    "RequestRow",
    "VoteRow",
    "acting_again",
    "asker",
    "companies",
    "companies_of",
    "company",
    "company_by_code",
    "duty_report",
    "excepted_pairs",
    "key_actor",
    "request",
    "requests",
    "roles_of",
    "system_actor",
    "user_actor",
    "votes",
    "waiting_for",
]

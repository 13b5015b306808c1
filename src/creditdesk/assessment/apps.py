from typing import ClassVar

from django.apps import AppConfig


class AssessmentConfig(AppConfig):
    name = "creditdesk.assessment"
    label = "assessment"
    default_auto_field = "django.db.models.BigAutoField"
    append_only: ClassVar[dict[str, tuple[str, ...]]] = {
        "assessment_financialstatement": (),
        "assessment_storedcard": (),
        "assessment_cardapproval": (),
        "assessment_assessment": (),
        "assessment_decision": (),
        "assessment_notice": (),
        "assessment_evidencereport": (),
        "assessment_screeninglist": (),
        "assessment_screeninghit": (),
        "assessment_screeningreview": (),
        "assessment_investigation": (),
        "assessment_investigationstep": (),
        "assessment_openingsignal": (),
        "assessment_signalanswer": (),
    }
    # A sole trader's accounts are personal: past the years of letters they may be blanked by rule.
    erasable: ClassVar[dict[str, tuple[str, ...]]] = {
        "assessment_financialstatement": ("items",),
        "assessment_assessment": ("inputs", "result"),
        "assessment_decision": ("explanation", "inputs"),
        "assessment_evidencereport": ("answer", "facts", "identifier", "request"),
        "assessment_screeninghit": ("body",),
        "assessment_screeningreview": ("body",),
        "assessment_investigation": ("body",),
        "assessment_investigationstep": ("body",),
        "assessment_openingsignal": ("body",),
        "assessment_signalanswer": ("body",),
    }

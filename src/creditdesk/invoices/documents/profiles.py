"""The forms a document is rendered in, and the rule books it may promise to follow."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Form(StrEnum):
    """What a document becomes: an XML file, a page for people, or both in one file."""

    UBL = "ubl"
    CII = "cii"
    FACTURX = "factur-x"
    PDF = "pdf"

    @property
    def is_electronic(self) -> bool:
        """Whether a machine reads it, so that the norm's rules hold."""
        return self is not Form.PDF


class Profile(StrEnum):
    """The specification an XML file names (BT-24): the norm itself, or one that narrows it."""

    EN16931 = "en16931"
    PEPPOL = "peppol"
    XRECHNUNG = "xrechnung"


SPECIFICATION: Final = {
    Profile.EN16931: "urn:cen.eu:en16931:2017",
    Profile.PEPPOL: ("urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"),
    Profile.XRECHNUNG: ("urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"),
}
_BILLING: Final = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
PROCESS: Final = {
    Profile.EN16931: "",
    Profile.PEPPOL: _BILLING,
    Profile.XRECHNUNG: _BILLING,
}

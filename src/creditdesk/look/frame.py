"""What every page of the desk shows around its own content; a context processor fills it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One link of the navigation; `count` is what waits there, `None` shows no number."""

    url: str
    label: str
    icon: str
    count: int | None = None
    current: bool = False


@dataclass(frozen=True, slots=True)
class MenuGroup:
    """Entries under one heading."""

    title: str
    entries: tuple[MenuEntry, ...]


@dataclass(frozen=True, slots=True)
class CompanyChoice:
    """A company the reader may work in; the code is what the switch form posts as `company`."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class DeskFrame:
    """The variable `desk` of every desk template.

    `today` is the business date and `is_demo` says that its clock is moved by hand; `topic`
    is the help of the page, with title, purpose, steps and notes. The address
    fields are where the frame's own forms go: search (GET, `q`), company switch (POST, `company`,
    `next`) and signing out (POST).
    """

    menu: tuple[MenuGroup, ...]
    today: date
    company: CompanyChoice
    companies: tuple[CompanyChoice, ...]
    user_name: str
    search_url: str
    company_url: str
    sign_out_url: str
    home_url: str = "/"
    user_role: str = ""
    is_demo: bool = False
    topic: object | None = None

    @property
    def initials(self) -> str:
        """Return at most two capital letters for the reader's own button."""
        words = self.user_name.split()
        letters = [words[0][0], words[-1][0]] if len(words) > 1 else [name[0] for name in words]
        return "".join(letters).upper() or "?"

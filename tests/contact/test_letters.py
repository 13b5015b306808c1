from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from django.utils import translation
from django.utils.translation import trans_real
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

import creditdesk.contact
from creditdesk.contact.amounts import day_text, money_writer
from creditdesk.contact.letters import LetterWriter, Sender
from creditdesk.contact.rules import Draft, DraftItem
from creditdesk.contact.zones import zone_of
from creditdesk.kernel.money import exponent, from_minor

SENDER = Sender("Acme 100% Supply", "credit@example.com", "Kai 1\n20457 Hamburg", "+49 40 1")
GERMAN = Path(creditdesk.contact.__file__).parent / "locale/de/LC_MESSAGES/django.po"


def a_draft(**known: object) -> Draft:
    given_values = {
        "customer_id": 1, "customer_name": "Acorn", "recipient": "a@example.com",
        "recipient_name": "Ann <Ann>", "purpose": "collection", "tone": "friendly",
        "currency": "EUR", "pay_by": date(2026, 3, 23),
        "items": (
            DraftItem(1, "INV-1&2", date(2026, 3, 1), 15, 123_456_789, "reminder"),
            DraftItem(2, "100%s", date(2026, 3, 15), 1, 50),
        ),
    }  # fmt: skip
    return Draft(**{**given_values, **known})  # type: ignore[arg-type]


@pytest.fixture
def german(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with GERMAN.open("rb") as source, (folder / "django.mo").open("wb") as target:
        write_mo(target, read_po(source, locale="de"))
    settings.LOCALE_PATHS = [tmp_path]
    vars(trans_real)["_translations"].clear()


@given(
    minor=st.integers(-(10**15), 10**15),
    language=st.sampled_from(["en", "de", "fr", "de-CH"]),
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
)
def test_amounts_read_as_babel_writes_them(minor: int, language: str, currency: str) -> None:
    places = exponent(currency)
    pattern = "#,##0" + ("." + "0" * places if places else "")
    expected = format_decimal(
        from_minor(minor, currency), format=pattern, locale=language.replace("-", "_")
    )
    assert money_writer(language, currency)(minor) == f"{expected}\u00a0{currency}"


def test_dates_read_day_first_in_english() -> None:
    assert day_text(date(2026, 3, 1), "en") == "1 Mar 2026"
    assert day_text(date(2026, 3, 1), "de") == "01.03.2026"


@pytest.mark.parametrize(
    ("tone", "subject"),
    [
        ("friendly", "Payment reminder: 1,234,568.39 EUR"),
        ("firm", "Overdue: please pay 1,234,568.39 EUR"),
        ("final", "Final reminder: 1,234,568.39 EUR overdue"),
    ],
)
def test_a_letter_names_every_item_total_and_date(tone: str, subject: str) -> None:
    draft = a_draft(tone=tone)
    letter = LetterWriter(SENDER).write(draft, draft.items)
    assert letter.subject == subject
    text = letter.text.replace("\u00a0", " ")
    assert "Dear Ann <Ann>," in text
    assert "INV-1&2: 1,234,567.89 EUR (1 Mar 2026, 15 days late)\n" in text
    assert "100%s: 0.50 EUR (15 Mar 2026, 1 day late)\n" in text
    assert "To pay: 1,234,568.39 EUR\n" in text
    assert "23 Mar 2026" in text
    assert "no reminders" in text
    assert text.count("Acme 100% Supply") == 2
    assert "Dear Ann &lt;Ann&gt;," in letter.html
    assert "INV-1&amp;2<br>" in letter.html
    assert "\ue000" not in letter.html + letter.text


def test_a_note_before_the_due_date_says_when() -> None:
    item = DraftItem(1, "INV-1", date(2026, 3, 20), -4, 100, "before_due")
    draft = a_draft(purpose="service", items=(item,))
    letter = LetterWriter(SENDER).write(draft, draft.items)
    assert letter.subject == "Falling due soon: 1.00 EUR"
    assert "the invoice below falls due" in letter.text
    assert "(20 Mar 2026, due in 4 days)" in letter.text
    assert "no reminders" not in letter.text


def test_a_persons_own_text_stands_in_our_frame() -> None:
    draft = a_draft(subject="Your\nquestion", body="Hello <Ann>,\n\nall is well: 100%.", items=())
    letter = LetterWriter(SENDER).write(draft, ())
    assert letter.subject == "Your question"
    assert letter.text.count("Hello <Ann>,\n\nall is well: 100%.") == 1
    assert "Hello &lt;Ann&gt;," in letter.html


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize(
    ("tone", "subject"),
    [
        ("friendly", "Zahlungserinnerung: 1.234.568,39 EUR"),
        ("firm", "Überfällig: bitte zahlen Sie 1.234.568,39 EUR"),
        ("final", "Letzte Mahnung: 1.234.568,39 EUR überfällig"),
    ],
)
def test_a_german_customer_reads_german(tone: str, subject: str) -> None:
    draft = a_draft(tone=tone, language="de-AT")
    letter = LetterWriter(SENDER).write(draft, draft.items)
    assert letter.subject == subject
    text = letter.text.replace("\u00a0", " ")
    assert "Guten Tag Ann <Ann>," in text
    assert "INV-1&2: 1.234.567,89 EUR (01.03.2026, 15 Tage überfällig)" in text
    assert "Zu zahlen: 1.234.568,39 EUR" in text
    assert 'lang="de"' in letter.html
    assert translation.get_language() == "en-gb"


def test_every_german_text_is_translated() -> None:
    with GERMAN.open("rb") as source:
        catalogue = read_po(source, locale="de")
    missing = [m.id for m in catalogue if m.id and not (m.string and all(m.string))]
    assert missing == []
    assert len(catalogue) > 50


@pytest.mark.parametrize(
    ("country", "zone"),
    [("DE", "Europe/Berlin"), ("US", "America/New_York"), ("JP", "Asia/Tokyo"),
     ("", "Europe/Vienna"), ("XX", "Europe/Vienna")],
)  # fmt: skip
def test_the_local_time_of_a_country(country: str, zone: str) -> None:
    assert str(zone_of(country, "Europe/Vienna")) == zone

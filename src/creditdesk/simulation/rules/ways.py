"""Who pays in another way than by a transfer of their own: shares, and who is drawn. Pure.

Every number is documented in docs/explanation/simulation.md; shares are chances from 0 to 1.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from creditdesk.simulation.rules.dice import dice
from creditdesk.simulation.rules.world import Firm, House, iban, pick

# Of those who pay on time in the house that may collect euros, so many gave a mandate.
DEBITED_SHARE: Final = 0.06
DEBITED_CHARACTERS: Final = frozenset({"prompt", "growing", "seasonal", "month_end"})
# Collections are drawn up every so many days; the notice to customers takes fourteen.
COLLECT_EVERY_DAYS: Final = 14
NOTICE_DAYS: Final = 14
# Of single debits so many come back, so many business days later, by reason with weights.
DEBIT_RETURNED_SHARE: Final = 0.06
RETURNED_AFTER_DAYS: Final = (2, 4)
DEBIT_REASONS: Final[tuple[tuple[str, int], ...]] = (
    ("AM04", 55), ("MS03", 15), ("AC04", 10), ("MD01", 10), ("MS02", 10),
)  # fmt: skip
STOPPING_REASONS: Final = frozenset({"AC04", "MD01"})
RETRIED_REASONS: Final = frozenset({"AM04"})
# What the customer's bank and ours charge for a debit that comes back, in minor units.
RETURN_CHARGES_MINOR: Final = (300, 450, 810)
# Transfers the payer's bank takes back; some of these lines do not say which payment they undo.
RECALLED_SHARE: Final = 0.0035
RECALL_REASONS: Final[tuple[tuple[str, int], ...]] = (("AM09", 40), ("DUPL", 25), ("AC06", 35))
SILENT_RETURN_SHARE: Final = 0.35
# Whoever had money taken back pays it once more within so many business days.
PAYS_AGAIN_DAYS: Final = (4, 15)
# Of those who paid twice so many ask for it, so many business days later; every third of them to
# another account.
ASKS_BACK_SHARE: Final = 0.85
ASKS_BACK_DAYS: Final = (3, 9)
OTHER_ACCOUNT_EVERY: Final = 3
REFUND_FAILS_SHARE: Final = 0.08
# Customers who announce a payment of several invoices by mail, and how, with weights.
ADVISING_SHARE: Final = 0.03
ADVICE_FORMS: Final[tuple[tuple[str, int], ...]] = (("pdf", 45), ("csv", 30), ("text", 25))
# Members of a group whose head pays for them, and customers whose claims a factor pays.
PAID_BY_HEAD_SHARE: Final = 0.25
FACTORED_SHARE: Final = 0.02
RELATION_KNOWN_SHARE: Final = 0.6
# Payments of one invoice in dollars that arrive in the house's own currency, and what the
# payer's bank keeps of the rate, in thousandths.
OWN_CURRENCY_SHARE: Final = 0.06
BANK_SPREAD_THOUSANDTHS: Final = (4, 14)
# Customers who get a statement of account each month, each quarter, from so many days before the
# end on: in a long world too only the last letters are written.
MONTHLY_SHARE: Final = 0.1
QUARTERLY_SHARE: Final = 0.08
STATEMENTS_DAYS_BEFORE_END: Final = 48
# Questions where a payment is: answered so many business days later.
ANSWERED_AFTER_DAYS: Final = (2, 8)


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays for somebody: the name and account the bank prints, and what they are to them."""

    name: str
    account: str
    kind: str
    is_known: bool


@dataclass(frozen=True, slots=True)
class Ways:
    """The customers of a house who pay in another way, by customer number."""

    debited: frozenset[str] = frozenset()
    advising: frozenset[str] = frozenset()
    payers: dict[str, Payer] | None = None

    def payer(self, number: str) -> Payer | None:
        """Return who pays for a customer, `None` where it pays itself."""
        return (self.payers or {}).get(number)

    def pays_for_others(self, account: str) -> bool:
        """Whether money from an account may be meant for several customers."""
        return any(payer.account == account for payer in (self.payers or {}).values())


FACTORS: Final = {"DE": "Hansewall Factoring AG", "GB": "Pennine Invoice Finance Ltd"}


def ways(seed: int, house: House, firms: Sequence[Firm]) -> Ways:
    """Draw who pays how; at least one of each where there is anybody to draw from."""
    can_collect = house.currency == "EUR"
    on_time = [firm for firm in firms if can_collect and firm.character in DEBITED_CHARACTERS]
    debited = _drawn(seed, house, "debited", on_time, DEBITED_SHARE)
    rest = [firm for firm in firms if firm.number not in debited]
    payers = _payers(seed, house, rest)
    # Whose own mailbox is gone is not known by it either: nobody could tell whose advice it is.
    reachable = [
        firm
        for firm in rest
        if firm.number not in payers and firm.email == firm.account.contacts[0].email
    ]
    advising = _drawn(seed, house, "advising", reachable, ADVISING_SHARE)
    return Ways(debited, advising, payers)


def _drawn(
    seed: int, house: House, what: str, firms: Sequence[Firm], share: float
) -> frozenset[str]:
    """Return the numbers of a share of the firms, at least one of them."""
    count = max(1, round(share * len(firms)))
    by_chance = sorted(firms, key=lambda firm: dice(seed, house.code, what, firm.number).random())
    return frozenset(firm.number for firm in by_chance[:count])


def _payers(seed: int, house: House, firms: Sequence[Firm]) -> dict[str, Payer]:
    """Let the largest of a group pay for some of its members, and a factor for some customers."""
    groups: dict[str, list[Firm]] = defaultdict(list)
    for firm in firms:
        if firm.account.group_number:
            groups[firm.account.group_number].append(firm)
    found: dict[str, Payer] = {}
    for number, members in sorted(groups.items()):
        head = max(members, key=lambda firm: (firm.size, firm.number))
        chance = dice(seed, house.code, "head", number)
        is_known = chance.random() < RELATION_KNOWN_SHARE
        payer = Payer(head.payer_name, head.account.bank_accounts[0], "parent", is_known)
        for firm in members:
            is_paid_for = chance.random() < PAID_BY_HEAD_SHARE
            if is_paid_for and firm != head and firm.currency == head.currency:
                found[firm.number] = payer
    alone = [firm for firm in firms if not firm.account.group_number]
    factor = Payer(FACTORS[house.country], _factor_account(house), "factor", is_known=True)
    factored = _drawn(seed, house, "factored", alone, FACTORED_SHARE)
    return found | dict.fromkeys(sorted(factored), factor)


def _factor_account(house: House) -> str:
    bban = "CRVB99000440071955" if house.country == "GB" else "990400000440071955"
    return iban(house.country, bban)


def is_recalled(chance: Random) -> bool:
    """Whether the payer's bank takes a transfer back."""
    return chance.random() < RECALLED_SHARE


def debit_reason(chance: Random) -> str:
    """Return the code by which a debit comes back, empty where it does not."""
    if chance.random() >= DEBIT_RETURNED_SHARE:
        return ""
    return str(pick(chance, DEBIT_REASONS))


def other_account(chance: Random, house: House) -> str:
    """Return another account of a customer, one the desk has never seen."""
    digits = f"{chance.randrange(10**10):010d}"
    return iban(house.country, f"99{chance.randrange(10**6):06d}{digits}")

"""What the fields of the policy are called in a form, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext


def label(name: str) -> str:
    """Return what a field is called; one without a name of its own by its code."""
    return names().get(name) or name.removesuffix("_minor").replace("_", " ").capitalize()


def names() -> dict[str, str]:
    """Return every field that has a name of its own, and that name."""
    return {
        **_accounts(),
        **_ordering(),
        **_cash(),
        **_collecting(),
        **_granting(),
        **_terms(),
        **_watching(),
    }


def _terms() -> dict[str, str]:
    return {
        "default_terms": gettext("Terms of who has agreed nothing else"),
        "code": gettext("Code"),
        "net_days": gettext("Days net"),
        "cut_off_day": gettext("Invoices after this day count from the next month"),
        "months_later": gettext("Months later"),
        "from_month_end": gettext("Counted from the end of the month"),
        "to_month_end": gettext("Then to the end of the month"),
        "day_of_month": gettext("Then on this day of the month"),
        "instalment_percents": gettext("Parts in percent, such as 50, 50"),
        "instalment_months": gettext("Months between the parts"),
        "remainder": gettext("Part that gets a cent left over"),
        "roll": gettext("When nobody works on the due day"),
        "discount_tax": gettext("Tax of a discount"),
        "discount_base": gettext("Discount is on the amount"),
        "discount_on_freight": gettext("Freight earns a discount"),
        "discount_after_part_payment": gettext("Discount after a part payment too"),
        "discount_roll": gettext("When nobody works on a discount's last day"),
        "terms": gettext("Terms"),
    }


def _watching() -> dict[str, str]:
    return {
        "signal": gettext("What is watched"),
        "threshold": gettext("From (percent, days or number)"),
        "severity": gettext("How pressing"),
        "owner": gettext("For whom"),
        "look_back_days": gettext("Days in which what happened counts"),
        "quiet_days": gettext("Days a closed alert stays quiet"),
        "insolvency_blocks": gettext("News of an insolvency blocks credit"),
        "insolvency_stops_contact": gettext("News of an insolvency stops reminders"),
        "lower_is_better": gettext("Bureaus whose lower score is better, separated by commas"),
    }


def _granting() -> dict[str, str]:
    return {
        "risk_class": gettext("Risk class"),
        "segment": gettext("Segment"),
        "minor": gettext("Amount"),
        "equity_percent": gettext("At most this percent of equity"),
        "revenue_percent": gettext("At most this percent of revenue"),
        "without_figures_minor": gettext("Without figures up to"),
        "automatic_minor": gettext("Granted without a person up to"),
        "security": gettext("Security"),
        "every_months": gettext("Months between reviews"),
        "ahead_days": gettext("Days a review prepares itself before"),
        "opened_max": gettext("Reviews opened a day at most"),
        "good_days": gettext("Days late that cost no limit"),
        "bad_days": gettext("Days late from which no limit is proposed"),
        "event_days": gettext("Days late a broken promise or returned payment counts as"),
        "change_percent": gettext("A limit stays if the proposal differs by at most this percent"),
        "headroom_percent": gettext("Percent above what purchases need"),
        "unchanged_minor": gettext("A limit stays without a person up to"),
        "card": gettext("Scorecard"),
        "card_version": gettext("Version of the scorecard"),
        "subject": gettext("What is decided"),
        "role": gettext("Role"),
        "alone_minor": gettext("One person alone up to"),
        "second_minor": gettext("Two others above"),
        "limit_minor": gettext("Credit limit: one person alone up to"),
        "limit_second_minor": gettext("Credit limit: two others above"),
        "credit_note_minor": gettext("Credit note: one person alone up to"),
        "credit_note_second_minor": gettext("Credit note: two others above"),
        "write_off_minor": gettext("Write-off: one person alone up to"),
        "write_off_second_minor": gettext("Write-off: two others above"),
    }


def _ordering() -> dict[str, str]:
    return {
        "count_open": gettext("Open items not yet late count"),
        "count_overdue": gettext("Late items count"),
        "count_returned": gettext("Items whose payment was returned count"),
        "count_reserved": gettext("Accepted orders not yet billed count"),
        "count_ordered_rest": gettext("The rest of orders billed in part counts"),
        "count_unapplied": gettext("Money not yet applied lowers what counts"),
        "haircut_percent": gettext("Percent a limit in another currency loses"),
        "limit_tolerance_percent": gettext("Percent an order may go above the limit"),
        "overdue_days_max": gettext("Days an item may be late"),
        "overdue_minimum_minor": gettext("Late amount from which orders are held"),
        "watch_percent": gettext("Percent of the limit that is near it"),
        "reservation_days": gettext("Days credit is reserved for an order"),
        "no_limit_means": gettext("A customer without a limit"),
        "expired_limit_means": gettext("A limit that ran out"),
        "overdue_limit_percent": gettext("Percent of the limit that may be late"),
        "hold_percent": gettext("Percent of the limit an order may use"),
        "order_minor_max": gettext("Highest amount of one order"),
        "terms_held": gettext("Terms that hold an order, separated by commas"),
        "better_terms_mean": gettext("An order on better terms than the customer's own"),
        "refuse": gettext("Rules that refuse instead of holding, separated by commas"),
        "rule": gettext("Rule"),
        "customers": gettext("Numbers of customers, separated by commas"),
        "segments": gettext("Segments, separated by commas"),
        "kinds": gettext("Kinds of order, separated by commas"),
        "up_to_minor": gettext("Orders up to"),
        "check_points": gettext("Points of asking (confirm, ship, invoice), separated by commas"),
        "goal_minutes": gettext("Minutes of the desk's hours to decide a held order"),
        "desk_opens": gettext("The desk opens"),
        "desk_closes": gettext("The desk closes"),
        "late_goes_to": gettext("After that it goes to"),
    }


def _accounts() -> dict[str, str]:
    return {
        "tell_customers": gettext("Customers a change concerns are written to"),
        "notice_days": gettext("Days between publishing and force, where customers are concerned"),
        "read_within_days": gettext("Days within which staff read a new version"),
        "remind_every_days": gettext("Days between reminders to read it"),
        "need_days": gettext("Days of purchases a limit covers beyond the terms"),
        "references_percent": gettext("Percent of the highest credit a good reference gives"),
        "reference_late_days": gettext("Days late a good reference may be"),
        "round_to_minor": gettext("Offers are rounded down to a multiple of"),
        "offer_days": gettext("Days an offer stands"),
        "draft_days": gettext("Days until an application must be handed in"),
        "link_days": gettext("Days an address that was sent works"),
        "remind_after_days": gettext("Days until whoever was asked is reminded"),
        "reminders_max": gettext("Reminders at most"),
        "openings_days": gettext("Days in which openings are counted"),
        "openings_max": gettext("Openings of the same hand that are usual"),
        "likeness_percent": gettext("Percent from which a name is near a listed one"),
        "report_days": gettext("Days a report counts that says nothing of it"),
        "dormant_months": gettext("Months until a quiet account falls asleep (0: never)"),
        "views_kept_days": gettext("Days it is kept who looked at an account"),
        "second_person": gettext("Commands that wait for a second person, separated by commas"),
        "window_months": gettext("Months of payments a rating counts"),
        "grade_a_days": gettext("Weighted days late up to which a payer is an A"),
        "grade_b_days": gettext("Weighted days late up to which a payer is a B"),
        "grade_c_days": gettext("Weighted days late up to which a payer is a C"),
        "grade_d_days": gettext("Weighted days late up to which a payer is a D"),
        "parts_min": gettext("Payments and overdue items a good grade needs"),
        "paydex_parts_min": gettext("Payments and overdue items a PAYDEX needs"),
        "recent_days": gettext("Days an item that fell due is recent"),
        "drift_days": gettext("Days later than its norm a drift begins"),
        "drift_parts_min": gettext("Items a drift needs, recent and earlier"),
    }


def _collecting() -> dict[str, str]:
    return {
        "level": gettext("Level"),
        "days_late": gettext("Days late"),
        "channel": gettext("Way"),
        "purpose": gettext("Purpose"),
        "tone": gettext("Tone"),
        "pay_within_days": gettext("Days given to pay"),
        "earliest": gettext("Earliest hour"),
        "latest": gettext("Latest hour"),
        "business_days_only": gettext("On working days only"),
        "days_between_messages": gettext("Days between two reminders"),
        "bank_import_must_be_fresh": gettext("Only while bank statements are up to date"),
        "minimum_minor": gettext("Smallest amount"),
        "grace_days": gettext("Days of grace"),
        "longest_days": gettext("Days ahead at most"),
        "mode": gettext("Late interest"),
        "since": gettext("For what falls due from"),
        "jurisdiction": gettext("Law"),
        "agreed_percent": gettext("Agreed percent a year"),
        "day_count": gettext("How days are counted"),
        "compensation": gettext("Charge the compensation too"),
        "credited_bears_interest": gettext("What was credited bears interest until then"),
        "charge_disputed": gettext("Charge what is contested too"),
        "on_letters": gettext("Show it in reminders"),
        "step": gettext("Step"),
        "currency": gettext("Currency"),
        "country": gettext("Country"),
        "invoice_max_minor": gettext("At most per invoice"),
        "within_days": gettext("Days given to pay"),
    }


def _cash() -> dict[str, str]:
    return {
        "percent": gettext("Percent"),
        "bank_fee_minor": gettext("A bank's charge up to"),
        "write_off_adjusts_tax": gettext("A small difference lowers the tax"),
        "discount_grace_days": gettext("Days of grace for a discount"),
        "discount_on_part": gettext("A part paid in time earns"),
        "take_earned_discounts": gettext("Give earned discounts without a person"),
        "follow_advices": gettext("Follow remittance advices"),
        "tolerance_minor": gettext("Amounts fit when off by at most"),
        "combine_items_max": gettext("Items combined at most"),
        "name_score_minimum": gettext("Likeness of names in percent"),
        "short_payment_opens_dispute_percent": gettext("Percent paid that opens a dispute"),
        "learned_apply_percent": gettext("Percent from which what was learned applies"),
        "automatic": gettext("Without a person"),
        "order": gettext("Order, separated by commas"),
        "consumers_on_credit": gettext("Consumers owe by consumer credit"),
        "realise": gettext("Post exchange differences"),
        "rate_tolerance_percent": gettext("Percent off the day's rate at most"),
        "fee_minor": gettext("Fee for a returned payment"),
        "fee_within_days": gettext("Days given to pay the fee"),
        "charges_max_minor": gettext("The bank's own charges at most"),
        "search_days": gettext("Days looked back for the payment"),
        "block_at_count": gettext("Returns that block credit (0: never)"),
        "block_within_days": gettext("Within so many days"),
        "prenotify_days": gettext("Days customers are told before"),
        "lead_days_core": gettext("Working days the bank needs"),
        "lead_days_b2b": gettext("Working days the bank needs, B2B"),
        "mandate_months": gettext("Months an unused mandate lives"),
        "retry_days": gettext("Days until it is tried again"),
        "retries_max": gettext("Tries more at most"),
        "cheque_stale_days": gettext("Days a cheque is good"),
        "cheque_ahead_days": gettext("Days a cheque may be dated ahead"),
        "deposit_search_days": gettext("Days a deposit is looked for"),
        "till_difference_minor": gettext("Till difference one books alone"),
        "reason": gettext("Reason"),
        "after_due_days": gettext("Days after the due date"),
        "until_due_days": gettext("Last day after the due date (0: none)"),
    }


def choice(name: str, code: str) -> str:
    """Return a value a field may have, in words; one without words by its code."""
    if not code:
        return gettext("none")
    of_field = {
        ("security", "none"): gettext("none"),
        ("expired_limit_means", "no_limit"): gettext("counts as none"),
        ("expired_limit_means", "hold"): gettext("holds every order"),
        ("better_terms_mean", "accept"): gettext("is noted"),
    }
    known = {
        "hold": gettext("is held"),
        "accept": gettext("may order"),
        "off": gettext("is not charged"),
        "memo": gettext("is shown only"),
        "post": gettext("is charged"),
        "largest": gettext("the largest"),
        "first": gettext("the first"),
        "last": gettext("the last"),
        "none": gettext("stays"),
        "following": gettext("to the next working day"),
        "modified_following": gettext("to the next working day of the month, else back"),
        "preceding": gettext("to the working day before"),
        "adjust_at_payment": gettext("a discount taken lowers it"),
        "discounted_from_start": gettext("is on the discounted amount from the start"),
        "no_adjustment": gettext("stays as it is"),
        "with_tax": gettext("with tax"),
        "without_tax": gettext("without tax"),
        "only_when_full": gettext("no discount"),
        "on_the_paid_part": gettext("the discount on that part"),
        "guarantee": gettext("a guarantee"),
        "deposit": gettext("a deposit"),
        "insurance": gettext("cover by an insurer"),
    }
    if name == "day_count":
        return code
    return of_field.get((name, code)) or known.get(code, code)

"""What the doctor says of online payment. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from creditdesk.plumbing.operation.facts import Finding, Online


def judge_online(of: Online) -> Iterator[Finding]:
    """Judge whether a company can be paid online, and hears of it; nothing where it is not to."""
    area = "online payment"
    if of.fault:
        yield Finding(
            area, "provider", "wrong", f"{of.company}: Stripe does not accept our key: {of.fault}",
            "check CREDITDESK_STRIPE_KEY, and that Stripe can be reached from here",
        )  # fmt: skip
    elif of.has_key:
        kind = "trial" if of.is_trial else "live"
        yield Finding(area, "provider", "ok", f"{of.company}: Stripe accepts our {kind} key")
    if not of.webhook_secrets:
        yield Finding(
            area, "webhook", "wrong", f"{of.company}: what Stripe tells cannot be believed",
            "set CREDITDESK_STRIPE_WEBHOOK_SECRET; no payment counts without it",
        )  # fmt: skip
    elif of.webhook_secrets > 1:
        yield Finding(
            area, "webhook", "warning", f"{of.company}: two webhook secrets are good",
            "take the old one out once Stripe no longer signs with it",
        )  # fmt: skip
    if not of.public_url:
        yield Finding(
            area, "address", "wrong", f"{of.company}: customers have no address to pay at",
            "set CREDITDESK_PUBLIC_URL to where customers reach this installation",
        )  # fmt: skip

"""The settings of online payment, as the reference tells them."""

from __future__ import annotations

# Name, what counts without it, what it is for.
SETTINGS: tuple[tuple[str, str, str], ...] = (
    (
        "CREDITDESK_PUBLIC_URL",
        "none",
        "Where customers reach this installation, such as `https://pay.example.com`; links to pay.",
    ),
    (
        "CREDITDESK_STRIPE_KEY",
        "none",
        (
            "Secret or restricted key of Stripe; with several companies `code=key`, separated by"
            " commas. Without it nothing is paid online."
        ),
    ),
    ("CREDITDESK_STRIPE_KEY_FILE", "none", "A file that holds what `CREDITDESK_STRIPE_KEY` would."),
    (
        "CREDITDESK_STRIPE_WEBHOOK_SECRET",
        "none",
        (
            "Signing secret of the webhook, likewise by company; two of one company beside each"
            " other while one takes over."
        ),
    ),
    (
        "CREDITDESK_STRIPE_WEBHOOK_SECRET_FILE",
        "none",
        "A file that holds what `CREDITDESK_STRIPE_WEBHOOK_SECRET` would.",
    ),
    ("CREDITDESK_STRIPE_API", "`https://api.stripe.com`", "Where Stripe is asked."),
    (
        "CREDITDESK_STRIPE_CHECKOUT",
        "`https://checkout.stripe.com`",
        "Where its pay pages stand; nobody is sent on elsewhere. Your own domain with Stripe, say.",
    ),
)

"""The settings of signing in, as the reference tells them."""

from __future__ import annotations

# Name, what counts without it, what it is for.
SETTINGS: tuple[tuple[str, str, str], ...] = (
    (
        "CREDITDESK_PASSWORD",
        "asked for",
        "Password for `creditdesk user add` and `password`, so that it need not be typed.",
    ),
    (
        "CREDITDESK_SECRET_KEYS_OLD",
        "none",
        "Earlier secret keys, separated by commas: what they signed or encrypted is still read.",
    ),
    (
        "CREDITDESK_SECOND_FACTOR",
        "`off`",
        "Who must show a second factor: `off`, `privileged` (roles that reach far) or `all`.",
    ),
    (
        "CREDITDESK_SIGN_IN_TRIES",
        "`5`",
        "Failed tries of one name from one address before a wait.",
    ),
    ("CREDITDESK_SIGN_IN_WAIT_MINUTES", "`15`", "How long the wait is, in minutes."),
    ("CREDITDESK_SESSION_IDLE_MINUTES", "`120`", "A session ends after so long without work."),
    ("CREDITDESK_SESSION_HOURS", "`12`", "A session ends after so many hours whatever happens."),
    (
        "CREDITDESK_ASK_AGAIN_MINUTES",
        "`15`",
        "Sensitive steps ask who is there when the last proof is older.",
    ),
    (
        "CREDITDESK_PROXIES",
        "`0`",
        (
            "How many proxies of yours stand before the desk; so many entries of `X-Forwarded-For` "
            "are believed."
        ),
    ),
    (
        "CREDITDESK_OIDC_ISSUER",
        "none",
        "Address of your OpenID provider; `https://` except on this machine.",
    ),
    ("CREDITDESK_OIDC_CLIENT_ID", "none", "Under which name the provider knows creditdesk."),
    ("CREDITDESK_OIDC_CLIENT_SECRET", "none", "The secret shared with the provider."),
    ("CREDITDESK_OIDC_CLIENT_SECRET_FILE", "none", "A file that holds the secret instead."),
    ("CREDITDESK_OIDC_NAME", "`your company account`", "What the button says."),
    (
        "CREDITDESK_OIDC_CREATE",
        "`0`",
        "`1`: people the provider vouches for are added as users, without any role.",
    ),
    (
        "CREDITDESK_OIDC_ROLES",
        "none",
        (
            "Roles by claim, `claim:value=role@company`, separated by commas; given and taken at "
            "each sign-in."
        ),
    ),
    (
        "CREDITDESK_OIDC_SECOND_FACTOR",
        "`0`",
        "`1`: the provider asks for a second factor itself, and that counts.",
    ),
)

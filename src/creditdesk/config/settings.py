"""Settings, all of them from the environment; `docs/reference/settings.md` lists each."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from creditdesk.config.database import databases, home, static_folder
from creditdesk.config.given import choice, number
from creditdesk.config.hooks import *  # noqa: F403 - likewise
from creditdesk.config.identity import *  # noqa: F403 - settings, apart only for length
from creditdesk.config.online import *  # noqa: F403 - likewise
from creditdesk.config.reports import *  # noqa: F403 - likewise
from creditdesk.plumbing import whole_files

PACKAGE = Path(__file__).resolve().parent.parent


def _secret_key() -> str:
    """Return CREDITDESK_SECRET_KEY, or a key made once and kept in the installation's home."""
    given = os.environ.get("CREDITDESK_SECRET_KEY")
    if given:
        return given
    kept = home() / "secret_key"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        made = secrets.token_urlsafe(50)
        whole_files.write_once(kept, made.encode(), mode=whole_files.SECRET)
    key = kept.read_text().strip()
    if not key:
        raise ImproperlyConfigured(f"{kept} is empty; remove it, and a new key is made")
    return key


SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS = [k for k in os.environ.get("CREDITDESK_SECRET_KEYS_OLD", "").split(",") if k]
DEBUG = os.environ.get("CREDITDESK_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("CREDITDESK_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("CREDITDESK_ORIGINS", "").split(",") if o]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "procrastinate.contrib.django",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "creditdesk.plumbing",
    "creditdesk.controls",
    "creditdesk.look",
    "creditdesk.ledger",
    "creditdesk.policy",
    "creditdesk.customers",
    "creditdesk.contact",
    "creditdesk.credit",
    "creditdesk.invoices",
    "creditdesk.cash",
    "creditdesk.treasury",
    "creditdesk.payments",
    "creditdesk.reconciliation",
    "creditdesk.disputes",
    "creditdesk.collections",
    "creditdesk.monitoring",
    "creditdesk.assessment",
    "creditdesk.orders",
    "creditdesk.golive",
    "creditdesk.insight",
    "creditdesk.statements",
    "creditdesk.day",
    "creditdesk.faces.desk",
    "creditdesk.faces.pay",
    "creditdesk.faces.apply",
    "creditdesk.config",
]
MIDDLEWARE = [
    "creditdesk.faces.health.middleware.ObservedMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "creditdesk.faces.api.lane.LaneMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "creditdesk.faces.desk.identity.sessions.SessionAgeMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "creditdesk.faces.desk.middleware.DeskMiddleware",
]
ROOT_URLCONF = "creditdesk.config.urls"
WSGI_APPLICATION = "creditdesk.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "creditdesk.faces.desk.frame.frame",
            ],
        },
    },
]

DATABASES = databases()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

AUTH_USER_MODEL = "controls.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "morning"
LOGOUT_REDIRECT_URL = "login"

SESSION_ENGINE = "creditdesk.controls.identity.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
BEHIND_TLS = os.environ.get("CREDITDESK_TLS") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = BEHIND_TLS
if BEHIND_TLS:
    # With this prefix a browser takes the cookie from this very host and over TLS only.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
# The API is no Django app; the texts of the rooms and the desk are found by their apps.
LOCALE_PATHS = [PACKAGE / "faces" / "api" / "locale"]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = static_folder()
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# Who may read /metrics from elsewhere; without it only this machine may.
METRICS_TOKEN = os.environ.get("CREDITDESK_METRICS_TOKEN", "")

# Where mail leaves the house: smtp://user:password@host:port, or smtps://. Without it nothing
# leaves: messages are handed to a mailbox of our own on the loopback interface.
SMTP_URL = os.environ.get("CREDITDESK_SMTP_URL", "")
# Where answers come in: imaps://user:password@host/INBOX, with {company} where there are several.
INBOX_URL = os.environ.get("CREDITDESK_INBOX_URL", "")
# A file outside the database, best on a medium that only grows, to which each day's head is added.
HEADS_FILE = os.environ.get("CREDITDESK_HEADS_FILE", "")
# Files dropped here, in a folder per company, are taken in by the scheduler.
DROP_FOLDER = os.environ.get("CREDITDESK_DROP_FOLDER", "")
# More fonts for papers, for scripts that the packaged ones lack (Chinese, Japanese, Korean, Thai).
PAPER_FONTS = os.environ.get("CREDITDESK_FONTS", "")
UPLOAD_BYTES_MAX = number("CREDITDESK_UPLOAD_MIB", 64) * 1024 * 1024

# Lines of JSON for programs, text for a person at a terminal; in neither stands anybody's data.
LOG_FORMAT = choice(
    "CREDITDESK_LOG_FORMAT", "text" if sys.stderr.isatty() else "json", ("text", "json")
)
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "creditdesk.plumbing.logs.lines.formatter", "style": LOG_FORMAT}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    # What was refused is told by the line of its request; what failed is told with its place.
    "loggers": {"django.request": {"level": "ERROR"}},
    "root": {"handlers": ["stderr"], "level": choice("CREDITDESK_LOG", "WARNING", LOG_LEVELS)},
}

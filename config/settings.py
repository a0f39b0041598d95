# SPDX-License-Identifier: Apache-2.0
"""Settings, all of them from the environment. `docs/operations.md` explains each variable.

Three modes. `production` is the default and takes nothing for granted. `demo` runs without a single
variable, on loopback only. `test` is for the test suite: fixed keys, no network.
"""

from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from aftersession.lib import clock
from config import env
from config.database import database_settings, sqlite_settings
from config.logs import logging_settings
from config.mail import LOOPBACK, read_mail_server

BASE_DIR = Path(__file__).resolve().parent.parent

MODE = env.choice("AFTERSESSION_MODE", ("production", "demo", "test"), "production")
DEMO = MODE == "demo"
TESTING = MODE == "test"
PRODUCTION = MODE == "production"

# The demo and the tests run on keys that everybody can read here. No other mode takes them.
OPEN_SECRET = "open-to-all-" + "demo-and-tests-only-" * 3
OPEN_KEYS = "open:ZGVtby1hbmQtdGVzdHMtb25seS1rZXktb3Blbi10by0="


def required(name: str, value: str, open_value: str) -> str:
    """The value, or in the demo and the tests the open one. Production must bring its own."""
    if PRODUCTION and value in ("", open_value):
        raise ImproperlyConfigured(f"{name} must be set, to a value of your own.")
    return value or open_value


# Where it runs

DATA_DIR = env.folder("AFTERSESSION_DATA", BASE_DIR / "var")
AFTERSESSION_URL = required(
    "AFTERSESSION_URL",
    env.origin("AFTERSESSION_URL"),
    "http://testserver" if TESTING else "http://localhost:8000",
)
_origin = env.address("AFTERSESSION_URL", AFTERSESSION_URL, ("https", "http"))
IS_SECURE = _origin.scheme == "https"
if PRODUCTION and not IS_SECURE:
    raise ImproperlyConfigured("AFTERSESSION_URL must begin with https://.")
if not PRODUCTION and _origin.hostname not in (*LOOPBACK, "testserver"):
    raise ImproperlyConfigured(
        f"The {MODE} mode is for this machine only: AFTERSESSION_URL must be on localhost."
    )

DEBUG = env.flag("AFTERSESSION_DEBUG", False)
if DEBUG and not DEMO:
    raise ImproperlyConfigured("AFTERSESSION_DEBUG is for the demo mode only.")

ALLOWED_HOSTS = [_origin.hostname or ""] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [AFTERSESSION_URL]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

_start_at = env.moment("AFTERSESSION_CLOCK")
if _start_at is not None:
    if PRODUCTION:
        raise ImproperlyConfigured("AFTERSESSION_CLOCK is for the demo and test modes only.")
    clock.start_at(_start_at)

# Secrets

SECRET_KEY = required("SECRET_KEY", env.secret("SECRET_KEY"), OPEN_SECRET)
SECRET_KEY_FALLBACKS = env.secrets("SECRET_KEY_FALLBACKS")
if PRODUCTION and min(len(key) for key in (SECRET_KEY, *SECRET_KEY_FALLBACKS)) < 50:
    raise ImproperlyConfigured(
        "SECRET_KEY and each of SECRET_KEY_FALLBACKS must have at least 50 characters."
    )
if PRODUCTION and OPEN_SECRET in SECRET_KEY_FALLBACKS:
    raise ImproperlyConfigured("SECRET_KEY_FALLBACKS must not hold the key of the demo.")


def required_keys(name: str) -> dict[str, bytes]:
    """A rotating set of keys: the first seals, all of them open."""
    keys = env.keys(name, "" if PRODUCTION else OPEN_KEYS)
    if not keys or (
        PRODUCTION and not set(keys.values()).isdisjoint(env.parse_keys(name, OPEN_KEYS).values())
    ):
        raise ImproperlyConfigured(f"{name} must be set, to keys of your own.")
    return keys


FIELD_KEYS = required_keys("AFTERSESSION_FIELD_KEYS")
LINK_KEYS = required_keys("AFTERSESSION_LINK_KEYS")
# Partners' keys move money: whoever holds the keys of other columns does not hold them.
CONNECTION_KEYS = required_keys("AFTERSESSION_CONNECTION_KEYS")
if PRODUCTION and not {*FIELD_KEYS.values(), *LINK_KEYS.values()}.isdisjoint(CONNECTION_KEYS.values()):
    raise ImproperlyConfigured(
        "AFTERSESSION_CONNECTION_KEYS must hold keys that are in neither AFTERSESSION_FIELD_KEYS nor "
        "AFTERSESSION_LINK_KEYS."
    )

# The house, from the top of the staircase down

INSTALLED_APPS = [
    "config",
    "aftersession.ui",
    "aftersession.accounts",
    "aftersession.practices",
    "aftersession.audit",
    "aftersession.commands",
    "aftersession.documents",
    "aftersession.messaging",
    "aftersession.patients",
    "aftersession.catalog",
    "aftersession.coverage",
    "aftersession.scheduling",
    "aftersession.encounters",
    "aftersession.ledger",
    "aftersession.billing",
    "aftersession.payments",
    "aftersession.claims",
    "aftersession.reminders",
    "aftersession.prepaid",
    "aftersession.statements",
    "aftersession.workflows",
    "aftersession.integrations",
    "aftersession.desk",
    "aftersession.portal",
    *([] if PRODUCTION else ["aftersession.demo"]),
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "template_partials",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.HeadersMiddleware",
    "config.middleware.ContentPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "config.middleware.CsrfMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "aftersession.accounts.middleware.SessionLimitsMiddleware",
    "aftersession.accounts.middleware.LanguageMiddleware",
    "aftersession.accounts.middleware.SecondFactorMiddleware",
    "config.middleware.MemberMiddleware",
    "config.middleware.PolicyMiddleware",
    "config.middleware.ErrorMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "aftersession.ui.context.shell",
            ],
            "builtins": ["template_partials.templatetags.partials"],
        },
    }
]

PAYMENT_PROVIDERS = {
    "sandbox": "aftersession.integrations.sandbox.provider.SandboxProvider",
    "paystack": "aftersession.integrations.paystack.provider.PaystackProvider",
    "stripe": "aftersession.integrations.stripe.provider.StripeProvider",
    "payfast": "aftersession.integrations.payfast.provider.PayFastProvider",
}

# Data

_database_url = env.secret("DATABASE_URL")
DATABASES = {
    "default": database_settings(_database_url, base_dir=BASE_DIR)
    if _database_url
    else sqlite_settings(DATA_DIR / "aftersession.sqlite3")
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Rate limits must count over all web processes; `migrate` makes the table.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "aftersession_cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}
STATIC_URL = "/static/"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "aftersession.ui.bundle.BundleFinder",
]
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Forms are text: files come by their own, larger door once there is one.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_000

# Words, dates, zones. Instants are UTC; each practice has its own time zone.

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
if not PRODUCTION:
    # The pseudo-locale shows which strings were never marked for translation.
    LANGUAGES.append(("en-xa", "Ëñģļïšħ"))
LOCALE_PATHS = [BASE_DIR / "aftersession" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# Mail and partners

_mail = read_mail_server(required("EMAIL_URL", env.secret("EMAIL_URL"), "smtp://127.0.0.1:1025"))
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = _mail.host
EMAIL_PORT = _mail.port
EMAIL_HOST_USER = _mail.user
EMAIL_HOST_PASSWORD = _mail.password
EMAIL_USE_TLS = _mail.starts_tls
EMAIL_USE_SSL = _mail.is_tls
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text(
    "AFTERSESSION_MAIL_FROM", f"Aftersession <no-reply@{_origin.hostname}>"
)
SANDBOX_URL = env.origin("SANDBOX_URL", "" if PRODUCTION else "http://localhost:8010")
# Hosts a pay page may send the payer on to after a form: a browser checks redirects too.
CHECKOUT_ORIGINS = [SANDBOX_URL] if SANDBOX_URL else []
if not SANDBOX_URL:
    del PAYMENT_PROVIDERS["sandbox"]

# Sign-in

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "demo_sign_in" if DEMO else "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = LOGIN_URL
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher"
    if TESTING
    else "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
]
PASSWORD_RESET_TIMEOUT = 60 * 60

ACCOUNT_ADAPTER = "aftersession.accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "aftersession.accounts.forms.LoginForm",
    "change_password": "aftersession.accounts.forms.ChangePasswordForm",
    "reset_password": "aftersession.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "aftersession.accounts.forms.ResetPasswordKeyForm",
    "reauthenticate": "aftersession.accounts.forms.ReauthenticateForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _origin.scheme
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "20/m/ip,5/5m/key",
    "reset_password": "20/m/ip,5/h/key",
    "reset_password_from_key": "20/m/ip",
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("AFTERSESSION_TRUSTED_PROXIES", 0, least=0, most=5)
MFA_ADAPTER = "aftersession.accounts.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "aftersession.accounts.forms.SecondFactorForm",
    "reauthenticate": "aftersession.accounts.forms.SecondFactorAgainForm",
    "activate_totp": "aftersession.accounts.forms.ActivateAppForm",
}
# Accounts are made by a practice and opened through a link in a mail: there is no open sign-up.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Aftersession"
MFA_TOTP_TOLERANCE = 1
USERSESSIONS_TRACK_ACTIVITY = False

SECOND_FACTOR_REQUIRED = env.flag("AFTERSESSION_SECOND_FACTOR", PRODUCTION)
if PRODUCTION and not SECOND_FACTOR_REQUIRED:
    raise ImproperlyConfigured(
        "AFTERSESSION_SECOND_FACTOR can be switched off in the demo and test modes only."
    )
SESSION_IDLE_MINUTES = env.number("AFTERSESSION_IDLE_MINUTES", 60, least=5, most=12 * 60)
SESSION_HOURS = env.number("AFTERSESSION_SESSION_HOURS", 12, least=1, most=24)

# Cookies and headers

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "__Host-session" if IS_SECURE else "session"
SESSION_COOKIE_AGE = SESSION_HOURS * 60 * 60
SESSION_COOKIE_SECURE = IS_SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_NAME = "__Host-csrf" if IS_SECURE else "csrf"
CSRF_COOKIE_SECURE = IS_SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_AGE = None
# Django looks for its own class by name; `config.middleware.CsrfMiddleware` is a child of it.
SILENCED_SYSTEM_CHECKS = ["security.W003"]
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
# In the session, never in a cookie: a message may name a client.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

SECURE_SSL_REDIRECT = IS_SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if IS_SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_SECURE
SECURE_HSTS_PRELOAD = IS_SECURE
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

LOGGING = logging_settings(env.choice("AFTERSESSION_LOG_LEVEL", ("INFO", "WARNING", "ERROR"), "INFO"))

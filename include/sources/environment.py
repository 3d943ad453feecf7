"""A platform's client with credentials from environment variables, for the `pauta` command."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from include.errors import ConfigurationError

# Variable -> keyword of the platform's client. What a platform cannot do without comes first.
REQUIRED: dict[str, dict[str, str]] = {
    "meta": {"META_ACCESS_TOKEN": "access_token"},
    "google_ads": {
        "GOOGLE_ADS_CLIENT_ID": "client_id",
        "GOOGLE_ADS_CLIENT_SECRET": "client_secret",
        "GOOGLE_ADS_REFRESH_TOKEN": "refresh_token",
    },
    "x_ads": {
        "X_ADS_CONSUMER_KEY": "consumer_key",
        "X_ADS_CONSUMER_SECRET": "consumer_secret",
        "X_ADS_ACCESS_TOKEN": "access_token",
        "X_ADS_ACCESS_TOKEN_SECRET": "access_token_secret",
    },
    "linkedin_ads": {"LINKEDIN_ADS_ACCESS_TOKEN": "access_token"},
}
OPTIONAL: dict[str, dict[str, str]] = {
    "meta": {"META_VERSION": "version"},
    "google_ads": {
        "GOOGLE_ADS_TOKEN_URL": "token_url",
        "GOOGLE_ADS_LOGIN_CUSTOMER_ID": "login_customer_id",
        "GOOGLE_ADS_VERSION": "version",
    },
    "x_ads": {"X_ADS_VERSION": "version"},
    "linkedin_ads": {
        "LINKEDIN_ADS_REFRESH_TOKEN": "refresh_token",
        "LINKEDIN_ADS_CLIENT_ID": "client_id",
        "LINKEDIN_ADS_CLIENT_SECRET": "client_secret",
        "LINKEDIN_ADS_TOKEN_URL": "token_url",
        "LINKEDIN_ADS_VERSION": "version",
    },
}


def client_from(environment: Mapping[str, str], platform: str, host: str) -> Any:
    """The platform's client.

    Raises:
        ConfigurationError: a variable is missing; the message names all that are.
    """
    missing = [name for name in REQUIRED[platform] if not environment.get(name)]
    if missing:
        raise ConfigurationError(
            f"{platform}: the environment lacks {', '.join(missing)}. Set them, or run the DAG "
            f"collect_{platform}, which reads the connection {platform}_default."
        )
    names = REQUIRED[platform] | OPTIONAL[platform]
    given = {word: environment[name] for name, word in names.items() if environment.get(name)}
    return import_module(f"include.sources.{platform}").Client(host=host, **given)

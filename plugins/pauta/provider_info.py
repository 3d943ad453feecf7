"""Tells Airflow which connection types Pauta brings, and what their forms look like.

Airflow reads this through the entry point `apache_airflow_provider`, without importing a
hook; classes in a plugins folder alone would not make a connection type.
"""

from __future__ import annotations

from typing import Any

Field = dict[str, Any]

_HIDDEN = ["schema", "port", "extra"]


def _text(label: str, description: str) -> Field:
    return {
        "label": label,
        "description": description,
        "schema": {"type": ["string", "null"]},
    }


def _secret(label: str, description: str) -> Field:
    return {
        "label": label,
        "description": description,
        "schema": {"type": ["string", "null"], "format": "password"},
    }


_IMAGE_HOSTS = _text(
    "Image hosts",
    "Hosts pictures may be fetched from, separated by commas: a name or *.domain over https, "
    "host:port over http too. Empty: the platform's own.",
)


def _version(example: str) -> Field:
    return _text("API version", f"For example {example}. Empty: the version Pauta was built for.")


META = {
    "connection-type": "meta",
    "hook-class-name": "pauta.hooks.meta.MetaHook",
    "hook-name": "Meta Ads",
    "ui-field-behaviour": {
        "hidden-fields": [*_HIDDEN, "login"],
        "relabeling": {"host": "API address", "password": "Access token"},
        "placeholders": {"host": "https://graph.facebook.com"},
    },
    "conn-fields": {
        "app_secret": _secret("App secret", "Optional; then every call proves that we know it."),
        "insights_filter": _text(
            "Insights filter", "statuses or impressions: what keeps removed ads. Empty: statuses."
        ),
        "attribution_windows": _text(
            "Attribution windows", "Separated by commas, or none. Empty: 1d_view."
        ),
        "version": _version("v26.0"),
        "image_hosts": _IMAGE_HOSTS,
    },
}

GOOGLE_ADS = {
    "connection-type": "google_ads",
    "hook-class-name": "pauta.hooks.google_ads.GoogleAdsHook",
    "hook-name": "Google Ads",
    "ui-field-behaviour": {
        "hidden-fields": _HIDDEN,
        "relabeling": {
            "host": "API address",
            "login": "OAuth client id",
            "password": "OAuth refresh token",
        },
        "placeholders": {"host": "https://googleads.googleapis.com"},
    },
    "conn-fields": {
        "client_secret": _secret("OAuth client secret", "Belongs to the client id."),
        "service_account": _secret(
            "Service account key",
            "Text of the key's JSON file; in place of client id, secret and refresh token.",
        ),
        "developer_token": _secret("Developer token", "Not needed since September 2026."),
        "login_customer_id": _text(
            "Manager account", "10 digits without dashes; empty when there is no manager account."
        ),
        "token_url": _text("Token address", "Empty: https://oauth2.googleapis.com/token"),
        "posters": _text(
            "Still pictures of videos",
            "Empty: https://i.ytimg.com/vi/{video_id}/maxresdefault.jpg",
        ),
        "version": _version("v26"),
        "image_hosts": _IMAGE_HOSTS,
    },
}

X_ADS = {
    "connection-type": "x_ads",
    "hook-class-name": "pauta.hooks.x_ads.XAdsHook",
    "hook-name": "X Ads",
    "ui-field-behaviour": {
        "hidden-fields": _HIDDEN,
        "relabeling": {"host": "API address", "login": "API key", "password": "API key secret"},
        "placeholders": {"host": "https://ads-api.x.com"},
    },
    "conn-fields": {
        "access_token": _secret("Access token", "Of a user with a role on the ad account."),
        "access_token_secret": _secret("Access token secret", "Belongs to the access token."),
        "download_hosts": _text(
            "Download hosts",
            "Hosts that files of statistics jobs may come from, separated by commas. Empty: "
            "ton.twimg.com, *.twimg.com.",
        ),
        "version": _version("12"),
        "image_hosts": _IMAGE_HOSTS,
    },
}

LINKEDIN_ADS = {
    "connection-type": "linkedin_ads",
    "hook-class-name": "pauta.hooks.linkedin_ads.LinkedInAdsHook",
    "hook-name": "LinkedIn Ads",
    "ui-field-behaviour": {
        "hidden-fields": _HIDDEN,
        "relabeling": {
            "host": "API address",
            "login": "OAuth client id",
            "password": "Access token",
        },
        "placeholders": {"host": "https://api.linkedin.com"},
    },
    "conn-fields": {
        "client_secret": _secret(
            "OAuth client secret",
            "Needed with a refresh token; without one, used to ask when the access token dies.",
        ),
        "refresh_token": _secret(
            "Refresh token", "Empty: the access token is used until it expires (60 days)."
        ),
        "token_url": _text("Token address", "Empty: https://www.linkedin.com/oauth/v2/accessToken"),
        "version": _version("202609"),
        "page_size": _text("Page size", "Objects per page, 1 to 1000. Empty: 100."),
        "concurrency": _text("Calls at once", "Empty: 4."),
        "slice_days": _text("Days at once", "Days of numbers asked for at once. Empty: 7."),
        "cut_at": _text("Rows at which answers are cut", "Empty: 15000."),
        "image_hosts": _IMAGE_HOSTS,
    },
}


def get_provider_info() -> dict[str, Any]:
    """The provider description, as `airflow/provider_info.schema.json` wants it."""
    return {
        "package-name": "pauta",
        "name": "Pauta",
        "description": "Connections to the advertising platforms Pauta reads.",
        "connection-types": [META, GOOGLE_ADS, X_ADS, LINKEDIN_ADS],
    }

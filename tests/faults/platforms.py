"""The four platforms' clients over the sandbox, with a clock that only sleeping moves."""

import threading
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from include.sandbox import credentials
from include.sources import google_ads, linkedin_ads, meta, x_ads

# The account that each platform's cases are about.
ACCOUNTS: Mapping[str, str] = MappingProxyType(
    {
        "meta": "1010000000000001",
        "google_ads": "1234567801",
        "x_ads": "18ce54co",
        "linkedin_ads": "508000001",
    }
)
PLATFORMS = tuple(ACCOUNTS)

# What must show up in no message, file or log line.
SECRETS = (
    credentials.META_TOKEN,
    credentials.GOOGLE_CLIENT_SECRET,
    credentials.GOOGLE_REFRESH_TOKEN,
    credentials.GOOGLE_ACCESS_TOKEN,
    credentials.X_CONSUMER_SECRET,
    credentials.X_ACCESS_TOKEN,
    credentials.X_ACCESS_TOKEN_SECRET,
    credentials.LINKEDIN_TOKEN,
    credentials.LINKEDIN_REFRESH_TOKEN,
    credentials.LINKEDIN_CLIENT_SECRET,
)


class Hands:
    """A clock that moves only when somebody sleeps: waits of an hour take no time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = 0.0

    def clock(self) -> float:
        with self._lock:
            return self._now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._now += seconds


def client_for(platform: str, base_url: str, changes: Mapping[str, Any]) -> Any:
    """A client as a hook would make it, but for the clock and what the case changes."""
    hands = Hands()
    timing = {"clock": hands.clock, "sleep": hands.sleep}
    return _MAKERS[platform](base_url, {**timing, **changes})


def _meta(base_url: str, changes: Mapping[str, Any]) -> meta.Client:
    given = {"host": f"{base_url}/meta", "access_token": credentials.META_TOKEN}
    return meta.Client(**{**given, **changes})


def _google_ads(base_url: str, changes: Mapping[str, Any]) -> google_ads.Client:
    given = {
        "host": f"{base_url}/google_ads",
        "client_id": credentials.GOOGLE_CLIENT_ID,
        "client_secret": credentials.GOOGLE_CLIENT_SECRET,
        "refresh_token": credentials.GOOGLE_REFRESH_TOKEN,
        "token_url": f"{base_url}/google_ads/token",
    }
    return google_ads.Client(**{**given, **changes})


def _x_ads(base_url: str, changes: Mapping[str, Any]) -> x_ads.Client:
    given = {
        "host": f"{base_url}/x_ads",
        "consumer_key": credentials.X_CONSUMER_KEY,
        "consumer_secret": credentials.X_CONSUMER_SECRET,
        "access_token": credentials.X_ACCESS_TOKEN,
        "access_token_secret": credentials.X_ACCESS_TOKEN_SECRET,
    }
    return x_ads.Client(**{**given, **changes})


def _linkedin_ads(base_url: str, changes: Mapping[str, Any]) -> linkedin_ads.Client:
    given = {
        "host": f"{base_url}/linkedin_ads",
        "access_token": credentials.LINKEDIN_TOKEN,
        "refresh_token": credentials.LINKEDIN_REFRESH_TOKEN,
        "client_id": credentials.LINKEDIN_CLIENT_ID,
        "client_secret": credentials.LINKEDIN_CLIENT_SECRET,
        "token_url": f"{base_url}/linkedin_ads/oauth/v2/accessToken",
    }
    return linkedin_ads.Client(**{**given, **changes})


_MAKERS: Mapping[str, Callable[[str, Mapping[str, Any]], Any]] = MappingProxyType(
    {
        "meta": _meta,
        "google_ads": _google_ads,
        "x_ads": _x_ads,
        "linkedin_ads": _linkedin_ads,
    }
)

"""How an access token for Google Ads is asked for: with a refresh token, or with a key.

The key is that of a service account that has been given access to the ad accounts; it is
the JSON file that Google Cloud offers once, as text.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Protocol

import jwt
import requests

from include.errors import ConfigurationError, SchemaDrift
from include.sources.google_ads_errors import token_verdict
from include.sources.http import call, mapping

SCOPE = "https://www.googleapis.com/auth/adwords"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# Google takes no assertion that holds longer.
ASSERTION_S = 3600


class Grant(Protocol):
    """What gives access, until a person takes it back."""

    @property
    def app(self) -> str:
        """Whose quota is used; no secret."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Texts that must appear nowhere."""

    def form(self, token_url: str) -> dict[str, str]:
        """What is posted to the token address."""


class RefreshToken:
    """A person's consent, given to an OAuth client."""

    def __init__(self, client_id: str, client_secret: str, refresh_token: str) -> None:
        self.app = client_id
        self.secrets: tuple[str, ...] = (client_secret, refresh_token)
        self._form = {
            "grant_type": "refresh_token",
            "client_id": client_id,
            "client_secret": client_secret,
            "refresh_token": refresh_token,
        }

    def form(self, token_url: str) -> dict[str, str]:
        """The same each time."""
        return self._form


class ServiceAccount:
    """A service account's key.

    Args:
        key: the text of its JSON file.
        wall_clock: seconds since 1970; the assertion says when it was made.

    Raises:
        ConfigurationError: it is not such a file.
    """

    def __init__(self, key: str, *, wall_clock: Callable[[], float]) -> None:
        try:
            fields = json.loads(key)
            self.app: str = fields["client_email"]
            self._private_key: str = fields["private_key"]
            self._key_id: str | None = fields.get("private_key_id")
        except (ValueError, TypeError, KeyError) as error:
            raise ConfigurationError(
                "google_ads: the service account key is not the JSON file that Google Cloud "
                f"offers ({type(error).__name__}); it has client_email and private_key. Put the "
                "whole file's text into the connection."
            ) from None  # the parser's message would show parts of the key
        self.secrets: tuple[str, ...] = (key, self._private_key)
        self._wall_clock = wall_clock

    def form(self, token_url: str) -> dict[str, str]:
        """A fresh assertion, signed with the key.

        Raises:
            ConfigurationError: the key cannot sign.
        """
        now = int(self._wall_clock())
        claims = {
            "iss": self.app,
            "scope": SCOPE,
            "aud": token_url,
            "iat": now,
            "exp": now + ASSERTION_S,
        }
        headers = {"kid": self._key_id} if self._key_id else None
        try:
            assertion = jwt.encode(claims, self._private_key, algorithm="RS256", headers=headers)
        except (ValueError, TypeError, jwt.exceptions.PyJWTError) as error:
            raise ConfigurationError(
                f"google_ads: private_key of the service account {self.app} is no RSA key "
                f"({type(error).__name__}). Make a new key in Google Cloud and put the whole "
                "file's text into the connection."
            ) from None
        return {"grant_type": JWT_BEARER, "assertion": assertion}


def ask_token(session: requests.Session, grant: Grant, token_url: str) -> tuple[str, float]:
    """An access token and the seconds that it holds.

    Raises:
        AuthenticationExpired: the grant was withdrawn or is wrong.
        ConfigurationError, RateLimited, SchemaDrift, SourceUnavailable: see each.
    """
    where = "google_ads: token"
    form = grant.form(token_url)
    answer = call(
        session,
        "POST",
        token_url,
        where=where,
        verdict=token_verdict,
        # The new token is in this very reply, which is shown to nobody.
        secrets=(*grant.secrets, form.get("assertion", "")),
        data=form,
    )
    fields = mapping(answer, where)
    token, expires_in = fields.get("access_token"), fields.get("expires_in")
    if not isinstance(token, str) or not isinstance(expires_in, int | float):
        raise SchemaDrift(
            f"{where}: the token reply has keys {sorted(fields)}, expected access_token and "
            "expires_in. Check the connection's token address."
        )
    return token, float(expires_in)

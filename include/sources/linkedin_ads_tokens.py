"""The token that LinkedIn is asked with, and how long it still lives.

An access token lives 60 days. With a refresh token, which lives 365 days from the first
grant, a new access token is made when a reading begins: so it never dies in between, and
every night's answer says how long the refresh token has left.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import requests

from include.errors import (
    AuthenticationExpired,
    ConfigurationError,
    RateLimited,
    SchemaDrift,
    SourceUnavailable,
)
from include.sources.http import Answer, call, hide
from include.sources.linkedin_ads_errors import verdict_of_tokens
from include.sources.tokens import AccessToken

log = logging.getLogger(__name__)

WHERE = "linkedin_ads: token"
WARN_DAYS = 14
_DAY_S = 86_400.0


class Tokens:
    """Gives the access token, made from the refresh token when there is one.

    Raises:
        ConfigurationError: neither token is given, or a refresh token without its client.
    """

    def __init__(
        self,
        *,
        access_token: str | None,
        refresh_token: str | None,
        client_id: str | None,
        client_secret: str | None,
        token_url: str,
        session: requests.Session,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not access_token and not refresh_token:
            raise ConfigurationError(
                f"{WHERE}: the connection has neither an access token (password) nor a refresh "
                "token. Put one in."
            )
        if refresh_token and not (client_id and client_secret):
            raise ConfigurationError(
                f"{WHERE}: a refresh token needs the OAuth client id and secret beside it. Put "
                "them into the connection, or take the refresh token out."
            )
        self._given = access_token
        self._refresh_token = refresh_token
        self._client = {"client_id": client_id or "", "client_secret": client_secret or ""}
        self._url = token_url
        self._session = session
        self._renewed = AccessToken(self._renew, clock=clock) if refresh_token else None
        self._looked = False
        known = (access_token, refresh_token, client_secret)
        self._secrets = tuple(secret for secret in known if secret)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything that must appear in no message, address or stored reply."""
        return self._secrets

    def value(self) -> str:
        """The access token to send now."""
        return self._given or "" if self._renewed is None else self._renewed.value()

    def refused(self, token: str) -> bool:
        """LinkedIn refused this token; whether the next `value()` is another one."""
        return self._renewed is not None and self._renewed.refused(token)

    def can_be_young(self) -> bool:
        """Whether the token may just have been made; LinkedIn takes a new one after seconds."""
        return self._renewed is not None

    def look(self, now: datetime) -> None:
        """Ask, once, how long an access token that cannot be renewed still lives.

        LinkedIn tells it to the token's own client only. A reading never fails over this.
        """
        if self._looked or self._renewed is not None or not all(self._client.values()):
            return
        self._looked = True
        try:
            answer = self._ask("introspectToken", {"token": self._given or ""})
        except (
            AuthenticationExpired,
            ConfigurationError,
            RateLimited,
            SchemaDrift,
            SourceUnavailable,
        ) as error:
            log.info("%s: its end could not be asked for: %s", WHERE, error)
            return
        ends = answer.get("expires_at")
        if isinstance(ends, int) and not isinstance(ends, bool):
            self._warn("access token", ends - now.astimezone(UTC).timestamp())

    def _renew(self) -> tuple[str, float]:
        answer = self._ask(
            "accessToken",
            {"grant_type": "refresh_token", "refresh_token": self._refresh_token or ""},
        )
        token, holds_s = answer.get("access_token"), _seconds(answer.get("expires_in"))
        if not isinstance(token, str) or not token or holds_s is None:
            raise SchemaDrift(
                f"{WHERE}: the reply has no access_token with a time in expires_in; its fields are "
                f"{sorted(map(str, answer))[:8]}. Check the connection's token address."
            )
        self._secrets = tuple(dict.fromkeys((*self._secrets, token)))
        following = answer.get("refresh_token")
        if isinstance(following, str) and following and following != self._refresh_token:
            self._secrets = tuple(dict.fromkeys((*self._secrets, following)))
            self._refresh_token = following
            log.warning(
                "%s: LinkedIn gave another refresh token. It is used until this task ends; the "
                "connection still holds the old one, which may stop working.",
                WHERE,
            )
        left_s = _seconds(answer.get("refresh_token_expires_in"))
        if left_s is not None:
            self._warn("refresh token", left_s)
        return token, holds_s

    def _ask(self, resource: str, form: dict[str, str]) -> dict[str, Any]:
        answer: Answer = call(
            self._session,
            "POST",
            # Both stand beside each other; a connection names the first.
            f"{self._url.rsplit('/', 1)[0]}/{resource}" if resource != "accessToken" else self._url,
            where=WHERE,
            verdict=self._verdict,
            secrets=(),  # the tokens in the answer are what is asked for; it is kept nowhere
            data={**form, **self._client},
        )
        if not isinstance(answer.body, dict):  # shows nothing of it: it may hold a token
            raise SchemaDrift(
                f"{WHERE}: expected a JSON object, got a {type(answer.body).__name__}. Check the "
                "connection's token address."
            )
        return answer.body

    def _verdict(self, answer: Answer, where: str) -> Exception | None:
        shown = hide(answer.content, self._secrets)
        return verdict_of_tokens(Answer(answer.status, answer.url, answer.headers, shown), where)

    def _warn(self, which: str, left_s: float) -> None:
        if left_s < WARN_DAYS * _DAY_S:
            log.warning(
                "%s: the %s dies in %d days. Grant access again and put the new tokens into the "
                "connection before.",
                WHERE,
                which,
                max(0, int(left_s // _DAY_S)),
            )


def _seconds(value: Any) -> float | None:
    """A time that lies ahead, in seconds."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e10:
        return None
    return float(value)

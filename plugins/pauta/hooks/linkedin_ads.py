"""Connection type `linkedin_ads`: a Connection in, a client out."""

from __future__ import annotations

from typing import Any

from airflow.sdk import BaseHook

from include.errors import ConfigurationError
from include.sources import linkedin_ads
from pauta.hooks.fields import Fields
from pauta.hooks.testing import outcome

LABELS = {
    "host": "API address",
    "login": "OAuth client id",
    "password": "Access token",
    "client_secret": "OAuth client secret",
    "page_size": "Page size",
    "concurrency": "Calls at once",
    "slice_days": "Days at once",
    "cut_at": "Rows at which answers are cut",
}
# Facts of LinkedIn's that its documents do not settle; see docs/sources/linkedin_ads.md.
NUMBERS = ("page_size", "concurrency", "slice_days", "cut_at")


class LinkedInAdsHook(BaseHook):
    """LinkedIn Marketing API. `password` is the access token; a refresh token makes new ones."""

    conn_name_attr = "conn_id"
    default_conn_name = "linkedin_ads_default"
    conn_type = "linkedin_ads"
    hook_name = "LinkedIn Ads"

    def __init__(self, conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.conn_id = conn_id

    def fields(self) -> Fields:
        """The connection's fields."""
        return Fields(self.get_connection(self.conn_id), LABELS)

    def get_conn(self) -> linkedin_ads.Client:
        """A client with the connection's token.

        Raises:
            ConfigurationError: a field is missing or no number; a refresh token needs the
                client's id and secret beside it.
        """
        fields = self.fields()
        refresh_token = fields.optional("refresh_token")
        return linkedin_ads.Client(
            host=fields.host(),
            access_token=fields.required("password"),
            refresh_token=refresh_token,
            # Without a refresh token they are not needed, but tell when the access token dies.
            client_id=fields.required("login") if refresh_token else fields.optional("login"),
            client_secret=fields.required("client_secret")
            if refresh_token
            else fields.optional("client_secret"),
            version=fields.optional("version") or linkedin_ads.VERSION,
            token_url=fields.optional("token_url") or linkedin_ads.TOKEN_URL,
            **self._numbers(fields),
        )

    def _numbers(self, fields: Fields) -> dict[str, Any]:
        """The whole numbers among the extras that are filled in."""
        found = {}
        for name in NUMBERS:
            text = fields.optional(name)
            if text is not None and not text.isdecimal():
                raise ConfigurationError(
                    f"connection {self.conn_id}: {LABELS[name]} (extra.{name}) is {text!r}, "
                    "expected a whole number."
                )
            if text is not None:
                found[name] = int(text)
        return found

    def image_hosts(self) -> frozenset[str]:
        """Hosts that pictures may be fetched from."""
        return self.fields().image_hosts(linkedin_ads.IMAGE_HOSTS)

    def test_connection(self) -> tuple[bool, str]:
        """Make one cheap call with the connection's token."""
        return outcome(lambda: self.get_conn().check(), "LinkedIn took the access token.")

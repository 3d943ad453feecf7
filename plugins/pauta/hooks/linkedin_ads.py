"""Connection type `linkedin_ads`: a Connection in, a client out."""

from __future__ import annotations

from airflow.sdk import BaseHook

from include.sources import linkedin_ads
from pauta.hooks.fields import Fields
from pauta.hooks.testing import outcome

LABELS = {
    "host": "API address",
    "login": "OAuth client id",
    "password": "Access token",
    "client_secret": "OAuth client secret",
}


class LinkedInAdsHook(BaseHook):
    """LinkedIn Marketing API. `password` is the access token; a refresh token renews it."""

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
            ConfigurationError: a field is missing; a refresh token needs the client's id and
                secret beside it.
        """
        fields = self.fields()
        refresh_token = fields.optional("refresh_token")
        return linkedin_ads.Client(
            host=fields.host(),
            access_token=fields.required("password"),
            refresh_token=refresh_token,
            client_id=fields.required("login") if refresh_token else None,
            client_secret=fields.required("client_secret") if refresh_token else None,
            **fields.chosen(version=linkedin_ads.VERSION, token_url=linkedin_ads.TOKEN_URL),
        )

    def image_hosts(self) -> frozenset[str]:
        """Hosts that pictures may be fetched from."""
        return self.fields().image_hosts(linkedin_ads.IMAGE_HOSTS)

    def test_connection(self) -> tuple[bool, str]:
        """Make one cheap call with the connection's token."""
        return outcome(lambda: self.get_conn().check(), "LinkedIn took the access token.")

"""Connection type `google_ads`: a Connection in, a client out."""

from __future__ import annotations

from airflow.sdk import BaseHook

from include.sources import google_ads
from pauta.hooks.fields import Fields
from pauta.hooks.testing import outcome

LABELS = {
    "host": "API address",
    "login": "OAuth client id",
    "password": "OAuth refresh token",
    "client_secret": "OAuth client secret",
    "service_account": "Service account key",
}


class GoogleAdsHook(BaseHook):
    """Google Ads API. `login` is the OAuth client id, `password` the refresh token.

    Or, in place of these and the client secret, `service_account`: the text of a service
    account's key file.
    """

    conn_name_attr = "conn_id"
    default_conn_name = "google_ads_default"
    conn_type = "google_ads"
    hook_name = "Google Ads"

    def __init__(self, conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.conn_id = conn_id

    def fields(self) -> Fields:
        """The connection's fields."""
        return Fields(self.get_connection(self.conn_id), LABELS)

    def get_conn(self) -> google_ads.Client:
        """A client that renews its access tokens itself.

        Raises:
            ConfigurationError: a field is missing.
        """
        fields = self.fields()
        key = fields.optional("service_account")
        own = fields.required if key is None else fields.optional
        return google_ads.Client(
            host=fields.host(),
            client_id=own("login") or "",
            client_secret=own("client_secret") or "",
            refresh_token=own("password") or "",
            service_account=key,
            login_customer_id=fields.optional("login_customer_id"),
            developer_token=fields.optional("developer_token"),
            token_url=fields.optional("token_url") or google_ads.TOKEN_URL,
            version=fields.optional("version") or google_ads.VERSION,
            posters=fields.optional("posters") or google_ads.POSTERS,
        )

    def image_hosts(self) -> frozenset[str]:
        """Hosts that pictures may be fetched from."""
        return self.fields().image_hosts(google_ads.IMAGE_HOSTS)

    def test_connection(self) -> tuple[bool, str]:
        """Ask for an access token and make one cheap call with it."""
        return outcome(lambda: self.get_conn().check(), "Google took the refresh token.")

"""Connection type `x_ads`: a Connection in, a client out."""

from __future__ import annotations

from airflow.sdk import BaseHook

from include.sources import x_ads
from pauta.hooks.fields import Fields
from pauta.hooks.testing import outcome

LABELS = {
    "host": "API address",
    "login": "API key",
    "password": "API key secret",
    "access_token": "Access token",
    "access_token_secret": "Access token secret",
    "download_hosts": "Download hosts",
}


class XAdsHook(BaseHook):
    """X Ads API. `login` and `password` are the API key and its secret."""

    conn_name_attr = "conn_id"
    default_conn_name = "x_ads_default"
    conn_type = "x_ads"
    hook_name = "X Ads"

    def __init__(self, conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.conn_id = conn_id

    def fields(self) -> Fields:
        """The connection's fields."""
        return Fields(self.get_connection(self.conn_id), LABELS)

    def get_conn(self) -> x_ads.Client:
        """A client that signs its requests with the connection's four secrets.

        Raises:
            ConfigurationError: a field is missing.
        """
        fields = self.fields()
        names = (fields.optional("download_hosts") or "").split(",")
        hosts = frozenset(name.strip().lower() for name in names if name.strip())
        return x_ads.Client(
            host=fields.host(),
            consumer_key=fields.required("login"),
            consumer_secret=fields.required("password"),
            access_token=fields.required("access_token"),
            access_token_secret=fields.required("access_token_secret"),
            download_hosts=hosts or x_ads.DOWNLOAD_HOSTS,
            version=fields.optional("version") or x_ads.VERSION,
        )

    def image_hosts(self) -> frozenset[str]:
        """Hosts that pictures may be fetched from."""
        return self.fields().image_hosts(x_ads.IMAGE_HOSTS)

    def test_connection(self) -> tuple[bool, str]:
        """Make one cheap call, signed with the connection's secrets."""
        return outcome(lambda: self.get_conn().check(), "X took the signature.")

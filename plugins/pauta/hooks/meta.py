"""Connection type `meta`: a Connection in, a client out."""

from __future__ import annotations

from airflow.sdk import BaseHook

from include.sources import meta
from pauta.hooks.fields import Fields
from pauta.hooks.testing import outcome

LABELS = {
    "host": "API address",
    "password": "Access token",
    "app_secret": "App secret",
    "insights_filter": "Insights filter",
    "attribution_windows": "Attribution windows",
}


class MetaHook(BaseHook):
    """Meta Marketing API. `password` is the access token of a system user."""

    conn_name_attr = "conn_id"
    default_conn_name = "meta_default"
    conn_type = "meta"
    hook_name = "Meta Ads"

    def __init__(self, conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.conn_id = conn_id

    def fields(self) -> Fields:
        """The connection's fields."""
        return Fields(self.get_connection(self.conn_id), LABELS)

    def get_conn(self) -> meta.Client:
        """A client with the connection's token; it proves the app's secret when one is given.

        Raises:
            ConfigurationError: a field is missing, or says what nobody understands.
        """
        fields = self.fields()
        chosen = fields.chosen(
            version=meta.VERSION,
            insights_filter=meta.INSIGHTS_FILTER,
            attribution_windows=",".join(meta.ATTRIBUTION_WINDOWS),
        )
        windows = [name.strip() for name in chosen["attribution_windows"].split(",")]
        return meta.Client(
            host=fields.host(),
            access_token=fields.required("password"),
            app_secret=fields.optional("app_secret"),
            version=chosen["version"],
            insights_filter=chosen["insights_filter"],
            attribution_windows=[name for name in windows if name not in {"", "none"}],
        )

    def image_hosts(self) -> frozenset[str]:
        """Hosts that pictures may be fetched from."""
        return self.fields().image_hosts(meta.IMAGE_HOSTS)

    def test_connection(self) -> tuple[bool, str]:
        """Make one cheap call with the connection's token."""
        return outcome(lambda: self.get_conn().check(), "Meta took the access token.")

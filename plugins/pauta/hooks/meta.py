"""Connection type `meta`: a Connection in, a client out."""

from __future__ import annotations

from airflow.sdk import BaseHook

from include.sources import meta
from pauta.hooks.fields import Fields
from pauta.hooks.testing import outcome

LABELS = {"host": "API address", "password": "Access token"}


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
        """A client with the connection's token.

        Raises:
            ConfigurationError: a field is missing.
        """
        fields = self.fields()
        return meta.Client(
            host=fields.host(),
            access_token=fields.required("password"),
            **fields.chosen(version=meta.VERSION),
        )

    def image_hosts(self) -> frozenset[str]:
        """Hosts that pictures may be fetched from."""
        return self.fields().image_hosts(meta.IMAGE_HOSTS)

    def test_connection(self) -> tuple[bool, str]:
        """Make one cheap call with the connection's token."""
        return outcome(lambda: self.get_conn().check(), "Meta took the access token.")

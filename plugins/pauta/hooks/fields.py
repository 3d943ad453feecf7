"""Reads the fields of a platform's connection, and says which one is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.errors import ConfigurationError

if TYPE_CHECKING:
    from airflow.sdk import Connection


class Fields:
    """The fields of one connection, by the names people see on its form.

    `labels` maps a field to the words on the form: `host`, `login` and `password` are relabelled
    there, the rest are extras.
    """

    def __init__(self, connection: Connection, labels: dict[str, str]) -> None:
        self.connection = connection
        self.labels = labels
        self.extra: dict[str, Any] = connection.extra_dejson

    def optional(self, name: str) -> str | None:
        """The field's text, or None when it is empty or missing."""
        value = (
            getattr(self.connection, name)
            if name in {"host", "login", "password"}
            else self.extra.get(name)
        )
        return str(value).strip() or None if value is not None else None

    def required(self, name: str) -> str:
        """The field's text.

        Raises:
            ConfigurationError: it is empty or missing; says which one and where to set it.
        """
        value = self.optional(name)
        if value is None:
            place = name if name in {"host", "login", "password"} else f"extra.{name}"
            raise ConfigurationError(
                f"connection {self.connection.conn_id}: {self.labels[name]} ({place}) is empty. "
                f"Set it under Admin > Connections > {self.connection.conn_id}, or in the "
                f"environment variable AIRFLOW_CONN_{self.connection.conn_id.upper()}."
            )
        return value

    def host(self) -> str:
        """The address of the API.

        Raises:
            ConfigurationError: it is missing, or no address.
        """
        host = self.required("host")
        if not host.startswith(("https://", "http://")):
            raise ConfigurationError(
                f"connection {self.connection.conn_id}: {self.labels['host']} (host) is {host!r}, "
                "expected a whole address such as https://api.example.com."
            )
        return host

    def chosen(self, **defaults: str) -> dict[str, str]:
        """Each named field when it is filled in, else its default."""
        return {name: self.optional(name) or default for name, default in defaults.items()}

    def image_hosts(self, default: frozenset[str]) -> frozenset[str]:
        """Hosts that pictures may come from; a list, or text with commas."""
        value = self.extra.get("image_hosts")
        names = value if isinstance(value, list) else str(value or "").split(",")
        return (
            frozenset(str(name).strip().lower() for name in names if str(name).strip()) or default
        )

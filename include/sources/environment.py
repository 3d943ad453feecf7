"""A platform's client with what environment variables say, for the `pauta` command.

Each keyword of a client has a variable: `META_ACCESS_TOKEN` is the `access_token` of Meta's, and
`LINKEDIN_ADS_PAGE_SIZE` the `page_size` of LinkedIn's. An Airflow connection in its own variable
(`AIRFLOW_CONN_META_DEFAULT`, as JSON or URI) is read without Airflow, field by field as the
connection types of `pauta.hooks` do; a variable of its own goes before it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import import_module
from inspect import signature
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from include.errors import ConfigurationError

# What a platform cannot do without; one set of each tuple is enough, the usual one first.
REQUIRED: dict[str, tuple[tuple[str, ...], ...]] = {
    "meta": (("access_token",),),
    "google_ads": (("client_id", "client_secret", "refresh_token"), ("service_account",)),
    "x_ads": (("consumer_key", "consumer_secret", "access_token", "access_token_secret"),),
    "linkedin_ads": (("access_token",), ("refresh_token", "client_id", "client_secret")),
}
# What a connection's two named fields hold; everything else stands among its extras.
FIELDS: dict[str, dict[str, str]] = {
    "meta": {"password": "access_token"},
    "google_ads": {"login": "client_id", "password": "refresh_token"},
    "x_ads": {"login": "consumer_key", "password": "consumer_secret"},
    "linkedin_ads": {"login": "client_id", "password": "access_token"},
}
_NUMBERS = {"int": int, "float": float}
_TEXTS = frozenset({"str", "str | None"})
_LISTS = {"Sequence[str]": tuple, "frozenset[str]": frozenset}


def client_from(
    environment: Mapping[str, str],
    platform: str,
    *,
    host: str | None = None,
    connection: str | None = None,
) -> Any:
    """The platform's client; see `keywords_from`."""
    make = import_module(f"include.sources.{platform}").Client
    return make(**keywords_from(environment, platform, host=host, connection=connection))


def keywords_from(
    environment: Mapping[str, str],
    platform: str,
    *,
    host: str | None = None,
    connection: str | None = None,
) -> dict[str, Any]:
    """What the platform's client is to be made with.

    Args:
        host: base URL of the API; None takes the connection's, else the platform's own.
        connection: id of an Airflow connection in `AIRFLOW_CONN_<ID>`.

    Raises:
        ConfigurationError: a credential is missing, all that are being named; or a variable
            is no number where one is expected.
    """
    told = _of_connection(environment, platform, connection)
    make = import_module(f"include.sources.{platform}").Client
    found: dict[str, Any] = {}
    for word, parameter in signature(make).parameters.items():
        variable = f"{platform}_{word}".upper()
        value = environment.get(variable) or told.get(word)
        if word != "host" and value not in (None, ""):
            found[word] = _typed(value, str(parameter.annotation), variable)
    given = {word: value for word, value in found.items() if value is not None}
    if "login_customer_id" in given:
        given["login_customer_id"] = given["login_customer_id"].replace("-", "")
    _check_complete(given, platform, connection)
    address = host or told.get("host")
    if address:
        if not str(address).startswith(("https://", "http://")):
            raise ConfigurationError(
                f"{platform}: the address is {address!r:.80}, expected a whole one such as "
                "https://api.example.com."
            )
        given["host"] = address
    return given


def image_hosts_from(
    environment: Mapping[str, str], platform: str, *, connection: str | None = None
) -> frozenset[str]:
    """Where pictures may come from: the connection's `image_hosts`, else the platform's own."""
    told = _of_connection(environment, platform, connection).get("image_hosts")
    names = told if isinstance(told, list) else str(told or "").split(",")
    found = frozenset(str(name).strip().lower() for name in names if str(name).strip())
    own: frozenset[str] = import_module(f"include.sources.{platform}").IMAGE_HOSTS
    return found or own


def read_connection(environment: Mapping[str, str], connection: str) -> dict[str, Any]:
    """An Airflow connection from its variable: `host`, `login`, `password`, and its extras.

    Raises:
        ConfigurationError: the variable is missing, or neither JSON nor a URI. The value, which
            holds secrets, is not shown.
    """
    variable = f"AIRFLOW_CONN_{connection.upper()}"
    text = environment.get(variable, "").strip()
    if not text:
        raise ConfigurationError(
            f"the environment has no {variable}. A connection that is kept in Airflow's database "
            "or in a secrets backend cannot be read from here: set the variable (airflow "
            f"connections get {connection} -o json shows the fields), or set the platform's own "
            "variables."
        )
    try:
        return _of_json(text) if text.startswith("{") else _of_uri(text)
    except ValueError:
        raise ConfigurationError(
            f'{variable} is neither JSON such as {{"host": …, "password": …}} nor a URI such '
            "as meta://login:password@host/?key=value with every part percent-encoded."
        ) from None


def _of_connection(
    environment: Mapping[str, str], platform: str, connection: str | None
) -> dict[str, Any]:
    """The connection's fields by the words of the client."""
    if connection is None:
        return {}
    told = read_connection(environment, connection)
    names = FIELDS[platform]
    return {names.get(name, name): value for name, value in told.items() if value not in (None, "")}


def _check_complete(given: Mapping[str, Any], platform: str, connection: str | None) -> None:
    ways = REQUIRED[platform]
    if not any(set(words) <= set(given) for words in ways):
        # The way that was begun, else the usual one.
        begun = max(ways, key=lambda words: len(set(words) & set(given)))
        lacking = [word for word in begun if word not in given]
        names = ", ".join(f"{platform}_{word}".upper() for word in lacking)
        beside = f", nor does the connection {connection}" if connection else ""
        raise ConfigurationError(
            f"{platform}: the environment lacks {names}{beside}. Set them, or run the DAG "
            f"collect_{platform}, which reads the connection {platform}_default."
        )


def _typed(value: Any, kind: str, variable: str) -> Any:
    """A setting in the type of the client's keyword; None where no text can stand for it."""
    if kind in _TEXTS:
        return str(value)
    if kind in _LISTS:
        parts = value if isinstance(value, list) else str(value).split(",")
        return _LISTS[kind](str(part).strip() for part in parts if str(part).strip())
    if kind not in _NUMBERS:
        return None
    try:
        return _NUMBERS[kind](value)
    except (TypeError, ValueError) as error:
        raise ConfigurationError(
            f"{variable} (or the connection's extra of that name) is {value!r:.40}, expected a "
            "number."
        ) from error


def _of_json(text: str) -> dict[str, Any]:
    fields = json.loads(text)
    extra = fields.get("extra") or {}
    if isinstance(extra, str):
        extra = json.loads(extra)
    return _fields(
        host=fields.get("host"),
        port=fields.get("port"),
        login=fields.get("login"),
        password=fields.get("password"),
        extra=extra,
    )


def _of_uri(text: str) -> dict[str, Any]:
    """`type://login:password@host:port/?extra`; the host may have a protocol, `type://https://…`."""
    kind, between, rest = text.partition("://")
    if not kind or not between:
        raise ValueError("no URI")
    protocol, nested, after = rest.partition("://")
    parts = urlsplit(f"//{after if nested else rest}")
    host = unquote(parts.netloc.rsplit("@", 1)[-1].split(":", 1)[0])
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return _fields(
        host=f"{protocol}://{host}" if nested else host,
        port=parts.port,
        login=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        extra=json.loads(query["__extra__"]) if "__extra__" in query else query,
    )


def _fields(*, host: Any, port: Any, login: Any, password: Any, extra: Any) -> dict[str, Any]:
    if not isinstance(extra, dict):
        raise ValueError("extras that are no mapping")
    if host and port:
        host = f"{host}:{port}"
    return {**extra, "host": host, "login": login, "password": password}

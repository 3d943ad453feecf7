"""Where a file that a platform refers to may be fetched from: names first, then addresses.

A link comes from outside. Its host must be on the connection's list; and what the name
resolves to must not lie inside the company's network, also when the name's owner changes
his mind between two questions: the address that was checked is the one connected to.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Any
from urllib.parse import SplitResult, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

_PORTS = {"http": 80, "https": 443}
# IPv6 forms that carry an IPv4 address in their last 32 bits.
_CARRIERS = tuple(map(ipaddress.IPv6Network, ("::/96", "::ffff:0:0/96", "64:ff9b::/96")))


class AddressRefused(Exception):
    """A name leads to an address that files are not fetched from; `str()` says which."""


def allowed(url: str, hosts: frozenset[str]) -> bool:
    """Whether the list names this address.

    Args:
        hosts: `host` or `*.domain` over https on its usual port, and `host:port` (as in a
            sandbox or an own mirror) over http too.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    host = (parts.hostname or "").lower()
    if not host or parts.username is not None or parts.scheme not in _PORTS:
        return False
    if f"{host}:{port or _PORTS[parts.scheme]}" in hosts:
        return True
    if parts.scheme != "https" or port not in {None, 443}:
        return False
    return host in hosts or any(
        host.endswith(pattern[1:]) for pattern in hosts if pattern.startswith("*.")
    )


def public(address: str) -> bool:
    """Whether an IP address is one of the open Internet.

    False for private, loopback, link-local, shared, reserved, multicast and documentation
    ranges, also when an IPv6 form wraps such an IPv4 address.
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.sixtofour is not None or found.teredo is not None:
            return False  # tunnels of the nineties; no image host lives there
        if any(found in carrier for carrier in _CARRIERS):
            found = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
    return found.is_global and not found.is_multicast and not found.is_reserved


def checked_session(session: requests.Session, hosts: frozenset[str]) -> requests.Session:
    """A session like this one, but to public addresses only, or to a `host:port` of the list.

    A proxy that is configured for the worker is used; it then resolves the names, and what
    it lets through is its own rule.
    """
    checked = requests.Session()
    checked.headers = session.headers
    checked.verify, checked.cert = session.verify, session.cert
    checked.proxies, checked.trust_env = session.proxies, session.trust_env
    adapter = _CheckedAdapter(hosts)
    checked.mount("http://", adapter)
    checked.mount("https://", adapter)
    return checked


def place(url: str) -> str:
    """Host and port of an address, for messages: picture links are signed."""
    try:
        parts: SplitResult = urlsplit(url)
    except ValueError:
        return "an address that is none"
    return parts.netloc.rsplit("@", 1)[-1] or f"{parts.scheme or 'no'} address"


def addresses_of(host: str, port: int, hosts: frozenset[str]) -> list[str]:
    """What the name resolves to, in the resolver's order.

    Raises:
        AddressRefused: one of them is not public, and `host:port` is not on the list.
        socket.gaierror: the name is unknown.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if f"{host.lower()}:{port}" in hosts:
        return addresses
    inside = [address for address in addresses if not public(address)]
    if inside:
        raise AddressRefused(
            f"{host} leads to {inside[0]}, which is no public address; if that is your own mirror, "
            f"put {host}:{port} among the connection's image hosts"
        )
    return addresses


class _CheckedAdapter(HTTPAdapter):
    def __init__(self, hosts: frozenset[str]) -> None:
        self._hosts = hosts
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = _pools(self._hosts)


def _pools(hosts: frozenset[str]) -> dict[str, type[HTTPConnectionPool]]:
    """Connection pools whose connections check where they go."""

    class Checked(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _connected(self, hosts)

    class CheckedTls(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _connected(self, hosts)  # TLS then asks for the certificate of the name

    class Pool(HTTPConnectionPool):
        ConnectionCls = Checked

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = CheckedTls

    return {"http": Pool, "https": TlsPool}


def _connected(connection: HTTPConnection, hosts: frozenset[str]) -> socket.socket:
    """A socket to the first of the name's checked addresses that answers.

    The name is asked for once, and what is connected to is what was checked.
    """
    try:
        addresses = addresses_of(connection.host, connection.port or 0, hosts)
    except socket.gaierror as error:
        raise NameResolutionError(connection.host, connection, error) from error
    failure: OSError = OSError("the name has no address")
    for address in addresses:
        try:
            return create_connection(
                (address, connection.port),
                connection.timeout,
                source_address=connection.source_address,
                socket_options=connection.socket_options,
            )
        except OSError as error:  # a time-out among them
            failure = error
    raise NewConnectionError(connection, f"no connection: {failure}") from failure

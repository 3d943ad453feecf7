"""Where picture files may come from: the address that is checked is the one connected to."""

from __future__ import annotations

import socket

import pytest
import requests

from include.sources.addresses import (
    AddressRefused,
    addresses_of,
    allowed,
    checked_session,
    place,
    public,
)
from include.sources.images import fetch_images
from include.store import LocalStore


@pytest.fixture
def names(monkeypatch):
    """Names and what they resolve to; each question takes the next list of addresses."""
    answers: dict[str, list[list[str]]] = {}
    asked: list[str] = []
    real = socket.getaddrinfo

    def resolve(host, port, *arguments, **options):
        if host in answers:
            asked.append(host)
            given = answers[host].pop(0) if len(answers[host]) > 1 else answers[host][0]
        elif host.startswith("157."):
            given = [host]
        else:
            return real(host, port, *arguments, **options)
        if not given:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [
            (
                socket.AF_INET6 if ":" in address else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (address, port),
            )
            for address in given
        ]

    # What cannot be run here: a name server that changes its mind.
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return answers, asked


@pytest.fixture
def connected(monkeypatch):
    """Addresses that a connection was tried to; none of them answers."""
    tried: list[str] = []

    def connect(self, address):
        tried.append(address[0])
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket.socket, "connect", connect)
    return tried


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("157.240.1.1", True),
        ("2a03:2880:f10c::1", True),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - an address to refuse
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("192.0.2.7", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:157.240.1.1", True),
        ("::127.0.0.1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b::9df0:101", True),
        ("2002:7f00:1::", False),
        ("2001:0:1:2:3:4:5:6", False),
    ],
)
def test_public_addresses(address, expected):
    """Private, loopback, link-local, shared, reserved and wrapped ones are not public."""
    assert public(address) is expected


def test_one_private_address_among_several_refuses_the_name(names):
    """Every address a name resolves to is looked at, not only the first."""
    answers, _ = names
    answers["cdn.example.com"] = [["157.240.1.1", "10.0.0.8"]]
    with pytest.raises(AddressRefused, match=r"cdn\.example\.com leads to 10\.0\.0\.8"):
        addresses_of("cdn.example.com", 443, frozenset({"cdn.example.com"}))


def test_an_own_mirror_is_named_with_its_port(names):
    """`host:port` is a decision of whoever wrote the connection, for that port only."""
    answers, _ = names
    answers["mirror.corp"] = [["10.0.0.8"]]
    hosts = frozenset({"mirror.corp:8080"})
    assert addresses_of("mirror.corp", 8080, hosts) == ["10.0.0.8"]
    with pytest.raises(AddressRefused):
        addresses_of("mirror.corp", 443, hosts)
    assert allowed("https://mirror.corp/a", frozenset({"mirror.corp:443"}))
    assert allowed("http://mirror.corp/a", frozenset({"mirror.corp:80"}))
    assert not allowed("http://mirror.corp/a", frozenset({"mirror.corp:443"}))


def test_the_name_is_resolved_once_and_connected_where_it_was_checked(names, connected):
    """A second answer of the name server, an inside address, changes nothing."""
    answers, asked = names
    answers["cdn.example.com"] = [["157.240.1.1", "157.240.1.2"], ["127.0.0.1"]]
    session = checked_session(requests.Session(), frozenset({"cdn.example.com"}))
    with pytest.raises(requests.ConnectionError):
        session.get("https://cdn.example.com/a")
    assert asked == ["cdn.example.com"]
    assert connected == ["157.240.1.1", "157.240.1.2"]


def test_a_private_address_is_never_connected_to(names, connected, tmp_path):
    """The picture's row says which name leads inside, and how to allow an own mirror."""
    answers, _ = names
    answers["evil.fbcdn.net"] = [["169.254.169.254"]]
    ref = {"creative_id": "c", "position": 0, "source_ref": "A", "reason": None}
    (row,) = fetch_images(
        [{**ref, "url": "https://evil.fbcdn.net/a?sig=SECRET"}],
        LocalStore(tmp_path),
        session=requests.Session(),
        hosts=frozenset({"*.fbcdn.net"}),
        known={},
    )
    assert connected == []
    assert row["status"] == "unavailable"
    assert row["reason"].startswith("evil.fbcdn.net leads to 169.254.169.254")
    assert "evil.fbcdn.net:443" in row["reason"]
    assert "SECRET" not in row["reason"]


def test_a_redirect_to_a_name_that_leads_inside_is_refused(server, says, names, tmp_path):
    """Each step is resolved and checked, not only the first."""
    answers, _ = names
    answers["inside.fbcdn.net"] = [["10.0.0.1"]]
    server.says(says(b"", 302, {"location": "https://inside.fbcdn.net/x"}))
    ref = {"creative_id": "c", "position": 0, "source_ref": "A", "reason": None}
    (row,) = fetch_images(
        [{**ref, "url": f"{server.url}/a"}],
        LocalStore(tmp_path),
        session=requests.Session(),
        hosts=frozenset({server.place, "*.fbcdn.net"}),
        known={},
    )
    assert row["reason"].startswith("inside.fbcdn.net leads to 10.0.0.1")


def test_a_name_that_is_unknown_is_no_connection(names):
    """As for every other session: requests.ConnectionError, which is tried again."""
    answers, _ = names
    answers["nowhere.example.com"] = [[]]
    session = checked_session(requests.Session(), frozenset({"nowhere.example.com"}))
    with pytest.raises(requests.ConnectionError, match="Name or service not known"):
        session.get("http://nowhere.example.com/")


def test_places_hold_no_signature():
    """Only host and port of an address are shown."""
    assert place("https://me:pw@cdn.example.com:8443/a?oe=1") == "cdn.example.com:8443"
    assert place("https://[::1") == "an address that is none"
    assert place("data:image/png;base64,AA") == "data address"

"""Which accounts are read, and which node owns a campaign."""

import pytest

from include.config.nodes import Nodes, load_nodes
from include.config.reading import config_path
from include.errors import ConfigurationError


def test_the_reviewed_file_names_two_accounts_per_platform():
    """Pesos and dollars on each of the four platforms."""
    nodes = load_nodes()
    for platform in ("meta", "google_ads", "x_ads", "linkedin_ads"):
        assert [a.currency for a in nodes.accounts_of(platform)] == ["COP", "USD"]
    assert [node.id for node in nodes.nodes] == [
        "wompi",
        "tu360compras",
        "tu360inmobiliario",
        "banco",
    ]


def test_an_account_is_found_by_its_id():
    """Time zone and lookback stand beside it."""
    account = load_nodes().account("x_ads", "18ce54us")
    assert (account.timezone, account.lookback_days) == ("America/New_York", 14)


def test_an_account_that_is_not_named_is_a_mistake():
    """The message lists those that are."""
    with pytest.raises(ValueError, match=r"no meta account '7'; it names \['1010000000000001'"):
        load_nodes().account("meta", "7")


def test_an_account_is_read_over_its_api_unless_it_says_exports(tmp_path, monkeypatch):
    """Exports need no connection; where they come from is part of the reviewed file."""
    assert load_nodes().source_of("meta", "1010000000000001") == "api"
    text = config_path("nodes.yaml").read_text(encoding="utf-8")
    by_hand = text.replace("    connection: meta_default\n", "    source: exports\n", 1)
    (tmp_path / "nodes.yaml").write_text(by_hand, encoding="utf-8")
    monkeypatch.setenv("PAUTA_CONFIG", str(tmp_path))
    assert load_nodes().source_of("meta", "1010000000000001") == "exports"
    assert load_nodes().source_of("meta", "1010000000000002") == "api"
    assert load_nodes().account("meta", "1010000000000001").connection == ""
    with pytest.raises(ValueError, match="no meta account '7'"):
        load_nodes().source_of("meta", "7")


def test_an_account_of_an_api_needs_its_connection(tmp_path, monkeypatch):
    """Otherwise the collector would look for a connection without a name."""
    said, _ = edited(tmp_path, monkeypatch, "    connection: meta_default\n", "")
    assert "an account of source `api` needs its connection" in said


@pytest.mark.parametrize(
    ("name", "node"),
    [
        ("WMP | traffic | 2026-10 | Cobra con QR", "wompi"),
        ("T3C | sales | 2026-10", "tu360compras"),
        ("T3I | leads", "tu360inmobiliario"),
        ("BCO |", "banco"),
        ("wmp | traffic", None),
        ("Promo WMP | traffic", None),
        ("", None),
    ],
)
def test_a_campaign_belongs_to_the_node_of_its_prefix(name, node):
    """Capitals count; a campaign of nobody has no node."""
    assert load_nodes().node_of(name) == node


def edited(tmp_path, monkeypatch, old, new):
    """The complaint about the reviewed file after one edit, and the line of the edit."""
    monkeypatch.delenv("PAUTA_CONFIG", raising=False)
    text = config_path("nodes.yaml").read_text(encoding="utf-8")
    line = text[: text.index(old)].count("\n") + 1
    (tmp_path / "nodes.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    monkeypatch.setenv("PAUTA_CONFIG", str(tmp_path))
    with pytest.raises(ConfigurationError) as error:
        load_nodes()
    return str(error.value), line


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("platform: meta", "platform: tiktok", "'meta', 'google_ads', 'x_ads' or 'linkedin_ads'"),
        ("currency: COP", "currency: pesos", "got 'pesos'"),
        ("timezone: America/Bogota", "timezone: Bogota", "an IANA time zone such as America/"),
        ("timezone: America/Bogota", "timezone: /etc/passwd", "an IANA time zone"),
        ("lookback_days: 28", "lookback_days: 0", "greater than or equal to 1, got 0"),
        ('account_id: "1010000000000001"', "account_id: 1010000000000001", "valid string"),
        ('color: "#00a878"', "color: green", "got 'green'"),
        ('campaigns: ["WMP |*"]', "campaigns: []", "at least 1 item"),
        ("connection: meta_default", "connexion: meta_default", "connexion"),
        ("version: 1", "version: 1\nvertion: 1", "vertion"),
    ],
)
def test_a_wrong_value_is_named_with_its_line(old, new, told, tmp_path, monkeypatch):
    """file:line, what was expected, what was seen."""
    said, line = edited(tmp_path, monkeypatch, old, new)
    lines = [item for item in said.splitlines() if told in item]
    assert lines, said
    assert lines[0].startswith(f"{tmp_path}/nodes.yaml:")
    assert int(lines[0].split("nodes.yaml:")[1].split(":")[0]) in {line, line + 1}


def test_an_account_or_node_given_twice_is_refused(tmp_path, monkeypatch):
    """Reading one account twice would double its numbers."""
    said, _ = edited(tmp_path, monkeypatch, '"1010000000000002"', '"1010000000000001"')
    assert "expected each account once, found twice: ['meta/1010000000000001']" in said
    said, _ = edited(tmp_path, monkeypatch, "id: tu360compras", "id: wompi")
    assert "expected each node once, found twice: ['wompi']" in said


def test_the_first_matching_node_wins():
    """The order of the file decides."""
    nodes = load_nodes().model_dump()
    nodes["nodes"][1]["campaigns"] = ["*"]
    model = Nodes.model_validate(nodes)
    assert model.node_of("WMP | x") == "wompi"
    assert model.node_of("BCO | x") == "tu360compras"

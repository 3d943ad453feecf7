"""One request: what is tried again, what stops at once, and that secrets do not leak."""

from __future__ import annotations

import socket

import pytest
import requests

from include.errors import ConfigurationError, SchemaDrift, SourceUnavailable
from include.sources.http import Answer, Bearer, PassingError, call, chunks, listing, mapping

SECRET = "EAAB/secret+token"


def passing_500(answer: Answer, where: str) -> Exception | None:
    return PassingError("status 500") if answer.status == 500 else None


def ask(url, **changes):
    options = {
        "where": "meta 101 ads",
        "verdict": passing_500,
        "secrets": (SECRET,),
        "auth": Bearer(SECRET),
    }
    return call(requests.Session(), "GET", url, **(options | changes))


def test_a_server_error_is_tried_again(server, says):
    """Two failures and then an answer give the answer."""
    server.says(says({}, 500), says({}, 500), says({"data": [1]}))
    assert ask(server.url).body == {"data": [1]}
    assert len(server.asked) == 3


def test_a_lasting_server_error_is_unavailable(server, says):
    """After the last try the message says where and how often."""
    server.says(says({}, 500))
    with pytest.raises(SourceUnavailable, match=r"meta 101 ads: status 500, tried 4 times"):
        ask(server.url)
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    "cut", [b'{"data": [1, 2', b"<html>gateway</html>"], ids=["truncated", "html"]
)
def test_a_reply_that_is_no_json_is_tried_again(server, says, cut):
    """Truncated JSON with status 200 is never taken for an empty answer."""
    server.says(says(cut), says({"data": []}))
    assert ask(server.url).body == {"data": []}


def test_a_connection_dropped_within_the_body_is_tried_again(server, says):
    """Half a body is no body."""
    server.says(says({"data": [1, 2, 3]}, cut=True), says({"data": [1, 2, 3]}))
    assert ask(server.url).body == {"data": [1, 2, 3]}


def test_an_unreachable_host_is_unavailable():
    """Connection refused names the host, not the query."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(SourceUnavailable, match=f"no answer from 127.0.0.1:{port}"):
        ask(f"http://127.0.0.1:{port}/x?q=1")


def test_a_redirect_is_not_followed(server, says):
    """A token goes to the configured host and nowhere else."""
    server.says(says({}, 302, {"location": "http://127.0.0.1:1/elsewhere"}))
    with pytest.raises(ConfigurationError, match="redirect"):
        ask(server.url)
    assert len(server.asked) == 1


def test_a_web_page_instead_of_an_api_is_a_wrong_host(server, says):
    """404 with HTML is what a wrong address gives; it is not tried again."""
    server.says(says(b"<h1>Not found</h1>", 404))
    with pytest.raises(ConfigurationError, match=r"Not found.*host"):
        ask(server.url)
    assert len(server.asked) == 1


@pytest.mark.parametrize("url", ["graph.example.com/x", "ftp://example.com/x", "http://"])
def test_an_address_that_is_none_is_a_wrong_host(url):
    """The message says how a host must look."""
    with pytest.raises(ConfigurationError, match=r"https://api\.example\.com"):
        ask(url)


def test_secrets_are_blotted_out_everywhere(server, says):
    """Plain or percent-encoded, in the body, the address and what is shown of the text."""
    server.says(says({"next": "https://x/?access_token=EAAB%2Fsecret%2Btoken", "echo": SECRET}))
    answer = ask(server.url, params={"t": SECRET})
    assert answer.body == {"next": "https://x/?access_token=***", "echo": "***"}
    for text in (answer.url, answer.text):
        assert "secret" not in text
    assert server.asked[0].headers["authorization"] == f"Bearer {SECRET}"


def test_a_netrc_file_does_not_replace_the_token(server, says, tmp_path, monkeypatch):
    """requests would replace a plain Authorization header by the file's password."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password other\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    server.says(says({}))
    ask(server.url)
    assert server.asked[0].headers["authorization"] == f"Bearer {SECRET}"


def test_an_absent_list_is_not_an_empty_one(server, says):
    """A reply that lost its list stops the reading."""
    server.says(says({"dta": []}), says([1]))
    answer = ask(server.url)
    with pytest.raises(SchemaDrift, match=r"meta 101 ads: expected a list under 'data'"):
        listing(mapping(answer, "meta 101 ads"), "data", "meta 101 ads")
    with pytest.raises(SchemaDrift, match="expected a JSON object"):
        mapping(ask(server.url), "meta 101 ads")


def test_chunks_lose_nothing():
    """Five items in twos."""
    assert [list(part) for part in chunks("abcde", 2)] == [["a", "b"], ["c", "d"], ["e"]]

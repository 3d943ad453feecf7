"""Answers that survive an interrupted reading."""

from __future__ import annotations

import gzip

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from include.errors import RateLimited
from include.sources.answers import Answer, Packed
from include.sources.http import Bearer, call
from include.sources.memory import Memory

SECRET = "EAAB/secret+token"


def verdict(answer, where):
    if answer.status == 429:
        return RateLimited(f"{where}: too many calls", wait_s=3600)
    return None


def ask(url, memory, **changes):
    options = {
        "where": "meta 101 ads",
        "verdict": verdict,
        "secrets": (SECRET,),
        "auth": Bearer(SECRET),
        "memory": memory,
    }
    return call(requests.Session(), "GET", url, **(options | changes))


def test_an_answer_is_asked_for_once(server, says):
    """The second time it comes from memory, the same in every part."""
    server.says(says({"data": [1], "spend": "1.50"}, headers={"X-Usage": "7"}))
    memory = Memory()
    first = ask(f"{server.url}/ads", memory, params={"limit": "5", "token": SECRET})
    again = ask(f"{server.url}/ads", memory, params={"limit": "5", "token": SECRET})
    assert len(server.asked) == 1
    assert (again.status, again.url, again.body, again.content) == (
        first.status,
        first.url,
        first.body,
        first.content,
    )
    assert again.headers["x-usage"] == "7"


def test_a_gzipped_answer_is_remembered_as_it_came(server, says):
    """So that an interrupted reading lands the same bytes as an undisturbed one."""
    data = gzip.compress(b'{"data": [1]}')
    server.says(says(data, headers={"Content-Encoding": "gzip"}))
    memory = Memory()
    ask(server.url, memory)
    again = ask(server.url, Memory.load(memory.dump()))
    assert len(server.asked) == 1
    assert (again.body, again.packed) == ({"data": [1]}, Packed(data, 13))


@pytest.mark.parametrize(
    "other",
    [
        {"params": {"limit": "6"}},
        {"headers": {"login-customer-id": "1"}},
        {"json": {"query": "SELECT"}},
        {"data": {"a": "b"}},
    ],
    ids=["params", "headers", "json", "form"],
)
def test_another_request_is_another_answer(server, says, other):
    """Everything that is sent, but for the secrets, makes the request."""
    server.says(says({"n": 1}), says({"n": 2}))
    memory = Memory()
    ask(server.url, memory, params={"limit": "5"})
    assert ask(server.url, memory, **({"params": {"limit": "5"}} | other)).body == {"n": 2}


def test_a_renewed_token_is_the_same_request(server, says):
    """The next try of an interrupted reading may come with another token."""
    server.says(says({"n": 1}))
    memory = Memory()
    ask(server.url, memory, params={"access_token": SECRET})
    ask(server.url, memory, params={"access_token": "other"}, secrets=("other",))
    assert len(server.asked) == 1


def test_an_interrupted_reading_asks_only_for_what_it_lacks(server, says):
    """Two pages, then an hour's limit; after a dump and a load the third page is asked alone."""
    pages = {"/1": says({"n": 1}), "/2": says({"n": 2}), "/3": says({}, 429)}
    server.answer = lambda asked: pages[asked.path]
    memory = Memory()

    def read(known):
        return [ask(f"{server.url}/{page}", known).body["n"] for page in (1, 2, 3)]

    with pytest.raises(RateLimited):
        read(memory)
    dumped = memory.dump()
    assert len(memory) == 2
    server.asked.clear()
    pages["/3"] = says({"n": 3})
    assert read(Memory.load(dumped)) == [1, 2, 3]
    assert [asked.path for asked in server.asked] == ["/3"]


def test_no_secret_is_kept(server, says):
    """Neither in what was asked nor in what came back."""
    server.says(says({"next": f"https://x/?access_token={SECRET}"}))
    memory = Memory()
    answer = ask(server.url, memory, params={"t": SECRET})
    assert b"secret" not in answer.content
    import zlib

    text = zlib.decompress(memory.dump().split(b"\n", 1)[1])
    assert b"secret" not in text


@given(st.dictionaries(st.text(min_size=1), st.binary()))
def test_load_undoes_dump(contents):
    """Whatever was answered, also bytes with line ends."""
    memory = Memory()
    for key, content in contents.items():
        memory.keep(key, Answer(200, f"https://x/{len(key)}", {"a": "b"}, content))
    loaded = Memory.load(memory.dump())
    assert len(loaded) == len(contents)
    for key, content in contents.items():
        answer = loaded.recall(key)
        assert answer is not None
        assert (answer.content, answer.headers["A"]) == (content, "b")
    assert loaded.recall("") is None


@pytest.mark.parametrize("spoil", [lambda d: d[1:], lambda d: d[:-3], lambda d: b""])
def test_a_damaged_dump_is_refused(spoil):
    """A dump that was cut short is not taken for a small one."""
    memory = Memory()
    memory.keep("k", Answer(200, "https://x", {}, b"{}" * 500))
    with pytest.raises(ValueError, match="dump"):
        Memory.load(spoil(memory.dump()))

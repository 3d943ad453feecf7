"""Raw files give back every reply byte for byte, and the same replies give the same file."""

import gzip
import io
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.sources.answers import Answer, Packed, TooLarge, unpacked
from include.sources.replies import Reply, dump_replies, load_replies, read_replies

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def reply(content: bytes, *, entity: str = "ads", url: str = "https://x.test/ads") -> Reply:
    return Reply(entity, url, 200, NOW, content=content)


@given(
    st.lists(
        st.tuples(st.binary(max_size=40), st.text(st.characters(exclude_categories=["Cs"]))),
        max_size=5,
    )
)
def test_replies_come_back_byte_for_byte(told):
    """Whatever the bytes and the address are: line breaks, quotes, something that is no JSON."""
    replies = [reply(content, url=url) for content, url in told]
    back = list(load_replies(dump_replies(replies)))
    assert [(r.entity, r.url, r.status, r.fetched_at, r.content) for r in back] == [
        ("ads", url, 200, NOW, content) for content, url in told
    ]


def test_the_same_replies_give_the_same_file():
    """No file name and no time in the header: bytes 4 to 7, the time of a gzip file, are zero."""
    data = dump_replies([reply(b'{"data":[]}')])
    assert data == dump_replies([reply(b'{"data":[]}')])
    assert data[4:8] == bytes(4)


def test_a_raw_file_is_lines_of_json():
    """Anybody can read it without us; the platform's number keeps its form."""
    data = dump_replies([reply(b'{"spend": 1.50}'), reply(b"[1,2]", entity="campaigns")])
    lines = gzip.decompress(data).split(b"\n")
    assert lines[0].endswith(b',"body":{"spend": 1.50}}')
    assert [json.loads(line)["body"] for line in lines[:2]] == [{"spend": 1.5}, [1, 2]]
    assert json.loads(lines[1])["entity"] == "campaigns"


def packed(content: bytes, *parts: bytes) -> Reply:
    data = b"".join(map(gzip.compress, parts or (content,)))
    return Reply("ads", "https://x.test/ads", 200, NOW, packed=Packed(data, len(content)))


def test_a_reply_that_came_gzipped_is_stored_as_it_came():
    """Its gzip is a member of the file; what is read back are lines of JSON as ever."""
    told = [reply(b"[1]"), packed(b"[2,2]"), packed(b"[3]", b"[", b"3]"), reply(b"[4]")]
    data = dump_replies(told)
    assert gzip.compress(b"[2,2]") in data
    assert [r.content for r in load_replies(data)] == [b"[1]", b"[2,2]", b"[3]", b"[4]"]
    assert [json.loads(line)["body"] for line in gzip.decompress(data).splitlines()] == [
        [1],
        [2, 2],
        [3],
        [4],
    ]
    assert (told[1].body, told[1]) == ([2, 2], reply(b"[2,2]"))


def test_a_gzip_with_something_behind_it_is_not_stored_as_it_came():
    """The next member of the file would not be found behind it."""
    data = gzip.compress(b"[1]")
    assert unpacked(data) == (b"[1]", Packed(data, 3))
    assert unpacked(data + bytes(3)) == (b"[1]", None)
    with pytest.raises(TooLarge, match="more than 2"):
        unpacked(data, most=2)


def test_a_reply_over_many_lines_stays_as_it_came():
    """Some platforms indent their JSON."""
    content = b'{\n  "data": [\n    1\n  ]\n}\n'
    first, second = load_replies(dump_replies([reply(content), reply(b"[]")]))
    assert (first.content, first.body) == (content, {"data": [1]})
    assert second.body == []


def test_only_one_reply_is_read_at_a_time():
    """A year of replies takes the memory of one: the file is not read to its end at once."""
    pages = [json.dumps(list(range(n, n + 50_000))).encode() for n in range(0, 400_000, 50_000)]
    source = io.BytesIO(dump_replies(map(reply, pages)))
    first = next(read_replies(source))
    assert first.content == pages[0]
    assert source.tell() < len(source.getvalue())


def test_a_reply_is_what_the_call_answered():
    """Its bytes as they came, secrets already hidden, decoded when somebody looks."""
    answer = Answer(200, "https://x.test/ads?token=***", {}, b'{"data": ["\xc3\xb1"]}')
    made = Reply.of("ads", answer, NOW)
    assert (made.entity, made.url, made.status) == ("ads", "https://x.test/ads?token=***", 200)
    assert made.content == b'{"data": ["\xc3\xb1"]}'
    assert made.body == {"data": ["ñ"]}


def test_a_reply_without_bytes_is_written_as_its_body():
    """Sources that read files make replies of their own."""
    made = Reply("rows", "file:a.csv", 200, NOW, {"name": "ñ", "spend": "1.50"})
    assert made.content == '{"name":"ñ","spend":"1.50"}'.encode()
    (back,) = load_replies(dump_replies([made]))
    assert back.body == made.body
    assert back == made
    assert back != reply(made.content)


def test_half_a_character_is_still_read():
    """A platform that cuts a text inside an emoji sends JSON that strict readers refuse."""
    assert reply(b'{"name":"caf\\ud83d"}').body == {"name": "caf\ud83d"}


def test_bytes_that_are_no_json_are_refused_when_looked_at():
    """Storing them is fine; what they mean is asked later."""
    stored = next(load_replies(dump_replies([reply(b"<html>")])))
    assert stored.content == b"<html>"
    assert "<html>" in repr(stored)
    with pytest.raises(ValueError, match="Expecting value"):
        _ = stored.body


@pytest.mark.parametrize("spoil", [lambda text: text[:-4], lambda text: text.replace(b"11", b"12")])
def test_a_line_that_is_not_as_long_as_it_says_stops_the_replay(spoil):
    """Half a reply must not become half a day of numbers."""
    text = gzip.decompress(dump_replies([reply(b'{"data":[]}')]))
    with pytest.raises(ValueError, match=r"raw file: the reply from https://x.test/ads is not 1"):
        list(load_replies(gzip.compress(spoil(text))))


def test_a_file_of_something_else_is_refused():
    """The message shows how it begins."""
    with pytest.raises(ValueError, match="'day,spend' is not the start of a reply"):
        list(load_replies(gzip.compress(b"day,spend")))

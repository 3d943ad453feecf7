"""One request: what is tried again, what stops at once, and that secrets do not leak."""

from __future__ import annotations

import gzip
import json
import socket
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from threading import Event

import pytest
import requests

from include.errors import ConfigurationError, RateLimited, SchemaDrift, SourceUnavailable
from include.sources import http
from include.sources.answers import Packed
from include.sources.http import (
    Answer,
    Bearer,
    PassingError,
    call,
    chunks,
    in_order,
    listing,
    mapping,
    own_session,
)
from include.sources.limits import Limiter, Pause
from tests.include.sources.conftest import Says

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


def test_a_gzipped_answer_is_kept_as_it_came(server, says):
    """Unpacked for whoever looks at it; the platform's gzip goes into the raw file."""
    data = gzip.compress(b'{"data": [1]}')
    server.says(says(data, headers={"Content-Encoding": "gzip"}))
    answer = ask(server.url)
    assert (answer.body, answer.content) == ({"data": [1]}, b'{"data": [1]}')
    assert answer.packed == Packed(data, 13)
    answer.let_go()
    assert answer.content == b'{"data": [1]}'


def test_a_gzipped_answer_with_a_secret_is_not_kept_as_it_came(server, says):
    """The gzip holds the secret; what is stored is made anew without it."""
    body = json.dumps({"next": f"https://x.test/?access_token={SECRET}"}).encode()
    server.says(says(gzip.compress(body), headers={"Content-Encoding": "gzip"}))
    answer = ask(server.url)
    assert answer.packed is None
    assert answer.body == {"next": "https://x.test/?access_token=***"}


@pytest.mark.parametrize(
    "damaged",
    [
        gzip.compress(b'{"data": [1]}')[:-9],
        gzip.compress(b'{"data": [1]}')[:-5] + b"\0\0\0\0\0",
        b"\x1f\x8b garbage",
        b'{"data": [1]}',
        b"",
    ],
    ids=["cut", "another length", "garbage", "not packed", "nothing"],
)
def test_a_damaged_gzip_is_asked_for_again(server, says, damaged):
    """Cut short, or not what its checksum says: none is taken for an answer."""
    server.says(says(damaged, headers={"Content-Encoding": "gzip"}), says({"data": [1]}))
    assert ask(server.url).body == {"data": [1]}
    assert len(server.asked) == 2


def test_an_answer_that_unpacks_to_too_much_is_refused_once(server, says, monkeypatch):
    """A few bytes can unpack to all there is of memory; asking again would not make them less."""
    monkeypatch.setattr(http, "MOST_PLAIN", 1_000)
    bomb = gzip.compress(json.dumps({"data": "0" * 100_000}).encode())
    server.says(says(bomb, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(SourceUnavailable, match=r"unpack to more than 1,000\. Is the connection"):
        ask(server.url)
    assert len(server.asked) == 1


def test_a_deflated_answer_is_read(server, says):
    """The other encoding that is asked for."""
    data = zlib.compress(b'{"data": [1]}')
    server.says(says(data, headers={"Content-Encoding": "deflate"}))
    answer = ask(server.url)
    assert (answer.body, answer.packed) == ({"data": [1]}, None)


LARGE = json.dumps({"data": [{"id": str(n)} for n in range(9000)]}).encode()


@pytest.mark.parametrize(
    "damaged",
    [
        LARGE[:-1],
        LARGE[: LARGE.index(b"}", 90_000) + 1],
        LARGE[:90_000] + b"\xff" + LARGE[90_000:],
    ],
    ids=["without its end", "cut behind a row", "bytes that are no text"],
)
def test_a_large_answer_that_is_damaged_is_asked_for_again(server, says, damaged):
    """It is decoded by nobody, but looked at: beginning, end, brackets, text."""
    server.says(says(damaged), says(LARGE))
    assert ask(server.url).content == LARGE
    assert len(server.asked) == 2


def test_a_judged_answer_keeps_nobody_waiting(server, says):
    """One call at a time: while its answer is looked at, the next one is already open."""
    server.says(says({"data": [1]}))
    slots, judging, asked = Limiter("meta 101", concurrency=1), Event(), Event()

    def slowly(answer, where):
        judging.set()
        assert asked.wait(10)

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(partial(ask, server.url, verdict=slowly, limiter=slots))
        assert judging.wait(10)
        assert ask(server.url, limiter=slots).body == {"data": [1]}
        asked.set()
        assert slow.result().body == {"data": [1]}


def test_a_lasting_server_error_is_unavailable(server, says):
    """After the last try the message says where and how often."""
    server.says(says({}, 500))
    with pytest.raises(SourceUnavailable, match=r"meta 101 ads: status 500; tried 3 times"):
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


def limited(answer: Answer, where: str) -> Exception | None:
    if answer.status == 429:
        return RateLimited(f"{where}: too many calls", wait_s=float(answer.body["wait"]))
    return passing_500(answer, where)


@pytest.fixture
def slept():
    return []


@pytest.fixture
def limiter(slept):
    """Sleeps are noted and move the clock, without waiting."""
    return Limiter("meta 101", concurrency=2, clock=lambda: sum(slept), sleep=slept.append)


def test_a_short_limit_is_waited_out(server, says, limiter, slept):
    """As long as the platform says; then the call goes on."""
    server.says(says({"wait": 40}, 429), says({"wait": 2}, 429), says({"n": 1}))
    assert ask(server.url, verdict=limited, limiter=limiter).body == {"n": 1}
    assert slept == [40, 2]
    assert len(server.asked) == 3


def test_a_long_limit_goes_up(server, says, limiter, slept):
    """Airflow waits for it; and the other calls of the account do not try."""
    server.says(says({"wait": 301}, 429))
    for _ in range(2):
        with pytest.raises(RateLimited) as caught:
            ask(server.url, verdict=limited, limiter=limiter)
        assert caught.value.wait_s == 301
    assert (len(server.asked), slept) == (1, [])


def test_one_call_waits_five_minutes_altogether(server, says, limiter, slept):
    """A platform that asks for two more minutes each time is left for later."""
    server.says(says({"wait": 120}, 429))
    with pytest.raises(RateLimited):
        ask(server.url, verdict=limited, limiter=limiter)
    assert slept == [120, 120]
    assert len(server.asked) == 3


def test_a_limit_without_a_wait_is_not_asked_for_ever(server, says, limiter, slept):
    """A wait of 0 counts as a second, of which there are 300."""
    server.says(says({"wait": 0}, 429))
    with pytest.raises(RateLimited):
        ask(server.url, verdict=limited, limiter=limiter)
    assert (len(server.asked), sum(slept)) == (301, 300)


@pytest.mark.parametrize(("told", "pauses"), [("NaN", 1), ("Infinity", 86_400)])
def test_a_wait_that_is_no_number_is_kept_within_bounds(server, says, limiter, told, pauses):
    """A second at least, a day at most, whatever the platform writes."""

    def verdict(answer, where):
        return RateLimited("too many calls", wait_s=float(told)) if answer.status == 429 else None

    server.says(says({}, 429), says({}))
    if pauses == 1:
        ask(server.url, verdict=verdict, limiter=limiter)
        return
    with pytest.raises(RateLimited):
        ask(server.url, verdict=verdict, limiter=limiter)
    with pytest.raises(RateLimited) as later:
        ask(server.url, verdict=verdict, limiter=limiter)
    assert later.value.wait_s == pauses


def test_without_a_limiter_a_limit_goes_up_at_once(server, says):
    """Whoever asks once, such as a connection test, does not wait."""
    server.says(says({"wait": 1}, 429))
    with pytest.raises(RateLimited):
        ask(server.url, verdict=limited)


@pytest.mark.parametrize(
    ("status", "told", "waits"),
    [
        (429, {"retry-after": "90"}, [90]),
        (503, {"retry-after": "7"}, [7]),
        (503, {"retry-after": "0"}, [1]),
        (503, {"retry-after": "soon"}, []),
        (500, {"retry-after": "7"}, []),
    ],
    ids=["429", "503", "at once", "nonsense", "other status"],
)
def test_retry_after_is_honoured(server, status, told, waits):
    """The longer of what the header and the body say; on 429 and 503 only."""
    assert waits_of(server, Says({"wait": 30}, status, told)) == waits


def test_retry_after_may_be_a_date(server):
    """Measured against the answer's own date: the platform's clock, not ours."""
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    (wait,) = waits_of(server, Says({"wait": 0}, 503, {"retry-after": at}))
    assert wait == pytest.approx(30, abs=2)


def waits_of(server, refusal):
    """What a call sleeps that is refused once."""
    slept = []
    limiter = Limiter("meta 101", concurrency=1, clock=lambda: sum(slept), sleep=slept.append)

    def refused(answer, where):
        if answer.status >= 500:
            return PassingError(f"status {answer.status}")
        return limited(answer, where)

    server.says(refusal, Says({"n": 1}))
    assert ask(server.url, verdict=refused, limiter=limiter).body == {"n": 1}
    return slept


def test_usage_is_told_every_answer_and_may_pause_the_next(server, says, limiter, slept):
    """Good answers and bad ones count; the pause it asks for holds for the next call."""
    server.says(says({}, 500), says({"n": 1}, headers={"x-usage": "96"}), says({"n": 2}))
    told = []

    def usage(answer):
        told.append(answer.status)
        return Pause(60, "usage 96 %") if answer.headers.get("x-usage") == "96" else None

    for number in (1, 2):
        answer = ask(server.url, limiter=limiter, usage=usage)
        assert answer.body == {"n": number}
    assert told == [500, 200, 200]
    assert slept == [60]


def test_results_come_in_order_whatever_finishes_first():
    """Later calls are quicker here; the order is that of the calls."""

    def slowly(number):
        time.sleep(0.002 * (20 - number))
        return number

    calls = [partial(slowly, number) for number in range(20)]
    assert list(in_order(4, calls)) == list(range(20))
    assert list(in_order(1, calls[:3])) == [0, 1, 2]


def test_calls_are_not_begun_long_before_they_are_read():
    """Twice the concurrency is open or waits to be read; so memory does not grow."""
    begun = []

    def calls():
        for number in range(100):
            begun.append(number)
            yield partial(int, number)

    results = in_order(3, calls())
    assert begun == []
    assert next(results) == 0
    assert len(begun) == 6
    assert next(results) == 1
    assert len(begun) == 7
    results.close()
    assert len(begun) == 7


def test_the_first_error_ends_it():
    """What came before is given, what comes after never begins."""
    begun = []

    def work(number):
        begun.append(number)
        if number == 2:
            raise SourceUnavailable("down")
        return number

    results = in_order(2, [partial(work, number) for number in range(50)])
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(SourceUnavailable):
        next(results)
    assert len(begun) <= 6


def test_each_thread_has_its_own_session():
    """With the caller's headers and connections; the same again in the same thread."""
    session = requests.Session()
    session.headers["user-agent"] = "pauta"
    own = own_session(session)
    assert own is own_session(session)
    assert own is not session
    (other,) = in_order_in_thread(lambda: own_session(session))
    assert other is not own
    assert other.headers["user-agent"] == "pauta"
    assert other.get_adapter("https://x") is session.get_adapter("https://x")


def in_order_in_thread(function):
    with ThreadPoolExecutor(1) as pool:
        return [pool.submit(function).result()]


def test_content_is_the_reply_as_it_came(server, says):
    """Spaces and order stay, numbers keep their digits; only secrets go."""
    raw = b'{"b": 1.50,  "a": "' + SECRET.encode() + b'", "id": 12345678901234567}'
    server.says(says(raw))
    answer = ask(server.url)
    assert answer.content == raw.replace(SECRET.encode(), b"***")
    assert answer.body["id"] == 12345678901234567

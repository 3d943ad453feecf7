"""Faults on the way: each kind does what it says, to the requests it is meant for."""

from __future__ import annotations

import json
import time

import pytest
import requests
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from include.sandbox import admin
from include.sandbox.edits import Edit, EditError, edited
from include.sandbox.faults import Fault, FaultLayer, Faults, fault_of
from include.sandbox.loopback import served

ROWS = {"data": [{"id": "1", "spend": "1.50"}, {"id": "2", "spend": "0.10"}], "next": "abc"}


@pytest.fixture(scope="module")
def faults():
    return Faults()


@pytest.fixture(scope="module")
def base_url(faults):
    async def rows(request):
        return JSONResponse(ROWS)

    async def echo(request):
        return Response(await request.body(), media_type="application/json")

    app = Starlette(
        routes=[
            Route("/rows", rows),
            Route("/echo", echo, methods=["POST"]),
            Mount("/admin", routes=admin.routes(faults, "admin-token")),
        ]
    )
    with served(FaultLayer(app, faults)) as address:
        yield address


@pytest.fixture
def get(base_url, faults):
    """Asks for the rows, with these faults set."""
    faults.clear()

    def ask(*given, path="/rows"):
        for each in given:
            faults.add(each)
        return requests.get(f"{base_url}{path}", timeout=5)

    yield ask
    faults.clear()


def test_without_a_fault_the_answer_is_the_platforms(get, faults):
    """The layer changes nothing, and notes what was asked."""
    assert get().json() == ROWS
    (asked,) = faults.requests
    assert (asked.method, asked.path, asked.query, asked.status) == ("GET", "/rows", "", 200)


def test_status_answers_in_the_platforms_place(get):
    """With its own status, headers and body."""
    reply = get(Fault("status", "/rows", status=503, headers={"Retry-After": "7"}, body={"e": 1}))
    assert (reply.status_code, reply.headers["retry-after"], reply.json()) == (503, "7", {"e": 1})


def test_a_page_of_html_says_so(get):
    """Text is sent as a web page, as a proxy would."""
    reply = get(Fault("status", "/rows", status=502, body="<h1>Bad Gateway</h1>"))
    assert reply.headers["content-type"].startswith("text/html")
    assert reply.text == "<h1>Bad Gateway</h1>"


def test_an_empty_body_has_length_zero(get):
    """Status 200, and nothing."""
    assert get(Fault("status", "/rows")).content == b""


def test_a_fault_strikes_as_often_as_it_says(get):
    """Let one through, strike two, let the rest through."""
    fault = Fault("status", "/rows", status=500, skip=1, times=2)
    assert [get(fault).status_code, *(get().status_code for _ in range(4))] == [
        *(200, 500, 500, 200, 200)
    ]


def test_a_fault_may_strike_always(get, faults):
    """times=-1, and the count of what it struck."""
    fault = Fault("status", "/rows", status=500, times=-1)
    assert [get(fault).status_code, get().status_code] == [500, 500]
    assert faults.struck == {fault: 2}


def test_a_fault_strikes_only_what_its_pattern_finds(base_url, faults, get):
    """Method, path, query and body are looked at; secrets are not remembered."""
    fault = Fault("status", r"POST /echo\?a=1&access_token=T\n.*two", status=418, times=-1)
    faults.add(fault)
    address = f"{base_url}/echo?a=1&access_token=T"
    assert requests.post(address, data=b'{"n": "two"}', timeout=5).status_code == 418
    assert requests.post(address, data=b'{"n": "one"}', timeout=5).json() == {"n": "one"}
    assert [asked.query for asked in faults.requests] == ["a=1&access_token=***"] * 2


def test_delay_answers_later(get):
    """A client with less patience times out."""
    begun = time.monotonic()
    assert get(Fault("delay", "/rows", seconds=0.1)).json() == ROWS
    assert time.monotonic() - begun >= 0.1


def test_a_caller_that_goes_away_ends_the_delay(base_url, faults, get):
    """A test with a time-out does not wait for the server, nor does the server's end."""
    begun = time.monotonic()
    faults.add(Fault("delay", "/rows", seconds=30))
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{base_url}/rows", timeout=0.1)
    assert get().json() == ROWS
    # The server notices in its own time that somebody is gone.
    while len(faults.requests) < 2 and time.monotonic() - begun < 5:
        time.sleep(0.01)
    assert sorted(asked.status for asked in faults.requests) == [0, 200]
    assert time.monotonic() - begun < 5


def test_truncate_ends_the_body_as_if_it_were_whole(get):
    """Valid HTTP, broken JSON."""
    whole = json.dumps(ROWS, separators=(",", ":")).encode()
    assert get(Fault("truncate", "/rows")).content == whole[: len(whole) // 2]
    assert get(Fault("truncate", "/rows", at=5)).content == whole[:5]


@pytest.mark.parametrize("at", [0, 10, None])
def test_drop_breaks_the_connection(get, faults, at, capfd):
    """Before anything is sent, or within the body; the next call works, nothing is logged."""
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        get(Fault("drop", "/rows", at=at))
    assert get().json() == ROWS
    assert [asked.status for asked in faults.requests] == [0 if at == 0 else 200, 200]
    assert capfd.readouterr().err == ""


def test_headers_are_added_to_the_platforms(get):
    """An announced coding that is none: the client cannot read the body."""
    reply = get(Fault("headers", "/rows", headers={"X-Usage": "97"}))
    assert (reply.headers["x-usage"], reply.json()) == ("97", ROWS)
    with pytest.raises(requests.exceptions.ContentDecodingError):
        get(Fault("headers", "/rows", headers={"Content-Encoding": "gzip"}))


def test_a_length_may_be_a_lie(get):
    """It promises more than comes; the client sees the number, then a dead line."""
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        get(Fault("headers", "/rows", headers={"Content-Length": "99999999"}))


def test_body_stands_in_for_the_platforms(get):
    """Status and headers stay."""
    reply = get(Fault("body", "/rows", body=b"\x89PNG", headers={"X-Size": "4"}))
    assert (reply.status_code, reply.content, reply.headers["x-size"]) == (200, b"\x89PNG", "4")


def test_garble_leaves_no_text(get):
    """Bytes in the middle that no UTF-8 has."""
    content = get(Fault("garble", "/rows")).content
    with pytest.raises(UnicodeDecodeError):
        content.decode()


def test_edit_changes_the_json(get):
    """Several edits, one after the other."""
    reply = get(
        Fault(
            "edit",
            "/rows",
            edits=(Edit("/data/*/wish_bid", "set", 1), Edit("/data/0/spend", "remove")),
        )
    )
    assert reply.json() == {
        "data": [{"id": "1", "wish_bid": 1}, {"id": "2", "spend": "0.10", "wish_bid": 1}],
        "next": "abc",
    }


def test_an_edit_that_touches_nothing_is_a_mistake(get, faults):
    """The test that set it is told; it never passes as a fault that did no harm."""
    assert get(Fault("edit", "/rows", edits=(Edit("/rows/0", "remove"),))).status_code == 500
    (mistake,) = faults.mistakes
    assert mistake.startswith("/rows: nothing to remove at '/rows/0' of ")


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (Edit("/a", "set", 5), '{"a":5,"l":[{"x":1},{"x":2}],"o":{"p":{"x":3}},"t/":4}'),
        (
            Edit("/new", "set", []),
            '{"a":1,"l":[{"x":1},{"x":2}],"o":{"p":{"x":3}},"t/":4,"new":[]}',
        ),
        (Edit("/a", "set", lambda old: old + 8), None),
        (Edit("/l/-1/x", "set", 7), '{"a":1,"l":[{"x":1},{"x":7}],"o":{"p":{"x":3}},"t/":4}'),
        (Edit("/l/*/x", "remove"), '{"a":1,"l":[{},{}],"o":{"p":{"x":3}},"t/":4}'),
        (Edit("/l/*", "remove"), '{"a":1,"l":[],"o":{"p":{"x":3}},"t/":4}'),
        (Edit("/o/*/x", "rename", "y"), '{"a":1,"l":[{"x":1},{"x":2}],"o":{"p":{"y":3}},"t/":4}'),
        (
            Edit("/l/0", "duplicate"),
            '{"a":1,"l":[{"x":1},{"x":1},{"x":2}],"o":{"p":{"x":3}},"t/":4}',
        ),
        (
            Edit("/l/*", "duplicate"),
            '{"a":1,"l":[{"x":1},{"x":1},{"x":2},{"x":2}],"o":{"p":{"x":3}},"t/":4}',
        ),
        (Edit("/t~1", "remove"), '{"a":1,"l":[{"x":1},{"x":2}],"o":{"p":{"x":3}}}'),
        (Edit("", "set", {}), "{}"),
    ],
)
def test_edits(edit, expected):
    """Pointers as in RFC 6901, with `*` for every one and -1 for the last."""
    before = b'{"a": 1, "l": [{"x": 1}, {"x": 2}], "o": {"p": {"x": 3}}, "t/": 4}'
    after = edited(before, [edit]).decode()
    if expected is None:
        assert json.loads(after)["a"] == 9
    else:
        assert after == expected


@pytest.mark.parametrize(
    "edit",
    [
        Edit("/b", "remove"),
        Edit("/b/c", "set", 1),
        Edit("/l/5", "set", 1),
        Edit("/l/x", "set", 1),
        Edit("/a", "duplicate"),
        Edit("/l/0", "rename", "y"),
        Edit("/a/b", "set", 1),
        Edit("/e/*/x", "set", 1),
    ],
)
def test_edits_without_a_place(edit):
    """Each is an error, never silence."""
    with pytest.raises(EditError, match="nothing to"):
        edited(b'{"a": 1, "l": [1], "e": []}', [edit])


def test_an_edit_of_what_is_no_json():
    """A web page has no places."""
    with pytest.raises(EditError, match="no JSON"):
        edited(b"<html>", [Edit("/a")])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"kind": "staus", "path": "/"}, "kind 'staus' is none of"),
        ({"kind": "drop", "path": "("}, "is no pattern"),
        ({"kind": "edit", "path": "/"}, "edits go with kind"),
        ({"kind": "drop", "path": "/", "edits": [{"pointer": "/a"}]}, "edits go with kind"),
        ({"kind": "edit", "path": "/", "edits": [{"pointer": "a"}]}, "must be empty or begin"),
        ({"kind": "edit", "path": "/", "edits": [{"pointer": "/a", "op": "add"}]}, "op 'add'"),
        ({"kind": "drop"}, "path"),
        ({"kind": "drop", "path": "/", "count": 3}, "count"),
    ],
)
def test_a_fault_that_cannot_be(fields, message):
    """What is wrong is said when it is set, not when it should strike."""
    with pytest.raises(ValueError, match=message):
        fault_of(fields)


def test_faults_are_set_over_http_with_the_admin_token(base_url, faults, get):
    """Set, seen in the log, taken away; a wrong token or fault is refused."""
    head = {"Authorization": "Bearer admin-token"}
    address = f"{base_url}/admin/faults"
    fault = {
        "kind": "edit",
        "path": "/rows",
        "times": -1,
        "edits": [{"pointer": "/next", "op": "remove"}],
    }
    assert requests.post(address, json=fault, timeout=5).status_code == 401
    assert requests.post(address, json=fault, headers=head, timeout=5).status_code == 201
    assert "next" not in get().json()
    refused = requests.post(address, json={"kind": "x"}, headers=head, timeout=5)
    assert (refused.status_code, "path" in refused.json()["error"]) == (400, True)
    assert requests.get(f"{base_url}/admin/requests", timeout=5).status_code == 401
    log = requests.get(f"{base_url}/admin/requests", headers=head, timeout=5).json()
    assert log == {
        "requests": [{"method": "GET", "path": "/rows", "query": "", "status": 200}],
        "mistakes": [],
    }
    wrong = {"Authorization": "Bearer other"}
    assert requests.delete(address, headers=wrong, timeout=5).status_code == 401
    assert requests.delete(address, headers=head, timeout=5).status_code == 204
    assert get().json() == ROWS


def test_every_answer_may_take_its_time():
    """As over a real network; several at once do not add up."""

    async def rows(request):
        return JSONResponse(ROWS)

    app = FaultLayer(Starlette(routes=[Route("/rows", rows)]), Faults(), delay_s=0.05)
    with served(app) as address:
        begun = time.monotonic()
        for _ in range(3):
            requests.get(f"{address}/rows", timeout=5)
        assert time.monotonic() - begun >= 0.15

"""Picture files: what is taken, what is refused, and that one bad file stops nothing."""

from __future__ import annotations

import hashlib
import io
import socket

import pytest
import requests
from PIL import Image

from include.errors import SourceUnavailable
from include.sources import images
from include.sources.images import allowed, decoded, fetch_images
from include.store import open_store
from tests.include.sources.conftest import Says


def file_of(kind="PNG", size=(400, 300), color=(200, 30, 30)):
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, kind)
    return out.getvalue()


def path_of(folder, content):
    path = folder / "picture"
    path.write_bytes(content)
    return path


def ref(name, url, **changes):
    row = {
        "platform": "meta",
        "account_id": "101",
        "creative_id": f"c-{name}",
        "position": 0,
        "role": "image",
        "source_ref": name,
        "url": url,
        "reason": None,
    }
    return row | changes


@pytest.fixture
def store(tmp_path):
    return open_store(str(tmp_path))


@pytest.fixture
def fetched(server, store):
    """Rows for these references, fetched from the scripted server's host."""

    def rows(*refs, known=None, hosts=None, refresh=None):
        return list(
            fetch_images(
                refs,
                store,
                session=requests.Session(),
                hosts=frozenset({server.place}) if hosts is None else hosts,
                known={} if known is None else known,
                refresh=refresh,
            )
        )

    return rows


def serving(server, says, **files):
    """`/name` gives bytes, or a ready answer."""

    def answer(asked):
        said = files.get(asked.path[1:])
        if said is None:
            return says(b"gone", 404)
        return says(said) if isinstance(said, bytes) else said

    server.answer = answer


@pytest.mark.parametrize(
    "kind",
    [
        ("PNG", "image/png", "png"),
        ("JPEG", "image/jpeg", "jpg"),
        ("WEBP", "image/webp", "webp"),
        ("GIF", "image/gif", "gif"),
    ],
)
def test_a_picture_is_kept_under_its_sha256(server, says, store, fetched, kind):
    """Type and size are found by decoding; the bytes are those that were sent."""
    name, mime, extension = kind
    content = file_of(name)
    serving(server, says, a=says(content, 200, {"content-type": "text/plain"}))
    (row,) = fetched(ref("A", f"{server.url}/a"))
    sha256 = hashlib.sha256(content).hexdigest()
    assert row == {
        "platform": "meta",
        "account_id": "101",
        "creative_id": "c-A",
        "position": 0,
        "role": "image",
        "source_ref": "A",
        "picture": sha256,
        "mime": mime,
        "width": 400,
        "height": 300,
        "bytes": len(content),
        "is_thumbnail": False,
        "status": "stored",
        "reason": None,
    }
    assert store.read(f"images/sha256/{sha256[:2]}/{sha256}.{extension}") == content


def test_one_bad_file_stops_nothing(server, says, fetched):
    """The order of the references is kept, and each missing one says why."""
    good = file_of()
    serving(
        server,
        says,
        good=good,
        html=b"<html>login</html>",
        cut=good[: len(good) // 2],
        empty=b"",
        forbidden=says(b"URL signature expired", 403),
        broken=says(b"", 500),
    )
    names = ("html", "cut", "empty", "forbidden", "gone", "broken", "good")
    rows = fetched(*(ref(name, f"{server.url}/{name}") for name in names))
    assert [row["status"] for row in rows] == [
        "broken",
        "broken",
        "broken",
        "unavailable",
        "unavailable",
        "unavailable",
        "stored",
    ]
    assert "18 bytes that begin with '<html>login</htm'" in rows[0]["reason"]
    assert rows[3]["reason"] == f"{server.place} answered 403"
    assert rows[4]["reason"] == f"{server.place} answered 404"
    assert rows[5]["reason"] == f"{server.place} answered 500, 3 times"
    assert all(row["picture"] is None for row in rows[:6])


def test_a_reference_without_an_address_keeps_the_parsers_reason(fetched):
    """Nothing is asked for it."""
    rows = fetched(ref("A", None, reason="Meta lists no file"), ref(None, None))
    assert [(row["status"], row["reason"]) for row in rows] == [
        ("unavailable", "Meta lists no file"),
        ("unavailable", "the platform tells no address"),
    ]


def test_nothing_is_fetched_twice(server, says, store, fetched):
    """A picture of an earlier reading, and one in several ads, costs one call at most."""
    serving(server, says, a=file_of())
    first = ref("A", f"{server.url}/a")
    rows = fetched(first, first | {"creative_id": "c-2", "position": 1})
    assert len(server.asked) == 1
    assert [(r["creative_id"], r["position"], r["picture"]) for r in rows] == [
        ("c-A", 0, rows[0]["picture"]),
        ("c-2", 1, rows[0]["picture"]),
    ]
    (again,) = fetched(first, known={"A": rows[1]})
    assert len(server.asked) == 1
    assert again == rows[0]


def test_a_file_that_is_there_is_not_rewritten(server, says, tmp_path, fetched):
    """Two references may lead to the same bytes."""
    serving(server, says, a=file_of(), b=file_of())
    (row,) = fetched(ref("A", f"{server.url}/a"))
    (path,) = (tmp_path / "images").rglob("*.png")
    before = path.stat()
    (other,) = fetched(ref("B", f"{server.url}/b"))
    assert other["picture"] == row["picture"]
    after = path.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


def test_files_that_are_too_large_are_refused(server, says, fetched, monkeypatch):
    """By the length that is told, by the bytes that come, and by the pixels they unfold to."""
    monkeypatch.setattr(images, "MAX_BYTES", 5000)
    noise = Image.effect_noise((100, 100), 90)
    out = io.BytesIO()
    noise.save(out, "PNG")
    serving(
        server,
        says,
        told=out.getvalue(),
        untold=says(out.getvalue(), 200, {"content-length": "", "connection": "close"}),
    )
    rows = fetched(ref("told", f"{server.url}/told"), ref("untold", f"{server.url}/untold"))
    assert [row["status"] for row in rows] == ["broken", "broken"]
    assert "at most 5,000 are taken" in rows[0]["reason"]
    assert "more than 5,000 bytes" in rows[1]["reason"]


def test_a_small_file_with_many_pixels_is_refused(tmp_path):
    """50 million pixels at most, known before they are unpacked."""
    with pytest.raises(ValueError, match="8000 x 8000 px, at most 50,000,000"):
        decoded(path_of(tmp_path, file_of("PNG", (8000, 8000))))


def test_other_formats_are_refused(tmp_path):
    """TIFF is a picture, and no browser shows it."""
    with pytest.raises(ValueError, match="not a whole PNG, JPEG, WebP or GIF"):
        decoded(path_of(tmp_path, file_of("TIFF")))


def test_redirects_are_held_to_the_same_hosts(server, says, fetched):
    """A known host must not lead to an unknown one, nor in circles."""
    serving(
        server,
        says,
        a=says(b"", 302, {"location": "/b"}),
        b=file_of(),
        out=says(b"", 302, {"location": "http://169.254.169.254/latest/meta-data"}),
        loop=says(b"", 302, {"location": "/loop"}),
    )
    rows = fetched(*(ref(name, f"{server.url}/{name}") for name in ("a", "out", "loop")))
    assert [row["status"] for row in rows] == ["stored", "unavailable", "unavailable"]
    assert rows[1]["reason"].startswith("169.254.169.254 is not among the connection's image hosts")
    assert rows[2]["reason"] == "more than 3 redirects"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://scontent.fbcdn.net/a.jpg?oe=1", True),
        ("https://pbs.twimg.com:443/a", True),
        ("http://127.0.0.1:8765/cdn/a", True),
        ("http://pbs.twimg.com/a", False),
        ("http://scontent.fbcdn.net/a.jpg", False),
        ("http://127.0.0.1:8766/cdn/a", False),
        ("http://127.0.0.1/cdn/a", False),
        ("https://evilfbcdn.net/a", False),
        ("https://fbcdn.net/a", False),
        ("https://user@pbs.twimg.com/a", False),
        ("https://pbs.twimg.com:8443/a", False),
        ("file:///etc/passwd", False),
        ("ftp://127.0.0.1:8765/a", False),
        ("https://[::1", False),
        ("//pbs.twimg.com/a", False),
        ("https:///a", False),
    ],
)
def test_hosts_that_pictures_may_come_from(url, expected):
    """Names over https, own mirrors by host and port."""
    hosts = frozenset({"*.fbcdn.net", "pbs.twimg.com", "127.0.0.1:8765"})
    assert allowed(url, hosts) is expected


def test_a_host_that_is_not_listed_is_not_asked(server, says, fetched):
    """The row says which host to add; the signed address is not shown."""
    serving(server, says, a=file_of())
    rows = fetched(
        ref("A", f"{server.url}/a?sig=SECRET"), ref("B", "no address"), hosts=frozenset()
    )
    assert not server.asked
    assert rows[0]["reason"].startswith(f"{server.place} is not among")
    assert "SECRET" not in rows[0]["reason"]
    assert rows[1]["status"] == "unavailable"


def test_an_unreachable_host_stops_the_task(store):
    """All its pictures would be missing; trying later helps."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(SourceUnavailable, match=f"picture from {place}"):
        list(
            fetch_images(
                [ref(str(k), f"http://{place}/{k}?sig=SECRET") for k in range(9)],
                store,
                session=requests.Session(),
                hosts=frozenset({place}),
                known={},
            )
        )


def test_a_connection_dropped_half_way_is_tried_again(server, says, fetched):
    """Half a picture is not kept."""
    content = file_of()
    server.says(says(content, cut=True), says(content))
    (row,) = fetched(ref("A", f"{server.url}/a"))
    assert (row["status"], row["bytes"]) == ("stored", len(content))


def test_a_full_disk_fails_the_task(server, says, fetched, store, monkeypatch):
    """It is not a broken picture."""

    def full(self, key, source):
        raise OSError(28, "No space left on device", key)

    monkeypatch.setattr(type(store), "write_file", full)
    serving(server, says, a=file_of())
    with pytest.raises(OSError, match="No space left"):
        fetched(ref("A", f"{server.url}/a"))


def test_an_expired_link_is_asked_for_again_once(server, says, fetched):
    """All expired links in one question; those with a fresh link are fetched, in order."""
    content = file_of()
    serving(server, says, new=content, old=says(b"expired", 403), dead=says(b"", 410))
    asked = []

    def refresh(refs):
        asked.append([each["source_ref"] for each in refs])
        return {"A": f"{server.url}/new", "B": f"{server.url}/dead"}

    rows = fetched(
        ref("A", f"{server.url}/old"),
        ref("B", f"{server.url}/gone"),
        ref("C", f"{server.url}/dead"),
        ref(None, f"{server.url}/old?unnamed"),
        ref("D", f"{server.url}/new"),
        refresh=refresh,
    )
    assert asked == [["A", "B", "C"]]
    assert [(row["source_ref"], row["status"]) for row in rows] == [
        ("A", "stored"),
        ("B", "unavailable"),
        ("C", "unavailable"),
        (None, "unavailable"),
        ("D", "stored"),
    ]
    assert rows[1]["reason"] == f"{server.place} answered 410, also with a fresh link"
    assert rows[2]["reason"] == f"{server.place} answered 410"
    assert len([each for each in server.asked if each.path == "/dead"]) == 2


def test_good_links_are_not_refreshed(server, says, fetched):
    """The platform is not asked when nothing has expired, nor for a server's trouble."""
    serving(server, says, a=file_of(), b=says(b"", 500), c=says(b"", 401))

    def refresh(refs):
        raise AssertionError("asked for fresh links")

    rows = fetched(*(ref(n, f"{server.url}/{n}") for n in "abc"), refresh=refresh)
    assert [row["status"] for row in rows] == ["stored", "unavailable", "unavailable"]


@pytest.mark.parametrize(
    ("size", "changes", "expected"),
    [
        ((400, 300), {}, False),
        ((400, 300), {"width": 799, "height": 600}, False),
        ((400, 300), {"width": 801, "height": 600}, True),
        ((400, 300), {"is_thumbnail": True}, True),
        ((64, 64), {}, True),
        ((100, 20), {}, False),
    ],
    ids=["whole", "a bit smaller than told", "less than half", "told so", "64 px", "banner"],
)
def test_a_preview_is_marked(server, fetched, size, changes, expected):
    """By what the link says, by the size the platform tells, or because it is tiny."""
    server.says(Says(file_of(size=size)))
    (row,) = fetched(ref("A", f"{server.url}/a", **changes))
    assert (row["status"], row["is_thumbnail"]) == ("stored", expected)
    assert (row["width"], row["height"]) == size


def test_a_preview_does_not_stand_for_the_whole_picture(server, says, fetched):
    """A stored preview is kept until the whole picture is offered; then that is fetched."""
    serving(server, says, small=file_of(size=(64, 64)), whole=file_of())
    (preview,) = fetched(ref("A", f"{server.url}/small", is_thumbnail=True))
    known = {"A": preview}
    (same,) = fetched(ref("A", f"{server.url}/small", is_thumbnail=True), known=known)
    assert same == preview
    assert len(server.asked) == 1
    (whole,) = fetched(ref("A", f"{server.url}/whole"), known=known)
    assert (whole["is_thumbnail"], whole["width"]) == (False, 400)
    (again,) = fetched(ref("A", f"{server.url}/whole"), known={"A": whole})
    assert again == whole
    assert len(server.asked) == 2


def test_a_preview_and_its_picture_may_come_together(server, says, fetched):
    """The same reference twice, once as preview: two files, each said to be what it is."""
    serving(server, says, small=file_of(size=(64, 64)), whole=file_of())
    rows = fetched(
        ref("A", f"{server.url}/small", is_thumbnail=True),
        ref("A", f"{server.url}/whole", position=1),
    )
    assert [(row["is_thumbnail"], row["width"]) for row in rows] == [(True, 64), (False, 400)]


def test_only_the_first_frame_of_an_animation_counts(server, says, fetched):
    """A GIF's size is that of its first frame, and the file is kept whole."""
    out = io.BytesIO()
    frames = [Image.new("P", (200, 120), color) for color in range(3)]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    serving(server, says, a=out.getvalue())
    (row,) = fetched(ref("A", f"{server.url}/a"))
    assert (row["mime"], row["width"], row["height"]) == ("image/gif", 200, 120)
    assert row["bytes"] == len(out.getvalue())


def test_a_file_that_comes_in_drops_is_given_up(server, says, store):
    """A host that sends a byte a minute does not hold a worker for ever."""
    serving(server, says, a=file_of())
    ticks = iter(range(0, 10_000, 200))
    (row,) = fetch_images(
        [ref("A", f"{server.url}/a")],
        store,
        session=requests.Session(),
        hosts=frozenset({server.place}),
        known={},
        clock=lambda: next(ticks),
    )
    assert row["status"] == "unavailable"
    assert row["reason"].startswith("after 120 s only")


def test_a_login_for_the_host_is_not_sent(server, says, fetched, tmp_path, monkeypatch):
    """A .netrc file on the worker is for other programs."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password mine\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    serving(server, says, a=file_of())
    fetched(ref("A", f"{server.url}/a"))
    assert "authorization" not in server.asked[0].headers

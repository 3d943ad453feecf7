"""Objects by key, in a folder and on S3."""

import os
import random
import stat
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

import include.store
from include.errors import ConfigurationError
from include.store import LocalStore, S3Store, check_key, open_store


def test_what_was_written_is_read(any_store):
    """The last write of a key wins, byte for byte."""
    any_store.write("a/b/one.bin", b"\x00first")
    any_store.write("a/b/one.bin", b"\xffsecond")
    assert any_store.read("a/b/one.bin") == b"\xffsecond"
    assert any_store.exists("a/b/one.bin")
    assert not any_store.exists("a/b")
    assert not any_store.exists("a/b/two.bin")


def test_a_missing_object_is_a_missing_file(any_store, tmp_path):
    """Callers see FileNotFoundError, whatever the store is."""
    with pytest.raises(FileNotFoundError):
        any_store.read("not/there")
    with pytest.raises(FileNotFoundError):
        any_store.local_copy("not/there", tmp_path / "copies")


def test_keys_are_those_below_the_folder_sorted(any_store):
    """`lake/ad` is no folder of `lake/ad_daily`."""
    for key in ("lake/ads/2", "lake/ads/1", "lake/ad/1", "raw/1"):
        any_store.write(key, b"")
    assert any_store.keys("lake/ads") == ["lake/ads/1", "lake/ads/2"]
    assert any_store.keys("lake/ad") == ["lake/ad/1"]
    assert any_store.keys() == ["lake/ad/1", "lake/ads/1", "lake/ads/2", "raw/1"]
    assert any_store.keys("nothing/here") == []


def test_deleting_twice_is_no_error(any_store):
    """A rerun deletes what a killed run has deleted."""
    any_store.write("x", b"1")
    any_store.delete("x")
    any_store.delete("x")
    assert not any_store.exists("x")


def test_a_file_is_put_whole(any_store, tmp_path):
    """`write_file` then `local_copy` gives the same bytes."""
    source = tmp_path / "made.bin"
    source.write_bytes(b"made" * 1000)
    any_store.write_file("warehouse/v1.duckdb", source)
    copy = any_store.local_copy("warehouse/v1.duckdb", tmp_path / "copies")
    assert copy.read_bytes() == b"made" * 1000
    assert any_store.local_copy("warehouse/v1.duckdb", tmp_path / "copies") == copy


@pytest.mark.parametrize(
    "key", ["", "/etc/passwd", "a/../b", "..", "a//b", "a/", "a b", "ñ", "a\n", "a:b", "./a"]
)
def test_a_key_is_a_plain_relative_path(key, any_store):
    """Nothing leads out of the root."""
    with pytest.raises(ValueError, match="not a plain relative key"):
        any_store.read(key)


def test_ids_and_run_names_make_keys():
    """Google's ad ids hold a tilde, Airflow's dates a plus."""
    assert check_key("a/1~2/run=x+00-00/part-0.parquet") == "a/1~2/run=x+00-00/part-0.parquet"


def test_a_failed_write_leaves_the_old_object_and_no_litter(store, monkeypatch):
    """The disk is full when the new bytes are flushed."""
    store.write("a/x", b"old")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        store.write("a/x", b"new")
    source = store.path / "source"
    source.write_bytes(b"new")
    with pytest.raises(OSError, match="No space left"):
        store.write_file("a/x", source)
    monkeypatch.undo()
    assert store.read("a/x") == b"old"
    assert [path.name for path in (store.path / "a").iterdir()] == ["x"]


def test_half_written_files_are_no_keys(store):
    """A killed writer leaves a temporary file, which nobody lists."""
    store.write("a/x", b"1")
    (store.path / "a" / ".x.abc.tmp").write_bytes(b"half")
    assert store.keys() == ["a/x"]


def test_files_of_the_store_are_readable_by_others(store):
    """Temporary files are private; what is published is served by another user."""
    store.write("a", b"1")
    assert stat.S_IMODE((store.path / "a").stat().st_mode) == 0o644


def test_the_root_is_one_setting(tmp_path, monkeypatch, s3_store):
    """`PAUTA_DATA` is a folder or s3://bucket/prefix; by default ./data."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PAUTA_DATA", raising=False)
    assert open_store().root == str(tmp_path / "data")
    monkeypatch.setenv("PAUTA_DATA", str(tmp_path / "elsewhere"))
    assert open_store().root == str(tmp_path / "elsewhere")
    monkeypatch.setenv("PAUTA_DATA", f"s3://pauta/{s3_store.prefix}/")
    found = open_store()
    assert isinstance(found, S3Store)
    assert found.root == s3_store.root
    found.write("x", b"1")
    assert s3_store.read("x") == b"1"


def test_a_home_folder_is_understood(monkeypatch, tmp_path):
    """`~/pauta` as people write it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert open_store("~/pauta").root == str(tmp_path / "pauta")


@pytest.mark.parametrize("root", ["s3://", "https://example.org/data", "gs://bucket/x"])
def test_another_kind_of_root_is_refused(root):
    """The message says what was seen and what was expected."""
    with pytest.raises(ConfigurationError, match=r"expected .*s3://bucket/prefix"):
        open_store(root)


def test_a_bucket_without_prefix_works(s3_store):
    """The whole bucket is the root."""
    whole = S3Store("pauta", "", client=s3_store.client)
    whole.write("top/x", b"1")
    assert whole.root == "s3://pauta"
    assert "top/x" in whole.keys()
    assert whole.keys("top") == ["top/x"]


def test_a_refused_request_is_not_taken_for_a_missing_object(s3_store):
    """Only "not found" means not there; a missing bucket is an error."""

    class Refusing:
        exceptions = s3_store.client.exceptions

        def head_object(self, **_):
            raise ClientError({"Error": {"Code": "403"}}, "HeadObject")

    with pytest.raises(ClientError):
        S3Store("pauta", "x", client=Refusing()).exists("a")


def test_a_relative_root_is_fixed_when_opened(tmp_path, monkeypatch):
    """A later change of folder does not move the store."""
    monkeypatch.chdir(tmp_path)
    store = LocalStore(Path("data"))
    monkeypatch.chdir("/")
    store.write("x", b"1")
    assert (tmp_path / "data" / "x").read_bytes() == b"1"
    assert include.store.DEFAULT_ROOT == "./data"


def test_a_listing_tells_what_was_written_again(any_store):
    """The same bytes written anew keep size, and on a folder get another fingerprint."""
    any_store.write("a/one", b"1")
    any_store.write("a/two", b"22")
    first = any_store.listing("a")
    assert [(item.key, item.size) for item in first] == [("a/one", 1), ("a/two", 2)]
    assert first == any_store.listing("a")
    any_store.write("a/two", b"33")
    again = {item.key: item.fingerprint for item in any_store.listing("a")}
    assert again["a/one"] == first[0].fingerprint
    assert again["a/two"] != first[1].fingerprint
    assert all(datetime.now(UTC) - item.written_at < timedelta(minutes=1) for item in first)


def test_a_moved_file_is_gone_where_it_was(any_store, tmp_path):
    """From the store's own scratch folder, or from elsewhere."""
    folder = any_store.scratch("warehouse")
    for number, place in enumerate((folder, tmp_path)):
        source = place / "made"
        source.write_bytes(b"x" * 100)
        any_store.move_file(f"w/{number}", source)
        assert not source.exists()
        assert any_store.read(f"w/{number}") == b"x" * 100
    (folder / "half").write_bytes(b"")
    assert any_store.keys() == ["w/0", "w/1"]


def test_what_killed_writers_left_is_found_and_removed(store):
    """Half-written files and scratch folders, once they are old."""
    store.write("a/x", b"1")
    (store.path / "a" / ".x.abc.tmp").write_bytes(b"half")
    (store.scratch("warehouse") / "half.duckdb").write_bytes(b"half")
    now = datetime.now(UTC)
    assert store.leftovers(now - timedelta(days=1), remove=True) == []
    left = store.leftovers(now + timedelta(days=1), remove=False)
    assert [name.partition(".")[2].split(".")[0] for name in left] == ["warehouse", "x"]
    assert store.leftovers(now + timedelta(days=1), remove=True) == left
    assert store.leftovers(now + timedelta(days=1), remove=True) == []
    assert store.keys() == ["a/x"]


def test_an_upload_that_was_never_completed_is_found_and_aborted(s3_store):
    """Nobody sees its parts, but they are paid for. (The test server dates all uploads to 2010.)"""
    where = {"Bucket": s3_store.bucket, "Key": f"{s3_store.prefix}/big"}
    s3_store.client.create_multipart_upload(**where)
    assert s3_store.keys() == []
    later = datetime.now(UTC) + timedelta(days=1)
    assert s3_store.leftovers(datetime(2009, 1, 1, tzinfo=UTC), remove=True) == []
    assert s3_store.leftovers(later, remove=True) == ["big"]
    assert s3_store.leftovers(later, remove=True) == []


def test_a_large_object_goes_in_parts_and_comes_back_whole(s3_store, tmp_path, monkeypatch):
    """21 MB are more than a part; the ETag of a multipart upload ends with their number."""
    data = random.Random(1).randbytes(21_000_000)
    source = tmp_path / "big"
    source.write_bytes(data)
    s3_store.write("one", data)
    s3_store.write_file("two", source)
    for item in s3_store.listing():
        assert item.tag.endswith("-2")
        assert item.size == len(data)
    assert s3_store.read("one") == data
    assert s3_store.local_copy("two", tmp_path / "copies").read_bytes() == data


def test_bytes_that_are_not_those_that_were_written_are_refused(s3_store, tmp_path):
    """Somebody changed the object and left the sha256 that was written with it."""
    s3_store.write("x", b"right")
    head = s3_store.client.head_object(Bucket="pauta", Key=f"{s3_store.prefix}/x")
    s3_store.client.put_object(
        Bucket="pauta", Key=f"{s3_store.prefix}/x", Body=b"wrong", Metadata=head["Metadata"]
    )
    with pytest.raises(OSError, match=r"x came as sha256 .*, written was"):
        s3_store.read("x")
    with pytest.raises(OSError, match=r"x came as sha256 .*, written was"):
        s3_store.local_copy("x", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_more_keys_than_a_page_are_listed(s3_store, s3_server):
    """S3 gives a thousand at a time; 10,050 are ten pages and some."""
    from moto.s3.models import s3_backends

    backend = s3_backends["123456789012"]["global"]
    for number in range(10_050):
        backend.put_object("pauta", f"{s3_store.prefix}/many/{number:05d}", b"")
    keys = s3_store.keys("many")
    assert len(keys) == 10_050
    assert keys[0] == "many/00000"
    assert keys[-1] == "many/10049"


HOP = {"expect", "transfer-encoding", "content-length", "connection"}


@contextmanager
def between(address, misfortune):
    """A proxy before the S3 server; `misfortune(method, number)` gives a status to answer, or None.

    It may sleep before it does.
    """
    asked = []

    class Proxy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self):
            asked.append(self.command)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status = misfortune(self.command, len(asked))
            if status is not None:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            headers = {n: v for n, v in self.headers.items() if n.lower() not in HOP}
            headers.setdefault("Content-Type", "application/octet-stream")
            request = Request(address + self.path, body, headers, method=self.command)
            with urlopen(request) as answer:
                data = answer.read()
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    if name.lower() not in HOP:
                        self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PUT = do_POST = _pass_on  # noqa: N815

        def log_message(self, *_):
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def quick_retries(monkeypatch):
    """The client's pauses between tries, without the waiting."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)


@pytest.mark.usefixtures("quick_retries")
def test_server_errors_are_tried_again(s3_store, s3_server, monkeypatch):
    """Three times 500, then S3 answers: written whole, read whole."""
    with between(s3_server, lambda method, number: 500 if number <= 3 else None) as (url, asked):
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
        store = S3Store("pauta", s3_store.prefix)
        store.write("x", b"data")
        assert asked == ["PUT"] * 4
    assert s3_store.read("x") == b"data"


@pytest.mark.usefixtures("quick_retries")
def test_a_server_that_stays_broken_is_an_error_and_the_old_object_stays(
    s3_store, s3_server, monkeypatch
):
    """Six tries, then the error goes up; what was there is there."""
    s3_store.write("x", b"old")
    with between(s3_server, lambda method, number: 500) as (url, asked):
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
        with pytest.raises(ClientError, match="500"):
            S3Store("pauta", s3_store.prefix).write("x", b"new")
        assert len(asked) == 6
    assert s3_store.read("x") == b"old"


@pytest.mark.usefixtures("quick_retries")
def test_a_slow_write_is_whole_or_not_there(s3_store, s3_server):
    """The first answer comes after the client's patience; the second try is in time."""

    def slow_once(method, number):
        threading.Event().wait(1.0 if number == 1 else 0)

    with between(s3_server, slow_once) as (url, asked):
        config = Config(read_timeout=0.3, retries={"total_max_attempts": 3, "mode": "standard"})
        client = boto3.client("s3", endpoint_url=url, config=config)
        S3Store("pauta", s3_store.prefix, client).write("x", b"data")
        assert len(asked) == 2
    assert s3_store.read("x") == b"data"

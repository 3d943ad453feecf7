"""Objects by key, in a folder and on S3."""

import os
import stat
from pathlib import Path

import pytest

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
    from botocore.exceptions import ClientError

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

"""`pauta describe --images`: one row per file of a folder."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from generation.describe.layout import Layout
from generation.describe.record import SCHEMA
from include.cli import main
from include.describe_folder import describe_folder
from tests.include.test_describe import card


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Two pictures, a page named .jpg, and a hidden file."""
    folder = tmp_path / "images"
    (folder / "deeper").mkdir(parents=True)
    (folder / "b.png").write_bytes(card(1))
    (folder / "deeper" / "a.jpg").write_bytes(card(2))
    (folder / "page.jpg").write_bytes(b"<html>")
    (folder / ".DS_Store").write_bytes(b"x")
    return folder


def test_each_file_has_a_row(images: Path, tmp_path: Path) -> None:
    """In the order of their names, whatever the batch; the page with its reason."""
    out = tmp_path / "out" / "found.parquet"
    counts = describe_folder(images, Layout(), out, batch_size=2)
    assert counts == {"described": 2, "broken": 1}
    rows = pq.read_table(out)
    assert rows.schema.names == ["file", *SCHEMA.names, "vector"]
    assert rows["file"].to_pylist() == ["b.png", "deeper/a.jpg", "page.jpg"]
    assert [error is None for error in rows["error"].to_pylist()] == [True, True, False]
    assert [path.name for path in out.parent.iterdir()] == ["found.parquet"]


def test_the_command_writes_lines_for_reading(
    images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The profile names the describer; the counts are printed."""
    out = tmp_path / "found.jsonl"
    command = ["describe", "--images", str(images), "--profile", "storyboard", "--out", str(out)]
    assert main(command) == 0
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [row["describer"] for row in rows] == ["layout"] * 3
    assert "not a PNG" in rows[2]["error"]
    assert json.loads(capsys.readouterr().out) == {"described": 2, "broken": 1}


def test_mistakes_are_told_before_anything_is_described(images: Path, tmp_path: Path) -> None:
    """Where, what was seen, what was expected."""
    with pytest.raises(ValueError, match=r"ending in \.parquet or \.jsonl"):
        describe_folder(images, Layout(), tmp_path / "out.csv")
    with pytest.raises(ValueError, match="no such folder"):
        describe_folder(tmp_path / "absent", Layout(), tmp_path / "out.jsonl")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="holds no files"):
        describe_folder(tmp_path / "empty", Layout(), tmp_path / "out.jsonl")
    assert main(["describe", "--images", str(images)]) == 1


def test_an_interrupted_run_leaves_no_file(images: Path, tmp_path: Path) -> None:
    """Neither half a result nor a temporary one."""

    class Interrupted(Layout):
        def describe(self, images: object) -> list[object]:
            raise KeyboardInterrupt

    out = tmp_path / "out" / "found.jsonl"
    with pytest.raises(KeyboardInterrupt):
        describe_folder(images, Interrupted(), out)
    assert list(out.parent.iterdir()) == []


def test_a_file_too_large_to_be_a_picture_is_not_read(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its size is the reason; its sha256 still names it."""
    monkeypatch.setattr("include.describe_folder.MAX_BYTES", 5)
    out = tmp_path / "found.jsonl"
    assert describe_folder(images, Layout(), out) == {"described": 0, "broken": 3}
    row = json.loads(out.read_text(encoding="utf-8").splitlines()[2])
    assert row["error"] == "the file has 6 bytes, at most 5 are read"
    assert len(row["picture"]) == 64

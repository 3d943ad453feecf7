"""Only the weights that were named are loaded, and never a pickle."""

import subprocess
from pathlib import Path

import pytest

from generation.checkpoint import check_checkpoint, folder_revision, write_lock


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files and a hidden cache file that does not count."""
    (tmp_path / "unet").mkdir()
    (tmp_path / "unet" / "model.safetensors").write_bytes(b"weights")
    (tmp_path / "model_index.json").write_text("{}")
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "download").write_text("x")
    return tmp_path


def test_a_listed_folder_passes_and_other_tools_can_check_it(folder: Path) -> None:
    """`models.lock` is what `sha256sum` writes and reads."""
    revision = write_lock(folder)
    check_checkpoint(str(folder), revision)
    assert revision == folder_revision(folder) and len(revision) == 40
    subprocess.run(["sha256sum", "--check", "models.lock"], cwd=folder, check=True)


def test_a_flipped_byte_is_found(folder: Path) -> None:
    """Weights are what was reviewed, or they are not loaded."""
    revision = write_lock(folder)
    (folder / "unet" / "model.safetensors").write_bytes(b"weightz")
    with pytest.raises(ValueError, match=r"unet/model\.safetensors is not the file"):
        check_checkpoint(str(folder), revision)


def test_a_file_that_is_not_listed_is_found(folder: Path) -> None:
    """Also one that is listed and missing."""
    revision = write_lock(folder)
    (folder / "extra.json").write_text("{}")
    (folder / "model_index.json").unlink()
    with pytest.raises(ValueError, match=r"\['extra.json', 'model_index.json'\] are in the folder"):
        check_checkpoint(str(folder), revision)


@pytest.mark.parametrize("suffix", ["bin", "ckpt", "pt", "pth", "pkl"])
def test_a_pickle_is_refused(folder: Path, suffix: str) -> None:
    """Loading one would run its code."""
    (folder / f"model.{suffix}").write_bytes(b"x")
    revision = write_lock(folder)
    with pytest.raises(ValueError, match="is a pickle; only safetensors are read"):
        check_checkpoint(str(folder), revision)


def test_another_list_is_another_revision(folder: Path) -> None:
    """A list that somebody wrote anew is not the one that was pinned."""
    revision = write_lock(folder)
    (folder / "model_index.json").write_text("{ }")
    assert write_lock(folder) != revision
    with pytest.raises(ValueError, match=f"expected {revision}"):
        check_checkpoint(str(folder), revision)


def test_a_folder_without_list_and_a_broken_list_are_refused(folder: Path) -> None:
    """The message says how to write one."""
    with pytest.raises(ValueError, match=r"no models\.lock.*write_lock"):
        check_checkpoint(str(folder), "0" * 40)
    (folder / "models.lock").write_text("hello\n")
    with pytest.raises(ValueError, match=r"models\.lock:1: not a sha256sum line: 'hello'"):
        check_checkpoint(str(folder), folder_revision(folder))


@pytest.mark.parametrize("revision", ["main", "v1.0", "", "0" * 39, "G" * 40])
def test_a_branch_is_no_revision(revision: str) -> None:
    """A branch moves; a commit hash does not."""
    with pytest.raises(ValueError, match="revision must be 40 hex digits"):
        check_checkpoint("somebody/model", revision)


def test_an_id_with_a_commit_passes() -> None:
    """The library looks it up in the local cache."""
    check_checkpoint("somebody/model", "0123456789abcdef0123456789abcdef01234567")

"""Which checkpoints are loaded, and what is said about those that are not."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from generation.checkpoint import write_lock
from generation.describe.models import load_clip, load_models, located
from tests.generation.tiny_describers import COMMIT, Checkpoint

pytest.importorskip("torch")


def copied(checkpoint: Checkpoint, folder: Path) -> Path:
    shutil.copytree(checkpoint.folder, folder, dirs_exist_ok=True)
    return folder


def cached(hub: Path, repository: str, files: dict[str, bytes], commit: str = COMMIT) -> Path:
    """A repository in the layout of the Hugging Face cache; gives the folder of its blobs."""
    root = hub / f"models--{repository.replace('/', '--')}"
    snapshot = root / "snapshots" / commit
    blobs = root / "blobs"
    for folder in (snapshot, blobs, root / "refs"):
        folder.mkdir(parents=True)
    (root / "refs" / "main").write_text(commit)
    for name, data in files.items():
        large = name.endswith(".safetensors")
        digest = (hashlib.sha256 if large else hashlib.sha1)(data).hexdigest()
        (blobs / digest).write_bytes(data)
        (snapshot / name).symlink_to(blobs / digest)
    return blobs


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache in place of the machine's own."""
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def test_a_listed_folder_is_loaded(tiny_clip: Checkpoint) -> None:
    """The folder is its own place."""
    assert located(*tiny_clip.pinned) == tiny_clip.folder


def test_altered_weights_are_refused(tiny_clip: Checkpoint, tmp_path: Path) -> None:
    """One flipped bit, found before anything is loaded."""
    folder = copied(tiny_clip, tmp_path / "altered")
    weights = folder / "open_clip_model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(bytes(data))
    with pytest.raises(ValueError, match=r"open_clip_model\.safetensors is not the file"):
        located(str(folder), tiny_clip.revision)


def test_missing_weights_are_refused(tiny_blip: Checkpoint, tmp_path: Path) -> None:
    """A folder whose list names a file that is gone."""
    folder = copied(tiny_blip, tmp_path / "cut")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ValueError, match=r"model\.safetensors.*not both"):
        located(str(folder), tiny_blip.revision)


def test_another_revision_is_refused(tiny_blip: Checkpoint) -> None:
    """The message has both."""
    with pytest.raises(ValueError, match=f"is revision {tiny_blip.revision}, expected {COMMIT}"):
        located(str(tiny_blip.folder), COMMIT)


def test_pickles_are_refused(tiny_blip: Checkpoint, tmp_path: Path) -> None:
    """In a folder, listed or not: loading one runs code."""
    folder = copied(tiny_blip, tmp_path / "pickled")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ValueError, match="only safetensors are read"):
        located(str(folder), write_lock(folder))


def test_a_checkpoint_that_wants_its_own_code_is_refused(
    tiny_blip: Checkpoint, tmp_path: Path
) -> None:
    """`auto_map` in config.json is how a repository asks for it."""
    folder = copied(tiny_blip, tmp_path / "remote")
    config = json.loads((folder / "config.json").read_text())
    config["auto_map"] = {"AutoModel": "modeling_evil.Evil"}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ValueError, match="run its own code"):
        located(str(folder), write_lock(folder))


def test_a_repository_that_is_not_cached_is_refused_without_a_download(hub: Path) -> None:
    """Nothing is fetched; the message says where to put it."""
    with pytest.raises(ValueError, match=r"not on this machine.*HF_HOME"):
        located("nobody/absent-blip", COMMIT)


def test_a_cached_repository_is_loaded_by_its_commit(tiny_blip: Checkpoint, hub: Path) -> None:
    """The weights are hashed: the cache stores a large file under the sha256 of its bytes."""
    files = {path.name: path.read_bytes() for path in tiny_blip.folder.iterdir()}
    blobs = cached(hub, "some/blip", files)
    folder = located("some/blip", COMMIT)
    assert (folder / "model.safetensors").is_file()
    weights = max(blobs.iterdir(), key=lambda path: path.stat().st_size)
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(ValueError, match="altered or cut short"):
        located("some/blip", COMMIT)


def test_a_cached_repository_with_pickles_only_is_refused(hub: Path) -> None:
    """Most old repositories have both; some have only the pickle."""
    cached(hub, "some/old", {"config.json": b"{}", "pytorch_model.bin": b"pickle"})
    with pytest.raises(ValueError, match=r"no \.safetensors.*pytorch_model\.bin"):
        located("some/old", COMMIT)


@pytest.mark.parametrize("revision", ["main", "v1.0", COMMIT[:12], COMMIT.upper()])
def test_a_revision_that_can_move_is_refused(revision: str) -> None:
    """Branches, tags and short hashes are not commits."""
    with pytest.raises(ValueError, match="40 hex digits"):
        located("some/blip", revision)


def test_a_clip_in_another_layout_is_refused(tiny_blip: Checkpoint) -> None:
    """transformers' own CLIP folders have other file names."""
    with pytest.raises(ValueError, match=r"no open_clip_config\.json"):
        load_clip(*tiny_blip.pinned, "ViT-L-14", "cpu")


def test_both_models_come_ready_to_be_asked(
    tiny_blip: Checkpoint, tiny_clip: Checkpoint, one_thread: None
) -> None:
    """In evaluation mode, single precision on a CPU."""
    import torch

    found = load_models(
        caption=tiny_blip.pinned,
        clip=tiny_clip.pinned,
        clip_model_name="ViT-L-14",
        device="cpu",
    )
    assert not found.captioner.training
    assert not found.clip.training
    assert found.precision == torch.float32
    assert {p.dtype for p in found.clip.parameters()} == {torch.float32}

"""Tiny checkpoints with random weights, saved once and loaded by the real loading code."""

import os

import pytest

from tests.generation.tiny_describers import Checkpoint, write_tiny_blip, write_tiny_clip

# Read when torch is imported: two test workers with two threads each wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def tiny_blip(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """A captioner as `BlipForConditionalGeneration.save_pretrained` leaves it."""
    pytest.importorskip("torch")
    return write_tiny_blip(tmp_path_factory.mktemp("tiny-blip"))


@pytest.fixture(scope="session")
def tiny_clip(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """A CLIP in the folder layout that open_clip reads as `local-dir:`."""
    pytest.importorskip("torch")
    return write_tiny_clip(tmp_path_factory.mktemp("tiny-clip"))

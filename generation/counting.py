"""How many tokens a text has for each text encoder of an image model.

Only the tokenizers are read, not the weights, so that prompts can be fitted on any machine.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from generation.checkpoint import check_checkpoint

CLIP_TOKENS = 75  # 77 positions less the two that mark start and end

REMEMBERED = 20_000  # texts; some 10 MB

Counter = Callable[[str], int]

# Read by the libraries when they are first imported; the firewall is the real control.
OFFLINE: Mapping[str, str] = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DIFFUSERS_DISABLE_REMOTE_CODE": "1",
}

# The folders of a checkpoint that hold its tokenizers, by engine.
_FOLDERS: Mapping[str, tuple[str, ...]] = {
    "sdxl": ("tokenizer", "tokenizer_2"),
    "klein": ("tokenizer",),
    "zimage": ("tokenizer",),
    "qwen": ("tokenizer",),
}


def token_counter(engine: str, checkpoint: str, revision: str) -> Counter:
    """Tokens of a text in the strictest encoder of a checkpoint, its own marks left out.

    Raises:
        ValueError: weights that may not be loaded, or an engine that encodes no text.
        FileNotFoundError: the checkpoint is not on this machine.
    """
    if engine not in _FOLDERS:
        raise ValueError(f"token counter: engine {engine!r}, expected one of {', '.join(_FOLDERS)}")
    check_checkpoint(checkpoint, revision)
    os.environ.update(OFFLINE)
    from huggingface_hub import snapshot_download
    from transformers import AutoTokenizer, CLIPTokenizer

    with on_this_machine(checkpoint, revision):
        folder = Path(checkpoint)
        if not folder.is_dir():
            folder = Path(snapshot_download(checkpoint, revision=revision, local_files_only=True))
        parts = [folder / part for part in _FOLDERS[engine]]
        for part in parts:
            # Without its files transformers 5 makes an empty tokenizer and says nothing.
            if not any((part / name).is_file() for name in ("tokenizer.json", "vocab.json")):
                raise FileNotFoundError(f"no vocabulary in {part}")
        kind = CLIPTokenizer if engine == "sdxl" else AutoTokenizer
        tokenizers = [kind.from_pretrained(part) for part in parts]
    return remembered(lambda text: longest(text, tokenizers))


def longest(text: str, tokenizers: Sequence[Any]) -> int:
    """Tokens of `text` in the tokenizer that makes most of it."""
    # Too long a text is what we are looking for: no warning.
    return max(len(t(text, add_special_tokens=False, verbose=False).input_ids) for t in tokenizers)


@contextmanager
def on_this_machine(checkpoint: str, revision: str) -> Iterator[None]:
    """Says which checkpoint is missing; the libraries' own message does not."""
    try:
        yield
    except OSError as error:
        raise FileNotFoundError(
            f"checkpoint {checkpoint}@{revision}: not complete in the cache of this machine "
            f"(HF_HOME), and nothing is downloaded here. Copy it there first. ({error})"
        ) from error


def remembered(count: Counter) -> Counter:
    """The counter, asked once for each text: the sets of a night share most of their words."""
    return lru_cache(maxsize=REMEMBERED)(count)

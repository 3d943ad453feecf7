"""Loading the describers' checkpoints: from this machine, as safetensors, exactly those named.

A checkpoint is a folder with a list of its files (`models.lock`, see `generation.checkpoint`) or
a repository in the local Hugging Face cache, pinned by its commit. Nothing is downloaded, no
pickle is read, and no code that came with the weights is run.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generation.checkpoint import check_checkpoint

if TYPE_CHECKING:
    from generation.describe.interrogator import Models

logger = logging.getLogger(__name__)

CLIP_CONFIG = "open_clip_config.json"
CLIP_WEIGHTS = "open_clip_model.safetensors"

# A large file of the cache lies under the sha256 of its bytes; a small one under git's sha1.
_BLOB = re.compile(r"[0-9a-f]{64}")


def located(checkpoint: str, revision: str) -> Path:
    """The folder of a checkpoint that may be loaded.

    Raises:
        ValueError: it is not on this machine, is another one than the revision says, was
            altered, holds only pickles, or wants to run its own code.
    """
    check_checkpoint(checkpoint, revision)
    folder = Path(checkpoint)
    if not folder.is_dir():
        folder = _in_cache(checkpoint, revision)
    where = f"checkpoint {checkpoint}@{revision[:12]}"
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise ValueError(
            f"{where}: no .safetensors in {folder}, found {_names(folder)}. Only safetensors are "
            "loaded: choose a commit that has them, or convert the weights on another machine."
        )
    for path in weights:
        named = path.resolve().name
        if _BLOB.fullmatch(named) and (found := sha256_of(path)) != named:
            raise ValueError(
                f"{where}: {path.name} has sha256 {found}, the cache says {named}. The file was "
                "altered or cut short: delete it and fetch the repository again."
            )
    config = folder / "config.json"
    if config.is_file() and "auto_map" in json.loads(config.read_text(encoding="utf-8")):
        raise ValueError(
            f"{where}: its config.json has auto_map, so it wants to run its own code, and that is "
            "never allowed. Choose a checkpoint whose class is in transformers."
        )
    return folder


def _in_cache(checkpoint: str, revision: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        found = snapshot_download(checkpoint, revision=revision, local_files_only=True)
    except LocalEntryNotFoundError as error:
        raise ValueError(
            f"checkpoint {checkpoint}@{revision}: not on this machine. Put the repository at that "
            "commit into HF_HOME, or copy it into a folder and list its files in models.lock; "
            "nothing is downloaded here."
        ) from error
    return Path(found)


def sha256_of(path: Path) -> str:
    """Of a file's bytes, as hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _names(folder: Path) -> str:
    return ", ".join(sorted(path.name for path in folder.iterdir())[:8]) or "nothing"


def load_models(
    *,
    caption: tuple[str, str],
    clip: tuple[str, str],
    clip_model_name: str,
    device: str,
) -> Models:
    """A BLIP captioner and an open_clip CLIP, ready to be asked.

    Args:
        caption: checkpoint and revision.
        clip: the same, a folder with `open_clip_config.json` and `open_clip_model.safetensors`.
        clip_model_name: open_clip's name of the architecture; chooses the tokeniser.
        device: `cpu` or `cuda`.

    Raises:
        ValueError: a checkpoint may not or cannot be loaded.
    """
    import torch
    from transformers import BlipForConditionalGeneration, BlipProcessor

    from generation.describe.interrogator import Models

    clip_model, preprocess, tokenizer = load_clip(*clip, clip_model_name, device)
    folder = located(*caption)
    captioner = BlipForConditionalGeneration.from_pretrained(
        folder,
        local_files_only=True,
        use_safetensors=True,
        dtype=torch.float32 if device == "cpu" else torch.float16,
    )
    processor = BlipProcessor.from_pretrained(folder, local_files_only=True)
    return Models(
        captioner=captioner.eval().to(device),
        caption_processor=processor,
        clip=clip_model,
        preprocess=preprocess,
        tokenizer=tokenizer,
        device=device,
    )


def load_clip(checkpoint: str, revision: str, name: str, device: str) -> tuple[Any, Any, Any]:
    """A CLIP, what prepares its pictures, and its tokeniser.

    Raises:
        ValueError: the checkpoint may not or cannot be loaded.
    """
    import open_clip

    folder = located(checkpoint, revision)
    for file in (CLIP_CONFIG, CLIP_WEIGHTS):
        if not (folder / file).is_file():
            raise ValueError(
                f"checkpoint {folder}: no {file}, found {_names(folder)}. open_clip's own layout "
                "is expected; write it with open_clip.push_to_hf_hub's save_for_hf."
            )
    model, _, preprocess = open_clip.create_model_and_transforms(
        f"local-dir:{folder.absolute()}",
        precision="fp32" if device == "cpu" else "fp16",
        device=device,
    )
    logger.info("loaded %s on %s", folder, device)
    return model.eval(), preprocess, open_clip.get_tokenizer(name)

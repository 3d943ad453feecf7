"""Tiny BLIP and CLIP checkpoints with random weights, made from config classes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

WORDS = """
    a an the of in on with and man woman child phone screen logo text red blue green yellow holding
    smiling standing table city street house car coffee card bank young group people photo poster
    advertisement sale discount black asian by banksy
"""
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass(frozen=True)
class Checkpoint:
    """A folder, and the sha256 of the weights file in it."""

    folder: Path
    sha256: str


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_tiny_blip(folder: Path) -> Checkpoint:
    """A BLIP of two 32-wide layers and a vocabulary of about 50 words."""
    import torch
    from transformers import (
        BertTokenizer,
        BlipConfig,
        BlipForConditionalGeneration,
        BlipImageProcessor,
        BlipProcessor,
    )

    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[DEC]", "[ENC]", *WORDS.split()]
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    layers = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
    }
    config = BlipConfig(
        text_config={
            **layers,
            "vocab_size": len(vocabulary),
            "encoder_hidden_size": 32,
            "max_position_embeddings": 64,
            "bos_token_id": 5,
            "eos_token_id": 3,
            "pad_token_id": 0,
            "sep_token_id": 3,
            "is_decoder": True,
        },
        vision_config={**layers, "image_size": 32, "patch_size": 8},
        projection_dim=32,
        image_text_hidden_size=32,
    )
    torch.manual_seed(0)
    model = BlipForConditionalGeneration(config).eval()
    with torch.no_grad():
        # Fresh weights are so small that every picture gets the same caption.
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.mul_(8.0)
    model.save_pretrained(folder)
    images = BlipImageProcessor(size={"height": 32, "width": 32})
    BlipProcessor(
        images, BertTokenizer(str(folder / "vocab.txt"), bos_token="[DEC]")
    ).save_pretrained(folder)
    return Checkpoint(folder, sha256_of(folder / "model.safetensors"))


def write_tiny_clip(folder: Path) -> Checkpoint:
    """An open_clip CLIP of 32-wide layers; its tokeniser is that of every OpenAI-style CLIP."""
    import torch
    from open_clip.model import CLIP, CLIPTextCfg, CLIPVisionCfg
    from safetensors.torch import save_file

    vision = {"layers": 2, "width": 32, "head_width": 16, "patch_size": 8, "image_size": 32}
    text = {"layers": 2, "width": 32, "heads": 2, "vocab_size": 49408, "context_length": 77}
    torch.manual_seed(1)
    model = CLIP(32, CLIPVisionCfg(**vision), CLIPTextCfg(**text)).eval()
    weights = folder / "open_clip_model.safetensors"
    save_file({name: value.contiguous() for name, value in model.state_dict().items()}, weights)
    config = {
        "model_cfg": {"embed_dim": 32, "vision_cfg": vision, "text_cfg": text},
        "preprocess_cfg": {"mean": [0.48, 0.46, 0.41], "std": [0.27, 0.26, 0.28]},
    }
    (folder / "open_clip_config.json").write_text(json.dumps(config), encoding="utf-8")
    return Checkpoint(folder, sha256_of(weights))

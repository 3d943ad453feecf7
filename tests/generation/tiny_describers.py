"""Tiny BLIP, CLIP and vision-language checkpoints with random weights, made from config classes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from generation.checkpoint import write_lock

WORDS = """
    a an the of in on with and man woman child phone screen logo text red blue green yellow holding
    smiling standing table city street house car coffee card bank young group people photo poster
    advertisement sale discount black asian by banksy
"""
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass(frozen=True)
class Checkpoint:
    """A folder and the revision that its `models.lock` gives it."""

    folder: Path
    revision: str

    @property
    def pinned(self) -> tuple[str, str]:
        """As `load_models` takes it."""
        return str(self.folder), self.revision


def pictures(count: int, seed: int = 3) -> list[Image.Image]:
    """Soft blobs of many colours, in sizes that are no square."""
    rng = np.random.default_rng(seed)
    blobs = [rng.integers(0, 256, (6, 6, 3), dtype=np.uint8) for _ in range(count)]
    return [
        Image.fromarray(pixels).resize((120 + i, 90 + 2 * i), Image.Resampling.BICUBIC)
        for i, pixels in enumerate(blobs)
    ]


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
        for name, parameter in model.named_parameters():
            if parameter.ndim > 1:
                parameter.mul_(1600.0 if "crossattention" in name else 8.0)
    model.save_pretrained(folder)
    images = BlipImageProcessor(size={"height": 32, "width": 32})
    BlipProcessor(
        images, BertTokenizer(str(folder / "vocab.txt"), bos_token="[DEC]")
    ).save_pretrained(folder)
    return Checkpoint(folder, write_lock(folder))


def write_tiny_clip(folder: Path) -> Checkpoint:
    """An open_clip CLIP of 32-wide layers; its tokeniser is that of every OpenAI-style CLIP."""
    import torch
    from open_clip.model import CLIP, CLIPTextCfg, CLIPVisionCfg
    from safetensors.torch import save_file

    vision = {"layers": 2, "width": 32, "head_width": 16, "patch_size": 8, "image_size": 32}
    text = {"layers": 3, "width": 32, "heads": 2, "vocab_size": 49408, "context_length": 77}
    torch.manual_seed(1)
    model = CLIP(32, CLIPVisionCfg(**vision), CLIPTextCfg(**text)).eval()
    with torch.no_grad():
        # Fresh weights let every text mean nearly the same.
        model.token_embedding.weight.mul_(20.0)
    weights = folder / "open_clip_model.safetensors"
    save_file({name: value.contiguous() for name, value in model.state_dict().items()}, weights)
    config = {
        "model_cfg": {"embed_dim": 32, "vision_cfg": vision, "text_cfg": text},
        "preprocess_cfg": {"mean": [0.48, 0.46, 0.41], "std": [0.27, 0.26, 0.28]},
    }
    (folder / "open_clip_config.json").write_text(json.dumps(config), encoding="utf-8")
    return Checkpoint(folder, write_lock(folder))


# A chat of one picture and one question, as the Qwen family writes it.
CHAT = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}"
    "<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def write_tiny_qwen_vl(folder: Path) -> Checkpoint:
    """A Qwen3-VL of two 32-wide layers that reads and writes bytes."""
    import torch
    from open_clip.tokenizer import bytes_to_unicode
    from transformers import (
        Qwen2Tokenizer,
        Qwen2VLImageProcessor,
        Qwen3VLConfig,
        Qwen3VLForConditionalGeneration,
        Qwen3VLProcessor,
        Qwen3VLVideoProcessor,
    )

    names = ("endoftext", "im_start", "im_end", "vision_start", "vision_end")
    special = [f"<|{name}|>" for name in (*names, "image_pad", "video_pad")]
    letters = list(bytes_to_unicode().values())
    vocabulary = {token: number for number, token in enumerate([*letters, *special])}
    tokenizer = Qwen2Tokenizer(
        vocab=vocabulary,
        merges=[],
        unk_token="<|endoftext|>",
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        extra_special_tokens=special,
    )
    config = Qwen3VLConfig(
        text_config={
            "vocab_size": len(vocabulary),
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 8,
            "max_position_embeddings": 8192,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 10000.0,
                "mrope_section": [2, 1, 1],
            },
        },
        vision_config={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_heads": 2,
            "patch_size": 8,
            "out_hidden_size": 32,
            "num_position_embeddings": 64,
            "deepstack_visual_indexes": [0],
        },
        image_token_id=vocabulary["<|image_pad|>"],
        video_token_id=vocabulary["<|video_pad|>"],
        vision_start_token_id=vocabulary["<|vision_start|>"],
        vision_end_token_id=vocabulary["<|vision_end|>"],
    )
    torch.manual_seed(2)
    model = Qwen3VLForConditionalGeneration(config).eval()
    model.generation_config.eos_token_id = vocabulary["<|im_end|>"]
    model.generation_config.pad_token_id = vocabulary["<|endoftext|>"]
    model.save_pretrained(folder)
    sizes = {"patch_size": 8, "merge_size": 2, "min_pixels": 32 * 32, "max_pixels": 64 * 64}
    Qwen3VLProcessor(
        image_processor=Qwen2VLImageProcessor(**sizes),
        tokenizer=tokenizer,
        video_processor=Qwen3VLVideoProcessor(patch_size=8, merge_size=2),
        chat_template=CHAT,
    ).save_pretrained(folder)
    return Checkpoint(folder, write_lock(folder))


def write_tiny_florence(folder: Path) -> Checkpoint:
    """A Florence-2 whose four stages are 16 wide and whose text part reads and writes bytes."""
    import torch
    from open_clip.tokenizer import bytes_to_unicode
    from transformers import (
        BartTokenizer,
        CLIPImageProcessor,
        Florence2Config,
        Florence2ForConditionalGeneration,
        Florence2Processor,
    )

    tokens = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", *bytes_to_unicode().values()]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    tokenizer = BartTokenizer(
        vocab=vocabulary, merges=[], extra_special_tokens={"image_token": "<image>"}
    )
    config = Florence2Config(
        text_config={
            "model_type": "bart",
            "vocab_size": len(tokens) + 1,
            "d_model": 32,
            "encoder_layers": 1,
            "decoder_layers": 1,
            "encoder_attention_heads": 2,
            "decoder_attention_heads": 2,
            "encoder_ffn_dim": 64,
            "decoder_ffn_dim": 64,
            "max_position_embeddings": 512,
        },
        vision_config={
            "depths": (1, 1, 1, 1),
            "embed_dim": (16, 16, 16, 16),
            "num_heads": (2, 2, 2, 2),
            "num_groups": (2, 2, 2, 2),
            "window_size": 4,
            "projection_dim": 32,
        },
        image_token_id=len(tokens),
    )
    torch.manual_seed(3)
    Florence2ForConditionalGeneration(config).eval().save_pretrained(folder)
    images = CLIPImageProcessor(
        size={"height": 64, "width": 64},
        do_center_crop=False,
        crop_size={"height": 64, "width": 64},
    )
    images.image_seq_length = 5
    Florence2Processor(images, tokenizer).save_pretrained(folder)
    return Checkpoint(folder, write_lock(folder))

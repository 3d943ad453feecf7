"""A Stable Diffusion XL checkpoint of 6 MB with random weights, made from config classes.

`StableDiffusionXLPipeline.from_pretrained` reads it like the real one. Its vocabulary is the
beginning of CLIP's own, so long words take more tokens than in the real one, never fewer.
"""

from pathlib import Path

from generation.checkpoint import write_lock

MERGES = 3000


def write_tiny_sdxl(folder: Path, *, seed: int = 0) -> str:
    """Write the checkpoint into `folder`; gives its revision."""
    import torch
    from diffusers import (
        AutoencoderKL,
        EulerDiscreteScheduler,
        StableDiffusionXLPipeline,
        UNet2DConditionModel,
    )
    from open_clip.tokenizer import SimpleTokenizer, bytes_to_unicode
    from transformers import (
        CLIPTextConfig,
        CLIPTextModel,
        CLIPTextModelWithProjection,
        CLIPTokenizer,
    )

    torch.manual_seed(seed)
    merges = sorted(ranks := SimpleTokenizer().bpe_ranks, key=ranks.__getitem__)[:MERGES]
    letters = list(bytes_to_unicode().values())
    tokens = [
        *letters,
        *[f"{letter}</w>" for letter in letters],
        *["".join(pair) for pair in merges],
        "<|startoftext|>",
        "<|endoftext|>",
    ]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    text = CLIPTextConfig(
        vocab_size=len(tokens),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        projection_dim=32,
        bos_token_id=len(tokens) - 2,
        eos_token_id=len(tokens) - 1,
        pad_token_id=len(tokens) - 1,
    )
    unet = UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(32, 64),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=(2, 4),
        transformer_layers_per_block=(1, 1),
        use_linear_projection=True,
        cross_attention_dim=64,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=6 * 8 + 32,
        norm_num_groups=16,
    )
    vae = AutoencoderKL(
        latent_channels=4,
        block_out_channels=(16, 32, 32, 32),
        layers_per_block=1,
        norm_num_groups=8,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        sample_size=64,
        scaling_factor=0.13025,
        force_upcast=False,
    )

    def tokenizer() -> CLIPTokenizer:
        return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=77)

    StableDiffusionXLPipeline(
        vae=vae,
        text_encoder=CLIPTextModel(text),
        text_encoder_2=CLIPTextModelWithProjection(text),
        tokenizer=tokenizer(),
        tokenizer_2=tokenizer(),
        unet=unet,
        scheduler=EulerDiscreteScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            steps_offset=1,
            timestep_spacing="leading",
        ),
        add_watermarker=False,
    ).save_pretrained(folder, safe_serialization=True)
    return write_lock(folder)

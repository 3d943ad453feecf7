"""The part of `bench/generate.py` that needs a GPU: full-size networks with random weights.

The networks are built on the card from their config classes. Their weights are random and not
zero: constant data draws less power and reads too fast.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderKLFlux2,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    Flux2KleinPipeline,
    Flux2Transformer2DModel,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from bench.generate import DECODE_TFLOP, SIDE, UNET_TFLOP, clip_tokenizer, job, prompts
from generation.engine import Engine, Speed, tuned
from generation.families import FAMILIES
from generation.jobs import GenerationJob

PER_SET = 4
GUIDANCE = 6.0
MATRIX = 8192
KLEIN_STEPS = 4
KLEIN_TOKENS, KLEIN_WIDTH = 512, 7680


def measure(options: argparse.Namespace) -> dict[str, float]:
    """Images per second of the plain loop and of the engine, and what the card can do."""
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    found = {"card_tflops": round(card_tflops(options.device), 1)}
    print(f"card: {found['card_tflops']} TFLOP/s in bf16 ({torch.cuda.get_device_name()})")
    texts = prompts(options.sets)
    jobs = [
        job(
            PER_SET * at + k,
            text,
            SIDE,
            num_inference_steps=options.steps,
            guidance_scale=GUIDANCE,
        )
        for at, text in enumerate(texts)
        for k in range(PER_SET)
    ]
    found["naive_img_s"] = round(naive_img_s(options, jobs), 3)
    print(f"SDXL plain loop, fp16: {found['naive_img_s']} images/s")
    forget()
    found |= engine_rates(options, jobs)
    forget()
    found["klein_img_s"] = round(klein_img_s(options), 3)
    print(f"klein 4B: {found['klein_img_s']} images/s")
    return found


def naive_img_s(options: argparse.Namespace, jobs: Sequence[GenerationJob]) -> float:
    """SDXL as most people run it."""
    plain = sdxl(torch.float16, options.device)
    plain.set_progress_bar_config(disable=True)
    plain_loop(plain, jobs[:PER_SET])
    return per_second(lambda: plain_loop(plain, jobs), len(jobs))


def engine_rates(options: argparse.Namespace, jobs: Sequence[GenerationJob]) -> dict[str, float]:
    """SDXL through the engine, and how far its latents are from the plain pipeline's.

    What is compared in bf16 is compared with the plain pipeline in bf16: the same precision.
    """
    pipeline = sdxl(torch.bfloat16, options.device)
    pipeline.set_progress_bar_config(disable=True)
    theirs = plain_loop(pipeline, jobs[:PER_SET], output_type="latent").float().cpu()
    speed = Speed(channels_last=True, compiled=options.compile)
    engine = Engine(tuned(pipeline, speed), FAMILIES["sdxl"], batch_size=options.batch)
    begun = time.perf_counter()
    list(engine.images(jobs[: options.batch]))
    print(f"SDXL engine: first batch {time.perf_counter() - begun:.0f} s")
    rate = per_second(lambda: list(engine.images(jobs)), len(jobs))
    whole = UNET_TFLOP * options.steps * 2 + DECODE_TFLOP
    ours = engine.latents(jobs[:PER_SET])
    error = float((ours - theirs).norm() / theirs.norm())
    print(
        f"SDXL engine, bf16: {rate:.3f} images/s, {rate * whole:.0f} TFLOP/s, latents differ by "
        f"{error:.1e}, {torch.cuda.max_memory_allocated() / 2**30:.1f} GiB"
    )
    return {
        "engine_img_s": round(rate, 3),
        "engine_tflops": round(rate * whole, 1),
        "latent_rel_err_bf16": error,
    }


def card_tflops(device: str) -> float:
    """What the card does on large bf16 matrices."""
    one, two = (torch.randn(MATRIX, MATRIX, device=device, dtype=torch.bfloat16) for _ in "ab")
    for _ in range(10):
        one @ two
    torch.cuda.synchronize()
    begun, rounds = time.perf_counter(), 60
    for _ in range(rounds):
        one @ two
    torch.cuda.synchronize()
    return 2 * MATRIX**3 * rounds / (time.perf_counter() - begun) / 1e12


def plain_loop(pipeline: Any, jobs: Sequence[GenerationJob], *, output_type: str = "pil") -> Any:
    """One prompt at a time, four images each."""
    images = None
    for at in range(0, len(jobs), PER_SET):
        four = jobs[at : at + PER_SET]
        images = pipeline(
            prompt=four[0].prompt,
            negative_prompt=four[0].negative_prompt,
            num_images_per_prompt=PER_SET,
            generator=[torch.Generator("cpu").manual_seed(one.seed) for one in four],
            num_inference_steps=four[0].num_inference_steps,
            guidance_scale=four[0].guidance_scale,
            width=SIDE,
            height=SIDE,
            output_type=output_type,
        ).images
    return images


def klein_img_s(options: argparse.Namespace) -> float:
    """FLUX.2 klein 4B at four steps; its prompts are random vectors of the real shape."""
    pipeline = klein(torch.bfloat16, options.device)
    tuned(pipeline, Speed(compiled=options.compile))
    engine = Engine(pipeline, FAMILIES["klein"], batch_size=options.batch)
    jobs = [
        job(k, f"prompt {k}", SIDE, num_inference_steps=KLEIN_STEPS, guidance_scale=1.0)
        for k in range(4 * options.batch)
    ]
    for one in jobs:
        vectors = torch.randn(1, KLEIN_TOKENS, KLEIN_WIDTH, dtype=torch.bfloat16)
        engine.remember(one, (vectors,))
    list(engine.images(jobs[: options.batch]))
    return per_second(lambda: list(engine.images(jobs)), len(jobs))


def per_second(run: Callable[[], object], count: int) -> float:
    """How many of `count` images are made per second."""
    torch.cuda.synchronize()
    begun = time.perf_counter()
    run()
    torch.cuda.synchronize()
    return count / (time.perf_counter() - begun)


def forget() -> None:
    """Frees the card."""
    gc.collect()
    torch.cuda.empty_cache()


@contextmanager
def built(dtype: torch.dtype, device: str) -> Iterator[None]:
    """Modules made here have this precision and lie on the device at once."""
    torch.manual_seed(0)
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            yield
    finally:
        torch.set_default_dtype(before)


def sdxl(dtype: torch.dtype, device: str) -> StableDiffusionXLPipeline:
    """SDXL base 1.0, full size."""
    ends = {"bos_token_id": 49406, "eos_token_id": 49407}
    small = CLIPTextConfig(
        hidden_size=768,
        intermediate_size=3072,
        num_hidden_layers=12,
        num_attention_heads=12,
        projection_dim=768,
        hidden_act="quick_gelu",
        pad_token_id=1,
        **ends,
    )
    large = CLIPTextConfig(
        hidden_size=1280,
        intermediate_size=5120,
        num_hidden_layers=32,
        num_attention_heads=20,
        projection_dim=1280,
        hidden_act="gelu",
        pad_token_id=1,
        **ends,
    )
    with built(dtype, device):
        parts = {
            "unet": UNet2DConditionModel(
                sample_size=128,
                block_out_channels=(320, 640, 1280),
                layers_per_block=2,
                down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
                up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
                attention_head_dim=(5, 10, 20),
                transformer_layers_per_block=(1, 2, 10),
                use_linear_projection=True,
                cross_attention_dim=2048,
                addition_embed_type="text_time",
                addition_time_embed_dim=256,
                projection_class_embeddings_input_dim=2816,
            ),
            "vae": AutoencoderKL(
                latent_channels=4,
                block_out_channels=(128, 256, 512, 512),
                layers_per_block=2,
                down_block_types=("DownEncoderBlock2D",) * 4,
                up_block_types=("UpDecoderBlock2D",) * 4,
                sample_size=1024,
                scaling_factor=0.13025,
                force_upcast=True,
            ),
            "text_encoder": CLIPTextModel(small),
            "text_encoder_2": CLIPTextModelWithProjection(large),
        }
    return StableDiffusionXLPipeline(
        **{name: part.eval().requires_grad_(False) for name, part in parts.items()},
        tokenizer=clip_tokenizer("<|endoftext|>"),
        tokenizer_2=clip_tokenizer("!"),
        scheduler=EulerDiscreteScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            steps_offset=1,
            timestep_spacing="leading",
        ),
        add_watermarker=False,
    )


def klein(dtype: torch.dtype, device: str) -> Flux2KleinPipeline:
    """FLUX.2 klein 4B without its text encoder."""
    with built(dtype, device):
        transformer = Flux2Transformer2DModel(
            patch_size=1,
            in_channels=128,
            num_layers=5,
            num_single_layers=20,
            attention_head_dim=128,
            num_attention_heads=24,
            joint_attention_dim=KLEIN_WIDTH,
            timestep_guidance_channels=256,
            mlp_ratio=3.0,
            axes_dims_rope=(32, 32, 32, 32),
            rope_theta=2000,
            guidance_embeds=False,
        )
        vae = AutoencoderKLFlux2()
    return Flux2KleinPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, shift=3.0),
        vae=vae.eval(),
        text_encoder=None,
        tokenizer=None,
        transformer=transformer.eval(),
        is_distilled=True,
    )

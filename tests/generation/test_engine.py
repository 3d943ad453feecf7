"""The real diffusers pipeline on a tiny random checkpoint: batches, seeds, memory."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from generation.checkpoint import write_lock
from generation.counting import CLIP_TOKENS, longest, token_counter
from generation.engine import Engine, Failed
from generation.families import FAMILIES
from generation.jobs import GenerationJob

from .tiny_sdxl import write_tiny_sdxl

pytest.importorskip("diffusers")

# Another batch size, or another place in the batch, rounds the last bit of a float otherwise;
# of 256 grey levels that can be one.
ONE_GREY_LEVEL = 1


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Folder and revision of the tiny checkpoint."""
    folder: Path = tmp_path_factory.mktemp("tiny-sdxl")
    return str(folder), write_tiny_sdxl(folder)


@pytest.fixture(scope="module")
def pipeline(checkpoint: tuple[str, str]) -> Any:
    """Loaded once, by the engine's own way."""
    engine = Engine.load("sdxl", *checkpoint, device="cpu", dtype="float32", batch_size=1)
    return engine.pipeline


def job(k: int, prompt: str = "a shop", **other: Any) -> GenerationJob:
    values: dict[str, Any] = {
        "set_id": "s",
        "k": k,
        "prompt": prompt,
        "negative_prompt": "bad",
        "seed": 100 + k,
        "checkpoint": "tiny",
        "revision": "0" * 40,
        "width": 64,
        "height": 64,
        "num_inference_steps": 2,
        "guidance_scale": 5.0,
        "scene": {},
    }
    return GenerationJob(**{**values, **other})


def pixels(engine: Engine, jobs: list[GenerationJob]) -> list[np.ndarray]:
    made = list(engine.images(jobs))
    assert [j for j, _ in made] == jobs
    assert all(isinstance(image, Image.Image) for _, image in made), made
    return [np.asarray(image, np.int16) for _, image in made]


def test_image_k_alone_is_image_k_of_a_batch(pipeline: Any) -> None:
    """Five mixed prompts in batches of 3 (the last filled up) against one by one."""
    jobs = [job(k, "a shop" if k % 2 else "a road") for k in range(5)]
    batched = pixels(Engine(pipeline, FAMILIES["sdxl"], batch_size=3), jobs)
    alone = Engine(pipeline, FAMILIES["sdxl"], batch_size=1)
    for one, image in zip(jobs, batched, strict=True):
        (single,) = pixels(alone, [one])
        assert np.abs(single - image).max() <= ONE_GREY_LEVEL
        assert image.std() > 5


def test_the_same_seeds_give_the_same_images(pipeline: Any) -> None:
    """Twice the same jobs, by two engines: bitwise equal; another seed: another image."""
    jobs = [job(k) for k in range(3)]
    first, again = (
        pixels(Engine(pipeline, FAMILIES["sdxl"], batch_size=2), jobs) for _ in range(2)
    )
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert np.abs(first[0] - first[1]).mean() > 1


def test_prompts_matter_and_are_encoded_once(pipeline: Any) -> None:
    """Four images of two prompts: each text encoder runs for two prompts and one negative."""
    engine = Engine(pipeline, FAMILIES["sdxl"], batch_size=2)
    calls: list[int] = []
    hook = pipeline.text_encoder.register_forward_hook(lambda *_: calls.append(1))
    try:
        jobs = [job(k, prompt, seed=1) for k, prompt in enumerate(["a b", "c d", "a b", "c d"])]
        images = pixels(engine, jobs)
    finally:
        hook.remove()
    assert len(calls) == 2 * 2  # prompt and negative prompt, for each of the two pairs
    assert np.abs(images[0] - images[1]).max() > ONE_GREY_LEVEL
    assert np.abs(images[0] - images[2]).max() <= ONE_GREY_LEVEL


def test_jobs_of_another_shape_go_into_another_batch(pipeline: Any) -> None:
    """Sizes and steps cannot be mixed in one forward pass; the order stays."""
    jobs = [job(1), job(2, width=128), job(3, num_inference_steps=3), job(4, negative_prompt="")]
    assert [
        image.shape[1] for image in pixels(Engine(pipeline, FAMILIES["sdxl"], batch_size=4), jobs)
    ] == [
        64,
        128,
        64,
        64,
    ]


@pytest.fixture
def memory_for(pipeline: Any) -> Iterator[Any]:
    """Makes the network run out of memory above so many images (guidance doubles them)."""
    import torch

    hooks = []

    def limit(images: int) -> None:
        def check(_: Any, args: tuple[Any, ...]) -> None:
            if len(args[0]) > 2 * images:
                raise torch.OutOfMemoryError("CUDA out of memory.\nmore text")

        hooks.append(pipeline.unet.register_forward_pre_hook(check))

    yield limit
    for hook in hooks:
        hook.remove()


def test_out_of_memory_halves_the_batch_and_remembers(pipeline: Any, memory_for: Any) -> None:
    """From 8 to 4 to 2; all images are made, and the next batch starts at 2."""
    memory_for(2)
    engine = Engine(pipeline, FAMILIES["sdxl"], batch_size=8)
    assert len(pixels(engine, [job(k) for k in range(5)])) == 5
    assert engine.batch_size == 2


def test_a_job_that_does_not_fit_alone_fails_alone(pipeline: Any, memory_for: Any) -> None:
    """One image is too large for the device; those before and after it are made."""
    import torch

    def check(_: Any, args: tuple[Any, ...]) -> None:
        if args[0].shape[-1] > 8:
            raise torch.OutOfMemoryError("CUDA out of memory.\nmore text")

    hook = pipeline.unet.register_forward_pre_hook(check)
    try:
        jobs = [job(1), job(2, width=128), job(3)]
        made = [image for _, image in Engine(pipeline, FAMILIES["sdxl"], batch_size=1).images(jobs)]
    finally:
        hook.remove()
    assert made[1] == Failed("out of memory for one image: CUDA out of memory.")
    assert isinstance(made[0], Image.Image) and isinstance(made[2], Image.Image)


@pytest.mark.filterwarnings("ignore:invalid value encountered")
def test_a_picture_that_is_not_numbers_fails_alone(pipeline: Any) -> None:
    """Half precision can overflow in one image; the other of the batch is kept."""

    def spoil(_: Any, __: Any, output: Any) -> Any:
        output[0][0] = float("nan")
        return output

    hook = pipeline.vae.decoder.register_forward_hook(spoil)
    try:
        first, second = [
            image
            for _, image in Engine(pipeline, FAMILIES["sdxl"], batch_size=2).images(
                [job(1), job(2)]
            )
        ]
    finally:
        hook.remove()
    assert isinstance(first, Failed) and "not finite numbers" in first.reason
    assert isinstance(second, Image.Image)


def test_no_jobs_give_no_images(pipeline: Any) -> None:
    """An empty night is not an error."""
    assert list(Engine(pipeline, FAMILIES["sdxl"], batch_size=2).images([])) == []


def test_both_counters_count_what_the_encoders_read(
    checkpoint: tuple[str, str], pipeline: Any
) -> None:
    """`x, y` is three tokens; 75 tokens and the two marks fill CLIP's 77 places."""
    count = token_counter("sdxl", *checkpoint)
    assert count("x, y") == longest("x, y", [pipeline.tokenizer, pipeline.tokenizer_2]) == 3
    full = " ".join(["x"] * CLIP_TOKENS)
    assert count(full) == CLIP_TOKENS
    assert len(pipeline.tokenizer(full).input_ids) == pipeline.tokenizer.model_max_length


def test_weights_that_are_not_the_listed_ones_are_not_loaded(checkpoint: tuple[str, str]) -> None:
    """The check comes before the load."""
    with pytest.raises(ValueError, match="expected 0000"):
        Engine.load("sdxl", checkpoint[0], "0" * 40, device="cpu", dtype="float32", batch_size=1)


def test_an_id_that_is_not_on_this_machine_is_not_fetched() -> None:
    """No network: the local cache is asked, and the message names what it lacks."""
    absent = ("somebody/no-such-model", "0" * 40)
    with pytest.raises(FileNotFoundError, match="somebody/no-such-model@0000"):
        Engine.load("sdxl", *absent, device="cpu", dtype="float32", batch_size=1)
    with pytest.raises(FileNotFoundError, match="somebody/no-such-model@0000"):
        token_counter("sdxl", *absent)


def test_a_checkpoint_without_vocabulary_does_not_count_nothing(tmp_path: Path) -> None:
    """transformers would make an empty tokenizer of it, and every prompt would fit."""
    (tmp_path / "model_index.json").write_text("{}")
    with pytest.raises(FileNotFoundError, match=r"no vocabulary in .*tokenizer"):
        token_counter("sdxl", str(tmp_path), write_lock(tmp_path))

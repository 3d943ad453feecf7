"""How fast sets are made, and that speed changes no picture.

python bench/generate.py [--quick]                 any machine: tiny models, storyboard, planning
python bench/generate.py --device cuda             one GPU: full-size SDXL and klein as well
python bench/generate.py --device cuda --compile   the same, compiled (minutes of compiling first)

On a GPU the full-size networks get random weights from their config classes: nothing is
downloaded, and speed and equality do not depend on what the weights know. The plain loop is
what most people write: one prompt at a time, four images, fp16, the default pipeline, after one
call to warm up. Prints a table, then one JSON line.

    latent_rel_err         |engine - plain| / |plain| of the final latents, same seeds and prompts,
                           the largest of all models that were run
    overhead_ms_per_image  everything outside the network at 1024 px: prompt and job assembly,
                           PNG with XMP, C2PA signature, gate, writing
    storyboard_per_s       drawn images of 1024 px per second on one core
    plan_s, plan_mb        planning 10,000 cells of four images: seconds, MiB beyond the start
    naive_img_s, engine_img_s, engine_tflops, card_tflops, klein_img_s    with a GPU only
"""

from __future__ import annotations

import argparse
import gc
import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image

from generation.jobs import GenerationJob
from tests import conftest  # offline, and a torchvision that loads beside a CPU build of torch

assert conftest.TORCHVISION_OPERATORS

NIGHT = date(2026, 11, 20)
CELLS = 10_000
SIDE = 1024
BUDGET = 75
LINEAGE = {"run_id": "r", "warehouse_version": "v", "pauta_version": "0", "made_at": "t"}
# Of one SDXL forward pass at 1024 px and of decoding one picture, counted with
# FlopCounterMode on the real configurations; 30 steps with guidance are 416 TFLOP.
UNET_TFLOP, DECODE_TFLOP = 6.761, 10.47


class PeakMemory:
    """The most memory that this process held while it ran, in MiB beyond the start."""

    def __enter__(self) -> PeakMemory:
        gc.collect()
        self.process = psutil.Process()
        self.start = self.most = self.process.memory_info().rss
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()
        return self

    def _watch(self) -> None:
        while not self.ended.wait(0.02):
            self.most = max(self.most, self.process.memory_info().rss)

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.thread.join()

    @property
    def mib(self) -> float:
        return (self.most - self.start) / 2**20


def job(k: int, prompt: str, side: int, **other: Any) -> GenerationJob:
    """One image to make."""
    values: dict[str, Any] = {
        "set_id": f"set-{k // 4}",
        "k": k % 4 + 1,
        "prompt": prompt,
        "negative_prompt": "blurry, text",
        "seed": 1000 + k,
        "checkpoint": "random",
        "revision": "0" * 40,
        "width": side,
        "height": side,
        "num_inference_steps": 4,
        "guidance_scale": 5.0,
        "scene": {},
    }
    return GenerationJob(**{**values, **other})


def prompts(count: int) -> list[str]:
    """Different prompts of the usual length."""
    return [
        f"a Colombian family taking payment {number} at a market stall, natural editorial "
        "photograph, warm golden-hour light, a wide shot, green tones, friendly mood"
        for number in range(count)
    ]


# ---- any machine


def tiny_errors() -> dict[str, float]:
    """The engine's latents against the plain pipeline's, tiny models, fp32."""
    import diffusers
    import torch

    from generation.engine import Engine
    from generation.families import FAMILIES
    from tests.generation.tiny_models import write_tiny_klein, write_tiny_qwen, write_tiny_zimage
    from tests.generation.tiny_sdxl import write_tiny_sdxl

    cases: dict[str, tuple[Callable[[Path], str], float, dict[str, Any]]] = {
        "sdxl": (write_tiny_sdxl, 5.0, {"negative_prompt": "blurry", "guidance_scale": 5.0}),
        "klein": (write_tiny_klein, 1.0, {"guidance_scale": 1.0}),
        "zimage": (write_tiny_zimage, 0.0, {"guidance_scale": 0.0}),
        "qwen": (write_tiny_qwen, 3.0, {"negative_prompt": "blurry", "true_cfg_scale": 3.0}),
    }
    errors = {}
    for name, (written, guidance, plain_options) in cases.items():
        with tempfile.TemporaryDirectory() as folder:
            revision = written(Path(folder))
            engine = Engine.load(
                name, folder, revision, device="cpu", dtype="float32", batch_size=4
            )
            plain = getattr(diffusers, FAMILIES[name].pipeline_class).from_pretrained(folder)
        plain.set_progress_bar_config(disable=True)
        jobs = [
            job(k, text, 64, guidance_scale=guidance, negative_prompt="blurry")
            for k, text in enumerate(prompts(4))
        ]
        ours = engine.latents(jobs)
        worst = 0.0
        for at, one in enumerate(jobs):
            theirs = plain(
                prompt=one.prompt,
                generator=[torch.Generator("cpu").manual_seed(one.seed)],
                width=64,
                height=64,
                num_inference_steps=4,
                output_type="latent",
                **plain_options,
            ).images[0]
            worst = max(worst, float((ours[at] - theirs).norm() / theirs.norm()))
        errors[name] = worst
    return errors


def photo_like(seed: int) -> Image.Image:
    """As hard to compress as a photograph: shapes of all sizes and a little grain."""
    random = np.random.default_rng(seed)
    total = np.zeros((SIDE, SIDE, 3), np.float32)
    for cells in (4, 16, 64, 256):
        layer = random.normal(0, 1, (cells, cells, 3)).astype(np.float32)
        image = [
            Image.fromarray(layer[:, :, c]).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
            for c in range(3)
        ]
        total += np.stack([np.asarray(i) for i in image], axis=2) * (60 / cells**0.5)
    total += random.normal(0, 1.2, total.shape)
    return Image.fromarray(np.clip(total + 128, 0, 255).astype(np.uint8))


def overhead_ms(sets: int) -> float:
    """Milliseconds per candidate of everything but the network, signing included."""
    from generation.credentials import Credential, key_signer, new_authority
    from include.config.brand import load_brand
    from include.config.profiles import load_profile
    from include.making import Desk, Maker, make
    from include.set_plans import Planner, Subject
    from include.store import LocalStore

    authority = new_authority("Bench", now=datetime.now(UTC))
    signing = Credential(authority.chain, key_signer(authority.key))
    pictures = [photo_like(seed) for seed in range(8)]

    def images(jobs: Sequence[GenerationJob]) -> Iterator[tuple[GenerationJob, Image.Image]]:
        for at, one in enumerate(jobs):
            yield one, pictures[at % len(pictures)]

    used = load_profile("storyboard").model_copy(
        update={"kind": "generated", "width": SIDE, "height": SIDE, "candidates": 8}
    )
    brand = load_brand()
    guide, deny = brand.guide("wompi", "sales"), brand.deny("wompi")
    board = {"as_of": "2026-11-20", "pieces": 0, "kpi": "k", "rule_version": "1"}
    planner = Planner(used, clip_counter(), NIGHT, LINEAGE)
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(2):  # the first time imports what is needed
            begun = time.process_time()
            plans = [
                planner.plan(Subject(guide, deny, [], [], [], board, seed=100 * turn + at))
                for at in range(sets)
            ]
            desk = Desk(LocalStore(Path(folder)), credential=signing)
            outcome = make(desk, plans, Maker(images, "generated", "bench@1"), lambda _: None)
            assert len(outcome.finished) == sets, outcome
            spent = time.process_time() - begun
    return spent / (sets * 8) * 1000


def storyboard_per_s(count: int) -> float:
    """Drawn images of 1024 px per second of one core."""
    from generation import storyboard
    from generation.vocabulary import SETTINGS

    jobs = [
        job(k, "", SIDE, scene={"setting": setting, "people": people, "props": ["phone", "bags"]})
        for k, (setting, people) in enumerate(
            zip(list(SETTINGS) * 4, ("one", "two", "family", "none") * 15, strict=True)
        )
    ][:count]
    list(storyboard.images(jobs[:1]))
    begun = time.process_time()
    for _ in storyboard.images(jobs):
        pass
    return len(jobs) / (time.process_time() - begun)


def planning(cells: int) -> tuple[float, float]:
    """Seconds and MiB to plan a night of so many cells and to write its chunks."""
    from generation.manifest import canonical
    from generation.votes import Observed, Winner
    from include.config.brand import OBJECTIVES, load_brand
    from include.config.profiles import load_profile
    from include.set_plans import Planner, Subject
    from include.store import LocalStore

    count = clip_counter()
    count("a shop")
    brand, used = load_brand(), load_profile("storyboard")
    # SDXL's prompts, counted by CLIP's own tokenizer, with eight candidates.
    used = used.model_copy(update={"engine": "sdxl", "candidates": 8, "token_budget": BUDGET})
    planner = Planner(used, count, NIGHT, LINEAGE)
    denies = {node: brand.deny(node) for node in brand.nodes}
    random = np.random.default_rng(0)
    lights = ("morning", "golden", "midday", "evening")

    def subject(number: int) -> Subject:
        node = list(brand.nodes)[number % len(brand.nodes)]
        winners = [
            Winner(
                f"{number:08x}{at:056x}",
                0.2,
                (
                    Observed("light", lights[int(random.integers(4))], 0.9),
                    Observed("people", ("one", "two")[int(random.integers(2))], 0.8),
                    Observed("place", "indoor", float(random.uniform(0.5, 1))),
                ),
                "A wide shot with one person in a small café.",
            )
            for at in range(5)
        ]
        inspirations = [{"picture": w.picture, "weight": w.weight, "ads": []} for w in winners]
        return Subject(
            brand.guide(node, OBJECTIVES[number % len(OBJECTIVES)]),
            denies[node],
            winners,
            inspirations,
            [],
            {"as_of": "2026-11-20", "pieces": 30, "kpi": "k", "rule_version": "1"},
            seed=number,
        )

    with tempfile.TemporaryDirectory() as folder, PeakMemory() as memory:
        store = LocalStore(Path(folder))
        begun = time.perf_counter()
        chunk: list[Any] = []
        for number in range(cells):
            chunk.append(planner.plan(subject(number)))
            if len(chunk) == 200 or number == cells - 1:
                store.write(f"sets/plans/{number:05d}.json", canonical(chunk))
                chunk = []
        took = time.perf_counter() - begun
    return took, memory.mib


def clip_counter() -> Callable[[str], int]:
    """Tokens by CLIP's real vocabulary of 49,408, from the merges inside open_clip."""
    from generation.counting import longest, remembered

    tokenizers = [clip_tokenizer("<|endoftext|>"), clip_tokenizer("!")]
    return remembered(lambda text: longest(text, tokenizers))


def clip_tokenizer(pad: str) -> Any:
    """CLIP's tokenizer, whole."""
    from open_clip.tokenizer import SimpleTokenizer
    from transformers import CLIPTokenizer

    known = SimpleTokenizer()
    names = {"<start_of_text>": "<|startoftext|>", "<end_of_text>": "<|endoftext|>"}
    vocabulary = {names.get(token, token): number for token, number in known.encoder.items()}
    merges = sorted(known.bpe_ranks, key=known.bpe_ranks.__getitem__)
    return CLIPTokenizer(vocab=vocabulary, merges=merges, pad_token=pad, model_max_length=77)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--compile", action="store_true", help="compile the networks (GPU)")
    parser.add_argument("--sets", type=int, default=16, help="sets of four on a GPU")
    parser.add_argument("--batch", type=int, default=16, help="images per pass on a GPU")
    parser.add_argument("--steps", type=int, default=30, help="SDXL's steps on a GPU")
    options = parser.parse_args()

    import torch

    torch.set_num_threads(1)
    found: dict[str, Any] = {}
    errors = tiny_errors()
    found["latent_rel_err"] = max(errors.values())
    for name, error in errors.items():
        print(f"{name:<8} tiny, fp32: latents differ by {error:.1e} from the plain pipeline's")
    found["overhead_ms_per_image"] = round(overhead_ms(2 if options.quick else 8), 1)
    print(f"outside the network, 1024 px, signed: {found['overhead_ms_per_image']} ms per image")
    found["storyboard_per_s"] = round(storyboard_per_s(6 if options.quick else 60), 2)
    print(f"storyboard, 1024 px: {found['storyboard_per_s']} images/s per core")
    took, memory = planning(CELLS // 10 if options.quick else CELLS)
    found |= {"plan_s": round(took, 1), "plan_mb": round(memory, 1)}
    print(
        f"planning {CELLS // 10 if options.quick else CELLS} cells: {took:.1f} s, {memory:.0f} MB"
    )
    if options.device.startswith("cuda"):
        from bench.generate_gpu import measure

        found |= measure(options)
    print(json.dumps(found))


if __name__ == "__main__":
    main()

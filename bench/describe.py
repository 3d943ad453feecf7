"""How fast pictures are described and how right it is; clip-interrogator's own code beside ours.

python bench/describe.py [--quick] [--only PART ...]

Parts, each with the same random weights, pictures and label lists on both sides:
  layout     the default describer on the sandbox's creatives, against the sandbox's truth
  templates  the photo box on random templates drawn by the sandbox, against their truth
  copies     near duplicates: pieces saved again, and different pieces
  chain      one step of `best` at ViT-L-14 size
  tables     building label tables at ViT-L-14 size
  texts      captions and `best` from end to end, tiny models
  fast       `fast` and `classic`, tiny models, all 111,867 labels of the package
  medium     pictures per second at ViT-L-14 + BLIP-large size; on a GPU where there is one
  memory     growth of the process over many pictures, tiny models

Random weights give no sensible words; what is compared is work and equality.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import math
import os
import resource
import tempfile
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any
from unittest.mock import patch

import numpy as np
from PIL import Image

from generation.describe import layout
from generation.describe.decode import decoded
from generation.describe.near_duplicates import Look, creatives
from generation.describe.record import Box, Description
from generation.vocabulary import PLACES
from include.sandbox import templates
from include.sandbox.pictures import Pictures
from include.sandbox.plan import Picture, month_number
from include.sandbox.world import World
from tests import conftest  # offline, and a torchvision that loads beside a CPU build of torch

assert conftest.TORCHVISION_OPERATORS

WORLD_SEED = 99
MEASURED = ("setting", "place", "people", "light", "palette", "composition", "text_share")


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    common = max(width, 0.0) * max(height, 0.0)
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return common / (areas - common)


def planned(count: int) -> tuple[World, list[Picture]]:
    """Distinct pictures of one month, spread over nodes and objectives."""
    world = World(
        seed=WORLD_SEED, today=date(2026, 11, 20), creatives_per_month=max(640, count * 2)
    )
    pictures = world.plan(month_number(2026, 3)).pictures
    return world, list(pictures[:: max(len(pictures) // count, 1)][:count])


def drawn(count: int) -> list[tuple[Picture, bytes]]:
    """The same with their files, as the platforms of the sandbox serve them."""
    world, pictures = planned(count)
    files = Pictures(world)
    return [(picture, files.file(picture)) for picture in pictures]


def measure_layout(quick: bool) -> dict[str, Any]:
    pieces = drawn(60 if quick else 400)
    layout.describe(decoded(pieces[0][1]))  # reads the weights
    described: list[tuple[Picture, Description]] = []
    started, cpu = time.perf_counter(), time.process_time()
    for picture, data in pieces:
        described.append((picture, layout.describe(decoded(data))))
    wall, cpu = time.perf_counter() - started, time.process_time() - cpu
    said, right = defaultdict(int), defaultdict(int)
    boxes = []
    for picture, found in described:
        truth = {**picture.attributes, "place": PLACES[picture.setting]}
        for one in found.labels:
            said[one.category] += 1
            right[one.category] += one.label == truth[one.category]
        assert found.photo_box is not None
        boxes.append(overlap(found.photo_box, templates.LAYOUTS[picture.layout].photo_box))
    count = len(described)
    print(f"{count} sandbox creatives, describer layout")
    print(f"{'category':12} {'said':>6} {'right':>6}")
    for category in MEASURED:
        share = right[category] / max(said[category], 1)
        print(f"{category:12} {said[category] / count:6.1%} {share:6.1%}")
    print(f"photo box in the sandbox's eight templates: mean IoU {np.mean(boxes):.3f}")
    return {
        "images": count,
        "images_per_s": round(count / wall, 1),
        "cpu_ms_per_image": round(1000 * cpu / count, 1),
        "photo_box_iou": round(float(np.mean(boxes)), 3),
        "said": {c: round(said[c] / count, 3) for c in MEASURED},
        "right": {c: round(right[c] / max(said[c], 1), 3) for c in MEASURED},
    }


def random_templates(count: int) -> Iterator[templates.Layout]:
    """Layouts as agencies vary them: format, side and depth of the band, frames, text sizes."""
    chance = np.random.default_rng(7)
    formats = [(640, 640), (512, 640), (640, 336), (360, 640), (640, 800)]
    Box_ = templates.Box  # noqa: N806 - a class
    for i in range(count):
        width, height = formats[i % len(formats)]
        kind = ("below", "above", "left", "right", "frame", "full")[int(chance.integers(6))]
        depth = float(chance.uniform(0.22, 0.5))
        margin = float(chance.uniform(0.03, 0.09))
        photo = {
            "below": Box_(0, 0, 1, 1 - depth),
            "above": Box_(0, depth, 1, 1),
            "left": Box_(depth, 0, 1, 1),
            "right": Box_(0, 0, 1 - depth, 1),
            "frame": Box_(margin, depth, 1 - margin, 1 - margin),
            "full": Box_(0, 0, 1, 1),
        }[kind]
        band = {
            "below": Box_(0.05, 1 - depth + 0.03, 0.95, 0.97),
            "above": Box_(0.05, 0.03, 0.95, depth - 0.03),
            "left": Box_(0.03, 0.2, depth - 0.03, 0.7),
            "right": Box_(1 - depth + 0.03, 0.2, 0.97, 0.7),
            "frame": Box_(margin, 0.03, 1 - margin, depth - 0.03),
            "full": None,
        }[kind]
        yield templates.Layout(
            f"random_{i}",
            width,
            height,
            photo,
            "low" if kind == "full" else "medium",
            ("main", "pale", "paper")[int(chance.integers(3))],
            logo=(float(chance.uniform(0.03, 0.6)), float(chance.uniform(0.03, 0.9))),
            button=(float(chance.uniform(0.03, 0.5)), float(chance.uniform(0.05, 0.88))),
            headline=band,
            headline_size=int(chance.integers(22, 46)),
        )


def measure_templates(quick: bool) -> dict[str, Any]:
    layouts = list(random_templates(60 if quick else 240))
    _, pictures = planned(len(layouts))
    known = {**templates.LAYOUTS, **{one.id: one for one in layouts}}
    found = []
    # The sandbox draws the layouts that it knows; for this measurement it knows more.
    with patch.object(templates, "LAYOUTS", MappingProxyType(known)):
        for one, picture in zip(layouts, pictures, strict=True):
            image = decoded(templates.draw(replace(picture, layout=one.id)))
            box = layout.describe(image).photo_box
            assert box is not None
            found.append(overlap(box, one.photo_box))
    values = np.array(found)
    print(
        f"photo box in {len(values)} random templates: mean IoU {values.mean():.3f}, "
        f"10th percentile {np.percentile(values, 10):.2f}, below 0.5: {(values < 0.5).mean():.1%}"
    )
    return {
        "templates": len(values),
        "template_iou": round(float(values.mean()), 3),
        "template_iou_p10": round(float(np.percentile(values, 10)), 3),
    }


def measure_copies(quick: bool) -> dict[str, Any]:
    pieces = [decoded(data) for _, data in drawn(60 if quick else 200)]
    looks = []
    for i, piece in enumerate(pieces):
        out = io.BytesIO()
        piece.resize((piece.width // 2, piece.height // 2)).save(out, "JPEG", quality=40)
        for kind, image in (("a", piece), ("b", decoded(out.getvalue()))):
            look = layout.describe(image).look
            assert look is not None
            looks.append(Look(f"{kind}{i:04}", look))
    started = time.perf_counter()
    found = creatives(looks)
    seconds = time.perf_counter() - started
    joined = sum(found[f"b{i:04}"] == found[f"a{i:04}"] for i in range(len(pieces)))
    mixed = sum(found[f"a{i:04}"] != f"a{i:04}" for i in range(len(pieces)))
    print(
        f"near duplicates: {joined} of {len(pieces)} copies (half size, JPEG 40) joined, "
        f"{mixed} different pieces joined, {len(looks)} looks in {seconds:.2f} s"
    )
    return {
        "copies_found": round(joined / len(pieces), 3),
        "different_joined": round(mixed / len(pieces), 4),
    }


class Sides:
    """The package and our engine with the same models."""

    def __init__(self, lists: Path | None, *, chunk: int = 2_048) -> None:
        from generation.describe.brand_safety import package_data
        from generation.describe.interrogator import Interrogator
        from generation.describe.label_table import package_labels

        self.models = tiny_models()
        folder = package_data() if lists is None else lists
        self.package, self.package_tables_s = timed(
            lambda: package_with(self.models, folder, chunk)
        )
        self.ours, self.our_tables_s = timed(
            lambda: Interrogator(self.models, package_labels(folder), chunk=chunk, candidates=chunk)
        )


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Its answer, and seconds: on a CPU those of this process, so that other work on the machine
    does not count; with a GPU those of the clock."""
    import torch

    clock = time.perf_counter if torch.cuda.is_available() else time.process_time
    started = clock()
    done = work()
    return done, clock() - started


def tiny_models() -> Any:
    """A 64-wide CLIP and a 32-wide BLIP with random weights, loaded from their checkpoints."""
    from generation.describe.models import load_models
    from tests.generation.tiny_describers import write_tiny_blip, write_tiny_clip

    folder = Path(tempfile.mkdtemp(prefix="pauta-bench-"))
    for name in ("blip", "clip"):
        (folder / name).mkdir()
    blip, clip = write_tiny_blip(folder / "blip"), write_tiny_clip(folder / "clip")
    return load_models(
        caption=blip.pinned, clip=clip.pinned, clip_model_name="ViT-L-14", device="cpu"
    )


def package_with(models: Any, folder: Path, chunk: int) -> Any:
    """clip-interrogator's own Interrogator over these models and lists."""
    from clip_interrogator import Config, Interrogator

    config = Config(
        clip_model_name="ViT-L-14/local",
        cache_path=None,
        download_cache=False,
        device=models.device,
        quiet=True,
        data_path=str(folder),
        chunk_size=chunk,
        flavor_intermediate_count=chunk,
    )
    config.caption_model, config.caption_processor = models.captioner, models.caption_processor
    config.clip_model, config.clip_preprocess = models.clip, models.preprocess
    return Interrogator(config)


def few_labels(flavours: int, artists: int) -> Path:
    """The package's lists, cut to the first flavours and artists."""
    from generation.describe.brand_safety import package_data

    folder = Path(tempfile.mkdtemp(prefix="pauta-lists-"))
    for path in package_data().glob("*.txt"):
        lines = path.read_text(encoding="utf-8").splitlines()
        most = {"flavors": flavours, "artists": artists}.get(path.stem, len(lines))
        (folder / path.name).write_text("\n".join(lines[:most]) + "\n", encoding="utf-8")
    return folder


def blobs(count: int) -> list[Image.Image]:
    from tests.generation.tiny_describers import pictures

    return pictures(count)


def measure_fast_and_classic(quick: bool) -> dict[str, Any]:
    """Also the tables: here the package builds all of them."""
    sides = Sides(few_labels(12_000, 600) if quick else None)
    images = blobs(6 if quick else 24)
    captions = [f"{i} people in a shop" for i in range(len(images))]
    found: dict[str, Any] = {
        "tables_tiny_x": round(sides.package_tables_s / sides.our_tables_s, 1),
        "table_labels": len(sides.ours.merged.labels),
    }
    print(
        f"tables of {found['table_labels']} labels: package {sides.package_tables_s:.1f} s, "
        f"ours {sides.our_tables_s:.1f} s, {found['tables_tiny_x']} x"
    )
    same = total = 0
    for mode in ("fast", "classic"):
        upstream = getattr(sides.package, f"interrogate_{mode}")
        expected, theirs = timed(
            lambda upstream=upstream: [
                upstream(image, caption=said) for image, said in zip(images, captions, strict=True)
            ]
        )
        ours, own = timed(
            lambda mode=mode: getattr(sides.ours, mode)(sides.ours.image_vectors(images), captions)
        )
        same += sum(a == b for a, b in zip(expected, ours, strict=True))
        total += len(images)
        found[f"{mode}_x"] = round(theirs / own, 1)
        print(
            f"{mode}: package {1000 * theirs / len(images):.0f} ms a picture, ours "
            f"{1000 * own / len(images):.1f} ms, {found[f'{mode}_x']} x"
        )
    return found | {"same": same, "total": total}


def measure_texts(quick: bool) -> dict[str, Any]:
    """`best` and captions from end to end."""
    sides = Sides(few_labels(1_500, 150), chunk=256)
    images = blobs(4 if quick else 20)
    expected_captions, theirs = timed(
        lambda: [sides.package.generate_caption(image) for image in images]
    )
    captions, own = timed(lambda: sides.ours.captions(images))
    print(f"captions: package {theirs:.2f} s, ours {own:.2f} s, {theirs / own:.1f} x")
    expected, theirs = timed(
        lambda: [
            sides.package.interrogate(image, caption=said)
            for image, said in zip(images, captions, strict=True)
        ]
    )
    ours, own = timed(lambda: sides.ours.best(sides.ours.image_vectors(images), captions))
    context = sides.ours.tower.context - 2
    window = [
        tuple(sides.ours.tower.ids(text)[:context] for text in pair)
        for pair in zip(expected, ours, strict=True)
    ]
    read_alike = sum(a == b for a, b in window)
    same = sum(a == b for a, b in zip(expected, ours, strict=True))
    print(
        f"best, {len(images)} pictures: package {theirs:.1f} s, ours {own:.1f} s, "
        f"{theirs / own:.1f} x; {same} texts equal, {read_alike} equal to CLIP (ties)"
    )
    same += sum(a == b for a, b in zip(expected_captions, captions, strict=True))
    return {
        "best_x": round(theirs / own, 1),
        "same": same,
        "total": 2 * len(images),
        "same_to_clip": round(read_alike / len(images), 3),
    }


def large_clip() -> Any:
    """ViT-L-14 with random weights."""
    import open_clip
    import torch

    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model, _, preprocess = open_clip.create_model_and_transforms(
        "ViT-L-14", pretrained=None, precision="fp16" if device == "cuda" else "fp32", device=device
    )
    return model.eval(), preprocess, open_clip.get_tokenizer("ViT-L-14"), device


def measure_chain(quick: bool) -> dict[str, Any]:
    """All candidates of one step: the package tokenises and encodes them anew."""
    import torch
    from clip_interrogator import Interrogator

    from generation.describe.brand_safety import package_data
    from generation.describe.label_table import package_labels
    from generation.describe.text_tower import TextTower, unit

    model, _, tokenizer, device = large_clip()
    count = 2_048 if device == "cuda" else 48 if quick else 256
    labels = [one for table in package_labels(package_data()).values() for one in table]
    chance = np.random.default_rng(1)
    labels = [labels[i] for i in chance.choice(len(labels), count, replace=False)]
    prompt = "a woman holding a phone in front of a small shop, soft light, warm colours"
    vector = unit(torch.randn(1, 768, device=device, dtype=model.visual.proj.dtype))
    package = Interrogator.__new__(Interrogator)
    package.clip_model, package.tokenize, package.device = model, tokenizer, device
    package.clip_offloaded = False
    package.config = type("Config", (), {"caption_offload": False})
    tower = TextTower(model, tokenizer, device)

    def theirs() -> str:
        return str(package.rank_top(vector, [f"{prompt}, {label}" for label in labels]))

    # Labels are tokenised once per run, with their table; this is no part of a step.
    ids = [tower.ids(label) for label in labels]

    def ours() -> str:
        found = tower.vectors(ids, tower.ids(f"{prompt},")) @ vector[0]
        return f"{prompt}, {labels[int(found.argmax())]}"

    ours()
    if device == "cuda":
        theirs()
    expected, slow = timed(theirs)
    found, quick_s = timed(ours)
    print(
        f"chain step, ViT-L-14, {count} candidates on {device}: package {slow:.2f} s, "
        f"ours {quick_s:.2f} s, {slow / quick_s:.1f} x; "
        f"{'the same' if found == expected else 'ANOTHER'} label"
    )
    return {"chain_x": round(slow / quick_s, 1), "chain_same": found == expected}


def measure_tables(quick: bool) -> dict[str, Any]:
    """Vectors of labels at ViT-L-14 size, tokens included."""
    import torch
    from clip_interrogator import LabelTable

    from generation.describe.brand_safety import package_data
    from generation.describe.label_table import label_table, package_labels
    from generation.describe.text_tower import TextTower

    model, _, tokenizer, device = large_clip()
    labels = [one for table in package_labels(package_data()).values() for one in table]
    count = 20_000 if device == "cuda" else 48 if quick else 192
    chance = np.random.default_rng(2)
    labels = [labels[i] for i in chance.choice(len(labels), count, replace=False)]
    options = {"chunk_size": 2_048, "device": device, "clip_model_name": "", "cache_path": None}
    config = type("Config", (), {**options, "quiet": True})
    asking = type("Asking", (), {"clip_model": model, "config": config, "tokenize": tokenizer})
    tower = TextTower(model, tokenizer, device)
    label_table(labels[:8], tower)
    expected, slow = timed(lambda: LabelTable(list(labels), None, asking))
    found, own = timed(lambda: label_table(labels, tower))
    vectors = torch.from_numpy(np.stack(expected.embeds)).float()
    apart = float((found.vectors.cpu().float() - vectors).abs().max())
    print(
        f"tables, ViT-L-14, {count} labels on {device}: package {slow:.2f} s, ours {own:.2f} s, "
        f"{slow / own:.1f} x; largest difference of a stored value {apart:.1e}"
    )
    return {"tables_x": round(slow / own, 1)}


def measure_medium(quick: bool) -> dict[str, Any]:
    """Caption, image vector and labels of `medium`; the labels of all categories."""
    import torch
    from transformers import BlipConfig, BlipForConditionalGeneration, BlipImageProcessor

    from generation.describe.brand_safety import package_filter
    from generation.describe.clip_interrogator import reviewed_labels
    from generation.describe.interrogator import Interrogator, Models

    model, preprocess, tokenizer, device = large_clip()
    large = {"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 24}
    config = BlipConfig(
        vision_config={**large, "num_attention_heads": 16, "image_size": 384, "patch_size": 16},
        text_config={"encoder_hidden_size": 1024},  # the rest is BLIP-large's own default
    )
    torch.manual_seed(0)
    captioner = BlipForConditionalGeneration(config).eval()
    # Random weights never end a sentence; a real caption has some 12 tokens.
    captioner.generation_config.max_length = 20
    captioner = captioner.to(device, torch.float16 if device == "cuda" else torch.float32)
    images = BlipImageProcessor(size={"height": 384, "width": 384})

    class Processor:
        """Without a tokeniser: what random weights say need not be read."""

        def __call__(self, **options: Any) -> Any:
            return images(**options)

        def batch_decode(self, tokens: Any, **options: Any) -> list[str]:
            return [str(len(row)) for row in tokens]

    models = Models(captioner, Processor(), model, preprocess, tokenizer, device)
    labels = {name: one.texts for name, one in reviewed_labels(package_filter()).items()}
    if device == "cpu":  # the tables are measured elsewhere
        labels = {name: texts[:20] for name, texts in labels.items()}
    engine = Interrogator(models, labels)
    count = 512 if device == "cuda" else 2 if quick else 8
    pieces = [image.resize((1080, 1080)) for image in blobs(count)]

    def described() -> None:
        with patch("generation.describe.interrogator.CAPTION_TOKENS", 12):
            engine.captions(pieces)
        vectors = engine.image_vectors(pieces)
        for table in engine.tables.values():
            table.similarities(vectors).cpu()

    if device == "cuda":
        described()
    _, seconds = timed(described)
    rate = count / seconds
    print(f"medium, ViT-L-14 + BLIP-large on {device}: {rate:.2f} images/s ({count} images)")
    return {"medium_images_per_s": round(rate, 2), "medium_device": device}


def measure_memory(quick: bool) -> dict[str, Any]:
    """Resident memory after a warm-up and at the end of many pictures, through the store."""
    from generation.describe import clip_interrogator
    from include.describe import describe_chunk
    from include.store import LocalStore
    from tests.generation.tiny_describers import write_tiny_blip, write_tiny_clip

    folder = Path(tempfile.mkdtemp(prefix="pauta-memory-"))
    for name in ("blip", "clip"):
        (folder / name).mkdir()
    blip, clip = write_tiny_blip(folder / "blip"), write_tiny_clip(folder / "clip")
    describer = clip_interrogator.ClipInterrogator(
        caption_checkpoint=str(blip.folder),
        caption_revision=blip.revision,
        clip_checkpoint=str(clip.folder),
        clip_revision=clip.revision,
    )
    store = LocalStore(folder / "data")
    count = 600 if quick else 3_000
    names = []
    chance = np.random.default_rng(5)
    for _ in range(count):
        out = io.BytesIO()
        cells = Image.fromarray(chance.integers(0, 256, (5, 5, 3), dtype=np.uint8))
        cells.resize((160, 160)).save(out, "JPEG")
        sha256 = hashlib.sha256(out.getvalue()).hexdigest()
        store.write(f"images/sha256/{sha256[:2]}/{sha256}.jpg", out.getvalue())
        names.append(sha256)
    names.sort()
    marks: list[float] = []
    started = time.perf_counter()
    describe_chunk(store, names, describer, progress=lambda _: marks.append(resident_mb()))
    seconds = time.perf_counter() - started
    warm = len(marks) // 3
    grown = marks[-1] - marks[warm]
    after = count * (len(marks) - 1 - warm) // len(marks)
    per_50_000 = 50_000 * grown / max(after, 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"memory: {grown:+.0f} MB over the last {after} of {count} pictures "
        f"({per_50_000:+.0f} MB per 50,000), peak {peak:.0f} MB, {count / seconds:.0f} images/s"
    )
    return {"memory_mb_per_50000": round(per_50_000), "peak_mb": round(peak)}


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def device_name() -> str:
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu, one thread"


PARTS: dict[str, Callable[[bool], dict[str, Any]]] = {
    "layout": measure_layout,
    "templates": measure_templates,
    "copies": measure_copies,
    "chain": measure_chain,
    "tables": measure_tables,
    "texts": measure_texts,
    "fast": measure_fast_and_classic,
    "medium": measure_medium,
    "memory": measure_memory,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="small sizes, a minute or two")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    options = parser.parse_args()
    warnings.filterwarnings("ignore", category=FutureWarning)
    warnings.filterwarnings("ignore", category=UserWarning)
    import torch

    # Threads that wait for each other burn time on a shared machine; both sides have one.
    torch.set_num_threads(1)
    figures: dict[str, Any] = {"device": device_name()}
    same = total = 0
    for name in options.only:
        with redirect_stderr(io.StringIO()):  # progress bars of the libraries
            found = PARTS[name](options.quick)
        same += found.pop("same", 0)
        total += found.pop("total", 0)
        figures |= found
    if total:
        figures["same_text"] = round(same / total, 4)
        figures["texts"] = total
    figures = {k: v for k, v in figures.items() if not (isinstance(v, float) and math.isnan(v))}
    print(json.dumps(figures, sort_keys=True))


if __name__ == "__main__":
    main()

"""Fits the weights of `readout.npz` on drawn scenes: `python -m generation.describe.fit_readout`.

Run it again when the illustrator changes. The scenes, their palettes and what is laid over
them come from one seed, so the same code draws the same scenes. A fifth of them is kept
out of the fit; how often the layer is right on those is printed.
"""

from __future__ import annotations

import argparse
import colorsys
import io
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.optimize import minimize

from generation.describe.readout import WEIGHTS, distance, measurements
from generation.scenes import Palette, Scene, render, svg
from generation.vocabulary import CATEGORIES, PLACES

FITTED = ("setting", "people", "light", "palette", "composition")
SCENES = 5_000
SEED = 20_260
PENALTY = 0.002  # of squared weights; chosen on the scenes kept out

# Width and height of the photos inside common templates.
SIZES = ((320, 230), (320, 320), (256, 320), (320, 168), (320, 208), (272, 320), (256, 218))
HUES = {
    "green": (120, 168),
    "coral": (2, 14),
    "blue": (200, 228),
    "yellow": (42, 52),
    "purple": (252, 285),
}

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """A scene to draw, what it shows, and the seed of what is laid over it."""

    scene: Scene
    size: tuple[int, int]
    palette: str
    seed: int

    def label(self, category: str) -> str:
        """The true label."""
        return self.palette if category == "palette" else str(getattr(self.scene, category))


def samples(count: int, seed: int) -> Iterator[Sample]:
    """Scenes with every label about equally often."""
    rnd = Random(seed)  # noqa: S311 - not for secrets: the same scenes for ever
    for _ in range(count):
        composition = rnd.choice(list(CATEGORIES["composition"]))
        palette = rnd.choice(list(CATEGORIES["palette"]))
        setting = rnd.choice(list(CATEGORIES["setting"]))
        # Nobody lights a street with a table lamp.
        lamps = PLACES[setting] == "indoor"
        scene = Scene(
            setting=setting,
            people="none" if composition == "detail" else rnd.choice(list(CATEGORIES["people"])),
            props=tuple(rnd.sample(list(CATEGORIES["prop"]), rnd.choice((1, 1, 2, 2, 3)))),
            light=rnd.choice([x for x in CATEGORIES["light"] if lamps or x != "indoor"]),
            palette=Palette.of([colour_of(palette, rnd)]),
            composition=composition,
            seed=rnd.randrange(10**6),
        )
        yield Sample(scene, rnd.choice(SIZES), palette, rnd.randrange(10**6))


def colour_of(palette: str, rnd: Random) -> str:
    """Any hex colour that people would call by the palette's name."""
    if palette == "neutral":
        hsv = (rnd.random(), rnd.uniform(0, 0.14), rnd.uniform(0.35, 0.75))
    else:
        hsv = (rnd.uniform(*HUES[palette]) / 360, rnd.uniform(0.5, 1), rnd.uniform(0.6, 0.98))
    return "#" + bytes(round(channel * 255) for channel in colorsys.hsv_to_rgb(*hsv)).hex()


def drawn(sample: Sample) -> Image.Image:
    """The picture as it would come out of a template: a plate, a button, JPEG, a rough cut."""
    width, height = sample.size
    rnd = Random(sample.seed)  # noqa: S311
    png = render(svg(sample.scene, width=width, height=height), width, height)
    image = Image.open(io.BytesIO(png)).convert("RGB")
    pen = ImageDraw.Draw(image)
    if rnd.random() < 0.6:
        x = rnd.choice((0.04, 0.78)) * width
        pen.rounded_rectangle((x, 0.05 * height, x + 50, 0.05 * height + 16), 3, fill="white")
        pen.text((x + 8, 0.05 * height + 3), "wompi", fill="#16202e")
    if rnd.random() < 0.4:
        y = 0.87 * height
        fill = rnd.choice((sample.scene.palette.deep, "#ffffff"))
        pen.rounded_rectangle((0.05 * width, y, 0.05 * width + 60, y + 18), 9, fill=fill)
    if rnd.random() < 0.3:
        font = ImageFont.load_default(size=rnd.randint(10, 20))
        fill = rnd.choice(("#ffffff", "#16202e"))
        pen.text((0.06 * width, rnd.uniform(0.1, 0.8) * height), "Cobra con QR", fill, font)
    if rnd.random() < 0.7:
        out = io.BytesIO()
        image.save(out, "JPEG", quality=rnd.randint(80, 92))
        image = Image.open(out).convert("RGB")
    cut = [rnd.uniform(0, 0.03) for _ in range(4)]
    return image.crop(
        (
            round(cut[0] * width),
            round(cut[1] * height),
            round((1 - cut[2]) * width),
            round((1 - cut[3]) * height),
        )
    )


def measured(sample: Sample) -> NDArray[np.float32]:
    """The measurements of one drawn sample."""
    return measurements(drawn(sample))


def layer(features: Floats, truth: NDArray[np.int64], labels: int) -> Floats:
    """Weights and bias, shape (labels, features + 1), of a multinomial logistic regression."""
    count, width = features.shape
    wanted = np.eye(labels)[truth]

    def loss(flat: Floats) -> tuple[float, Floats]:
        weights = flat.reshape(labels, width + 1)
        logits = features @ weights[:, :-1].T + weights[:, -1]
        logits -= logits.max(axis=1, keepdims=True)
        shares = np.exp(logits)
        shares /= shares.sum(axis=1, keepdims=True)
        surprise = -np.log(shares[np.arange(count), truth] + 1e-12).mean()
        off = (shares - wanted) / count
        slope = np.hstack([off.T @ features, off.sum(axis=0)[:, None]])
        slope[:, :-1] += 2 * PENALTY * weights[:, :-1]
        return surprise + PENALTY * (weights[:, :-1] ** 2).sum(), slope.ravel()

    start = np.zeros(labels * (width + 1))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200})
    return np.asarray(found.x.reshape(labels, width + 1))


def fit(count: int, seed: int, path: Path) -> dict[str, float]:
    """Write the weights; gives the share right per category on the scenes kept out."""
    scenes = list(samples(count, seed))
    with ProcessPoolExecutor() as pool:
        features = np.stack(list(pool.map(measured, scenes, chunksize=32))).astype(np.float64)
    kept = count * 4 // 5
    mean, scale = features[:kept].mean(axis=0), features[:kept].std(axis=0) + 1e-3
    standard = (features - mean) / scale
    arrays = {
        "categories": np.array(FITTED),
        "mean": mean.astype(np.float32),
        "scale": scale.astype(np.float32),
        "farthest": np.float32(np.quantile([distance(row) for row in standard[:kept]], 0.999)),
    }
    right = {}
    for category in FITTED:
        labels = list(CATEGORIES[category])
        truth = np.array([labels.index(scene.label(category)) for scene in scenes])
        weights = layer(standard[:kept], truth[:kept], len(labels))
        guess = (standard[kept:] @ weights[:, :-1].T + weights[:, -1]).argmax(axis=1)
        right[category] = float((guess == truth[kept:]).mean())
        arrays[f"{category}_labels"] = np.array(labels)
        arrays[f"{category}_weights"] = weights[:, :-1].astype(np.float32)
        arrays[f"{category}_bias"] = weights[:, -1].astype(np.float32)
    np.savez(path, **arrays)
    return right


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--scenes", type=int, default=SCENES, help="how many to draw")
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="where the weights go")
    options = parser.parse_args()
    for category, share in fit(options.scenes, SEED, options.out).items():
        print(f"{category:12} {share:6.1%} right on scenes kept out of the fit")


if __name__ == "__main__":
    main()

"""What a drawn scene shows, read from 335 simple measurements by one linear layer.

The measurements are colours before and after white balance, their places on a grid of 4 by 4,
edge directions, skin-coloured and dark areas. The weights in `readout.npz` were fitted by
`fit_readout.py` on scenes of `generation.scenes` whose content is known. They know drawings of
that hand and nothing else; `looks_drawn` keeps photographs away from them. "People" means that
skin-coloured areas lie as they do in scenes with so many figures: never who they are.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from generation.describe import colours

WEIGHTS = Path(__file__).parent / "readout.npz"

SIDE = 128
GRID = 4
HUE_BINS = 24
DIRECTIONS = 4

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Readout:
    """The fitted layer: one row of weights per label of each category.

    Args:
        mean: shape (335,), of each measurement over the fitted scenes.
        scale: shape (335,), their standard deviations.
        farthest: how far from the mean the most unusual of 1,000 fitted scenes lies.
        weights: by category, shape (labels, 335).
        bias: by category, shape (labels,).
        labels: by category, the label ids in the order of the rows.
    """

    mean: Floats
    scale: Floats
    farthest: float
    weights: dict[str, Floats]
    bias: dict[str, Floats]
    labels: dict[str, tuple[str, ...]]

    def probabilities(self, photo: Image.Image) -> dict[str, dict[str, float]]:
        """How likely each label is, by category; each category sums to 1.

        Empty for a picture unlike everything that the layer was fitted on, such as an empty
        card or noise: there its arithmetic goes on, but its answers mean nothing.
        """
        standard = (measurements(photo) - self.mean) / self.scale
        if distance(standard) > self.farthest:
            return {}
        found = {}
        for category, weights in self.weights.items():
            logits = weights @ standard + self.bias[category]
            odds = np.exp(logits - logits.max())
            shares = (odds / odds.sum()).tolist()
            found[category] = dict(zip(self.labels[category], shares, strict=True))
        return found


def distance(standard: NDArray[np.floating]) -> float:
    """How unusual standardised measurements are: their mean square, 1 on average."""
    return float(np.mean(np.square(standard)))


@lru_cache(maxsize=1)
def fitted() -> Readout:
    """The layer of `readout.npz`."""
    with np.load(WEIGHTS, allow_pickle=False) as file:
        categories = [str(name) for name in file["categories"]]
        return Readout(
            mean=file["mean"],
            scale=file["scale"],
            farthest=float(file["farthest"]),
            weights={c: file[f"{c}_weights"] for c in categories},
            bias={c: file[f"{c}_bias"] for c in categories},
            labels={c: tuple(map(str, file[f"{c}_labels"])) for c in categories},
        )


@lru_cache(maxsize=1)
def weights_hash() -> str:
    """sha256 of the weights file; part of the describer's settings."""
    return hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()


def looks_drawn(photo: Image.Image) -> bool:
    """Whether most of the picture is flat colour or a smooth gradient, as in vector art.

    A photograph has grain: even its sky changes by a step or two from pixel to pixel, up and
    down. In a drawing most pixels lie on the straight line between their neighbours.
    """
    grey = np.asarray(photo.convert("L"), dtype=np.int16)
    if min(grey.shape) < 3:
        return False
    bend = np.abs(2 * grey[:, 1:-1] - grey[:, :-2] - grey[:, 2:])
    return bool((bend <= 1).mean() >= 0.6)


def measurements(photo: Image.Image) -> Floats:
    """335 numbers about an RGB picture of any size."""
    small = photo.resize((SIDE, SIDE), Image.Resampling.BOX)
    pixels = np.asarray(small, dtype=np.float32)
    white = colours.white_point(pixels)
    balanced = colours.balanced(pixels, white)
    hsv = colours.hsv(balanced)
    lightness = balanced @ np.array([0.3, 0.59, 0.11], dtype=np.float32)
    red_green = balanced[..., 0] - balanced[..., 1]
    yellow_blue = (balanced[..., 0] + balanced[..., 1]) / 2 - balanced[..., 2]
    raw = pixels / 255
    parts: list[NDArray[np.floating]] = [
        # A glowing screen can hide the light from the white point, but not from these.
        np.percentile(raw.reshape(-1, 3), (10, 50, 85), axis=0).ravel(),
        *(_cells(raw[..., channel]) for channel in range(3)),
        np.log(white / 255),
        np.array([white[2] / white[0], white[1] / white[0], pixels.mean() / 255]),
        *_hue_histograms(hsv),
    ]
    for channel in (lightness, red_green, yellow_blue, hsv.saturation):
        mean = _cells(channel)
        parts += [mean, np.sqrt(np.maximum(_cells(channel * channel) - mean * mean, 0))]
    parts += _edges(lightness)
    parts += [np.sqrt(_cells(colours.skin(hsv))), np.sqrt(_cells(hsv.value < 0.35))]
    return np.concatenate(parts).astype(np.float32)


def _hue_histograms(hsv: colours.Hsv) -> list[Floats]:
    """Shares of the hues among pale and among strong colours; roots, so that little counts."""
    bins = np.minimum((hsv.hue * (HUE_BINS / 360)).astype(np.int64), HUE_BINS - 1)
    pale = (hsv.saturation >= 0.15) & (hsv.saturation < 0.45)
    strong = hsv.saturation >= 0.45
    return [
        np.sqrt(np.bincount(bins[mask], minlength=HUE_BINS) / bins.size).astype(np.float32)
        for mask in (pale, strong)
    ]


def _edges(lightness: Floats) -> list[Floats]:
    """Strength of the edges in each direction, per cell."""
    across = np.diff(lightness, axis=1, prepend=lightness[:, :1])
    down = np.diff(lightness, axis=0, prepend=lightness[:1])
    strength = np.hypot(across, down)
    turn = np.mod(np.arctan2(down, across), np.pi) * (DIRECTIONS / np.pi)
    direction = (turn + 0.5).astype(np.int64) % DIRECTIONS
    return [np.sqrt(_cells(np.where(direction == k, strength, 0))) for k in range(DIRECTIONS)]


def _cells(channel: NDArray[np.generic]) -> Floats:
    """Mean of each of the 4 x 4 cells, row by row."""
    size = SIDE // GRID
    blocks = channel.astype(np.float32).reshape(GRID, size, GRID, size)
    return np.asarray(blocks.mean(axis=(1, 3)).ravel(), dtype=np.float32)

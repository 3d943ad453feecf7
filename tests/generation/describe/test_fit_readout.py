"""Fitting the readout: a small fit runs, and the stored weights are of the stored shape."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import pytest

from generation.describe import fit_readout, readout
from generation.describe.fit_readout import colour_of, drawn, fit, layer, measured, samples
from generation.vocabulary import CATEGORIES


def test_the_layer_separates_what_can_be_separated() -> None:
    """Two labels on either side of zero: all right, and the weight points the right way."""
    features = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    weights = layer(features, np.array([0, 0, 1, 1]), 2)
    assert ((features @ weights[:, :-1].T + weights[:, -1]).argmax(axis=1) == [0, 0, 1, 1]).all()
    assert weights[1, 0] > 0 > weights[0, 0]


def test_samples_come_from_the_seed() -> None:
    """The same scenes for ever; another seed gives others."""
    assert list(samples(3, 1)) == list(samples(3, 1))
    assert list(samples(3, 1)) != list(samples(3, 2))


def test_a_sample_is_measured_the_same_twice() -> None:
    """What is laid over the scene has its own seed."""
    sample = next(samples(1, 4))
    assert drawn(sample).tobytes() == drawn(sample).tobytes()
    assert measured(sample).shape == readout.fitted().mean.shape


def test_colours_stay_within_their_name() -> None:
    """Hue of `green` between 120 and 168 degrees; `neutral` nearly grey."""
    import colorsys

    rnd = Random(0)
    for _ in range(20):
        red, green, blue = (x / 255 for x in bytes.fromhex(colour_of("green", rnd)[1:]))
        assert 118 <= colorsys.rgb_to_hsv(red, green, blue)[0] * 360 <= 170
        channels = bytes.fromhex(colour_of("neutral", rnd)[1:])
        assert max(channels) - min(channels) <= 0.15 * max(channels) + 1


def test_a_small_fit_writes_weights_that_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forty scenes are too few to be right often, and enough to write the file."""
    path = tmp_path / "small.npz"
    right = fit(40, 3, path)
    assert set(right) == set(fit_readout.FITTED)
    monkeypatch.setattr(readout, "WEIGHTS", path)
    readout.fitted.cache_clear()
    try:
        small = readout.fitted()
    finally:
        readout.fitted.cache_clear()
    assert small.labels["light"] == tuple(CATEGORIES["light"])
    assert small.weights["light"].shape == (5, len(small.mean))

"""Vectors find pictures by words; copies of one picture are one creative."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generation.describe.near_duplicates import look_of
from generation.describe.record import Description
from include.describe import describe_chunk, describer_key, read_descriptions
from include.store import LocalStore
from include.vectors import CLUSTERS, group_pictures, read_clusters, read_vectors
from tests.include.test_describe import card, put


class Seeing:
    """Its vector points to the first pixel's colour."""

    name = "seeing"
    revision = "1"
    settings = "{}"

    def describe(self, images: Sequence[Image.Image]) -> list[Description]:
        found = []
        for image in images:
            colour = np.array(image.getpixel((0, 0)), np.float32)
            vector = (colour / np.linalg.norm(colour)).astype(np.float16)
            found.append(Description(32, 24, vector=vector, look=look_of(image, image)))
        return found


KEY = describer_key(Seeing())


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path)


def test_the_nearest_pictures_come_first(store: LocalStore) -> None:
    """Green words find the greenest card; the cosine is theirs."""
    green, mixed, red = (put(store, card(number)) for number in (0, 128, 255))
    describe_chunk(store, [green, mixed, red], Seeing())
    found = read_vectors(store, KEY)
    assert found.values.shape == (3, 3)
    nearest = found.nearest(np.array([0, 1, 0], np.float32), 2)
    assert [picture for picture, _ in nearest] == [green, mixed]
    assert nearest[0][1] == pytest.approx(255 / np.hypot(255, 60), abs=1e-3)


def test_without_vectors_nothing_is_near(store: LocalStore) -> None:
    """The describer without a model."""
    found = read_vectors(store, KEY)
    assert found.pictures == ()
    assert found.nearest(np.zeros(3), 5) == []


def test_creatives_are_written_for_ranking(store: LocalStore) -> None:
    """Two cards of nearly one colour are one creative; a broken file is in none."""
    same, copy, other = (put(store, card(number)) for number in (40, 41, 200))
    broken = put(store, b"<html>", "jpg")
    describe_chunk(store, [same, copy, other, broken], Seeing())
    assert read_clusters(store, KEY).schema.equals(CLUSTERS)
    assert group_pictures(store, KEY) == 2
    found = {row["picture"]: row["creative"] for row in read_clusters(store, KEY).to_pylist()}
    first = min(same, copy)
    assert found == {same: first, copy: first, other: other}
    assert read_descriptions(store, KEY).num_rows == 4


def test_a_creative_keeps_its_name(store: LocalStore) -> None:
    """A copy whose hash sorts first comes later; grouping again changes no byte."""
    names = {number: put(store, card(number)) for number in (40, 41)}
    late, early = sorted(names.values())
    describe_chunk(store, [early], Seeing())
    group_pictures(store, KEY)
    describe_chunk(store, [late], Seeing())
    group_pictures(store, KEY)
    found = {row["picture"]: row["creative"] for row in read_clusters(store, KEY).to_pylist()}
    assert found == {early: early, late: early}
    before = store.read(f"clusters/{KEY}.parquet")
    group_pictures(store, KEY)
    assert store.read(f"clusters/{KEY}.parquet") == before

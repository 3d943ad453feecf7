"""Copies of a piece are one creative; pieces that only look alike are not."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from generation.describe.near_duplicates import LOOK_BYTES, Look, colours, creatives, dhash, look_of
from tests.generation.tiny_describers import pictures


def look(name: str, piece: Image.Image, vector: list[float] | None = None) -> Look:
    return Look(name, look_of(piece, piece), None if vector is None else np.array(vector))


def saved_again(piece: Image.Image) -> Image.Image:
    """At half size, as a JPEG of quality 40."""
    out = io.BytesIO()
    piece.resize((piece.width // 2, piece.height // 2)).save(out, "JPEG", quality=40)
    return Image.open(out)


def step(left: int, right: int) -> Image.Image:
    """Left half of one grey, right half of another."""
    image = Image.new("L", (80, 40), left)
    image.paste(right, (40, 0, 80, 40))
    return image.convert("RGB")


def test_a_hash_says_where_it_gets_lighter() -> None:
    """Four cells of nine are dark, the fifth is mixed: one or two steps up per row, none down."""
    assert dhash(step(0, 255))[:8] == bytes([0b00011000]) * 8
    assert dhash(step(0, 255))[8:] == bytes(8)
    assert dhash(step(255, 0)) == bytes(16)
    assert dhash(step(100, 101)) == bytes(16)


def test_colours_are_the_means_of_cells() -> None:
    """16 cells of three bytes, row by row."""
    found = colours(step(0, 255))
    assert len(found) == 48
    assert found[:12] == bytes([0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255])
    assert len(look_of(step(0, 255), step(0, 9))) == LOOK_BYTES


def test_copies_are_one_creative_and_others_are_not() -> None:
    """Ten pieces, each saved again smaller and worse."""
    pieces = pictures(10)
    looks = [look(f"a{i}", piece) for i, piece in enumerate(pieces)]
    looks += [look(f"b{i}", saved_again(piece)) for i, piece in enumerate(pieces)]
    assert creatives(looks) == {
        **{f"a{i}": f"a{i}" for i in range(10)},
        **{f"b{i}": f"a{i}" for i in range(10)},
    }


def test_other_colours_are_another_creative() -> None:
    """The same light and dark in green instead of red."""
    grey = pictures(1)[0].convert("L")
    nothing = Image.new("L", grey.size)
    red = Image.merge("RGB", (grey, nothing, nothing))
    green = Image.merge("RGB", (nothing, grey, nothing))
    assert len(set(creatives([look("r", red), look("g", green)]).values())) == 2


def test_one_photo_in_two_templates_is_one_creative() -> None:
    """The pieces differ, the photos agree."""
    photo = pictures(1)[0]
    bands = [Image.new("RGB", (200, 200), colour) for colour in ("#00a878", "#ffffff")]
    bands[0].paste(photo, (0, 0))
    bands[1].paste(photo, (80, 100))
    looks = [Look(str(i), look_of(band, photo)) for i, band in enumerate(bands)]
    assert creatives(looks) == {"0": "0", "1": "0"}


def test_plain_surfaces_are_told_by_nothing_but_their_colour() -> None:
    """No steps at all: the same colour is the same, another is not."""
    greens = [look(name, Image.new("RGB", (40, 40), "#00a878")) for name in "ab"]
    white = look("c", Image.new("RGB", (40, 40), "white"))
    assert creatives([*greens, white]) == {"a": "a", "b": "a", "c": "c"}


def test_vectors_join_what_light_and_dark_find_roughly_alike() -> None:
    """A cut of 6 % on one side moves too many bits; a model sees the same."""
    [piece] = pictures(1)
    cut = piece.crop((14, 0, *piece.size))
    apart = creatives([look("a", piece), look("b", cut)])
    assert apart == {"a": "a", "b": "b"}
    alike = [look("a", piece, [1.0, 0.0]), look("b", cut, [0.98, 0.199])]
    assert creatives(alike) == {"a": "a", "b": "a"}
    unlike = [look("a", piece, [1.0, 0.0]), look("b", cut, [0.9, 0.436])]
    assert creatives(unlike) == {"a": "a", "b": "b"}


def test_a_creative_keeps_its_name_when_copies_come() -> None:
    """The one that stood for it before stands for it, though the copy's name sorts before."""
    [piece] = pictures(1)
    first = creatives([look("m", piece)])
    later = [look("m", piece), look("a", saved_again(piece))]
    assert first == {"m": "m"}
    assert creatives(later, first=["m"]) == {"m": "m", "a": "m"}
    assert creatives(later) == {"a": "a", "m": "a"}


def test_a_chain_of_small_steps_joins_no_ends() -> None:
    """Each is near the next; the last is far from the first, so it starts its own creative."""
    [piece] = pictures(1)
    shades = [Image.eval(piece, lambda value, add=2 * i: min(value + add, 255)) for i in range(4)]
    found = creatives([look(str(i), shade) for i, shade in enumerate(shades)])
    assert found["1"] == "0"
    assert found["3"] != "0"


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(8)))
def test_the_order_changes_nothing(order: list[int]) -> None:
    """Workers may hand over their pictures as they come."""
    pieces = pictures(4)
    looks = [look(f"a{i}", piece) for i, piece in enumerate(pieces)]
    looks += [look(f"b{i}", saved_again(piece)) for i, piece in enumerate(pieces)]
    assert creatives([looks[i] for i in order]) == creatives(looks)


def test_nothing_is_no_creative() -> None:
    """An empty store."""
    assert creatives([]) == {}


@pytest.mark.parametrize("count", [400])
def test_many_pictures_take_no_pairs_in_memory(count: int) -> None:
    """Each is compared with the leaders only: one row at a time."""
    chance = np.random.default_rng(0)
    looks = [Look(f"{i:04}", chance.bytes(LOOK_BYTES)) for i in range(count)]
    assert len(set(creatives(looks).values())) == count

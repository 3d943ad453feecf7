"""The engine without weights: briefs in, pictures out."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from generation.jobs import GenerationJob
from generation.storyboard import images, scene_of

GOLDEN = Path(__file__).parents[1] / "golden" / "storyboard" / "sheet.png"
BRIEFS: dict[str, dict[str, Any]] = {
    "wompi": {
        "setting": "shop",
        "people": "one",
        "props": ["phone", "produce"],
        "light": "morning",
        "palette": ["#00a878"],
    },
    "tu360compras": {
        "setting": "city",
        "people": "two",
        "props": ["bags", "phone"],
        "light": "evening",
        "palette": ["#ff6b4a", "#6b2fa0"],
    },
    "tu360inmobiliario": {
        "setting": "home",
        "people": "family",
        "props": ["house", "keys"],
        "light": "indoor",
        "palette": ["#2f7fd1"],
    },
    "banco": {
        "setting": "market",
        "people": "one",
        "props": ["produce", "card", "coffee"],
        "light": "golden",
        "palette": ["#f2b705", "#22304a"],
    },
}


def job(k: int = 1, *, width: int = 160, height: int = 160, node: str = "wompi") -> GenerationJob:
    return GenerationJob(
        set_id=f"{node}-sales-2026-11-20-0a1b2c3d",
        k=k,
        prompt="",
        negative_prompt="",
        seed=100 + k,
        checkpoint="storyboard",
        revision="1",
        width=width,
        height=height,
        num_inference_steps=0,
        guidance_scale=0.0,
        scene=BRIEFS[node],
    )


def drawn(*jobs: GenerationJob) -> list[Image.Image]:
    return [picture for _, picture in images(jobs)]


def dhash(picture: Image.Image) -> np.ndarray:
    """64 bits: is each cell of a 9 x 8 thumbnail darker than its right neighbour."""
    small = np.asarray(picture.convert("L").resize((9, 8)), dtype=np.int16)
    return (small[:, 1:] > small[:, :-1]).ravel()


def test_the_same_job_gives_the_same_picture() -> None:
    """Again, and alone or in company: image 3 of a batch is image 3 by itself."""
    batch = drawn(job(1), job(3))
    (alone,) = drawn(job(3))
    assert batch[1].tobytes() == alone.tobytes()
    assert batch[0].tobytes() != alone.tobytes()


@pytest.mark.parametrize("node", BRIEFS)
def test_four_compositions_differ_clearly(node: str) -> None:
    """Every two images of a set are far apart in pixels and in their coarse structure."""
    four = drawn(*(job(k, node=node) for k in (1, 2, 3, 4)))
    for i, one in enumerate(four):
        for other in four[i + 1 :]:
            difference = np.abs(np.asarray(one, dtype=np.int16) - np.asarray(other, dtype=np.int16))
            assert difference.mean() > 18
            assert (dhash(one) != dhash(other)).sum() >= 10


@pytest.mark.parametrize(("width", "height"), [(128, 128), (128, 160), (90, 160), (191, 100)])
def test_pictures_have_the_size_asked_for(width: int, height: int) -> None:
    """Square, 4:5, 9:16 and 1.91:1, without transparent or empty borders."""
    for picture in drawn(*(job(k, width=width, height=height) for k in (1, 3))):
        assert picture.size == (width, height)
        assert picture.mode == "RGB"
        edge = np.asarray(picture.convert("L"))[0]
        assert edge.min() < 250


def test_compositions_follow_k() -> None:
    """Medium shot, wide shot, close-up, still life; then the round begins again."""
    seen = [scene_of(job(k)).composition for k in (1, 2, 3, 4, 5)]
    assert seen == ["centred", "wide", "close_up", "detail", "centred"]


def test_the_people_of_a_set_differ() -> None:
    """Each image starts from the next kind of leading person."""
    casts = [scene_of(job(k)).cast for k in (1, 2, 3)]
    assert casts[1] - casts[0] == 1
    assert casts[2] - casts[0] == 2


def test_another_seed_gives_another_picture() -> None:
    """The seed of the job reaches the drawing."""
    one, other = drawn(job(1), replace(job(1), seed=7))
    assert one.tobytes() != other.tobytes()


def test_what_a_brief_leaves_open_takes_a_default() -> None:
    """An empty brief is one person with a phone in a studio."""
    scene = scene_of(replace(job(), scene={}))
    assert (scene.setting, scene.people, scene.props) == ("studio", "one", ("phone",))
    assert scene_of(replace(job(), scene={"props": [], "palette": []})).props == ()


@pytest.mark.parametrize(
    ("brief", "message"),
    [
        (
            {"setting": "moon"},
            r"image 1: vocabulary: unknown setting 'moon', expected one of shop",
        ),
        ({"props": ["phone", "drone"]}, r"unknown prop 'drone', expected one of phone, laptop"),
        ({"palette": ["green"]}, r"colours like #00a878, got 'green'"),
        ({"mood": "calm"}, r"unknown key 'mood' in the scene, expected some of setting, people"),
        ({"props": "phone"}, r"props must be a list, got the text 'phone'"),
    ],
)
def test_a_wrong_brief_is_named(brief: dict[str, Any], message: str) -> None:
    """The message says which job, what was seen and what is known; nothing is drawn."""
    wrong = replace(job(), scene=brief)
    with pytest.raises(ValueError, match=message):
        next(images([job(), wrong]))


def test_k_counts_from_one() -> None:
    """There is no image 0."""
    with pytest.raises(ValueError, match="k counts from 1"):
        scene_of(job(0))


def test_the_contact_sheet_looks_as_it_was_approved() -> None:
    """Four nodes, four compositions; PAUTA_REWRITE_GOLDEN=1 draws it anew, then look at it."""
    tile = 104
    sheet = Image.new("RGB", (tile * 4, tile * 4))
    for row, node in enumerate(BRIEFS):
        for k, picture in enumerate(
            drawn(*(job(k, node=node, width=208, height=208) for k in (1, 2, 3, 4)))
        ):
            sheet.paste(picture.reduce(2), (k * tile, row * tile))
    if os.environ.get("PAUTA_REWRITE_GOLDEN") == "1":
        GOLDEN.parent.mkdir(parents=True, exist_ok=True)
        sheet.save(GOLDEN, optimize=True)
    approved = np.asarray(Image.open(GOLDEN).convert("RGB"), dtype=np.int16)
    difference = np.abs(np.asarray(sheet, dtype=np.int16) - approved).mean(axis=2)
    tiles = difference.reshape(4, tile, 4, tile).mean(axis=(1, 3))
    assert tiles.max() < 3, f"{tiles.round(1)}; PAUTA_REWRITE_GOLDEN=1 pytest {__file__}"
    assert GOLDEN.stat().st_size < 300_000

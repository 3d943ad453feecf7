"""The same texts as clip-interrogator 0.6.0, from its real code on the same tiny models."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from generation.describe.interrogator import TABLES, Interrogator, Models
from generation.describe.label_table import package_labels
from tests.generation.tiny_describers import pictures

pytest.importorskip("clip_interrogator")

# The package warns some 200 times per picture.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*torch.cuda.amp.autocast:FutureWarning"),
    pytest.mark.filterwarnings("ignore:CUDA is not available:UserWarning"),
]

CHUNK = 96  # small, so that few labels are many chunks


class InOrder(dict[str, None]):
    """A set that keeps the order in which its members came: the documented tie rule."""

    def __init__(self, members: Iterable[str]) -> None:
        super().__init__(dict.fromkeys(members))

    def remove(self, member: str) -> None:
        del self[member]


@pytest.fixture(scope="module")
def images() -> list[Image.Image]:
    return pictures(20)


@pytest.fixture(scope="module")
def ours(models: Models, lists: Path) -> Interrogator:
    return Interrogator(models, package_labels(lists), chunk=CHUNK, candidates=CHUNK)


@pytest.fixture(scope="module")
def package(models: Models, lists: Path) -> Iterator[Any]:
    """The package with our models; its set of candidates keeps their order."""
    from clip_interrogator import Config
    from clip_interrogator import Interrogator as PackageInterrogator
    from clip_interrogator import clip_interrogator as module

    config = Config(
        clip_model_name="ViT-L-14/local",
        cache_path=None,
        download_cache=False,
        device="cpu",
        quiet=True,
        data_path=str(lists),
        chunk_size=CHUNK,
        flavor_intermediate_count=CHUNK,
    )
    config.caption_model, config.caption_processor = models.captioner, models.caption_processor
    config.clip_model, config.clip_preprocess = models.clip, models.preprocess
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "set", InOrder, raising=False)
        yield PackageInterrogator(config)


@pytest.fixture(scope="module")
def captions(ours: Interrogator, images: list[Image.Image]) -> list[str]:
    return ours.captions(images)


def test_captions_are_the_packages(
    ours: Interrogator, package: Any, images: list[Image.Image], captions: list[str]
) -> None:
    """Twenty in one batch, or one at a time; most of them differ."""
    assert captions == [package.generate_caption(image) for image in images]
    assert len(set(captions)) > 10


@pytest.mark.parametrize("mode", ["fast", "classic"])
def test_fast_and_classic_are_the_packages(
    mode: str, ours: Interrogator, package: Any, images: list[Image.Image], captions: list[str]
) -> None:
    """Letter by letter, on every picture."""
    upstream = getattr(package, f"interrogate_{mode}")
    expected = [upstream(image, caption=said) for image, said in zip(images, captions, strict=True)]
    assert getattr(ours, mode)(ours.image_vectors(images), captions) == expected
    assert len(set(expected)) == len(images)


def test_best_is_the_packages(
    ours: Interrogator, package: Any, images: list[Image.Image], captions: list[str]
) -> None:
    """Also where the chain fills the window and where twins tie."""
    expected = [
        package.interrogate(image, caption=said)
        for image, said in zip(images, captions, strict=True)
    ]
    found = ours.best(ours.image_vectors(images), captions)
    assert found == expected
    assert any(text not in captions for text in found)


def test_an_empty_caption_starts_with_a_label(
    ours: Interrogator, package: Any, images: list[Image.Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The package then captions again; here it says nothing again."""
    monkeypatch.setattr(package, "generate_caption", lambda image: "")
    expected = package.interrogate(images[0], caption="")
    assert ours.best(ours.image_vectors(images[:1]), [""]) == [expected]


def test_a_caption_that_names_the_medium_says_it_once(
    ours: Interrogator, package: Any, images: list[Image.Image]
) -> None:
    """`a photo of a shop` is not followed by `, a photo by`."""
    vector = ours.image_vectors(images[:1])
    [medium] = (ours.tables["mediums"].labels[i] for [i] in ours.tables["mediums"].best(vector, 1))
    said = f"{medium} of a shop"
    expected = package.interrogate_classic(images[0], caption=said)
    assert ours.classic(vector, [said]) == [expected]
    assert expected.startswith((f"{said} by ", f"{said} inspired by "))


@pytest.mark.parametrize("batch", [1, 2])
def test_texts_do_not_depend_on_batch_size_or_order(
    batch: int, ours: Interrogator, images: list[Image.Image], captions: list[str]
) -> None:
    """Each picture is described as if it were alone."""
    shuffled = [5, 2, 19, 0, 11, 7, 3]
    some = [images[i] for i in shuffled]
    said = ours.captions(some, batch=batch)
    assert said == [captions[i] for i in shuffled]
    for mode in ("fast", "classic", "best"):
        whole = getattr(ours, mode)(ours.image_vectors(images[:12]), captions[:12])
        cut = getattr(ours, mode)(ours.image_vectors(some[3:6], batch=batch), said[3:6])
        assert cut == [whole[0], whole[11], whole[7]]


def test_a_chain_ends_when_there_is_no_label_left(models: Models) -> None:
    """Five labels for up to 32 places."""
    labels = {name: [f"{name} label"] for name in TABLES}
    few = Interrogator(models, labels)
    [text] = few.best(few.image_vectors(pictures(1)), ["a phone"])
    assert text.count(",") <= 5


def test_long_texts_are_cut_where_the_window_ends(ours: Interrogator) -> None:
    """75 tokens: "word" is one, each comma is one."""
    long = ", ".join(["word"] * 60)
    fitted = ours._fitted(long)
    assert fitted.count("word") == 38
    assert ours._fitted("a short one, and more") == "a short one, and more"


def test_model_code_opens_no_socket(
    models: Models, lists: Path, images: list[Image.Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even to this machine: building tables, captions, vectors, every mode."""

    def refused(*arguments: object, **options: object) -> None:
        pytest.fail("model code opened a socket")

    monkeypatch.setattr(socket, "socket", refused)
    monkeypatch.setattr(socket, "create_connection", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    closed = Interrogator(models, package_labels(lists), chunk=CHUNK, candidates=24)
    said = closed.captions(images[:2])
    vectors = closed.image_vectors(images[:2])
    for mode in ("fast", "classic", "best"):
        assert len(getattr(closed, mode)(vectors, said)) == 2


def test_text_vectors_have_length_one(ours: Interrogator) -> None:
    """Also of words that do not fit into the window."""
    vectors = ours.text_vectors(["a phone", "word " * 200, ""])
    assert vectors.norm(dim=1).tolist() == pytest.approx([1, 1, 1], abs=1e-5)

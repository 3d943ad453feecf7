"""The short way through CLIP's text tower ends where the long way does."""

from __future__ import annotations

from typing import Any

import pytest

from generation.describe.brand_safety import package_data

torch = pytest.importorskip("torch")

from generation.describe.interrogator import Models  # noqa: E402 - wants torch
from generation.describe.text_tower import TextTower, alike_in_length, unit  # noqa: E402

TEXTS = [
    "a photo",
    "",
    "soft light, warm colours",
    "d&d, d & d, 8 k",
    "unmistakably très élégant café",
    "word " * 100,
    "!",
]


@pytest.fixture(scope="module")
def tower(models: Models) -> TextTower:
    return TextTower(models.clip, models.tokenizer, "cpu")


def plain(models: Models, texts: list[str]) -> Any:
    with torch.no_grad():
        return unit(models.clip.encode_text(models.tokenizer(texts)))


def test_vectors_are_those_of_encode_text(models: Models, tower: TextTower) -> None:
    """Shape (n, 32), float32, equal within 1e-5; too long a text is cut as open_clip cuts it."""
    found = tower.vectors([tower.ids(text) for text in TEXTS])
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, plain(models, TEXTS), atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    "prompt", ["a", "a woman holding a phone, soft light.", "word " * 71, "word " * 90]
)
def test_shared_beginnings_change_nothing(models: Models, tower: TextTower, prompt: str) -> None:
    """`prompt, label` in two parts, up to and beyond the window's end."""
    found = tower.vectors([tower.ids(text) for text in TEXTS], tower.ids(f"{prompt},"))
    whole = plain(models, [f"{prompt}, {text}" for text in TEXTS])
    torch.testing.assert_close(found, whole, atol=1e-5, rtol=0)


def test_a_label_has_the_tokens_it_has_alone(tower: TextTower) -> None:
    """After ", " no label of the package merges with what stands before it."""
    labels = (package_data() / "flavors.txt").read_text(encoding="utf-8").splitlines()[::40]
    for label in labels:
        for start in ("a shop", "a sign that says 50%", "hello!"):
            whole = tower.ids(f"{start}, {label}")
            assert whole == tower.ids(f"{start},") + tower.ids(label), (start, label)


def test_tokens_are_the_tokenisers(models: Models, tower: TextTower) -> None:
    """Words are remembered, repairs are not left out: all labels with odd letters, some plain."""
    labels = (package_data() / "flavors.txt").read_text(encoding="utf-8").splitlines()
    odd = [label for label in labels if not label.isascii() or "&" in label]
    assert len(odd) > 300
    texts = [
        *odd,
        *labels[::25],
        "It's 50%!  two  blanks ",
        "a\tb",
        "<start_of_text>",
        "&amp;",
        "\x1b[0m",
    ]
    for text in texts:
        assert tower.ids(text) == tuple(models.tokenizer.encode(text)), text


def test_blocks_hold_texts_of_one_length() -> None:
    """Every place once, shortest first; 8,192 tokens at most."""
    texts = [tuple(range(n)) for n in (3, 1, 3, 2, 1)] + [tuple(range(5000))] * 2
    assert list(alike_in_length(texts)) == [[1, 4], [3], [0, 2], [5], [6]]


def test_another_kind_of_tower_is_refused(models: Models) -> None:
    """SigLIP reads both ways; the message says what to choose."""

    class Other:
        context_length = 64

    with pytest.raises(ValueError, match="Choose a CLIP"):
        TextTower(Other(), models.tokenizer, "cpu")


def test_no_texts_are_a_mistake(tower: TextTower) -> None:
    """There is no vector of nothing."""
    with pytest.raises(ValueError, match="at least one"):
        tower.vectors([])

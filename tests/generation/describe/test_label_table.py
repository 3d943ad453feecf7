"""Ranking labels: the package's chunk rule, and ties by place."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from generation.describe.interrogator import Models  # noqa: E402 - wants torch
from generation.describe.label_table import (  # noqa: E402
    LabelTable,
    joined,
    label_table,
    nearest,
    package_labels,
)
from generation.describe.text_tower import TextTower  # noqa: E402


def table(values: list[float]) -> LabelTable:
    """Labels on one axis: their cosine with (1,) is their value."""
    names = tuple(f"label {i}" for i in range(len(values)))
    return LabelTable(names, tuple((i,) for i in range(len(values))), torch.tensor(values)[:, None])


ONE = torch.ones(1, 1)


def test_of_equal_values_the_first_comes_first() -> None:
    """Within what is kept and across the cut."""
    values = torch.tensor([[0.5, 0.9, 0.5, 0.9, 0.5, 0.5, 0.1]])
    assert nearest(values, 7).tolist() == [[1, 3, 0, 2, 4, 5, 6]]
    assert nearest(values, 3).tolist() == [[1, 3, 0]]
    assert nearest(values, 99).tolist() == [[1, 3, 0, 2, 4, 5, 6]]


def test_a_short_table_is_ranked_whole() -> None:
    """No more labels than asked for."""
    assert table([0.1, 0.3, 0.2]).best(ONE, 2) == [[1, 2]]
    assert table([0.1, 0.3, 0.2]).best(ONE, 9) == [[1, 2, 0]]


def test_a_long_table_keeps_its_chunks_shares_only() -> None:
    """Chunks of 4 keep 4 // 3 = 1 each: of 0.9, 0.8, 0.7 in the first chunk only 0.9 is left."""
    values = [0.9, 0.8, 0.7, 0.1, 0.2, 0.6, 0.3, 0.1, 0.4, 0.5]
    assert table(values).best(ONE, 3, chunk=4) == [[0, 5, 9]]


def test_the_last_chunk_may_be_shorter_than_its_share() -> None:
    """Nine labels in chunks of 8: each keeps four, the last has one."""
    values = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]
    assert table(values).best(ONE, 6, chunk=8) == [[0, 1, 2, 3, 8]]


def test_joined_tables_stand_in_order() -> None:
    """The places of the second follow those of the first."""
    both = joined([table([0.1, 0.2]), table([0.3])])
    assert both.labels == ("label 0", "label 1", "label 0")
    assert both.best(ONE, 1) == [[2]]


def test_labels_of_the_same_tokens_have_one_vector(models: Models) -> None:
    """Twins are encoded once and tie exactly; vectors are rounded to float16."""
    tower = TextTower(models.clip, models.tokenizer, "cpu")
    found = label_table(["1980s sci-fi", "soft light", "1 9 8 0 s sci - fi"], tower)
    assert found.ids[0] == found.ids[2]
    assert torch.equal(found.vectors[0], found.vectors[2])
    assert torch.equal(found.vectors, found.vectors.half().float())


def test_the_packages_lists_become_its_five_tables(lists: Path) -> None:
    """Artists twice, 18 sites four times."""
    found = package_labels(lists)
    assert {name: len(labels) for name, labels in found.items()} == {
        "artists": 120,
        "flavors": 264,
        "mediums": 95,
        "movements": 200,
        "trendings": 72,
    }
    assert found["artists"][60].startswith("inspired by ")
    assert found["trendings"][-1] == "zbrush central contest winner"

"""What a piece shows, the photo in its template, what was taken out, and where else it runs."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from include.catalogue.descriptions import Box, descriptions, twins
from include.store import LocalStore
from tests.include.catalogue.reading import elements, words
from tests.include.catalogue.world import (
    BUSY_CELL,
    COLOURS,
    HOSTILE,
    TODAY,
    put_creative,
    set_id_of,
)


def pieces(store: LocalStore) -> list[str]:
    """wompi's six creatives."""
    return [put_creative(store, f"wompi{n}", COLOURS["wompi"]) for n in range(6)]


def path(picture: str) -> str:
    """A piece's page."""
    return f"/cells/wompi/traffic/{picture}"


def test_labels_are_in_the_readers_words_and_in_one_order(
    world: tuple[LocalStore, str],
) -> None:
    """The setting before the light; a label of no vocabulary as it came."""
    first, *_ = pieces(world[0])
    found = descriptions(world[0], [first])[first]
    assert [(one.category, one.text.es) for one in found.labels] == [
        ("setting", "una tienda de barrio"),
        ("light", "luz suave de la mañana"),
        ("mood", "wide awake"),
    ]
    assert found.labels[0].similarity == pytest.approx(0.97)


def test_the_photo_box_is_drawn_in_percent_and_only_inside_a_template(
    world: tuple[LocalStore, str], client: TestClient
) -> None:
    """0.1 to 0.9 of the width and 0.25 to 0.75 of the height; the third fills its picture."""
    first, _, third, *_ = pieces(world[0])
    found = descriptions(world[0], [first, third])
    assert found[first].box == Box(10.0, 25.0, 80.0, 50.0)
    assert found[third].box is None
    rects = elements(client.get(path(first)).text, "rect")
    (line,) = [e for e in rects if e.get("class") == "line"]
    assert (line["x"], line["y"], line["width"], line["height"]) == ("10.0", "25.0", "80.0", "50.0")
    assert "40 % de la pieza; lo demás es plantilla." in words(client.get(path(first)).text)


def test_a_colour_that_is_none_is_not_drawn(world: tuple[LocalStore, str]) -> None:
    """Only hex colours reach an attribute."""
    first, *_ = pieces(world[0])
    assert descriptions(world[0], [first])[first].palette == ["#00a878", "#ffffff"]


def test_a_page_tells_caption_text_and_describer(
    world: tuple[LocalStore, str], client: TestClient
) -> None:
    """The caption is English and marked so; words read on the piece are data."""
    page = client.get(path(pieces(world[0])[0])).text
    assert 'lang="en">A close-up with one person in a neighbourhood shop.' in page
    text = words(page)
    assert "Con la plantilla A poster with a shop and a price." in text
    assert "Texto leído 20 % OFF Nunca entra a un prompt." in text
    assert "Describidor layout-9-44136fa355b3" in text
    assert "Lo que se quitó" not in text


def test_copies_of_a_creative_are_counted_together(
    world: tuple[LocalStore, str], client: TestClient
) -> None:
    """The first and the third picture are one creative, with one ad each."""
    store = world[0]
    first, _, third, *_, sixth = pieces(store)
    found = twins(
        store, first, descriptions(store, [first])[first], node="wompi", objective="traffic"
    )
    assert {(t.picture, t.ads, t.node, t.objective) for t in found} == {
        (first, 1, "wompi", "traffic"), (third, 1, "wompi", "traffic"),
    }  # fmt: skip
    page = client.get(path(first)).text
    assert "La misma imagen en 2 anuncios" in page
    assert path(third) in [a["href"] for a in elements(page, "a")]
    assert "La misma imagen" not in client.get(path(sixth)).text


def test_a_picture_that_nobody_described_stands_alone(
    world: tuple[LocalStore, str], empty_store: LocalStore
) -> None:
    """Before the first warehouse nothing is described."""
    second = pieces(world[0])[1]
    assert descriptions(world[0], [second]) == {}
    assert descriptions(empty_store, [second]) == {}
    assert twins(empty_store, second, None, node="wompi", objective="traffic") == []


def test_a_picture_that_cannot_be_read_says_why(
    world: tuple[LocalStore, str], client: TestClient
) -> None:
    """In place of labels."""
    text = words(client.get(path(pieces(world[0])[5])).text)
    assert "Esta imagen no se pudo describir: cannot be read:" in text
    assert "Lo que se ve" not in text


def test_what_brand_safety_took_out_is_told_with_its_rule(
    world: tuple[LocalStore, str], client: TestClient
) -> None:
    """In plain words; a rule of tomorrow by its own name."""
    page = path(pieces(world[0])[2])
    text = words(client.get(page).text)
    assert "a stock photo by Ada Hill Walker nombre de artista" in text
    assert "rappi marca rival" in text
    assert "rappi rival brand" in words(client.get(f"{page}?lang=en").text)
    whole = words(client.get(f"/sets/{set_id_of(*BUSY_CELL, TODAY)}?lang=es").text)
    assert "Se quitaron 3 palabras por seguridad de marca." in whole


@pytest.mark.parametrize("n", [2, 5])
def test_a_hostile_description_stays_text(
    world: tuple[LocalStore, str], client: TestClient, n: int
) -> None:
    """Caption, label, category, words read, words removed, the rule's own name, and an error."""
    for shown in (
        client.get(path(pieces(world[0])[n])).text,
        client.get(f"/sets/{set_id_of(*BUSY_CELL, TODAY)}").text,
    ):
        assert HOSTILE not in shown
        assert "&lt;script&gt;alert(2)&lt;/script&gt;" in shown
        assert [s for s in elements(shown, "script") if "src" not in s] == []
        assert not [e for e in elements(shown) if any(name.startswith("on") for name in e)]

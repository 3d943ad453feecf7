"""The family tree: what came of what, why phrases were left out, and where the lines go."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from generation.family import family_of
from generation.manifest import check_manifest
from include.catalogue.family import Tree
from include.catalogue.manifest import Manifest
from include.store import LocalStore
from tests.include.catalogue.reading import elements, words
from tests.include.catalogue.world import BUSY_CELL, TODAY, set_id_of

SET_ID = set_id_of(*BUSY_CELL, TODAY)
FAMILY = f"/sets/{SET_ID}/family"


@pytest.fixture
def raw(world: tuple[LocalStore, str]) -> dict[str, object]:
    """The manifest of last night's set."""
    content: dict[str, object] = json.loads(world[0].read(f"sets/{SET_ID}/manifest.json"))
    return content


def tree(raw: dict[str, object], pick: str = "") -> Tree:
    """The tree of a manifest."""
    return Tree(Manifest.model_validate(raw), family_of(raw), pick)


def creative(raw: dict[str, object], n: int) -> str:
    """The id of the n-th piece."""
    return f"creative:{Manifest.model_validate(raw).inspirations[n].picture}"


def test_the_worlds_manifests_are_what_generation_writes(
    world: tuple[LocalStore, str], raw: dict[str, object]
) -> None:
    """So that these tests read what the night leaves."""
    check_manifest(raw)
    other = set_id_of(*BUSY_CELL, TODAY - timedelta(days=1))
    check_manifest(json.loads(world[0].read(f"sets/{other}/manifest.json")))


def test_a_phrase_leads_to_its_pieces_their_ads_and_the_rule(raw: dict[str, object]) -> None:
    """`una tienda de barrio` comes from the first two pieces; four others are off its way."""
    picked = tree(raw, "phrase:1")
    on = [shown.id for shown in picked.pieces if picked.state(shown.id) == "on"]
    assert on == [creative(raw, 0), creative(raw, 1)]
    assert len(picked.kin_of("ad")) == 2
    assert picked.state("leaderboard") == "on"
    assert [picked.state(f"image:{k}") for k in range(1, 5)] == ["on"] * 4
    assert picked.state("phrase:2") == "off"


def test_a_piece_leads_back_to_the_phrases_that_it_gave(raw: dict[str, object]) -> None:
    """The third gave the framing, which only the first image has; the fourth gave nothing kept."""
    framing = tree(raw, creative(raw, 2))
    assert [framing.state(f"image:{k}") for k in range(1, 5)] == ["on", "off", "off", "off"]
    assert [node["text"] for node in framing.kin_of("phrase")] == ["a close-up"]
    lost = tree(raw, creative(raw, 3))
    assert [node["text"] for node in lost.kin_of("phrase")] == ["a cup of coffee"]
    assert lost.state("image:1") == "off"


def test_an_image_has_its_own_framing_and_no_dropped_phrase(raw: dict[str, object]) -> None:
    """Nine phrases are kept; eight of them stand in the second image's prompt."""
    for k, count in ((1, 9), (2, 8)):
        picked = tree(raw, f"image:{k}")
        assert len(picked.kin_of("phrase")) == count
        assert all(node["kept"] for node in picked.kin_of("phrase"))


@pytest.mark.parametrize("pick", ["", "nothing", "ad:x", "leaderboard", "creative:../../etc"])
def test_what_is_no_card_is_no_pick(raw: dict[str, object], pick: str) -> None:
    """Everything is shown as without a choice."""
    found = tree(raw, pick)
    assert (found.pick, found.picked, found.state("phrase:1")) == ("", None, "")
    assert not any(wire.picked for wire in found.wires("pieces"))


def test_lines_go_from_middle_to_middle(raw: dict[str, object]) -> None:
    """Six pieces of 104 px with 12 px between are 684 px, the highest column; its first middle
    is 52, its second 168. The phrases are two heads of 28 and nine rows of 52, so 524: the
    first row's middle is 80 + 28 + 24 = 132."""
    found = tree(raw)
    assert found.height == 684
    first = [wire.path for wire in found.wires("pieces")][:2]
    assert first == ["M0 132C50 132 50 52 100 52", "M0 132C50 132 50 168 100 168"]
    assert len(found.wires("phrases")) == 4 + 9
    assert found.wires("rule")[0].path.endswith("100 342")


def test_many_ads_of_one_piece_are_counted_and_not_all_listed(raw: dict[str, object]) -> None:
    """Three of five are listed, in a card as high as 3 x 52 + 28."""
    inspirations: list[dict[str, object]] = raw["inspirations"]  # type: ignore[assignment]
    ad: dict[str, object] = inspirations[0]["ads"][0]  # type: ignore[index]
    inspirations[0]["ads"] = [{**ad, "ad_id": str(n)} for n in range(5)]
    shown = tree(raw).pieces[0]
    assert (len(shown.ads), shown.more, shown.size) == (3, 2, "h184")


def test_the_page_tells_the_numbers_of_the_night_and_the_rule(client: TestClient) -> None:
    """From the first image's framing to the rule's version."""
    text = words(client.get(FAMILY).text)
    assert "Imagen 1 un primer plano" in text
    assert "De las piezas ganadoras una tienda de barrio 2 piezas:" in text
    assert "Cobra con QR 1 2,4× 2,0 a 2,8 4.400 clics, $ 1.240.300" in text
    assert "Meta · 184.000 impr. · $ 1.240.300" in text
    assert "Datos hasta 20 nov 2026 Piezas 184 Medida link_clicks per spend" in text
    assert "gamma-poisson/1+objectives/1 Bodega de datos 20261121T050000Z" in text


def test_what_was_left_out_is_told_with_its_reason_and_its_pieces(client: TestClient) -> None:
    """One had no room, one was outweighed and came from two pieces."""
    page = client.get(FAMILY).text
    text = words(page)
    assert "atmósfera cálida No cupo: el modelo lee un número limitado de palabras" in text
    assert "una taza de café Otra opción tuvo más peso en las ganadoras" in text
    row = page.partition("una taza de café")[2].partition("</tr>")[0]
    assert [i["alt"] for i in elements(row, "img")] == [
        "Pieza del puesto 4", "Pieza del puesto 5",
    ]  # fmt: skip


def test_the_picked_one_is_told_in_a_sentence(client: TestClient) -> None:
    """An image with its prompt in both languages; a phrase; a dropped one; one of the brand."""
    image = words(client.get(f"{FAMILY}?pick=image:2").text)
    assert "una tienda de barrio, una persona, encuadre 2" in image
    assert "morning light, a centred medium shot" in image
    phrase = words(client.get(f"{FAMILY}?pick=phrase:1").text)
    assert "la muestran 2 piezas, vistas en 2 anuncios. La muestra el 62 % del peso" in phrase
    dropped = words(client.get(f"{FAMILY}?pick=phrase:11").text)
    assert "No está en el prompt. Otra opción tuvo más peso" in dropped
    brand = words(client.get(f"{FAMILY}?pick=phrase:5").text)
    assert "no viene de ninguna pieza: la pide manual de marca." in brand


def test_a_set_leads_to_its_tree_and_the_tree_to_its_json(
    client: TestClient, raw: dict[str, object]
) -> None:
    """The JSON is the graph of the stored manifest."""
    links = [a["href"] for a in elements(client.get(f"/sets/{SET_ID}").text, "a")]
    assert FAMILY in links
    assert f"{FAMILY}.json" in [a["href"] for a in elements(client.get(FAMILY).text, "a")]
    answer = client.get(f"{FAMILY}.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == json.loads(json.dumps(family_of(raw)))


def test_a_set_of_before_prompts_were_kept_has_no_tree(raw: dict[str, object]) -> None:
    """Its manifest does not name the candidates, so nothing is drawn."""
    images: list[dict[str, object]] = raw["images"]  # type: ignore[assignment]
    del images[0]["candidate"]
    assert not Manifest.model_validate(raw).tells_family

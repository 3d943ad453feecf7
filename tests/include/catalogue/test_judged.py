"""The gate in plain words, what models get wrong, provenance and cost on a set's page."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image as PilImage

from generation import gate
from include.catalogue.costs import cost_of
from include.catalogue.judged import Reason, gate_of
from include.catalogue.manifest import Manifest
from include.store import LocalStore
from tests.include.catalogue.reading import elements, words
from tests.include.catalogue.world import BUSY_CELL, HOSTILE, TODAY, set_id_of

DRAWN = set_id_of(*BUSY_CELL, TODAY)
MADE = set_id_of(*BUSY_CELL, TODAY - timedelta(days=1))


def judged(image: PilImage.Image, *, k: int = 1) -> gate.Candidate:
    """A candidate of the real gate."""
    return gate.Candidate(k, image)


def noise(seed: int) -> PilImage.Image:
    """A picture that passes."""
    pixels = np.random.default_rng(seed).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    return PilImage.fromarray(pixels)


class Words:
    """Puts every picture at one end of an axis, the prompt at the other, what is denied near."""

    def images(self, pictures: Any) -> Any:
        return np.tile(np.array([1, 0], np.float32), (len(pictures), 1))

    def texts(self, texts: Any) -> Any:
        rows = [[0.9, 0.4359] if t.startswith("a photo of") else [0.1, 0.995] for t in texts]
        return np.array(rows, np.float32)

    def preference(self, vectors: Any) -> None:
        return None


def told_by_the_gate() -> list[str]:
    """Every sentence that the real gate can say, got from it."""
    grey = PilImage.new("RGB", (64, 64), "grey")
    good = noise(1)
    runs = [
        ([judged(PilImage.new("RGB", (32, 32), "grey"))], 1, gate.Checks()),
        ([judged(grey)], 1, gate.Checks()),
        ([judged(good), judged(good, k=2)], 2, gate.Checks()),
        ([judged(good), judged(noise(2), k=2)], 1, gate.Checks()),
        ([judged(good)], 1, gate.Checks(text_share=lambda _: 0.051)),
        ([judged(good)], 1, gate.Checks(sources=(good,))),
        ([judged(good)], 1, gate.Checks(nsfw=lambda _: [0.73])),
        ([judged(good)], 1, gate.Checks(looks=Words(), disallow=("gun", "it's"))),
        ([judged(noise(3))], 1, gate.Checks(looks=Words(), sources=(noise(4),))),
    ]
    return [
        reason
        for candidates, n, checks in runs
        for verdict in gate.choose(candidates, n=n, size=(64, 64), checks=checks)
        for reason in verdict.reasons
    ]


def test_every_reason_of_the_gate_has_words() -> None:
    """A sentence of the gate that nobody here knows would be shown in English as it is."""
    kinds = [Reason.of(text).kind for text in told_by_the_gate()]
    assert set(kinds) == {
        "size", "flat", "no_edges", "letters", "copy", "unsafe", "disallowed", "alike",
        "not_needed",
    }  # fmt: skip


def test_a_reason_keeps_its_numbers() -> None:
    """5.1 % of letters, 2 % allowed; the forbidden word; what nobody knows stays as it is."""
    assert Reason.of("letters: 5.1% of the picture, 2% allowed").values == ("5.1", "2")
    assert Reason.of("disallowed: looks more like 'gun' than like the prompt").values == ("gun",)
    assert Reason.of("tomorrow: x") == Reason("other", (), "tomorrow: x")


def test_the_gate_is_summed_up(world: tuple[LocalStore, str]) -> None:
    """Of eight: four taken, one not needed, three with a fault, one of those barred."""
    content = json.loads(world[0].read(f"sets/{MADE}/manifest.json"))
    found = gate_of(Manifest.model_validate(content))
    assert found is not None
    counts = (found.chosen, found.unneeded, found.out, found.barred, found.rounds)
    assert counts == (4, 1, 3, 1, 2)
    assert {k: [r.kind for r in reasons] for k, reasons in found.by_image.items()} == {2: ["alike"]}
    assert [(reason.kind, n) for reason, n in found.faults] == [
        ("letters", 1), ("disallowed", 1), ("other", 1),
    ]  # fmt: skip
    assert gate_of(Manifest.model_validate({**content, "gate": []})) is None


def test_a_set_to_be_reviewed_says_so_at_the_top_and_at_its_image(client: TestClient) -> None:
    """Before the pictures, and again beside the second one."""
    page = client.get(f"/sets/{MADE}").text
    text = words(page)
    assert "Alguien debe mirar este set antes de usarlo." in text
    assert "Imagen 1 : sin reparos. Imagen 2 : por revisar. Se parece mucho a otra imagen" in text
    assert "difieren en 5 de 64 zonas." in text
    assert "Tiene letras en el 5,1 % de la imagen; se admite hasta el 2 %. 1 candidata" in text
    assert "1 candidata está vetada" in text
    assert page.count('<span class="badge">Por revisar</span>') == 1
    assert "Por revisar" not in client.get(f"/sets/{DRAWN}").text


def test_what_models_get_wrong_is_told_with_what_to_write(client: TestClient) -> None:
    """Only where the brief asks for such a thing."""
    text = words(client.get(f"/sets/{MADE}").text)
    assert "Letras en la imagen : letrero Las letras salen mal en la imagen." in text
    assert "Lo que a los modelos les sale mal" not in client.get(f"/sets/{DRAWN}").text
    english = words(client.get(f"/sets/{MADE}?lang=en").text)
    assert "Letters in the picture : letrero Letters come out wrong." in english


def test_provenance_and_cost_are_told(client: TestClient) -> None:
    """A model's pictures are signed here, a sketch is not; seconds are of the device."""
    made, drawn = (words(client.get(f"/sets/{s}").text) for s in (MADE, DRAWN))
    assert "Costo 12,3 s de GPU en 8 candidatas" in made
    assert "Generada por un modelo entrenado trainedAlgorithmicMedia Firma C2PA Firmadas" in made
    assert "Costo 12,3 s de procesador" in drawn
    assert "Dibujada por un programa algorithmicMedia Firma C2PA Sin firma" in drawn


def test_a_set_without_a_cost_is_shown(empty_store: LocalStore) -> None:
    """An analyst's brief has none."""
    assert cost_of(empty_store, MADE) is None


@pytest.mark.parametrize("lang", ["es", "en"])
def test_hostile_reasons_and_findings_stay_text(client: TestClient, lang: str) -> None:
    """Both repeat strangers' words."""
    page = client.get(f"/sets/{MADE}?lang={lang}").text
    assert HOSTILE not in page
    assert page.count("&lt;script&gt;alert(2)&lt;/script&gt;") >= 2
    assert [s for s in elements(page, "script") if "src" not in s] == []
    assert not [e for e in elements(page) if any(name.startswith("on") for name in e)]

"""Hostile captions, labels, briefs and brand files change nothing that they should not."""

import json
import re
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from generation.deny import check_text
from generation.fuse import Fused, fuse
from generation.votes import Observed, Winner
from generation.writer import END, Asked, conversation
from include.config.brand import Brand, load_brand
from include.config.brief import brief_of
from include.config.reading import config_path, read_yaml
from include.errors import ConfigurationError

from .hostile import EVERYTHING, FORBIDDEN, RIVALS, SHAPES

BRAND = load_brand()
DENY = BRAND.deny()
GUIDE = BRAND.guide("wompi", "sales")
LABELS = (Observed("light", "golden", 0.9), Observed("people", "two", 0.8))
# What a prompt may hold: plain Latin words, commas, stops.
PLAIN = re.compile(r"[A-Za-zé ,.'-]*")


def fused(caption: str = "", *more: Observed) -> Fused:
    winners = [
        Winner("a" * 64, 0.6, (*LABELS, *more), caption),
        Winner("b" * 64, 0.4, (*LABELS, *more), caption),
    ]
    return fuse(winners, GUIDE, DENY, budget=75)


CALM = fused()


def test_there_are_enough_of_them() -> None:
    """At least sixty, of every kind."""
    assert len(set(EVERYTHING)) >= 60


@pytest.mark.parametrize("text", EVERYTHING, ids=range(len(EVERYTHING)))
def test_a_hostile_caption_changes_nothing(text: str) -> None:
    """Every word of the set is the one without it."""
    assert fused(text) == CALM


@pytest.mark.parametrize("text", EVERYTHING, ids=range(len(EVERYTHING)))
@pytest.mark.parametrize("category", ["mood", "light", "setting", "made_up"])
def test_a_hostile_label_reaches_no_prompt(text: str, category: str) -> None:
    """Though both winners show it as clearly as can be."""
    found = fused("", Observed(category, text, 1.0))
    assert found.prompts == CALM.prompts
    assert found.negative_prompt == CALM.negative_prompt
    assert all(PLAIN.fullmatch(prompt) for prompt in found.prompts)


@pytest.mark.parametrize("text", [*RIVALS, *FORBIDDEN, *SHAPES[2:12]], ids=str)
def test_a_hostile_prompt_of_a_brief_is_refused(text: str) -> None:
    """With what is wrong; a person can then say it differently."""
    with pytest.raises(ValueError, match="brief, prompt"):
        check_text(f"a shop, {text}", DENY, where="brief, prompt")


@pytest.mark.parametrize("text", EVERYTHING, ids=range(len(EVERYTHING)))
def test_a_hostile_audience_stays_data(text: str) -> None:
    """It reaches no prompt, and no language model outside its block."""
    try:
        brief = brief_of(
            {"node": "wompi", "objective": "sales", "audience": text}, where="request 1"
        )
    except ConfigurationError as error:
        assert len(text) > 400 and "audience" in str(error)
        return
    talk = conversation(Asked(GUIDE, [], audience=brief.audience), DENY)
    content = talk[1]["content"]
    assert content.count(END) == 1 and content.isascii() and "<|" not in content.split("\n")[1]
    json.loads(content.split("\n")[1])


@pytest.mark.parametrize("text", EVERYTHING, ids=range(len(EVERYTHING)))
@pytest.mark.parametrize("field", ["node", "objective", "tone", "style", "setting", "light"])
def test_a_hostile_field_of_a_brief_is_refused(field: str, text: str) -> None:
    """Names are names of the brand manual or the vocabulary, nothing else; the message is short."""
    content = {"node": "wompi", "objective": "sales", field: text}
    with pytest.raises(ConfigurationError, match=f"request 1: {field}") as caught:
        brief_of(content, where="request 1")
    assert len(str(caught.value)) < 1000


MANUAL = yaml.safe_load(config_path("brand.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", EVERYTHING, ids=range(len(EVERYTHING)))
def test_a_hostile_brand_manual_is_refused_or_harmless(text: str) -> None:
    """English for models is plain words; an idea may name nothing that the manual forbids."""
    wompi = MANUAL["nodes"]["wompi"]
    first, *others = wompi["ideas"]
    activity = {**first["activity"], "en": text}
    ideas = [{**first, "activity": activity}, *others]
    content = {**MANUAL, "nodes": {"wompi": {**wompi, "ideas": ideas}}}
    try:
        brand = Brand.model_validate(content)
    except ValidationError:
        return
    # Plain words of a person who may write the manual: they are a prompt, and nothing more.
    found = fuse([], brand.guide("wompi", "awareness"), brand.deny(), budget=75)
    assert all(PLAIN.fullmatch(prompt) for prompt in found.prompts)


def test_a_hostile_brand_file_is_told_with_its_line(tmp_path: Path) -> None:
    """Markup where a phrase for models belongs."""
    text = config_path("brand.yaml").read_text(encoding="utf-8")
    path = tmp_path / "brand.yaml"
    path.write_text(text.replace("en: warm and welcoming", "en: <b>warm</b>", 1), encoding="utf-8")
    line = text[: text.index("en: warm and welcoming")].count("\n") + 1
    with pytest.raises(ConfigurationError, match=rf"brand\.yaml:{line}: shared\.warmth\.en"):
        read_yaml(path, Brand)


@pytest.mark.parametrize(
    "words",
    [
        ["a" * 65_000],
        [f"word{number}" for number in range(10_000)],
    ],
)
def test_a_brief_of_ten_thousand_words_is_refused(words: list[str]) -> None:
    """By its length, before anything reads it."""
    with pytest.raises(ConfigurationError, match="prompt"):
        brief_of(
            {"node": "wompi", "objective": "sales", "prompt": " ".join(words)}, where="request 1"
        )

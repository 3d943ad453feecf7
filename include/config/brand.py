"""The brand manual as data (`brand.yaml`), checked when it is read."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from generation.deny import Deny
from generation.guide import Guide, Idea, Phrase
from generation.vocabulary import CATEGORIES, SETTINGS
from include.config.reading import config_path, read_yaml

Objective = Literal["awareness", "traffic", "engagement", "leads", "sales"]
OBJECTIVES: tuple[Objective, ...] = get_args(Objective)

T = TypeVar("T")
Slug = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]
# English goes to models as it is, so it stays plain and short enough for CLIP's 75 tokens.
English = Annotated[str, Field(pattern=r"^[A-Za-zé][A-Za-zé ,'-]*$", max_length=110)]
Spanish = Annotated[str, Field(min_length=2, max_length=160)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PhraseEntry(Strict):
    """The same words for the image model and for people."""

    en: English
    es: Spanish

    def phrase(self) -> Phrase:
        return Phrase(self.en, self.es)


class SentenceEntry(Strict):
    """Words for people only; they may be whole sentences."""

    en: Spanish
    es: Spanish


class ActivityEntry(PhraseEntry):
    """`es` is for one person or a family, `es_many` for two people."""

    es_many: Spanish


class IdeaEntry(Strict):
    """One scene that fits the business; see `generation.guide.Idea`."""

    id: Slug
    objectives: Annotated[list[Objective], Field(min_length=1)]
    title: SentenceEntry
    settings: Annotated[list[str], Field(min_length=1)]
    people: str
    props: Annotated[list[str], Field(min_length=1, max_length=3)]
    activity: ActivityEntry
    still: PhraseEntry

    @field_validator("settings", "props", "people")
    @classmethod
    def _in_vocabulary(cls, value: str | list[str], info: object) -> str | list[str]:
        field = getattr(info, "field_name", "")
        known = {
            "settings": SETTINGS,
            "props": CATEGORIES["prop"],
            "people": CATEGORIES["people"],
        }[field]
        odd = {value} - known.keys() if isinstance(value, str) else set(value) - known.keys()
        if odd:
            raise ValueError(f"{sorted(odd)} unknown, expected some of {', '.join(known)}")
        return value

    def idea(self) -> Idea:
        return Idea(
            self.id,
            Phrase(self.title.en, self.title.es),
            tuple(self.settings),
            self.people,
            tuple(self.props),
            self.activity.phrase(),
            self.activity.es_many,
            self.still.phrase(),
        )


class PeopleEntry(Strict):
    """Four phrases for each number of people, one per image of a set."""

    one: Annotated[list[PhraseEntry], Field(min_length=4, max_length=4)]
    two: Annotated[list[PhraseEntry], Field(min_length=4, max_length=4)]
    family: Annotated[list[PhraseEntry], Field(min_length=4, max_length=4)]


class DisallowEntry(Strict):
    """Something no piece may show: how people say it, and the English words for models."""

    es: Annotated[list[Spanish], Field(min_length=1)]
    en: Annotated[list[English], Field(min_length=1)]


class ObjectiveEntry(Strict):
    """What a piece for this objective should show, and what it is for."""

    phrase: PhraseEntry
    purpose: SentenceEntry


class Shared(Strict):
    """What holds for every node."""

    people: PeopleEntry
    warmth: PhraseEntry
    must_have: list[PhraseEntry]
    tones: Annotated[dict[Slug, PhraseEntry], Field(min_length=1)]
    styles: Annotated[dict[Slug, PhraseEntry], Field(min_length=1)]
    objectives: dict[Objective, ObjectiveEntry]
    disallow: list[DisallowEntry]
    rivals: list[str]

    @field_validator("objectives")
    @classmethod
    def _all(cls, value: dict[Objective, ObjectiveEntry]) -> dict[Objective, ObjectiveEntry]:
        if missing := [o for o in OBJECTIVES if o not in value]:
            raise ValueError(f"expected every objective, missing: {', '.join(missing)}")
        return value


class NodeBrand(Strict):
    """What one node adds; `tone` and `style` name entries of the shared part.

    `people`, `warmth` and `must_have` replace the shared ones; `disallow` and `rivals` are
    added to them: a node cannot allow what the company forbids.
    """

    name: SentenceEntry
    palette: Annotated[list[Colour], Field(min_length=3, max_length=5)]
    colours: PhraseEntry
    tone: Slug
    style: Slug
    prop_words: dict[str, PhraseEntry] = Field(default_factory=dict)
    people: PeopleEntry | None = None
    warmth: PhraseEntry | None = None
    must_have: list[PhraseEntry] | None = None
    disallow: list[DisallowEntry] = Field(default_factory=list)
    rivals: list[str] = Field(default_factory=list)
    anywhere: IdeaEntry
    ideas: Annotated[list[IdeaEntry], Field(min_length=1)]

    @field_validator("prop_words")
    @classmethod
    def _known_props(cls, value: dict[str, PhraseEntry]) -> dict[str, PhraseEntry]:
        if odd := value.keys() - CATEGORIES["prop"].keys():
            raise ValueError(f"{sorted(odd)} unknown, expected some of {list(CATEGORIES['prop'])}")
        return value

    @model_validator(mode="after")
    def _every_objective(self) -> NodeBrand:
        ids = [idea.id for idea in self.ideas]
        if twice := {i for i in ids if ids.count(i) > 1}:
            raise ValueError(f"expected each idea once, found twice: {sorted(twice)}")
        told = {objective for idea in self.ideas for objective in idea.objectives}
        if missing := [o for o in OBJECTIVES if o not in told]:
            raise ValueError(f"expected an idea for every objective, missing: {missing}")
        return self


class Brand(Strict):
    """The whole manual."""

    version: int
    shared: Shared
    nodes: Annotated[dict[Slug, NodeBrand], Field(min_length=1)]

    @model_validator(mode="after")
    def _consistent(self) -> Brand:
        for name, node in self.nodes.items():
            deny = self.deny(name)
            if node.tone not in self.shared.tones:
                raise ValueError(f"nodes.{name}.tone: {node.tone!r} is not among shared.tones")
            if node.style not in self.shared.styles:
                raise ValueError(f"nodes.{name}.style: {node.style!r} is not among shared.styles")
            for idea in (*node.ideas, node.anywhere):
                words = idea.model_dump_json()
                if found := deny.hits(words):
                    raise ValueError(f"nodes.{name}, idea {idea.id}: {found} is disallowed")
        return self

    def deny(self, node: str | None = None) -> Deny:
        """The filter for everything disallowed, in Spanish and English, and the rivals.

        Args:
            node: with what this node adds; None: what holds for all.
        """
        own = self.nodes.get(node) if node is not None else None
        entries = [*self.shared.disallow, *(own.disallow if own else ())]
        words = [word for entry in entries for word in (*entry.es, *entry.en)]
        return Deny([*words, *self.shared.rivals, *(own.rivals if own else ())])

    def guide(
        self, node: str, objective: str, *, tone: str | None = None, style: str | None = None
    ) -> Guide:
        """What the manual says about one cell.

        Args:
            tone: a key of `shared.tones`; None: the node's own.
            style: a key of `shared.styles`; None: the node's own.

        Raises:
            ValueError: the manual knows no such node, objective, tone or style.
        """
        own = _entry(self.nodes, node, "node")
        aim = _entry({str(k): v for k, v in self.shared.objectives.items()}, objective, "objective")
        tone_entry = _entry(self.shared.tones, own.tone if tone is None else tone, "tone")
        style_entry = _entry(self.shared.styles, own.style if style is None else style, "style")
        shared = self.shared
        people = own.people or shared.people
        warmth = own.warmth or shared.warmth
        must_have = shared.must_have if own.must_have is None else own.must_have
        return Guide(
            node=node,
            objective=objective,
            ideas=tuple(idea.idea() for idea in own.ideas if objective in idea.objectives),
            anywhere=own.anywhere.idea(),
            people={
                count: tuple(entry.phrase() for entry in entries)
                for count, entries in (
                    ("one", people.one),
                    ("two", people.two),
                    ("family", people.family),
                )
            },
            palette=tuple(own.palette),
            colours=own.colours.phrase(),
            prop_words={prop: entry.phrase() for prop, entry in own.prop_words.items()},
            objective_phrase=aim.phrase.phrase(),
            purpose=Phrase(
                aim.purpose.en.replace("{name}", own.name.en),
                aim.purpose.es.replace("{name}", own.name.es),
            ),
            tone=tone_entry.phrase(),
            style=style_entry.phrase(),
            warmth=warmth.phrase(),
            must_have=tuple(entry.phrase() for entry in must_have),
            disallow=tuple(
                word for entry in (*shared.disallow, *own.disallow) for word in entry.en
            ),
        )


def _entry(entries: dict[str, T], key: str, what: str) -> T:
    if key not in entries:
        raise ValueError(f"brand.yaml: no {what} {key!r}; it knows {', '.join(entries)}.")
    return entries[key]


def load_brand() -> Brand:
    """The reviewed file, `include/config/brand.yaml` unless `PAUTA_CONFIG` names another folder."""
    return read_yaml(config_path("brand.yaml"), Brand)

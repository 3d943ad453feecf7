"""What an analyst asks for, as a YAML file or as the catalogue's request."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from generation.guide import Wishes
from generation.vocabulary import CATEGORIES, SETTINGS
from include.config.brand import Colour, Objective, Slug
from include.config.reading import read_yaml
from include.errors import ConfigurationError

Side = Annotated[int, Field(ge=64, le=2048, multiple_of=16)]

Word = Annotated[str, Field(max_length=40)]  # as long as messages should quote

_KNOWN = {
    "setting": SETTINGS,
    "people": CATEGORIES["people"],
    "light": CATEGORIES["light"],
    "props": CATEGORIES["prop"],
}


class Size(BaseModel):
    """Width and height in pixels."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    width: Side
    height: Side


class Brief(BaseModel):
    """One request. `tone` and `style` name entries of `brand.yaml`; None: the node's own.

    Args:
        audience: for people only; it is kept in the manifest and never enters a prompt.
        setting: vocabulary id, like `people`, `props` and `light`; None: winners and brand decide.
        palette: colours of a drawing, the most important first; empty: the node's.
        size: None: the profile's.
        n: how many images the set has.
        guidance: how closely the model keeps to the prompt; None: the profile's.
        prompt: replaces the fused prompt, in the image model's language.
        seed: another seed gives other images of the same brief.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    node: Slug
    objective: Objective
    audience: Annotated[str, Field(max_length=400)] = ""
    tone: Slug | None = None
    style: Slug | None = None
    setting: Word | None = None
    people: Word | None = None
    props: Annotated[list[Word], Field(max_length=3)] = Field(default_factory=list)
    light: Word | None = None
    palette: Annotated[list[Colour], Field(max_length=5)] = Field(default_factory=list)
    size: Size | None = None
    n: Annotated[int, Field(ge=1, le=8)] = 4
    guidance: Annotated[float, Field(ge=0, le=20)] | None = None
    prompt: Annotated[str, Field(min_length=3, max_length=600)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0

    @field_validator("setting", "people", "light", "props")
    @classmethod
    def _in_vocabulary(cls, value: str | list[str] | None, info: Any) -> str | list[str] | None:
        known = _KNOWN[info.field_name]
        asked = {value} if isinstance(value, str) else set(value or ())
        if odd := asked - known.keys():
            raise ValueError(f"{sorted(odd)} unknown, expected some of {', '.join(known)}")
        return value

    @property
    def wishes(self) -> Wishes:
        """What it fixes about the scene."""
        return Wishes(
            setting=self.setting,
            people=self.people,
            props=tuple(self.props),
            light=self.light,
            palette=tuple(self.palette),
        )


def read_brief(path: Path) -> Brief:
    """The file's brief.

    Raises:
        ConfigurationError: with file, line and what was expected.
    """
    return read_yaml(path, Brief)


def brief_of(content: Mapping[str, Any], *, where: str) -> Brief:
    """The brief of a request that came as JSON.

    Raises:
        ConfigurationError: with the field and what was expected.
    """
    try:
        return Brief.model_validate(dict(content))
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(map(str, item['loc'])) or 'brief'}: {item['msg']}, "
            f"got {item['input']!r:.60}"
            for item in error.errors(include_url=False)
        )
        raise ConfigurationError(f"{where}: {told}.") from error

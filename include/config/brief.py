"""What an analyst asks for, as a YAML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from include.config.brand import Objective, Slug
from include.config.reading import read_yaml


class Brief(BaseModel):
    """One request. `tone` and `style` name entries of `brand.yaml`; None: the node's own.

    Args:
        audience: for people only; it is kept in the manifest and never enters a prompt.
        prompt: replaces the fused prompt, in the image model's language.
        seed: another seed gives other images of the same brief.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    node: Slug
    objective: Objective
    audience: Annotated[str, Field(max_length=400)] = ""
    tone: Slug | None = None
    style: Slug | None = None
    prompt: Annotated[str, Field(min_length=3, max_length=600)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0


def read_brief(path: Path) -> Brief:
    """The file's brief.

    Raises:
        ConfigurationError: with file, line and what was expected.
    """
    return read_yaml(path, Brief)

"""Which describer looks at the pictures of a profile (`describers.yaml`)."""

from __future__ import annotations

import os
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from generation.describe.clip_interrogator import ClipInterrogator
from generation.describe.layout import Layout
from generation.describe.record import Describer
from generation.describe.vlm import VisionLanguage
from include.config.brand import load_brand
from include.config.reading import config_path, read_yaml
from include.errors import ConfigurationError

DEFAULT_PROFILE = "storyboard"

Commit = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LayoutEntry(_Entry):
    """Pixels only."""

    kind: Literal["layout"]


class ClipInterrogatorEntry(_Entry):
    """The two checkpoints of a clip-interrogator, pinned."""

    kind: Literal["clip_interrogator"]
    mode: Literal["medium", "fast", "classic", "best"] = "medium"
    caption_checkpoint: str
    caption_revision: Commit
    clip_checkpoint: str
    clip_revision: Commit
    clip_model_name: str = "ViT-L-14"
    device: str = "cpu"


class VisionLanguageEntry(_Entry):
    """One checkpoint that answers questions about pictures, pinned."""

    kind: Literal["vlm"]
    checkpoint: str
    revision: Commit
    device: str = "cpu"


class DescribersFile(BaseModel):
    """`describers.yaml`."""

    model_config = ConfigDict(extra="forbid")
    describers: dict[
        str,
        Annotated[
            LayoutEntry | ClipInterrogatorEntry | VisionLanguageEntry, Field(discriminator="kind")
        ],
    ]
    profiles: dict[str, str]


def describer_for(profile: str | None = None) -> Describer:
    """The describer of a profile (default: the setting `PAUTA_PROFILE`, else `storyboard`).

    Models are loaded when the first picture comes, not here.

    Raises:
        ConfigurationError: `describers.yaml` has a mistake.
    """
    if profile is None:
        profile = os.environ.get("PAUTA_PROFILE") or DEFAULT_PROFILE
    path = config_path("describers.yaml")
    file = read_yaml(path, DescribersFile)
    name = file.profiles.get(profile, "layout")
    entry = file.describers.get(name)
    if entry is None:
        raise ConfigurationError(
            f"{path}: profile {profile!r} wants describer {name!r}, "
            f"there are {', '.join(sorted(file.describers))}."
        )
    if isinstance(entry, LayoutEntry):
        return Layout()
    options = entry.model_dump(exclude={"kind"})
    if isinstance(entry, ClipInterrogatorEntry):
        return ClipInterrogator(**options, denied=brand_words())
    return VisionLanguage(**options, denied=brand_words())


def brand_words() -> dict[str, list[str]]:
    """What the brand manual forbids, by the rule that a removal then names."""
    shared = load_brand().shared
    return {
        "rival": shared.rivals,
        "disallowed": [word for entry in shared.disallow for word in (*entry.es, *entry.en)],
    }

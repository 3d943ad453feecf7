"""How images are made (`profiles.yaml`): engine, checkpoint, licence, prompt style, size."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from generation import storyboard
from generation.checkpoint import LOCK, folder_revision
from include.config.reading import config_path, read_yaml
from include.errors import ConfigurationError

Count = Annotated[int, Field(ge=1)]
Side = Annotated[int, Field(ge=64, le=2048, multiple_of=8)]


class Licence(BaseModel):
    """`commercial`: `yes`, `no`, or `limited` (a revenue cap, an approval, a filter duty)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    commercial: Literal["yes", "no", "limited"]
    note: str = ""


class Profile(BaseModel):
    """One way to make the images of a set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
    engine: Literal["storyboard", "sdxl", "klein", "zimage", "qwen"]
    kind: Literal["drawn", "generated"]
    checkpoint: str
    revision: str | None
    licence: Licence
    accept_licence: bool = False
    prompt_style: Literal["tags", "prose"]
    token_budget: Count
    negative_prompt: bool
    width: Side
    height: Side
    num_inference_steps: Annotated[int, Field(ge=0)]
    guidance_scale: Annotated[float, Field(ge=0)]
    batch_size: Count = 1
    device: str = "cpu"
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"

    @property
    def system(self) -> str:
        """What made the images, for their metadata."""
        if self.kind == "drawn":
            return f"Pauta {self.engine} {self.revision}"
        return f"{self.checkpoint}@{self.revision}"


class Profiles(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid")

    version: int
    default: str
    profiles: Annotated[list[Profile], Field(min_length=1)]

    @model_validator(mode="after")
    def _consistent(self) -> Profiles:
        names = [profile.name for profile in self.profiles]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"expected each profile once, found twice: {sorted(twice)}")
        if self.default not in names:
            raise ValueError(f"default: {self.default!r} is not among {', '.join(names)}")
        return self


def load_profile(name: str | None = None) -> Profile:
    """A profile that may be used, its checkpoint folder and revision filled in.

    Args:
        name: None: the setting `PAUTA_PROFILE`, else the file's default.

    Raises:
        ConfigurationError: no such profile, a licence nobody accepted, or no revision.
    """
    path = config_path("profiles.yaml")
    file = read_yaml(path, Profiles)
    if name is None:
        name = os.environ.get("PAUTA_PROFILE") or file.default
    found = {profile.name: profile for profile in file.profiles}.get(name)
    if found is None:
        known = ", ".join(profile.name for profile in file.profiles)
        raise ConfigurationError(f"{path}: no profile {name!r}; it names {known}.")
    if found.licence.commercial != "yes" and not found.accept_licence:
        raise ConfigurationError(
            f"{path}: profile {name}: {found.checkpoint} is under {found.licence.name}, whose "
            f"commercial use is {found.licence.commercial!r}. If the company has the right to use "
            "it, write accept_licence: true in the profile."
        )
    return _located(found, path)


def _located(profile: Profile, path: Path) -> Profile:
    if profile.engine == "storyboard":
        return profile.model_copy(update={"revision": storyboard.REVISION})
    if profile.checkpoint.startswith("models/"):
        models = Path(os.environ.get("PAUTA_MODELS") or "./models")
        folder = models.expanduser().absolute() / profile.checkpoint.removeprefix("models/")
        if not (folder / LOCK).is_file():
            raise ConfigurationError(
                f"{path}: profile {profile.name}: no {folder / LOCK}; set PAUTA_MODELS to the "
                "folder that holds the checkpoint."
            )
        revision = profile.revision or folder_revision(folder)
        return profile.model_copy(update={"checkpoint": str(folder), "revision": revision})
    if profile.revision is None:
        raise ConfigurationError(
            f"{path}: profile {profile.name}: revision is empty; write the commit hash (40 hex "
            f"digits) of {profile.checkpoint} that was reviewed and is in the local cache."
        )
    return profile

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
Engine = Literal["storyboard", "sdxl", "klein", "zimage", "qwen", "openai_images"]
Side = Annotated[int, Field(ge=64, le=2048, multiple_of=8)]


class Licence(BaseModel):
    """`commercial`: `yes`, `no`, or `limited` (a revenue cap, an approval, a filter duty)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    commercial: Literal["yes", "no", "limited"]
    note: str = ""


class Judges(BaseModel):
    """Models that the gate asks; each is a folder `models/...` with a `models.lock`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    clip: str | None = None
    nsfw: str | None = None


class Writer(BaseModel):
    """The language model that refines a brand's idea; without one, rules alone do."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    checkpoint: str
    revision: str | None
    licence: Licence
    accept_licence: bool = False
    device: str = "cpu"
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"


class Profile(BaseModel):
    """One way to make the images of a set.

    Args:
        candidates: made per set, of which the gate takes the best; one more round of as many
            when too few are good.
        compiled: compile the network; worth it for more than a few hundred images.
        url: of an OpenAI-style images endpoint, for the engine `openai_images`; its host is
            the only one that is talked to.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
    engine: Engine
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
    candidates: Annotated[int, Field(ge=4, le=32, multiple_of=4)] = 8
    batch_size: Count = 1
    device: str = "cpu"
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    compiled: bool = False
    gate: Judges = Judges()
    writer: Writer | None = None
    url: Annotated[str, Field(pattern=r"^https?://[^/]+/")] | None = None

    @model_validator(mode="after")
    def _engine_has_what_it_needs(self) -> Profile:
        if (self.engine == "openai_images") != (self.url is not None):
            raise ValueError("url: the engine openai_images needs one, and no other engine has one")
        return self

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
    _check_licence(found, found.checkpoint, f"{path}: profile {name}")
    if found.writer is not None:
        where = f"{path}: profile {name}: writer"
        _check_licence(found.writer, found.writer.checkpoint, where)
        checkpoint, revision = _pinned(found.writer.checkpoint, found.writer.revision, where)
        writer = found.writer.model_copy(update={"checkpoint": checkpoint, "revision": revision})
        found = found.model_copy(update={"writer": writer})
    return _located(found, path)


def _check_licence(used: Profile | Writer, checkpoint: str, where: str) -> None:
    if used.licence.commercial != "yes" and not used.accept_licence:
        raise ConfigurationError(
            f"{where}: {checkpoint} is under {used.licence.name}, whose commercial use is "
            f"{used.licence.commercial!r}. If the company has the right to use it, write "
            "accept_licence: true in the profile."
        )


def _located(profile: Profile, path: Path) -> Profile:
    if profile.engine == "storyboard":
        return profile.model_copy(update={"revision": storyboard.REVISION})
    where = f"{path}: profile {profile.name}"
    judges = {
        kind: str(model_folder(folder, where))
        for kind, folder in profile.gate.model_dump().items()
        if folder is not None
    }
    if profile.engine == "openai_images":
        revision = profile.revision or "unpinned"
        return profile.model_copy(update={"revision": revision, "gate": Judges(**judges)})
    checkpoint, pin = _pinned(profile.checkpoint, profile.revision, where)
    return profile.model_copy(
        update={"checkpoint": checkpoint, "revision": pin, "gate": Judges(**judges)}
    )


def _pinned(checkpoint: str, revision: str | None, where: str) -> tuple[str, str]:
    """Folder or id, and the revision that is loaded."""
    if checkpoint.startswith("models/"):
        folder = model_folder(checkpoint, where)
        return str(folder), revision or folder_revision(folder)
    if revision is None:
        raise ConfigurationError(
            f"{where}: revision is empty; write the commit hash (40 hex digits) of {checkpoint} "
            "that was reviewed and is in the local cache."
        )
    return checkpoint, revision


def model_folder(name: str, where: str) -> Path:
    """The folder of `models/...` below PAUTA_MODELS.

    Raises:
        ConfigurationError: it is not there, or has no list of its files.
    """
    models = Path(os.environ.get("PAUTA_MODELS") or "./models")
    folder = models.expanduser().absolute() / name.removeprefix("models/")
    if not (folder / LOCK).is_file():
        raise ConfigurationError(
            f"{where}: no {folder / LOCK}; set PAUTA_MODELS to the folder that holds the "
            "checkpoint."
        )
    return folder

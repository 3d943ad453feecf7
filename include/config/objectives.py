"""What counts as a good result for each objective, and how many pieces are chosen."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from include.config.nodes import Slug, load_nodes
from include.config.reading import config_path, read_yaml
from include.errors import ConfigurationError

# Columns of the warehouse tables picture_results and account_results.
Result = Literal[
    "impressions",
    "link_clicks",
    "engagements",
    "video_views",
    "leads",
    "purchases",
    "conversions",
]
GuardRail = Literal["frequency", "ctr", "cpc", "cpm", "cpa", "roas"]
AtLeast = Annotated[float, Field(gt=0)]
HowMany = Annotated[int, Field(ge=1, le=24)]


class Names(BaseModel):
    """A name in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    es: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]


class Noun(BaseModel):
    """What one result is called, and several of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    one: Annotated[str, Field(min_length=1)]
    many: Annotated[str, Field(min_length=1)]


class Nouns(BaseModel):
    """The result's noun in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    es: Noun
    en: Noun


class Objective(BaseModel):
    """One objective: its KPI is the sum of `result` per money spent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Slug
    name: Names
    result: Result
    noun: Nouns
    min_expected: AtLeast
    chosen: HowMany
    guard_rails: tuple[GuardRail, ...] = ()

    @property
    def kpi(self) -> str:
        """The KPI's name in tables and manifests: `link_clicks per spend`."""
        return f"{self.result} per spend"


class Override(BaseModel):
    """What one node does differently for one objective; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    result: Result | None = None
    noun: Nouns | None = None
    min_expected: AtLeast | None = None
    chosen: HowMany | None = None
    guard_rails: tuple[GuardRail, ...] | None = None

    @model_validator(mode="after")
    def _named(self) -> Override:
        if self.result is not None and self.noun is None:
            raise ValueError("expected a noun beside another result, so that reasons name it")
        return self


class Objectives(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1)]
    objectives: Annotated[list[Objective], Field(min_length=1)]
    overrides: dict[Slug, dict[Slug, Override]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> Objectives:
        ids = [o.id for o in self.objectives]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(f"expected each objective once, found twice: {twice}")
        for node, changes in self.overrides.items():
            unknown = sorted(set(changes) - set(ids))
            if unknown:
                raise ValueError(f"overrides.{node}: expected objectives of {ids}, got {unknown}")
        return self

    def of(self, node: str, objective: str) -> Objective:
        """The rules of one objective for one node.

        Raises:
            KeyError: the file has no such objective.
        """
        found = {o.id: o for o in self.objectives}[objective]
        override = self.overrides.get(node, {}).get(objective)
        if override is None:
            return found
        return found.model_copy(
            update={
                name: getattr(override, name)
                for name in override.model_fields_set
                if getattr(override, name) is not None
            }
        )


def load_objectives() -> Objectives:
    """The reviewed file, `include/config/objectives.yaml` unless `PAUTA_CONFIG` names a folder.

    Raises:
        ConfigurationError: the file breaks its schema, or overrides a node that
            `nodes.yaml` does not have.
    """
    path = config_path("objectives.yaml")
    objectives = read_yaml(path, Objectives)
    if objectives.overrides:
        known = [node.id for node in load_nodes().nodes]
        for node in objectives.overrides:
            if node not in known:
                raise ConfigurationError(
                    f"{path}: overrides: nodes.yaml has no node {node!r}; it names {known}."
                )
    return objectives

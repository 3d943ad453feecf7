"""What counts as a good result for each objective, and how many pieces are chosen."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from include.config.nodes import Slug, load_nodes
from include.config.reading import config_path, read_yaml
from include.errors import ConfigurationError

# Columns of the warehouse table ad_daily that can be added up. Reach is none of them: people who
# saw an ad on two days would count twice.
Result = Literal[
    "impressions",
    "link_clicks",
    "landing_page_views",
    "engagements",
    "video_views",
    "video_completions",
    "leads",
    "app_installs",
    "purchases",
    "conversions",
]
# What a result is held against: money, or times shown.
Per = Literal["spend", "impressions"]
GuardRail = Literal[
    "frequency",
    "ctr",
    "cpc",
    "cpm",
    "cpa",
    "roas",
    "view_through_share",
    "click_to_landing_gap",
]
AtLeast = Annotated[float, Field(gt=0)]
Days = Annotated[float, Field(ge=7, le=3650)]
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
    """One objective: its KPI is the sum of `result` per money spent (or per times shown)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Slug
    name: Names
    result: Result
    per: Per = "spend"
    noun: Nouns
    min_expected: AtLeast
    chosen: HowMany
    guard_rails: tuple[GuardRail, ...] = ()

    @property
    def kpi(self) -> str:
        """The KPI's name in tables and manifests: `link_clicks per spend`."""
        return f"{self.result} per {self.per}"

    @model_validator(mode="after")
    def _not_itself(self) -> Objective:
        if self.result == self.per:
            raise ValueError(f"expected another result than {self.per!r}, of which it is a share")
        return self


class Override(BaseModel):
    """What one node does differently for one objective; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    result: Result | None = None
    per: Per | None = None
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
    """The whole file.

    `objectives` get sets; `also_ranked` only a leaderboard. After `half_life_days` what a piece
    did counts half; `half_life_days_of` a node may differ.
    """

    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1)]
    half_life_days: Days = 150
    half_life_days_of: dict[Slug, Days] = Field(default_factory=dict)
    objectives: Annotated[list[Objective], Field(min_length=1)]
    also_ranked: list[Objective] = Field(default_factory=list)
    overrides: dict[Slug, dict[Slug, Override]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> Objectives:
        ids = [o.id for o in self.ranked]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(f"expected each objective once, found twice: {twice}")
        for node, changes in self.overrides.items():
            unknown = sorted(set(changes) - set(ids))
            if unknown:
                raise ValueError(f"overrides.{node}: expected objectives of {ids}, got {unknown}")
        return self

    @property
    def ranked(self) -> list[Objective]:
        """Every objective that has leaderboards."""
        return [*self.objectives, *self.also_ranked]

    def half_life(self, node: str) -> float:
        """Days after which what a piece of this node did counts half."""
        return self.half_life_days_of.get(node, self.half_life_days)

    def of(self, node: str, objective: str) -> Objective:
        """The rules of one objective for one node.

        Raises:
            KeyError: the file has no such objective.
        """
        found = {o.id: o for o in self.ranked}[objective]
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
    if objectives.overrides or objectives.half_life_days_of:
        known = [node.id for node in load_nodes().nodes]
        for node in [*objectives.overrides, *objectives.half_life_days_of]:
            if node not in known:
                place = "overrides" if node in objectives.overrides else "half_life_days_of"
                raise ConfigurationError(
                    f"{path}: {place}: nodes.yaml has no node {node!r}; it names {known}."
                )
    return objectives

"""What a set says about itself: the parts of `manifest.json` that pages are written from.

`include.publish` checks every manifest against these models, so a page never meets one
with a field missing. Names of ads and campaigns are untrusted text.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field

SetId = Annotated[
    str, Field(pattern=r"^[a-z0-9_]{1,40}-[a-z]{1,20}-\d{4}-\d{2}-\d{2}-[0-9a-f]{8}$")
]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Text(BaseModel):
    """One text in both languages."""

    es: str
    en: str


class Money(BaseModel):
    """An amount in the account's own currency."""

    currency: str
    amount: Decimal


class Profile(BaseModel):
    """How the images were made."""

    name: str
    engine: str
    kind: Literal["drawn", "generated"]
    checkpoint: str | None = None
    revision: str | None = None
    num_inference_steps: int | None = None
    guidance_scale: float | None = None


class Phrase(BaseModel):
    """One piece of the prompt and where it comes from."""

    category: str
    text: str
    text_es: str
    weight: float | None = None
    kept: bool
    dropped: str | None = None  # `budget` or `outweighed`
    origin: str
    pictures: list[Sha256] = Field(default_factory=list)  # of the inspirations that show it


class Image(BaseModel):
    """One of the four images."""

    k: Annotated[int, Field(ge=1, le=9)]
    file: Annotated[str, Field(pattern=r"^image-[1-9]\.(png|jpg|webp)$")]
    sha256: Sha256
    width: int
    height: int
    seed: int
    composition: str | None = None
    alt: Text
    candidate: int | None = None  # which of the gate's candidates it was
    prompt: str = ""
    prompt_es: str = ""
    signed: bool = False


class Finding(BaseModel):
    """Something in the prompt that image models get wrong, and what to write instead."""

    kind: str
    found: str
    advice: Text


class Candidate(BaseModel):
    """One candidate after the gate; `image` is its number in the set if it was chosen."""

    k: int
    image: int | None = None
    round: int = 1
    chosen: bool
    barred: bool = False
    scores: dict[str, float]
    reasons: list[str]


class GuardRail(BaseModel):
    """A ratio shown beside the index and never part of it; null where it is not measured."""

    name: str
    value: float | None
    currency: str | None


class Details(BaseModel):
    """Sentences in both languages."""

    es: list[str]
    en: list[str]


class Evidence(BaseModel):
    """What stands behind a piece's numbers, as its leaderboard tells it."""

    verdict: str
    details: Details
    worn: bool
    grade: Literal["same_ad_set", "same_campaign", "different_audiences"]
    missing: Money | None
    revenue: list[Money]
    guard_rails: list[GuardRail]


class InspiringAd(BaseModel):
    """One ad that showed an inspiring picture."""

    platform: str
    account_id: str
    ad_id: str
    name: str | None = None
    campaign: str | None = None
    impressions: int
    results: float
    spend: Decimal
    currency: str


class Inspiration(BaseModel):
    """One picture that inspired the set, with its numbers as of that night."""

    picture: Sha256
    rank: int
    weight: float
    mean: float
    low: float
    high: float
    prob_above_baseline: float
    results: float
    expected: float
    impressions: int
    link_clicks: int
    spend: list[Money]
    first_date: date
    last_date: date
    reason: Text
    description: str | None = None
    ads: list[InspiringAd]
    evidence: Evidence | None = None  # added by the publication, from the set's leaderboard

    @property
    def leading_ad(self) -> InspiringAd | None:
        """The ad that the piece is called by: the first with a name, else the first."""
        named = (ad for ad in self.ads if ad.name and ad.name.strip())
        return next(named, self.ads[0] if self.ads else None)


class Trait(BaseModel):
    """What pieces with a trait did against those without; association, not cause."""

    category: str
    label: str
    text: Text
    effect: float
    low: float
    high: float
    pieces: int
    share_winners: float | None = None  # of the winners, those that show it
    share_others: float | None = None  # of all other pieces


class Leaderboard(BaseModel):
    """The ranking the set was made from."""

    as_of: date
    pieces: int
    kpi: str
    rule_version: str | int
    false_winners: float | None = None  # share of that night's winners expected to be false


class Lineage(BaseModel):
    """Which run made the set, from which data, with which code."""

    run_id: str
    warehouse_version: str
    pauta_version: str
    made_at: datetime


class Manifest(BaseModel):
    """A set's manifest."""

    schema_version: int
    set_id: SetId
    night: date
    node: str
    objective: str
    profile: Profile
    title: Text
    description: Text
    prompt: str
    negative_prompt: str
    phrases: list[Phrase]
    images: Annotated[list[Image], Field(min_length=1)]
    inspirations: list[Inspiration]
    traits: list[Trait]
    leaderboard: Leaderboard
    lint: list[Finding] = Field(default_factory=list)
    gate: list[Candidate] = Field(default_factory=list)
    needs_review: bool = False
    made_with: dict[str, str] = Field(default_factory=dict)
    lineage: Lineage

    @property
    def pictures(self) -> list[str]:
        """Every picture a page of this set shows, by sha256."""
        return [i.sha256 for i in self.images] + [i.picture for i in self.inspirations]

    @property
    def tells_family(self) -> bool:
        """Whether every image names its prompt and its candidate, so that a tree can be drawn."""
        return all(image.prompt and image.candidate is not None for image in self.images)

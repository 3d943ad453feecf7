"""Business nodes, and which accounts and campaigns belong to them (`nodes.yaml`)."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from include.config.reading import config_path, read_yaml
from include.sources.replies import Account

Source = Literal["api", "exports"]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]


class AccountEntry(BaseModel):
    """One ad account that is collected every day.

    `source` says from where: `api`, the platform's own, over `connection`; or `exports`, the
    files that somebody puts into the store's `inbox/<platform>/<account_id>/`, which need no
    connection (docs/exports.md).
    """

    model_config = ConfigDict(extra="forbid")

    platform: Literal["meta", "google_ads", "x_ads", "linkedin_ads"]
    account_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,40}$")]
    name: str
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    timezone: str
    source: Source = "api"
    connection: str = ""
    lookback_days: Annotated[int, Field(ge=1, le=90)]

    @field_validator("timezone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("expected an IANA time zone such as America/Bogota") from error
        return value

    @model_validator(mode="after")
    def _reachable(self) -> AccountEntry:
        if self.source == "api" and not self.connection:
            raise ValueError("an account of source `api` needs its connection")
        return self


class Node(BaseModel):
    """A business unit: its name, its colour in charts, and the campaigns it owns."""

    model_config = ConfigDict(extra="forbid")

    id: Slug
    name: str
    color: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]
    campaigns: Annotated[list[str], Field(min_length=1)]  # shell patterns on the campaign's name


class Nodes(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid")

    version: int
    accounts: Annotated[list[AccountEntry], Field(min_length=1)]
    nodes: Annotated[list[Node], Field(min_length=1)]

    @model_validator(mode="after")
    def _unique(self) -> Nodes:
        for what, ids in (
            ("account", [f"{a.platform}/{a.account_id}" for a in self.accounts]),
            ("node", [n.id for n in self.nodes]),
        ):
            twice = {i for i in ids if ids.count(i) > 1}
            if twice:
                raise ValueError(f"expected each {what} once, found twice: {sorted(twice)}")
        return self

    def accounts_of(self, platform: str) -> list[Account]:
        """The accounts of one platform, in file order."""
        return [
            Account(**a.model_dump(exclude={"source"}))
            for a in self.accounts
            if a.platform == platform
        ]

    def account(self, platform: str, account_id: str) -> Account:
        """One account.

        Raises:
            ValueError: the file does not name it.
        """
        for found in self.accounts_of(platform):
            if found.account_id == account_id:
                return found
        known = [a.account_id for a in self.accounts_of(platform)]
        raise ValueError(f"nodes.yaml: no {platform} account {account_id!r}; it names {known}.")

    def source_of(self, platform: str, account_id: str) -> Source:
        """Where an account's numbers come from.

        Raises:
            ValueError: the file does not name it.
        """
        self.account(platform, account_id)
        return next(
            entry.source
            for entry in self.accounts
            if (entry.platform, entry.account_id) == (platform, account_id)
        )

    def node_of(self, campaign_name: str) -> str | None:
        """The node whose first matching pattern comes first in the file, or None."""
        for node in self.nodes:
            if any(fnmatchcase(campaign_name, pattern) for pattern in node.campaigns):
                return node.id
        return None


def load_nodes() -> Nodes:
    """The reviewed file, `include/config/nodes.yaml` unless `PAUTA_CONFIG` names another folder."""
    return read_yaml(config_path("nodes.yaml"), Nodes)

"""Meta's Marketing API over the synthetic world: nodes, edges, paging, insights."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from include.sandbox.accounts import ACCOUNTS, SandboxAccount, sandbox_account
from include.sandbox.credentials import META_TOKEN
from include.sandbox.desk import Desk, base_url, page_bounds
from include.sandbox.entities import Block, Creative
from include.sandbox.ids import birth_of_meta
from include.sandbox.meta_fields import Fields, MetaError, parse_fields
from include.sandbox.meta_insights import Insights, time_range
from include.sandbox.meta_nodes import Writer, projected

VERSIONS = ("v21.0", "v22.0", "v23.0", "v24.0", "v25.0", "v26.0")
_MULTI_READ = 50
_MOST_ROWS = 5000

_MISSING = (
    "Unsupported get request. Object with ID '{}' does not exist, cannot be loaded due to "
    "missing permissions, or does not support this operation. Please read the Graph API "
    "documentation at https://developers.facebook.com/docs/graph-api"
)


def routes(desk: Desk) -> list[BaseRoute]:
    """Everything below `/meta`."""

    async def answer(request: Request) -> Response:
        version = request.path_params["version"]
        headers = {"facebook-api-version": version}
        try:
            body, account_id = _Call(desk, request).body()
        except MetaError as error:
            return JSONResponse(error.body(), error.http, headers)
        if account_id is not None:
            usage = {
                "type": "ads_insights",
                "call_count": 3,
                "total_cputime": 2,
                "total_time": 2,
                "estimated_time_to_regain_access": 0,
                "ads_api_access_tier": "standard_access",
            }
            headers["x-business-use-case-usage"] = json.dumps({account_id: [usage]})
        return JSONResponse(body, headers=headers)

    return [Route("/{version}/{path:path}", answer)]


class _Call:
    """One authenticated GET."""

    def __init__(self, desk: Desk, request: Request) -> None:
        self._desk = desk
        self._request = request
        self._query = request.query_params
        self._now = desk.now()

    def body(self) -> tuple[Any, str | None]:
        """The reply's body, and the account that was asked about."""
        self._check()
        path = self._request.path_params["path"].strip("/")
        if path == "":
            return self._many(), None
        if path == "me":
            return {"id": "100000000000001", "name": "Sandbox"}, None
        if path == "me/adaccounts":
            accounts = [a for a in ACCOUNTS if a.platform == "meta"]
            return self._page(accounts, lambda a: self._writer(a).ad_account(), "AdAccount"), None
        name, _, edge = path.partition("/")
        if name.startswith("act_"):
            account = sandbox_account("meta", name.removeprefix("act_"))
            if account is None:
                raise MetaError(_MISSING.format(name), code=100, subcode=33)
            return self._of_account(account, edge), account.account_id
        if edge:
            raise MetaError(f"(#2500) Unknown path components: /{edge}", code=2500)
        node = self._node(name, self._fields())
        if node is None:
            raise MetaError(_MISSING.format(name), code=100, subcode=33)
        return node, None

    def _check(self) -> None:
        version = self._request.path_params["version"]
        if version not in VERSIONS:
            raise MetaError(
                f"(#2635) You are calling a deprecated version of the Ads API ({version}). "
                f"Please update to the latest version: {VERSIONS[-1]}.",
                code=2635,
            )
        bearer = self._request.headers.get("authorization", "").partition("Bearer ")[2]
        token = bearer or self._query.get("access_token")
        if not token:
            raise MetaError("An active access token must be used to query information.", code=2500)
        if token != META_TOKEN:
            raise MetaError(
                "Error validating access token: Session has expired on Thursday, 19-Nov-26 "
                "10:00:00 PST.",
                code=190,
                subcode=463,
            )
        if self._request.method != "GET":
            raise MetaError("(#3) Application does not have the capability", code=3)

    def _writer(self, account: SandboxAccount) -> Writer:
        return Writer(account, self._now, self._desk.pictures, base_url(self._request))

    def _fields(self) -> Fields | None:
        text = self._query.get("fields")
        return None if text is None else parse_fields(text)

    # -- single nodes ----------------------------------------------------------------------

    def _many(self) -> dict[str, Any]:
        ids = [i for i in self._query.get("ids", "").split(",") if i]
        if not ids:
            raise MetaError("(#100) The parameter ids is required", code=100)
        if len(ids) > _MULTI_READ:
            raise MetaError(
                f"(#100) Too many IDs. Maximum: {_MULTI_READ}. Provided: {len(ids)}.", code=100
            )
        fields = self._fields()
        nodes = {name: self._node(name, fields) for name in ids}
        lost = [name for name, node in nodes.items() if node is None]
        if lost:
            raise MetaError(
                f"(#803) Some of the aliases you requested do not exist: {','.join(lost)}",
                code=803,
            )
        return nodes

    def _node(self, name: str, fields: Fields | None) -> dict[str, Any] | None:
        if name.startswith("act_"):
            owner = sandbox_account("meta", name.removeprefix("act_"))
            if owner is None:
                return None
            return projected(self._writer(owner).ad_account(), fields, "AdAccount")
        born = birth_of_meta(name)
        if born is None:
            return None
        number, month, kind = born
        account = next((a for a in ACCOUNTS if a.number == number and a.platform == "meta"), None)
        local = self._now.month - 1 + self._now.year * 12
        if account is None or not self._desk.world.first_month <= month <= local:
            return None
        return self._born(account, self._desk.world.block(account, month), kind, name, fields)

    def _born(
        self, account: SandboxAccount, block: Block, kind: str, name: str, fields: Fields | None
    ) -> dict[str, Any] | None:
        writer = self._writer(account)

        def find(things: Sequence[Any], attribute: str = "id") -> Any:
            return next(
                (t for t in things if getattr(t, attribute) == name and t.created_at <= self._now),
                None,
            )

        if kind == "campaign":
            campaign = find(block.campaigns)
            return campaign and projected(writer.campaign(campaign), fields, "Campaign")
        if kind == "ad_set":
            ad_set = find(block.ad_sets)
            return ad_set and projected(writer.ad_set(ad_set), fields, "AdSet")
        if kind == "ad":
            ad = find(block.ads)
            return ad and projected(writer.ad(ad), fields, "Ad")
        if kind == "creative":
            creative = find(block.creatives)
            return creative and projected(writer.creative(creative), fields, "AdCreative")
        if kind == "video":
            creative = find(block.creatives, "video_id")
            return creative and projected(writer.video(creative), fields, "Video")
        return None

    # -- edges -----------------------------------------------------------------------------

    def _of_account(self, account: SandboxAccount, edge: str) -> Any:
        writer, world = self._writer(account), self._desk.world
        if edge == "":
            return projected(writer.ad_account(), self._fields(), "AdAccount")
        if edge == "insights":
            return self._insights(account)
        if edge == "adimages":
            return self._page(self._images(account), writer.image, "AdImage")
        lists: dict[str, tuple[Callable[..., Any], Callable[..., Any], str]] = {
            "campaigns": (world.campaigns, writer.campaign, "Campaign"),
            "adsets": (world.ad_sets, writer.ad_set, "AdSet"),
            "ads": (world.ads, writer.ad, "Ad"),
            "adcreatives": (world.creatives, writer.creative, "AdCreative"),
        }
        if edge not in lists:
            raise MetaError(f"(#2500) Unknown path components: /{edge}", code=2500)
        listing, write, kind = lists[edge]
        things = listing(account, self._now)
        if kind != "AdCreative":
            things = self._listed(things, write, writer, kind)
        return self._page(things, write, kind)

    def _listed(
        self, things: list[Any], write: Callable[..., Any], writer: Writer, kind: str
    ) -> list[Any]:
        """What a listing shows: deleted ads only when their status is asked for."""
        statuses, since = self._statuses(), self._updated_since()
        if kind == "Ad":
            shown = [
                ad
                for ad in things
                if (writer.ad_status(ad) in statuses if statuses else not ad.deleted(self._now))
            ]
            return [ad for ad in shown if since is None or ad.updated_at(self._now) > since]
        if statuses is None:
            return things
        return [t for t in things if write(t)["effective_status"] in statuses]

    def _json(self, name: str) -> Any:
        text = self._query.get(name)
        if text is None:
            return None
        try:
            value = json.loads(text)
        except ValueError as error:
            raise MetaError(f"(#100) param {name} must be an array.", code=100) from error
        if not isinstance(value, list):
            raise MetaError(f"(#100) param {name} must be an array.", code=100)
        return value

    def _filters(self) -> dict[str, Any]:
        """Filters by the last part of their field: `ad.impressions` is `impressions`."""
        found: dict[str, Any] = {}
        for each in self._json("filtering") or []:
            field = str(each.get("field")).rpartition(".")[2]
            allowed = {
                "effective_status": "IN",
                "updated_time": "GREATER_THAN",
                "impressions": "GREATER_THAN",
            }
            if allowed.get(field) != each.get("operator"):
                raise MetaError(
                    f"(#100) Filtering field {each.get('field')} with operation "
                    f"{each.get('operator')} is not supported",
                    code=100,
                )
            found[field] = each.get("value")
        return found

    def _statuses(self) -> frozenset[str] | None:
        asked = self._json("effective_status")
        if asked is None:
            asked = self._filters().get("effective_status")
        return None if asked is None else frozenset(asked)

    def _updated_since(self) -> datetime | None:
        seconds = self._filters().get("updated_time", self._query.get("updated_since"))
        return None if seconds is None else datetime.fromtimestamp(int(seconds), self._now.tzinfo)

    def _images(self, account: SandboxAccount) -> list[Creative]:
        """A creative for each asked hash that this account uses."""
        pictures = self._desk.pictures
        own = {
            pictures.name("meta", c.picture): c
            for c in reversed(self._desk.world.creatives(account, self._now))
        }
        hashes = self._json("hashes")
        if hashes is None:
            hashes = self._query.getlist("hashes[]") or list(reversed(own))
        return [own[h] for h in hashes if h in own]

    def _insights(self, account: SandboxAccount) -> dict[str, Any]:
        writer = self._writer(account)
        today = self._now.astimezone(account.zone).date()
        since, until = time_range(self._query.get("time_range"), today)
        increment = self._query.get("time_increment", "all_days")
        if increment not in {"1", "all_days"}:
            raise MetaError("(#100) The sandbox knows time_increment 1 and all_days", code=100)
        asked = [f for f in self._query.get("fields", "impressions,spend").split(",") if f]
        rows = Insights(
            self._desk.world,
            writer,
            since=since,
            until=until,
            level=self._query.get("level", "account"),
            daily=increment == "1",
            fields=asked,
            statuses=self._statuses(),
            least_impressions=int(self._filters().get("impressions", 0)),
        )
        first, end, following = page_bounds(len(rows), self._offset(), self._limit())
        return self._paged(rows.page(first, end), first, following)

    # -- paging ----------------------------------------------------------------------------

    def _limit(self) -> int:
        text = self._query.get("limit", "25")
        if not text.isdecimal() or int(text) < 1:
            raise MetaError("(#100) param limit must be a positive integer", code=100)
        return min(int(text), _MOST_ROWS)

    def _offset(self) -> int:
        cursor = self._query.get("after")
        if cursor is None:
            return 0
        try:
            return int(base64.b64decode(cursor.removesuffix("ZD") + "==").decode()) + 1
        except (binascii.Error, ValueError) as error:
            raise MetaError("(#100) Invalid cursors values", code=100) from error

    def _page(
        self, things: Sequence[Any], write: Callable[[Any], dict[str, Any]], kind: str
    ) -> dict[str, Any]:
        fields = self._fields()
        first, end, following = page_bounds(len(things), self._offset(), self._limit())
        data = [projected(write(thing), fields, kind) for thing in things[first:end]]
        return self._paged(data, first, following)

    def _paged(
        self, data: list[dict[str, Any]], first: int, following: int | None
    ) -> dict[str, Any]:
        if not data:
            return {"data": []}
        before, after = _cursor(first), _cursor(first + len(data) - 1)
        paging: dict[str, Any] = {"cursors": {"before": before, "after": after}}
        if following is not None:
            # Like the platform, the link repeats the query and carries the token.
            query = {**dict(self._query), "access_token": META_TOKEN, "after": after}
            path = self._request.url.path
            paging["next"] = f"{base_url(self._request)}{path}?{urlencode(query)}"
        return {"data": data, "paging": paging}


def _cursor(index: int) -> str:
    return base64.b64encode(str(index).encode()).decode().rstrip("=") + "ZD"

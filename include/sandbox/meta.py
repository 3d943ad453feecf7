"""Meta's Marketing API over the synthetic world: nodes, edges, paging, insights, reports."""

from __future__ import annotations

import base64
import binascii
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from include.sandbox.accounts import ACCOUNTS, SandboxAccount, sandbox_account
from include.sandbox.credentials import META_TOKEN
from include.sandbox.desk import Desk
from include.sandbox.entities import Ad, Block, Creative
from include.sandbox.ids import birth_of_meta
from include.sandbox.meta_batch import batch
from include.sandbox.meta_budget import Budgets, BudgetSpent, Meter
from include.sandbox.meta_fields import MISSING, Fields, MetaError, project, weight
from include.sandbox.meta_insights import Asked, Insights
from include.sandbox.meta_nodes import Writer, media_id, post_of, projected
from include.sandbox.meta_reports import Report, Reports
from include.sandbox.meta_request import VERSIONS, Params, insights_of

__all__ = ["VERSIONS", "routes"]

_MULTI_READ = 50
_MOST_ROWS = 5000
# Above so many days of ads times fields a question, or a report, is too much data.
MOST_CELLS_ASKED = 200_000
MOST_CELLS_REPORTED = 2_000_000
# Above so many objects times fields a page cannot be made.
MOST_WEIGHT = 50_000
# Every third page after the first is one object short, though another one follows.
_SHORT_FROM, _SHORT_EVERY = 10, 3
_KEPT_ANSWERS = 32


def routes(desk: Desk, budgets: Budgets | None = None) -> list[BaseRoute]:
    """Everything below `/meta`."""
    office = Office(desk, budgets or Budgets())

    async def answer(request: Request) -> Response:
        params = Params(request, await request.body())
        headers = {"facebook-api-version": params.version}
        try:
            params.check()
            body = _Call(office, params, headers).body()
            status = 200
        except BudgetSpent as error:
            headers |= error.headers
            body, status = error.body(), error.http
        except MetaError as error:
            body, status = error.body(), error.http
        return Response(orjson.dumps(body), status, headers, media_type="application/json")

    return [Route("/{version}/{path:path}", answer, methods=["GET", "POST"])]


class Office:
    """What outlives a call: reports under way, budgets, and sums that were made before."""

    def __init__(self, desk: Desk, budgets: Budgets) -> None:
        self.desk = desk
        self.reports = Reports()
        self.meter = Meter(budgets)
        self._answers: OrderedDict[Any, Insights] = OrderedDict()

    def insights(self, writer: Writer, asked: Asked) -> Insights:
        """The sums; made once for all pages of an answer."""
        key = (writer.account.account_id, asked, writer.now.replace(minute=0, second=0))
        if key not in self._answers:
            self._answers[key] = Insights(writer, asked)
            if len(self._answers) > _KEPT_ANSWERS:
                self._answers.popitem(last=False)
        return self._answers[key]


class _Call:
    """One authenticated call."""

    def __init__(self, office: Office, params: Params, headers: dict[str, str]) -> None:
        self._office = office
        self._desk = office.desk
        self._params = params
        self._headers = headers
        self._now = office.desk.now()

    def body(self) -> Any:
        """The reply's body."""
        path = self._params.path
        name, _, edge = path.partition("/")
        is_batch = path == "" and self._params.method == "POST"
        if self._params.method != "GET" and edge != "insights" and not is_batch:
            raise MetaError("(#3) Application does not have the capability", code=3)
        if path == "":
            return batch(self._params, self._node) if is_batch else self._many()
        if path == "me":
            return {"id": "100000000000001", "name": "Sandbox"}
        if path == "me/adaccounts":
            accounts = [a for a in ACCOUNTS if a.platform == "meta"]
            return self._page(accounts, lambda a: self._writer(a).ad_account(), "AdAccount")
        if name.startswith("act_"):
            account = sandbox_account("meta", name.removeprefix("act_"))
            if account is None:
                raise MetaError(MISSING.format(name), code=100, subcode=33)
            self._count(account, edge)
            return self._of_account(account, edge)
        report = self._office.reports.get(name)
        if edge == "insights":
            return self._of_node(name, report)
        if edge:
            raise MetaError(f"(#2500) Unknown path components: /{edge}", code=2500)
        node = self._node(name, self._params.fields())
        if node is None:
            raise MetaError(MISSING.format(name), code=100, subcode=33)
        return node

    def _count(self, account: SandboxAccount, edge: str) -> None:
        kind = "ads_insights" if edge == "insights" else "ads_management"
        self._headers |= self._office.meter.count(account.account_id, kind, self._now)

    def _writer(self, account: SandboxAccount) -> Writer:
        return Writer(
            account,
            self._now,
            world=self._desk.world,
            pictures=self._desk.pictures,
            base=self._params.base,
            thumbnail_px=self._params.number("thumbnail_width", 64),
        )

    # -- single nodes ----------------------------------------------------------------------

    def _many(self) -> dict[str, Any]:
        ids = [i for i in (self._params.get("ids") or "").split(",") if i]
        if not ids:
            raise MetaError("(#100) The parameter ids is required", code=100)
        if len(ids) > _MULTI_READ:
            raise MetaError(
                f"(#100) Too many IDs. Maximum: {_MULTI_READ}. Provided: {len(ids)}.", code=100
            )
        fields = self._params.fields()
        self._check_weight(len(ids), fields)
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
        report = self._office.reports.get(name)
        if report is not None:
            return projected(report.poll(self._now), fields, "AdReportRun")
        found = self._block_of(post_of(name) or name)
        if found is None:
            return None
        account, block, kind = found
        writer = self._writer(account)
        if kind == "post":
            return self._post_of(block, writer, name, fields)
        return self._born(block, writer, kind, name, fields)

    def _block_of(self, name: str) -> tuple[SandboxAccount, Block, str] | None:
        """Where in the world an id was born, and as what."""
        born = birth_of_meta(name)
        if born is None:
            return None
        number, month, kind = born
        account = next((a for a in ACCOUNTS if a.number == number and a.platform == "meta"), None)
        local = self._now.month - 1 + self._now.year * 12
        if account is None or not self._desk.world.first_month <= month <= local:
            return None
        return account, self._desk.world.block(account, month), kind

    def _born(
        self, block: Block, writer: Writer, kind: str, name: str, fields: Fields | None
    ) -> dict[str, Any] | None:
        sources: dict[str, tuple[Sequence[Any], str, Callable[[Any], dict[str, Any]], str]] = {
            "campaign": (block.campaigns, "id", writer.campaign, "Campaign"),
            "ad_set": (block.ad_sets, "id", writer.ad_set, "AdSet"),
            "ad": (block.ads, "id", writer.ad, "Ad"),
            "creative": (block.creatives, "id", writer.creative, "AdCreative"),
            "video": (block.creatives, "video_id", writer.video, "Video"),
        }
        things, key, write, node_kind = sources[kind]
        for thing in things:
            if getattr(thing, key) == name and thing.created_at <= self._now:
                return projected(write(thing), fields, node_kind)
        return None

    def _post_of(
        self, block: Block, writer: Writer, name: str, fields: Fields | None
    ) -> dict[str, Any] | None:
        """A page's post or an Instagram post, by its own id."""
        for creative in block.creatives:
            if creative.post_id == post_of(name) and creative.created_at <= self._now:
                if name == media_id(creative):
                    return projected(writer.media(creative), fields, "IGMedia")
                return projected(writer.post(creative), fields, "PagePost")
        return None

    # -- edges -----------------------------------------------------------------------------

    def _of_account(self, account: SandboxAccount, edge: str) -> Any:
        writer, world = self._writer(account), self._desk.world
        if edge == "":
            return projected(writer.ad_account(), self._params.fields(), "AdAccount")
        if edge == "insights":
            return self._asked_insights(writer, None)
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
            things = self._listed(things, writer, kind)
        return self._page(things, write, kind)

    def _listed(self, things: list[Any], writer: Writer, kind: str) -> list[Any]:
        """What a listing shows: deleted ads only when their status is asked for."""
        statuses, since = self._params.statuses(), self._params.updated_since(self._now)
        if kind == "Ad":
            shown: list[Ad] = [
                ad
                for ad in things
                if (writer.ad_status(ad) in statuses if statuses else not ad.deleted(self._now))
            ]
            return [ad for ad in shown if since is None or ad.updated_at(self._now) > since]
        if statuses is None:
            return things
        status = writer.campaign_status if kind == "Campaign" else writer.ad_set_status
        return [thing for thing in things if status(thing) in statuses]

    def _images(self, account: SandboxAccount) -> list[Creative]:
        """A creative for each asked hash that this account uses."""
        pictures = self._desk.pictures
        own = {
            pictures.name("meta", c.picture): c
            for c in reversed(self._desk.world.creatives(account, self._now))
        }
        hashes = self._params.array("hashes")
        if hashes is None:
            hashes = self._params.repeated or list(reversed(own))
        return [own[h] for h in hashes if h in own]

    # -- insights --------------------------------------------------------------------------

    def _of_node(self, name: str, report: Report | None) -> Any:
        """Insights of a campaign, an ad set or an ad; or the rows of a report."""
        if report is not None:
            if self._params.method != "GET":
                raise MetaError("(#3) Application does not have the capability", code=3)
            return self._reported(report)
        found = self._block_of(name)
        if found is None or found[2] not in {"campaign", "ad_set", "ad"}:
            raise MetaError(MISSING.format(name), code=100, subcode=33)
        self._count(found[0], "insights")
        return self._asked_insights(self._writer(found[0]), name)

    def _asked_insights(self, writer: Writer, node: str | None) -> Any:
        today = self._now.astimezone(writer.account.zone).date()
        rows = self._office.insights(writer, insights_of(self._params, today, node))
        if self._params.method == "POST":
            secret = {"access_token", "appsecret_proof"}
            asked = {k: v for k, v in self._params.all.items() if k not in secret}
            report = self._office.reports.start(
                writer.account,
                node,
                asked,
                self._now,
                too_much=rows.cells > MOST_CELLS_REPORTED,
            )
            return {"report_run_id": report}
        if rows.cells > MOST_CELLS_ASKED:
            raise MetaError("Invalid parameter", code=100, subcode=1487534, title="Too much data")
        self._check_weight(self._limit(), self._params.fields())
        return self._rows(rows)

    def _reported(self, report: Report) -> Any:
        """A page of a report; nothing at all as long as it is not complete."""
        if not report.complete:
            return {"data": []}
        today = self._now.astimezone(report.account.zone).date()
        asked = insights_of(report.asked, today, report.node)
        page = self._rows(self._office.insights(self._writer(report.account), asked))
        if "next" not in page.get("paging", {}):
            self._office.reports.was_read(report)
        return page

    def _rows(self, rows: Insights) -> dict[str, Any]:
        first, end, following = self._bounds(len(rows))
        return self._paged(rows.page(first, end), first, following)

    # -- paging ----------------------------------------------------------------------------

    def _limit(self) -> int:
        return min(self._params.number("limit", 25), _MOST_ROWS)

    def _check_weight(self, objects: int, fields: Fields | None) -> None:
        if objects * weight(fields) > MOST_WEIGHT:
            raise MetaError(
                "Please reduce the amount of data you're asking for, then retry your request",
                code=1,
                http=500,
            )

    def _offset(self) -> int:
        cursor = self._params.get("after")
        if cursor is None:
            return 0
        try:
            return int(base64.b64decode(cursor.removesuffix("ZD") + "==").decode()) + 1
        except (binascii.Error, ValueError) as error:
            raise MetaError("(#100) Invalid cursors values", code=100) from error

    def _bounds(self, total: int) -> tuple[int, int, int | None]:
        """First and end index of a page, and the offset of the next page or None."""
        offset, limit = self._offset(), self._limit()
        if limit >= _SHORT_FROM and offset and offset // limit % _SHORT_EVERY == 1:
            limit -= 1
        end = min(offset + limit, total)
        return min(offset, total), end, end if end < total else None

    def _page(
        self, things: Sequence[Any], write: Callable[[Any], dict[str, Any]], kind: str
    ) -> dict[str, Any]:
        fields = self._params.fields()
        self._check_weight(self._limit(), fields)
        if fields is not None:
            project({}, fields, kind)  # a wrong name is refused on an empty edge, too
        first, end, following = self._bounds(len(things))
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
            query = {**self._params.all, "access_token": META_TOKEN, "after": after}
            paging["next"] = f"{self._params.base}{self._params.url_path}?{urlencode(query)}"
        return {"data": data, "paging": paging}


def _cursor(index: int) -> str:
    return base64.b64encode(str(index).encode()).decode().rstrip("=") + "ZD"

"""What LinkedIn's resources answer: each function is one of them."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, TypeVar

from include.sandbox.accounts import ACCOUNTS, SandboxAccount, sandbox_account
from include.sandbox.desk import Desk, page_bounds
from include.sandbox.entities import Ad, Creative
from include.sandbox.linkedin_analytics import (
    FACETS,
    FIELDS,
    GRANULARITIES,
    MOST_DAYS_OF_REACH,
    MOST_FIELDS,
    PIVOTS,
    Asked,
    elements,
)
from include.sandbox.linkedin_entities import Writer
from include.sandbox.linkedin_limits import LinkedInError, Quotas, illegal
from include.sandbox.linkedin_posts import image, kind_of, post, video
from include.sandbox.plan import month_number

OWN = tuple(account for account in ACCOUNTS if account.platform == "linkedin_ads")
STATUSES = frozenset(
    ["ACTIVE", "ARCHIVED", "CANCELED", "COMPLETED", "DRAFT", "PAUSED", "PENDING_DELETION",
     "REMOVED"]
)  # fmt: skip
_PAGE, _LARGEST_PAGE = 100, 1000
_PAGING = {"count": 10, "start": 0, "links": []}

Thing = TypeVar("Thing")
Body = dict[str, Any]


class Shop:
    """What outlives a request: the world's desk, the quotas, and posts by their numbers."""

    def __init__(self, desk: Desk, quotas: Quotas) -> None:
        self.desk = desk
        self.quotas = quotas
        self._posts: dict[str, tuple[SandboxAccount, Creative]] = {}
        self._posts_until = -1

    def post(self, urn: str, now: datetime) -> tuple[SandboxAccount, Creative] | None:
        """The creative behind a post, once it is made."""
        month = month_number(now.year, now.month)
        if month != self._posts_until:
            self._posts = {
                f"urn:li:share:{creative.post_id}": (account, creative)
                for account in OWN
                for block in self.desk.world.blocks(account, now)
                for creative in block.creatives
            }
            self._posts_until = month
        found = self._posts.get(urn)
        return None if found is None or found[1].created_at > now else found


class Call:
    """One authenticated request: its parsed query, and what the token may see."""

    def __init__(
        self,
        shop: Shop,
        query: Mapping[str, Any],
        *,
        path: Mapping[str, str],
        base: str,
        scopes: frozenset[str],
    ) -> None:
        self.shop = shop
        self.query = query
        self.path = path
        self.base = base
        self.scopes = scopes
        self.now = shop.desk.now()

    def account(self) -> SandboxAccount:
        """The account of the path."""
        found = sandbox_account("linkedin_ads", self.path["account"])
        if found is None:
            raise LinkedInError(404, "NOT_FOUND", "Could not find entity")
        return found

    def writer(self, account: SandboxAccount) -> Writer:
        """What writes the entities of an account."""
        return Writer(account, self.now, self.shop.desk.pictures)

    def allow(self, *names: str) -> None:
        """Refuses parameters that this resource does not know."""
        for name in self.query:
            if name not in names:
                raise illegal(f"unexpected parameter {name}")

    def finder(self, name: str) -> None:
        """Insists on `q=<name>`."""
        if self.query.get("q") != name:
            raise illegal(f"expected q={name}")

    def values(self, name: str) -> list[str] | None:
        """A parameter that must be a raw `List(...)`."""
        value = self.query.get(name)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise illegal(f"{name} must be a List() of values")
        return [str(each) for each in value]

    def urns(self, name: str, kind: str) -> list[str] | None:
        """A list of URNs of one kind."""
        values = self.values(name)
        for urn in values or ():
            if not urn.startswith(f"urn:li:{kind}:"):
                raise LinkedInError(400, "INVALID_URN_TYPE", f"{urn} is no {kind} urn")
        return values

    def search(self, *fields: str) -> dict[str, list[str]]:
        """The values by field of `search=(field:(values:List(...)),...)`."""
        search = self.query.get("search", {})
        if not isinstance(search, dict) or set(search) - {*fields}:
            raise illegal(f"search must be (...) of {', '.join(fields)}")
        found = {}
        for field, criterion in search.items():
            values = criterion.get("values") if isinstance(criterion, dict) else None
            if not isinstance(values, list) or set(criterion) != {"values"}:
                raise illegal(f"search.{field} must be (values:List())")
            found[field] = [str(each) for each in values]
        for status in found.get("status", ()):
            if status not in STATUSES:
                raise illegal(f"status {status}")
        return found

    def page(self, things: Sequence[Thing], write: Callable[[Thing], Body]) -> Body:
        """A page of elements."""
        size = str(self.query.get("pageSize", _PAGE))
        if not size.isdecimal() or not 1 <= int(size) <= _LARGEST_PAGE:
            raise illegal(f"pageSize {size}")
        first, end, following = page_bounds(len(things), self._offset(int(size)), int(size))
        metadata = {} if following is None else {"nextPageToken": self._token(following, int(size))}
        return {"elements": [write(thing) for thing in things[first:end]], "metadata": metadata}

    def _offset(self, size: int) -> int:
        token = self.query.get("pageToken")
        if token is None:
            return 0
        try:
            offset = int(base64.urlsafe_b64decode(f"{token}==").decode().split("/")[0])
        except (binascii.Error, ValueError) as error:
            raise illegal("pageToken") from error
        if token != self._token(offset, size):
            raise illegal("pageToken belongs to another question")
        return offset

    def _token(self, offset: int, size: int) -> str:
        question = {name: each for name, each in self.query.items() if name != "pageToken"}
        text = repr((sorted(question.items()), sorted(self.path.items()), size))
        mark = hashlib.blake2b(text.encode(), digest_size=9).hexdigest()
        return base64.urlsafe_b64encode(f"{offset}/{mark}".encode()).decode().rstrip("=")


def accounts(call: Call) -> Body:
    """`adAccounts?q=search`."""
    call.allow("q", "search", "pageSize", "pageToken")
    call.finder("search")
    asked = call.search("id", "status", "type", "name", "reference", "test")
    writers = [call.writer(account) for account in OWN]
    found = [
        writer
        for writer in writers
        if writer.urn in asked.get("id", [writer.urn]) and "ACTIVE" in asked.get("status", "ACTIVE")
    ]
    return call.page(found, Writer.ad_account)


def account(call: Call) -> Body:
    """`adAccounts/{id}`."""
    call.allow()
    return call.writer(call.account()).ad_account()


def _with_status(
    call: Call,
    things: Sequence[Thing],
    status: Callable[[Thing], str],
    write: Callable[[Thing], Body],
) -> Body:
    call.allow("q", "search", "pageSize", "pageToken")
    call.finder("search")
    statuses = call.search("status", "id", "name", "test").get("status")
    shown = [each for each in things if statuses is None or status(each) in statuses]
    return call.page(shown, write)


def groups(call: Call) -> Body:
    """`adAccounts/{id}/adCampaignGroups?q=search`."""
    writer = call.writer(call.account())
    found = call.shop.desk.world.campaigns(writer.account, call.now)
    return _with_status(call, found, writer.group_status, writer.group)


def campaigns(call: Call) -> Body:
    """`adAccounts/{id}/adCampaigns?q=search`."""
    writer = call.writer(call.account())
    found = call.shop.desk.world.ad_sets(writer.account, call.now)
    return _with_status(call, found, writer.campaign_status, writer.campaign)


def creatives(call: Call) -> Body:
    """`adAccounts/{id}/creatives?q=criteria`; removed ones are listed only when asked for."""
    call.allow("q", "campaigns", "intendedStatuses", "creatives", "pageSize", "pageToken")
    call.finder("criteria")
    writer = call.writer(call.account())
    statuses = call.values("intendedStatuses")
    if statuses is not None and not STATUSES.issuperset(statuses):
        raise illegal("intendedStatuses")
    of = call.urns("campaigns", "sponsoredCampaign")
    named = call.urns("creatives", "sponsoredCreative")

    def shown(status: str, ad: Ad) -> bool:
        if named is not None and f"urn:li:sponsoredCreative:{ad.id}" not in named:
            return False
        wanted = status in statuses if statuses else status != "REMOVED" or named is not None
        return wanted and (of is None or f"urn:li:sponsoredCampaign:{ad.ad_set.id}" in of)

    ads = call.shop.desk.world.ads(writer.account, call.now)
    found = [ad for ad in ads if shown(writer.creative_status(ad), ad)]
    return call.page(found, writer.creative)


def _post(call: Call, urn: str) -> Body:
    if not urn.startswith(("urn:li:share:", "urn:li:ugcPost:")):
        raise LinkedInError(400, "INVALID_URN_TYPE", f"{urn} is not a post urn")
    if "r_organization_social" not in call.scopes:
        raise _closed("partnerApiPostsExternal")
    found = call.shop.post(urn, call.now)
    if found is None or kind_of(found[1]) == "deleted":
        raise LinkedInError(404, "NOT_FOUND", "Could not find entity")
    account, creative = found
    if kind_of(creative) == "closed":
        raise _closed("partnerApiPostsExternal")
    own = creative.picture
    others = [
        picture
        for picture in call.shop.desk.world.plan(own.month).pictures
        if picture.node == own.node and picture.number > own.number
    ]
    return post(creative, account, call.shop.desk.pictures, others)


def _closed(resource: str) -> LinkedInError:
    return LinkedInError(
        403, "ACCESS_DENIED", f"Not enough permissions to access: {resource}.GET.20260901"
    )


def _file(kind: str, call: Call, urn: str) -> Body:
    if not urn.startswith(f"urn:li:{kind}:"):
        raise LinkedInError(400, "INVALID_URN_TYPE", f"{urn} is not an {kind} urn")
    name = urn.removeprefix(f"urn:li:{kind}:")
    pictures = call.shop.desk.pictures
    picture = pictures.named("linkedin_ads", name, call.now)
    if picture is None:
        raise LinkedInError(404, "NOT_FOUND", "Could not find entity")
    return (image if kind == "image" else video)(pictures, picture, call.now, call.base)


def one(find: Callable[[Call, str], Body], call: Call) -> Body:
    """`posts/{urn}` and the like."""
    call.allow()
    return find(call, call.path["urn"])


def batch(find: Callable[[Call, str], Body], call: Call) -> Body:
    """`posts?ids=List(...)` and the like: what is not shown has an error of its own.

    Without any right to the resource, the whole question is refused.
    """
    call.allow("ids")
    urns = call.values("ids")
    if not urns:
        raise illegal("ids is required")
    results: Body = {}
    errors: Body = {}
    for urn in urns:
        try:
            results[urn] = find(call, urn)
        except LinkedInError as error:
            if error.http == 400 or (error.http == 403 and find is _post and not _may_read(call)):
                raise
            errors[urn] = error.body()
    statuses = dict.fromkeys(results, 200) | {urn: e["status"] for urn, e in errors.items()}
    return {"results": results, "statuses": statuses, "errors": errors}


def _may_read(call: Call) -> bool:
    return "r_organization_social" in call.scopes


def _choice(call: Call, name: str, known: Sequence[str]) -> str:
    """`pivot=CREATIVE` or `pivot=(value:CREATIVE)`."""
    value = call.query.get(name)
    value = value.get("value") if isinstance(value, dict) else value
    if value not in known:
        raise illegal(f"{name} {value}")
    return str(value)


def _date(value: Any, name: str) -> date:
    try:
        return date(int(value["year"]), int(value["month"]), int(value["day"]))
    except (KeyError, TypeError, ValueError) as error:
        raise illegal(f"dateRange.{name}") from error


def _fields(call: Call) -> list[str]:
    fields = str(call.query.get("fields", "impressions,clicks")).split(",")
    for name in fields:
        if name not in FIELDS:
            raise LinkedInError(
                400, "ILLEGAL_ARGUMENT", f"Invalid projection: unknown field {name}"
            )
    if len(fields) > MOST_FIELDS:
        raise illegal(f"{len(fields)} fields, at most {MOST_FIELDS} are allowed")
    if len(set(fields)) < len(fields):
        raise illegal("a field comes twice")
    return fields


def analytics(call: Call) -> Body:
    """`adAnalytics?q=analytics`: unpaged, and cut without a word."""
    call.allow("q", "pivot", "timeGranularity", "dateRange", "fields", "accounts", *FACETS)
    call.finder("analytics")
    span = call.query.get("dateRange")
    if not isinstance(span, dict) or "start" not in span:
        raise illegal("dateRange")
    since = _date(span["start"], "start")
    until = _date(span["end"], "end") if "end" in span else call.now.astimezone(UTC).date()
    fields = _fields(call)
    days = (until - since).days + 1
    if days < 1 or ("approximateMemberReach" in fields and days > MOST_DAYS_OF_REACH):
        raise illegal(f"dateRange of {days} days")
    accounts = call.urns("accounts", "sponsoredAccount")
    only = {
        pivot: frozenset(urns)
        for facet, pivot in FACETS.items()
        if (urns := call.urns(facet, f"sponsored{facet[0].upper()}{facet[1:-1]}")) is not None
    }
    if accounts is None and not only:
        raise illegal("one of accounts, campaignGroups, campaigns, creatives is required")
    asked = Asked(
        pivot=_choice(call, "pivot", tuple(PIVOTS)),
        granularity=_choice(call, "timeGranularity", GRANULARITIES),
        since=since,
        until=until,
        fields=fields,
        only=only,
    )
    found: list[Body] = []
    # No right to read gives no rows and no error, for a foreign account as for a lacking scope.
    readable = OWN if "r_ads_reporting" in call.scopes else ()
    for each in readable:
        if accounts is None or f"urn:li:sponsoredAccount:{each.account_id}" in accounts:
            seen = call.shop.desk.world.daily(each, since, until, call.now)
            found += elements(each, seen, asked)
    found = found[: call.shop.quotas.limits.cut_at]
    call.shop.quotas.values(len(found) * len(fields))
    return {"elements": found, "paging": _PAGING}


ANSWERS: Mapping[str, Callable[[Call], Body]] = {
    "adAccounts": accounts,
    "adAccounts/{account}": account,
    "adAccounts/{account}/adCampaignGroups": groups,
    "adAccounts/{account}/adCampaigns": campaigns,
    "adAccounts/{account}/creatives": creatives,
    "posts": partial(batch, _post),
    "posts/{urn}": partial(one, _post),
    "images": partial(batch, partial(_file, "image")),
    "images/{urn}": partial(one, partial(_file, "image")),
    "videos": partial(batch, partial(_file, "video")),
    "videos/{urn}": partial(one, partial(_file, "video")),
    "adAnalytics": analytics,
}

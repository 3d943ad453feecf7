"""Accounts, campaigns, ad sets, ads, creatives, images and videos as Meta writes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from include.sandbox.accounts import SandboxAccount
from include.sandbox.entities import Ad, AdSet, Campaign, Creative
from include.sandbox.meta_fields import Fields, project
from include.sandbox.pictures import Pictures, expiry, extension, signature, size_of
from include.sandbox.plan import Picture
from include.sandbox.wording import BODIES, LANDING

OBJECTIVE = {
    "awareness": "OUTCOME_AWARENESS",
    "traffic": "OUTCOME_TRAFFIC",
    "engagement": "OUTCOME_ENGAGEMENT",
    "leads": "OUTCOME_LEADS",
    "sales": "OUTCOME_SALES",
}
GOAL = {
    "awareness": "REACH",
    "traffic": "LINK_CLICKS",
    "engagement": "POST_ENGAGEMENT",
    "leads": "LEAD_GENERATION",
    "sales": "OFFSITE_CONVERSIONS",
}
_BUTTON = {
    "awareness": "LEARN_MORE",
    "traffic": "LEARN_MORE",
    "engagement": "LIKE_PAGE",
    "leads": "SIGN_UP",
    "sales": "SHOP_NOW",
}
_TIMEZONE_ID = {"America/Bogota": 34, "America/New_York": 7}
_PAGE_ID = "104400000000001"


class Writer:
    """Writes the nodes of one account as they are at one instant."""

    def __init__(
        self, account: SandboxAccount, now: datetime, pictures: Pictures, base: str
    ) -> None:
        self.account = account
        self.now = now
        self.pictures = pictures
        self.base = base
        self._today = now.astimezone(account.zone).date()

    def time(self, instant: datetime) -> str:
        """`2016-12-02T10:50:57-0800`: local time with an offset without colon."""
        return instant.astimezone(self.account.zone).strftime("%Y-%m-%dT%H:%M:%S%z")

    def ad_account(self) -> dict[str, Any]:
        """The account itself."""
        offset = self.now.astimezone(self.account.zone).utcoffset()
        hours = 0.0 if offset is None else offset.total_seconds() / 3600
        return {
            "id": f"act_{self.account.account_id}",
            "account_id": self.account.account_id,
            "name": self.account.name,
            "account_status": 1,
            "disable_reason": 0,
            "currency": self.account.currency,
            "timezone_id": _TIMEZONE_ID[self.account.timezone],
            "timezone_name": self.account.timezone,
            "timezone_offset_hours_utc": hours,
            "amount_spent": "0",
            "balance": "0",
            "created_time": "2021-02-01T08:00:00-0500",
            "business": {"id": "990000000000001", "name": "Marca"},
            "user_tasks": ["DRAFT", "ANALYZE"],
        }

    def campaign(self, campaign: Campaign) -> dict[str, Any]:
        """A campaign; it is paused when its last ad has ended."""
        status = "ACTIVE" if self._today <= campaign.ends else "PAUSED"
        return {
            "id": campaign.id,
            "account_id": self.account.account_id,
            "name": campaign.name,
            "objective": OBJECTIVE[campaign.objective],
            "status": status,
            "configured_status": status,
            "effective_status": status,
            "buying_type": "AUCTION",
            "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
            "special_ad_categories": [],
            "start_time": self.time(campaign.created_at),
            "created_time": self.time(campaign.created_at),
            "updated_time": self.time(campaign.created_at),
        }

    def ad_set(self, ad_set: AdSet) -> dict[str, Any]:
        """An ad set; it inherits the pause of its campaign."""
        running = self._today <= ad_set.ends
        return {
            "id": ad_set.id,
            "account_id": self.account.account_id,
            "campaign_id": ad_set.campaign.id,
            "campaign": lambda fields: project(
                self.campaign(ad_set.campaign), fields or {"id": None}, "Campaign"
            ),
            "name": ad_set.name,
            "status": "ACTIVE",
            "configured_status": "ACTIVE",
            "effective_status": "ACTIVE" if running else "CAMPAIGN_PAUSED",
            "optimization_goal": GOAL[ad_set.campaign.objective],
            "billing_event": "IMPRESSIONS",
            "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
            "daily_budget": "20000",
            "attribution_spec": [
                {"event_type": "CLICK_THROUGH", "window_days": 7},
                {"event_type": "VIEW_THROUGH", "window_days": 1},
            ],
            "targeting": {"geo_locations": {"countries": ["CO"]}, "age_min": 18},
            "is_dynamic_creative": False,
            "start_time": self.time(ad_set.created_at),
            "created_time": self.time(ad_set.created_at),
            "updated_time": self.time(ad_set.created_at),
        }

    def ad_status(self, ad: Ad) -> str:
        """`effective_status`, which for our ads is the status, too."""
        if ad.deleted(self.now):
            return "DELETED"
        return "ACTIVE" if ad.running(self._today) else "PAUSED"

    def ad(self, ad: Ad) -> dict[str, Any]:
        """An ad."""
        status = self.ad_status(ad)
        return {
            "id": ad.id,
            "account_id": self.account.account_id,
            "campaign_id": ad.ad_set.campaign.id,
            "adset_id": ad.ad_set.id,
            "name": ad.name,
            "status": status,
            "configured_status": status,
            "effective_status": status,
            "creative": lambda fields: project(
                self.creative(ad.creative), fields or {"id": None}, "AdCreative"
            ),
            "campaign": lambda fields: project(
                self.campaign(ad.ad_set.campaign), fields or {"id": None}, "Campaign"
            ),
            "adset": lambda fields: project(
                self.ad_set(ad.ad_set), fields or {"id": None}, "AdSet"
            ),
            "created_time": self.time(ad.created_at),
            "updated_time": self.time(ad.updated_at(self.now)),
        }

    def image_url(self, picture: Picture, *, suffix: str = "") -> str:
        """A temporary link to the stored file; `oe` says when it dies."""
        name = self.pictures.name("meta", picture)
        dies = expiry("meta", self.now)
        return (
            f"{self.base}/cdn/fb/{name}{suffix}.{extension(picture)}"
            f"?oh={signature(name + suffix, dies)}&oe={dies:X}"
        )

    def creative(self, creative: Creative) -> dict[str, Any]:
        """A link ad with one image, or a video ad with its thumbnail."""
        node, picture = creative.campaign.node, creative.picture
        hashed = self.pictures.name("meta", picture)
        link = f"{LANDING[node]}{creative.campaign.objective}"
        button = {"type": _BUTTON[creative.campaign.objective], "value": {"link": link}}
        story: dict[str, Any] = {"page_id": _PAGE_ID, "instagram_user_id": "178400000000001"}
        if creative.video_id is None:
            story["link_data"] = {
                "link": link,
                "message": BODIES[node],
                "name": picture.headline,
                "image_hash": hashed,
                "call_to_action": button,
            }
        else:
            story["video_data"] = {
                "video_id": creative.video_id,
                "message": BODIES[node],
                "title": picture.headline,
                "image_hash": hashed,
                "call_to_action": button,
            }
        return {
            "id": creative.id,
            "account_id": self.account.account_id,
            "name": creative.name,
            "status": "ACTIVE",
            "object_type": "SHARE" if creative.video_id is None else "VIDEO",
            "title": picture.headline,
            "body": BODIES[node],
            "call_to_action_type": button["type"],
            "link_url": link if creative.video_id is None else None,
            "image_hash": hashed if creative.video_id is None else None,
            "image_url": self.image_url(picture) if creative.video_id is None else None,
            "thumbnail_url": self.image_url(picture, suffix="_p64"),
            "video_id": creative.video_id,
            "object_story_spec": story,
            "effective_object_story_id": f"{_PAGE_ID}_{creative.post_id}",
            "instagram_user_id": "178400000000001",
        }

    def image(self, creative: Creative) -> dict[str, Any]:
        """The stored image of a creative, as the account's image library lists it."""
        picture = creative.picture
        hashed = self.pictures.name("meta", picture)
        width, height = size_of(picture)
        return {
            "id": f"{self.account.account_id}:{hashed}",
            "account_id": self.account.account_id,
            "hash": hashed,
            "name": f"{picture.key}.{extension(picture)}",
            "url": self.image_url(picture),
            "url_128": self.image_url(picture, suffix="_p128"),
            "permalink_url": f"https://www.facebook.com/ads/image/?d={hashed}",
            "width": width,
            "height": height,
            "original_width": width,
            "original_height": height,
            "status": "ACTIVE",
            "created_time": self.time(creative.created_at),
            "updated_time": self.time(creative.created_at),
        }

    def video(self, creative: Creative) -> dict[str, Any]:
        """A video; its only thumbnail is the picture."""
        width, height = size_of(creative.picture)
        thumbnail = {
            "id": creative.post_id,
            "uri": self.image_url(creative.picture),
            "width": width,
            "height": height,
            "scale": 1,
            "is_preferred": True,
        }
        return {
            "id": creative.video_id,
            "title": creative.picture.headline,
            "length": 15.0,
            "picture": thumbnail["uri"],
            "thumbnails": {"data": [thumbnail]},
            "created_time": self.time(creative.created_at),
            "updated_time": self.time(creative.created_at),
        }


def projected(node: dict[str, Any], fields: Fields | None, kind: str) -> dict[str, Any]:
    """The asked fields; only `id` when none were asked."""
    return project(node, {"id": None} if fields is None else fields, kind)

"""Accounts, campaigns, ad sets, ads, creatives, images and videos as Meta writes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from include.sandbox.accounts import SandboxAccount
from include.sandbox.entities import Ad, AdSet, Campaign, Creative
from include.sandbox.ids import birth_of_meta
from include.sandbox.meta_fields import Fields, MetaError, project
from include.sandbox.meta_shapes import shape
from include.sandbox.pictures import Pictures, expiry, extension, signature, size_of
from include.sandbox.plan import Picture
from include.sandbox.wording import BODIES, LANDING
from include.sandbox.world import World

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
_INSTAGRAM_ID = "178400000000001"
# Ids of Instagram posts are those of the page's posts but for the first digits.
_MEDIA, _POST = "1790", "1202"


class Writer:
    """Writes the nodes of one account as they are at one instant.

    Args:
        thumbnail_px: asked size of previews.
    """

    def __init__(
        self,
        account: SandboxAccount,
        now: datetime,
        *,
        world: World,
        pictures: Pictures,
        base: str,
        thumbnail_px: int = 64,
    ) -> None:
        self.account = account
        self.now = now
        self.world = world
        self.pictures = pictures
        self.base = base
        self.thumbnail_px = thumbnail_px
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

    def campaign_status(self, campaign: Campaign) -> str:
        """It is paused when its last ad has ended."""
        return "ACTIVE" if self._today <= campaign.ends else "PAUSED"

    def campaign(self, campaign: Campaign) -> dict[str, Any]:
        """A campaign."""
        status = self.campaign_status(campaign)
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

    def ad_set_status(self, ad_set: AdSet) -> str:
        """It inherits the pause of its campaign."""
        return "ACTIVE" if self._today <= ad_set.ends else "CAMPAIGN_PAUSED"

    def ad_set(self, ad_set: AdSet) -> dict[str, Any]:
        """An ad set."""
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
            "effective_status": self.ad_set_status(ad_set),
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
            "creative": lambda fields: self._creative_of(ad, fields),
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

    def _creative_of(self, ad: Ad, fields: Fields | None) -> dict[str, Any]:
        if not fields or set(fields) == {"id"}:
            return {"id": ad.creative.id}
        return project(self.creative(ad.creative), fields, "AdCreative")

    def creative(self, creative: Creative) -> dict[str, Any]:
        """A creative, of whatever shape it is."""
        node, kind = creative.campaign.node, shape(creative)
        link = f"{LANDING[node]}{creative.campaign.objective}"
        button = {"type": _BUTTON[creative.campaign.objective], "value": {"link": link}}
        words = {"link": link, "message": BODIES[node], "name": creative.picture.headline}
        plain: dict[str, Any] = {
            "id": creative.id,
            "account_id": self.account.account_id,
            "name": creative.name,
            "status": "ACTIVE",
            "object_type": "SHARE",
            "title": creative.picture.headline,
            "body": BODIES[node],
            "call_to_action_type": button["type"],
            "link_url": link,
            "thumbnail_url": self.image_url(creative.picture, suffix=f"_p{self.thumbnail_px}"),
            "effective_object_story_id": f"{_PAGE_ID}_{creative.post_id}",
            "instagram_user_id": _INSTAGRAM_ID,
        }
        if kind in {"post", "preview"}:
            return {
                **plain,
                "object_type": "STATUS",
                "link_url": None,
                "object_story_id": plain["effective_object_story_id"],
            }
        if kind == "media":
            media = media_id(creative)
            return {
                **plain,
                "source_instagram_media_id": media,
                "effective_instagram_media_id": media,
            }
        story: dict[str, Any] = {"page_id": _PAGE_ID, "instagram_user_id": _INSTAGRAM_ID}
        if kind == "catalogue":
            story["template_data"] = {**words, "call_to_action": button}
            return {
                **plain,
                "product_set_id": f"77{creative.post_id[2:]}",
                "object_story_spec": story,
                "effective_object_story_id": None,
            }
        hashed = self.pictures.name("meta", creative.picture)
        if kind in {"video", "poster"}:
            story["video_data"] = {
                "video_id": creative.video_id,
                "message": BODIES[node],
                "title": creative.picture.headline,
                **({"image_hash": hashed} if kind == "video" else {}),
                "call_to_action": button,
            }
            return {
                **plain,
                "object_type": "VIDEO",
                "link_url": None,
                "video_id": creative.video_id,
                "object_story_spec": story,
            }
        if kind == "feed":
            return {
                **plain,
                "object_story_spec": story,
                "asset_feed_spec": {
                    "images": [{"hash": name} for name in self._shown_beside(creative)],
                    "titles": [{"text": creative.picture.headline}],
                    "bodies": [{"text": BODIES[node]}],
                    "link_urls": [{"website_url": link}],
                    "call_to_action_types": [button["type"]],
                    "ad_formats": ["SINGLE_IMAGE"],
                },
            }
        story["link_data"] = {**words, "image_hash": hashed, "call_to_action": button}
        if kind == "carousel":
            story["link_data"]["child_attachments"] = [
                {"link": link, "name": creative.picture.headline, "image_hash": name}
                for name in self._shown_beside(creative)
            ]
        return {
            **plain,
            "image_hash": hashed,
            "image_url": self.image_url(creative.picture),
            "object_story_spec": _unreadable() if kind == "untold" else story,
        }

    def _shown_beside(self, creative: Creative) -> list[str]:
        """Hashes of the creative's picture and of up to two older ones of the same node."""
        born = birth_of_meta(creative.id)
        block = () if born is None else self.world.block(self.account, born[1]).creatives
        others = [
            other.picture
            for other in block
            if other.picture.node == creative.picture.node
            and other.created_at <= creative.created_at
        ]
        names = [self.pictures.name("meta", p) for p in (creative.picture, *others)]
        return list(dict.fromkeys(names))[:3]

    def post(self, creative: Creative) -> dict[str, Any]:
        """The page's post behind a creative.

        Raises:
            MetaError: the token may not read it.
        """
        if shape(creative) == "preview":
            raise MetaError(
                "(#10) This endpoint requires the 'pages_read_engagement' permission or the "
                "'Page Public Content Access' feature.",
                code=10,
                http=403,
            )
        return {
            "id": f"{_PAGE_ID}_{creative.post_id}",
            "full_picture": self.image_url(creative.picture),
            "created_time": self.time(creative.created_at),
        }

    def media(self, creative: Creative) -> dict[str, Any]:
        """The Instagram post behind a creative."""
        return {
            "id": media_id(creative),
            "media_type": "IMAGE",
            "media_url": self.image_url(creative.picture),
            "permalink": f"https://www.instagram.com/p/{creative.post_id}/",
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
            "picture": self.image_url(creative.picture, suffix="_p160"),
            "thumbnails": {"data": [thumbnail]},
            "created_time": self.time(creative.created_at),
            "updated_time": self.time(creative.created_at),
        }


def media_id(creative: Creative) -> str:
    """The id of the Instagram post behind a creative."""
    return _MEDIA + creative.post_id.removeprefix(_POST)


def post_of(name: str) -> str | None:
    """The world's id of a post, from the id of a page's post or of an Instagram post."""
    if name.startswith(f"{_PAGE_ID}_"):
        return name.removeprefix(f"{_PAGE_ID}_")
    return _POST + name.removeprefix(_MEDIA) if name.startswith(_MEDIA) else None


def _unreadable() -> Any:
    def refuse(fields: Fields | None) -> Any:
        raise MetaError(
            "Invalid parameter", code=100, subcode=2446211, title="Ad Creative Is Incomplete"
        )

    return refuse


def projected(node: dict[str, Any], fields: Fields | None, kind: str) -> dict[str, Any]:
    """The asked fields; only `id` when none were asked."""
    return project(node, {"id": None} if fields is None else fields, kind)

"""Accounts, campaigns, line items, promoted tweets, tweets, cards and media as X writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from include.sandbox.accounts import SandboxAccount
from include.sandbox.entities import Ad, AdSet, Campaign, Creative
from include.sandbox.ids import base36
from include.sandbox.pictures import Pictures, extension, size_of
from include.sandbox.plan import Picture
from include.sandbox.wording import BODIES, LANDING

# Our objective as X's objective and goal; both sit on the line item.
OBJECTIVE = {
    "awareness": ("REACH", "MAX_REACH"),
    "traffic": ("WEBSITE_CLICKS", "LINK_CLICKS"),
    "engagement": ("ENGAGEMENTS", "ENGAGEMENT"),
    "sales": ("WEBSITE_CLICKS", "WEBSITE_CONVERSIONS"),
}
_USER_ID = "900000001"


def time_text(instant: datetime) -> str:
    """`2026-03-05T00:00:00Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _weekday_time(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%a %b %d %H:%M:%S +0000 %Y")


class Writer:
    """Writes the entities of one account as they are at one instant."""

    def __init__(
        self, account: SandboxAccount, now: datetime, pictures: Pictures, base: str
    ) -> None:
        self.account = account
        self.now = now
        self.pictures = pictures
        self.base = base
        self._today = now.astimezone(account.zone).date()
        self._funding = f"fi{account.account_id[-2:]}1"

    def ad_account(self) -> dict[str, Any]:
        """The account; X does not tell its currency here."""
        return {
            "id": self.account.account_id,
            "name": self.account.name,
            "business_name": "Marca",
            "business_id": None,
            "timezone": self.account.timezone,
            "timezone_switch_at": "2021-02-01T05:00:00Z",
            "approval_status": "ACCEPTED",
            "created_at": "2021-02-01T13:00:00Z",
            "updated_at": "2024-06-01T13:00:00Z",
            "deleted": False,
        }

    def funding_instrument(self) -> dict[str, Any]:
        """The only funding instrument: it has the account's currency."""
        return {
            "id": self._funding,
            "account_id": self.account.account_id,
            "type": "CREDIT_LINE",
            "description": "Línea de crédito",
            "currency": self.account.currency,
            "credit_limit_local_micro": None,
            "funded_amount_local_micro": None,
            "credit_remaining_local_micro": None,
            "able_to_fund": True,
            "reasons_not_able_to_fund": [],
            "entity_status": "ACTIVE",
            "start_time": "2021-02-01T05:00:00Z",
            "end_time": None,
            "io_header": None,
            "created_at": "2021-02-01T13:00:00Z",
            "updated_at": "2021-02-01T13:00:00Z",
            "deleted": False,
        }

    def campaign(self, campaign: Campaign) -> dict[str, Any]:
        """A campaign; the objective is on its line items."""
        running = self._today <= campaign.ends
        return {
            "id": campaign.id,
            "name": campaign.name,
            "funding_instrument_id": self._funding,
            "entity_status": "ACTIVE" if running else "PAUSED",
            "effective_status": "RUNNING" if running else "PAUSED",
            "servable": running,
            "reasons_not_servable": [] if running else ["PAUSED_BY_ADVERTISER"],
            "budget_optimization": "CAMPAIGN",
            "daily_budget_amount_local_micro": 250_000_000_000,
            "total_budget_amount_local_micro": None,
            "standard_delivery": True,
            "frequency_cap": None,
            "duration_in_days": None,
            "purchase_order_number": None,
            "currency": self.account.currency,
            "created_at": time_text(campaign.created_at),
            "updated_at": time_text(campaign.created_at),
            "deleted": False,
        }

    def line_item(self, ad_set: AdSet) -> dict[str, Any]:
        """A line item."""
        objective, goal = OBJECTIVE[ad_set.campaign.objective]
        return {
            "id": ad_set.id,
            "campaign_id": ad_set.campaign.id,
            "funding_instrument_id": self._funding,
            "name": ad_set.name,
            "objective": objective,
            "goal": goal,
            "product_type": "PROMOTED_TWEETS",
            "placements": ["ALL_ON_TWITTER"],
            "bid_strategy": "AUTO",
            "bid_amount_local_micro": None,
            "pay_by": "IMPRESSION",
            "target_cpa_local_micro": None,
            "daily_budget_amount_local_micro": None,
            "total_budget_amount_local_micro": None,
            "start_time": time_text(ad_set.created_at),
            "end_time": time_text(self.account.midnight(ad_set.ends)),
            "entity_status": "ACTIVE" if self._today <= ad_set.ends else "PAUSED",
            "creative_source": "MANUAL",
            "automatic_tweet_promotion": None,
            "advertiser_user_id": _USER_ID,
            "advertiser_domain": None,
            "primary_web_event_tag": None,
            "categories": [],
            "currency": self.account.currency,
            "frequency_cap": None,
            "standard_delivery": True,
            "created_at": time_text(ad_set.created_at),
            "updated_at": time_text(ad_set.created_at),
            "deleted": False,
        }

    def promoted_tweet(self, ad: Ad) -> dict[str, Any]:
        """An ad: no name and no campaign, only its line item and tweet."""
        return {
            "id": ad.id,
            "line_item_id": ad.ad_set.id,
            "tweet_id": ad.creative.post_id,
            "entity_status": "ACTIVE" if ad.running(self._today) else "PAUSED",
            "approval_status": "ACCEPTED",
            "created_at": time_text(ad.created_at),
            "updated_at": time_text(ad.updated_at(self.now)),
            "deleted": ad.deleted(self.now),
        }

    def _media_url(self, picture: Picture) -> str:
        name = self.pictures.name("x_ads", picture)
        return f"{self.base}/cdn/media/{name}.{extension(picture)}"

    @staticmethod
    def has_card(creative: Creative) -> bool:
        """Ads that lead to the site carry a card; the others show their media in the tweet."""
        return creative.video_id is None and creative.campaign.objective in {"traffic", "sales"}

    @staticmethod
    def media_key(creative: Creative) -> str:
        """`3_...` for images, `7_...` for videos."""
        return f"{3 if creative.video_id is None else 7}_{creative.post_id}"

    @staticmethod
    def card_uri(creative: Creative) -> str:
        """The card of a creative that has one."""
        return f"card://{creative.post_id}"

    def tweet(self, creative: Creative) -> dict[str, Any]:
        """The tweet that an ad promotes; `id` is a number beyond 2**53, use `id_str`."""
        node = creative.campaign.node
        entities: dict[str, Any] = {"hashtags": [], "symbols": [], "user_mentions": [], "urls": []}
        tweet: dict[str, Any] = {
            "id": int(creative.post_id),
            "id_str": creative.post_id,
            "tweet_id": creative.post_id,
            "name": creative.name,
            "full_text": f"{creative.picture.headline}. {BODIES[node]}",
            "created_at": _weekday_time(creative.created_at),
            "nullcast": True,
            "lang": "es",
            "tweet_type": "PUBLISHED",
            "scheduled_at": None,
            "user": {"id": int(_USER_ID), "id_str": _USER_ID},
            "entities": entities,
        }
        if self.has_card(creative):
            tweet["card_uri"] = self.card_uri(creative)
            return tweet
        width, height = size_of(creative.picture)
        media = {
            "id": int(creative.post_id) + 1,
            "id_str": str(int(creative.post_id) + 1),
            "media_key": self.media_key(creative),
            "type": "photo" if creative.video_id is None else "video",
            "media_url": self._media_url(creative.picture),
            "media_url_https": self._media_url(creative.picture),
            "sizes": {"large": {"w": width, "h": height, "resize": "fit"}},
        }
        entities["media"] = [media]
        tweet["extended_entities"] = {"media": [media]}
        return tweet

    def card(self, creative: Creative) -> dict[str, Any]:
        """A website card: its picture, its title and where it leads."""
        key = self.media_key(creative)
        width, height = size_of(creative.picture)
        link = f"{LANDING[creative.campaign.node]}{creative.campaign.objective}"
        metadata = {
            "type": "IMAGE",
            "url": self._media_url(creative.picture),
            "width": width,
            "height": height,
        }
        return {
            "id": base36(int(creative.post_id)),
            "name": creative.name,
            "card_uri": self.card_uri(creative),
            "card_type": "IMAGE_WEBSITE",
            "components": [
                {"type": "MEDIA", "media_key": key, "media_metadata": {key: metadata}},
                {
                    "type": "DETAILS",
                    "title": creative.picture.headline,
                    "destination": {"type": "WEBSITE", "url": link},
                },
            ],
            "created_at": time_text(creative.created_at),
            "updated_at": time_text(creative.created_at),
            "deleted": False,
        }

    def media(self, creative: Creative) -> dict[str, Any]:
        """An entry of the media library."""
        url = self._media_url(creative.picture)
        film = creative.video_id is not None
        return {
            "media_key": self.media_key(creative),
            "media_url": None if film else url,
            "poster_media_url": url if film else None,
            "media_type": "VIDEO" if film else "IMAGE",
            "media_category": "AMPLIFY_VIDEO" if film else "TWEET_IMAGE",
            "media_status": "TRANSCODE_COMPLETED",
            "file_name": f"{creative.picture.key}.{extension(creative.picture)}",
            "name": creative.name,
            "tweeted": True,
            "created_at": time_text(creative.created_at),
            "updated_at": time_text(creative.created_at),
            "deleted": False,
        }

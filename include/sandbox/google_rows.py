"""Google's resources and metrics as values by field path, in wire types.

int64 is a string, double a number, an enum its name; what is not set is not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Any

import numpy as np

from include.sandbox.accounts import SandboxAccount
from include.sandbox.entities import Ad, AdSet, Campaign
from include.sandbox.gaql import Query, date_range
from include.sandbox.google_fields import CONVERSION_SEGMENTS
from include.sandbox.pictures import Pictures, extension, size_of
from include.sandbox.plan import Picture
from include.sandbox.wording import BODIES, LANDING
from include.sandbox.world import World

Values = dict[str, Any]

_BIDDING = {
    "awareness": "TARGET_CPM",
    "traffic": "TARGET_SPEND",
    "leads": "MAXIMIZE_CONVERSIONS",
    "sales": "MAXIMIZE_CONVERSION_VALUE",
}
# Goals on which a campaign bids; a lead campaign bids on leads only.
_GOALS = {
    "awareness": ("PURCHASE", "SUBMIT_LEAD_FORM"),
    "traffic": ("PURCHASE", "SUBMIT_LEAD_FORM"),
    "leads": ("SUBMIT_LEAD_FORM",),
    "sales": ("PURCHASE",),
}
_ACTIONS = {
    "SUBMIT_LEAD_FORM": ("7001", "Formulario de contacto"),
    "PURCHASE": ("7002", "Compra en el sitio"),
}
_MIME = {"image/png": "IMAGE_PNG", "image/jpeg": "IMAGE_JPEG"}


class Rows:
    """All rows of one customer as they are at one instant."""

    def __init__(
        self, world: World, account: SandboxAccount, now: datetime, pictures: Pictures, base: str
    ) -> None:
        self._world = world
        self._account = account
        self._now = now
        self._pictures = pictures
        self._base = base
        self._name = f"customers/{account.account_id}"
        self._today = now.astimezone(account.zone).date()

    def of(self, query: Query) -> Iterator[Values]:
        """Rows of the query's resource, before its conditions; with metrics when it asks them."""
        measured = {f for f in query.fields if f.startswith(("metrics.", "segments."))}
        resource = query.resource
        if measured and resource in {"customer", "campaign", "ad_group", "ad_group_ad"}:
            return self._measured(query)
        listings: Mapping[str, Any] = {
            "customer": lambda: iter([self._customer]),
            "campaign": lambda: map(self._campaign, self._campaigns),
            "ad_group": lambda: map(self._ad_group, self._world.ad_sets(self._account, self._now)),
            "ad_group_ad": lambda: map(self._ad, self._world.ads(self._account, self._now)),
            "asset": self._assets,
            "campaign_conversion_goal": self._goals,
            "conversion_action": self._actions,
        }
        return listings[resource]() if resource in listings else iter(())

    @property
    def _campaigns(self) -> list[Campaign]:
        return self._world.campaigns(self._account, self._now)

    @cached_property
    def _customer(self) -> Values:
        return {
            "customer.resource_name": self._name,
            "customer.id": self._account.account_id,
            "customer.descriptive_name": self._account.name,
            "customer.currency_code": self._account.currency,
            "customer.time_zone": self._account.timezone,
            "customer.manager": False,
            "customer.test_account": False,
            "customer.status": "ENABLED",
            "customer.auto_tagging_enabled": True,
            "customer.conversion_tracking_setting.conversion_tracking_status": (
                "CONVERSION_TRACKING_MANAGED_BY_SELF"
            ),
        }

    def _campaign(self, campaign: Campaign) -> Values:
        start = campaign.created_at.astimezone(self._account.zone)
        return self._customer | {
            "campaign.resource_name": f"{self._name}/campaigns/{campaign.id}",
            "campaign.id": campaign.id,
            "campaign.name": campaign.name,
            "campaign.status": "ENABLED" if self._today <= campaign.ends else "PAUSED",
            "campaign.serving_status": "SERVING" if self._today <= campaign.ends else "ENDED",
            "campaign.primary_status": "ELIGIBLE" if self._today <= campaign.ends else "PAUSED",
            "campaign.primary_status_reasons": [],
            "campaign.advertising_channel_type": "DISPLAY",
            "campaign.bidding_strategy_type": _BIDDING[campaign.objective],
            "campaign.start_date_time": start.strftime("%Y-%m-%d %H:%M:%S"),
            "campaign.end_date_time": f"{campaign.ends.isoformat()} 23:59:59",
            "campaign.experiment_type": "BASE",
            "campaign.campaign_budget": f"{self._name}/campaignBudgets/{campaign.id}",
            "campaign_budget.resource_name": f"{self._name}/campaignBudgets/{campaign.id}",
            "campaign_budget.amount_micros": "250000000000",
            "campaign_budget.period": "DAILY",
            "campaign_budget.explicitly_shared": False,
        }

    def _ad_group(self, ad_set: AdSet) -> Values:
        running = self._today <= ad_set.ends
        return self._campaign(ad_set.campaign) | {
            "ad_group.resource_name": f"{self._name}/adGroups/{ad_set.id}",
            "ad_group.id": ad_set.id,
            "ad_group.name": ad_set.name,
            "ad_group.status": "ENABLED",
            "ad_group.type": "DISPLAY_STANDARD",
            "ad_group.campaign": f"{self._name}/campaigns/{ad_set.campaign.id}",
            "ad_group.cpc_bid_micros": "1500000000",
            "ad_group.cpm_bid_micros": "10000000",
            "ad_group.target_cpa_micros": "0",
            "ad_group.primary_status": "ELIGIBLE" if running else "NOT_ELIGIBLE",
        }

    def _asset_id(self, picture: Picture) -> str:
        return str(int(self._pictures.name("google_ads", picture)) % 10**11 + 10**11)

    def _image_url(self, picture: Picture) -> str:
        return f"{self._base}/cdn/simgad/{self._pictures.name('google_ads', picture)}"

    def _ad(self, ad: Ad) -> Values:
        picture, node = ad.creative.picture, ad.creative.campaign.node
        asset = f"{self._name}/assets/{self._asset_id(picture)}"
        width, height = size_of(picture)
        at = "ad_group_ad.ad"
        values = self._ad_group(ad.ad_set) | {
            "ad_group_ad.resource_name": f"{self._name}/adGroupAds/{ad.ad_set.id}~{ad.id}",
            "ad_group_ad.ad_group": f"{self._name}/adGroups/{ad.ad_set.id}",
            "ad_group_ad.status": self._status(ad),
            "ad_group_ad.primary_status": (
                "ELIGIBLE" if self._status(ad) == "ENABLED" else self._status(ad)
            ),
            "ad_group_ad.ad_strength": "GOOD",
            "ad_group_ad.policy_summary.approval_status": "APPROVED",
            "ad_group_ad.policy_summary.review_status": "REVIEWED",
            f"{at}.resource_name": f"{self._name}/ads/{ad.id}",
            f"{at}.id": ad.id,
            f"{at}.final_urls": [f"{LANDING[node]}{ad.creative.campaign.objective}"],
            f"{at}.added_by_google_ads": False,
        }
        if height > width:
            # Display has no upright slot for responsive ads: an uploaded image ad.
            return values | {
                f"{at}.type": "IMAGE_AD",
                f"{at}.name": ad.name,
                f"{at}.display_url": LANDING[node].removeprefix("https://").rstrip("/"),
                f"{at}.image_ad.image_asset.asset": asset,
                f"{at}.image_ad.image_url": self._image_url(picture),
                f"{at}.image_ad.preview_image_url": self._image_url(picture),
                f"{at}.image_ad.pixel_width": str(width),
                f"{at}.image_ad.pixel_height": str(height),
                f"{at}.image_ad.mime_type": _MIME[picture.mime],
                f"{at}.image_ad.name": f"{picture.key}.{extension(picture)}",
            }
        slot = "square_marketing_images" if width == height else "marketing_images"
        responsive = f"{at}.responsive_display_ad"
        return values | {
            f"{at}.type": "RESPONSIVE_DISPLAY_AD",
            f"{responsive}.{slot}": [{"asset": asset}],
            f"{responsive}.headlines": [{"text": picture.headline}],
            f"{responsive}.long_headline": {"text": picture.headline},
            f"{responsive}.descriptions": [{"text": BODIES[node]}],
            f"{responsive}.business_name": node,
            f"{responsive}.call_to_action_text": picture.call_to_action,
        }

    def _status(self, ad: Ad) -> str:
        if ad.deleted(self._now):
            return "REMOVED"
        return "ENABLED" if ad.running(self._today) else "PAUSED"

    def _assets(self) -> Iterator[Values]:
        creatives = self._world.creatives(self._account, self._now)
        for picture in {c.picture.key: c.picture for c in creatives}.values():
            width, height = size_of(picture)
            number = self._asset_id(picture)
            yield self._customer | {
                "asset.resource_name": f"{self._name}/assets/{number}",
                "asset.id": number,
                "asset.name": f"{picture.key}.{extension(picture)}",
                "asset.type": "IMAGE",
                "asset.source": "ADVERTISER",
                "asset.image_asset.full_size.url": self._image_url(picture),
                "asset.image_asset.full_size.width_pixels": str(width),
                "asset.image_asset.full_size.height_pixels": str(height),
                "asset.image_asset.mime_type": _MIME[picture.mime],
            }

    def _goals(self) -> Iterator[Values]:
        for campaign in self._campaigns:
            for category in _ACTIONS:
                key = f"{campaign.id}~{category}~WEBSITE"
                yield self._campaign(campaign) | {
                    "campaign_conversion_goal.resource_name": (
                        f"{self._name}/campaignConversionGoals/{key}"
                    ),
                    "campaign_conversion_goal.campaign": f"{self._name}/campaigns/{campaign.id}",
                    "campaign_conversion_goal.category": category,
                    "campaign_conversion_goal.origin": "WEBSITE",
                    "campaign_conversion_goal.biddable": category in _GOALS[campaign.objective],
                }

    def _actions(self) -> Iterator[Values]:
        for category, (number, name) in _ACTIONS.items():
            at = "conversion_action"
            yield self._customer | {
                f"{at}.resource_name": f"{self._name}/conversionActions/{number}",
                f"{at}.id": number,
                f"{at}.name": name,
                f"{at}.category": category,
                f"{at}.status": "ENABLED",
                f"{at}.click_through_lookback_window_days": "30",
                f"{at}.view_through_lookback_window_days": "1",
                f"{at}.include_in_conversions_metric": True,
                f"{at}.primary_for_goal": True,
            }

    # -- metrics ---------------------------------------------------------------------------

    def _measured(self, query: Query) -> Iterator[Values]:
        """Rows per entity, and per day and conversion action when these segments are asked."""
        since, until = date_range(query, self._today)
        seen = self._world.daily(self._account, since, until, self._now)
        by_day = "segments.date" in query.select
        levels: Mapping[str, tuple[Any, Any]] = {
            "ad_group_ad": (lambda ad: ad, self._ad),
            "ad_group": (lambda ad: ad.ad_set, self._ad_group),
            "campaign": (lambda ad: ad.ad_set.campaign, self._campaign),
            "customer": (lambda ad: self._account, lambda account: self._customer),
        }
        level, write = levels[query.resource]
        entities: dict[str, Any] = {}
        groups: dict[tuple[str, int], list[int]] = {}
        of_ad = [level(ad) for ad in seen.ads]
        for row, (ad, day) in enumerate(zip(seen.ad.tolist(), seen.day.tolist(), strict=True)):
            entity = of_ad[ad]
            key = entity.account_id if isinstance(entity, SandboxAccount) else entity.id
            entities[key] = entity
            groups.setdefault((key, day if by_day else 0), []).append(row)
        written = {key: write(entity) for key, entity in entities.items()}
        by_action = bool(CONVERSION_SEGMENTS & query.fields)
        for (key, day), members in groups.items():
            rows = np.array(members)
            values = dict(written[key])
            if by_day:
                values["segments.date"] = date.fromordinal(day).isoformat()
            leads = float(seen.leads[rows].sum())
            purchases = float(seen.purchases[rows].sum())
            revenue = float(seen.revenue[rows].sum()) / 1e6
            if by_action:
                amounts = {"SUBMIT_LEAD_FORM": (leads, 0.0), "PURCHASE": (purchases, revenue)}
                yield from self._by_action(values, amounts)
                continue
            counts = {name: int(column[rows].sum()) for name, column in seen.counts.items()}
            yield (
                values
                | _conversions(leads + purchases, revenue)
                | _delivery(counts, int(seen.spend[rows].sum()))
            )

    def _by_action(
        self, values: Values, amounts: Mapping[str, tuple[float, float]]
    ) -> Iterator[Values]:
        for category, (count, worth) in amounts.items():
            if count > 0:
                number, name = _ACTIONS[category]
                yield (
                    values
                    | _conversions(count, worth)
                    | {
                        "segments.conversion_action": f"{self._name}/conversionActions/{number}",
                        "segments.conversion_action_name": name,
                        "segments.conversion_action_category": category,
                    }
                )


def _double(value: float) -> int | float:
    """JSON of a protobuf double: 0, not 0.0."""
    rounded = round(value, 6)
    return int(rounded) if rounded == int(rounded) else rounded


def _conversions(count: float, worth: float) -> Values:
    return {
        "metrics.conversions": _double(count),
        "metrics.conversions_value": _double(worth),
        "metrics.all_conversions": _double(count),
        "metrics.all_conversions_value": _double(worth),
    }


def _delivery(counts: Mapping[str, int], spend: int) -> Values:
    return {
        "metrics.impressions": str(counts["impressions"]),
        "metrics.clicks": str(counts["link_clicks"]),
        "metrics.cost_micros": str(spend),
        "metrics.view_through_conversions": "0",
        "metrics.engagements": "0",
        "metrics.interactions": str(counts["link_clicks"]),
        "metrics.video_trueview_views": "0",
        "metrics.video_quartile_p25_rate": 0,
        "metrics.video_quartile_p50_rate": 0,
        "metrics.video_quartile_p75_rate": 0,
        "metrics.video_quartile_p100_rate": 0,
    }

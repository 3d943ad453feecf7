"""Google's resources as values by field path, in wire types.

int64 is a string, double a number, an enum its name; what is not set is not there. Most
campaigns are display campaigns; a few of the world's sales campaigns are Performance Max,
whose ads are asset groups here, and a few awareness campaigns are Demand Gen, with
carousels and videos.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from include.sandbox.entities import Ad, AdSet, Campaign
from include.sandbox.gaql import Query
from include.sandbox.google_assets import MIME, Assets, Values, shape_of
from include.sandbox.google_customers import Customer, client_rows
from include.sandbox.pictures import Pictures, extension, size_of
from include.sandbox.plan import Picture
from include.sandbox.wording import BODIES, LANDING
from include.sandbox.world import World

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
ACTIONS = {
    "SUBMIT_LEAD_FORM": ("7001", "Formulario de contacto"),
    "PURCHASE": ("7002", "Compra en el sitio"),
}
# Share of the sales campaigns that are Performance Max, of the awareness campaigns that are
# Demand Gen, and of the responsive display ads that show a second picture.
_UNUSUAL = 0.2
# Of 400 lots the one by which also small worlds have both kinds.
_LOT = 312
_SECOND_PICTURE = 0.05


def share_of(text: str) -> float:
    """A number in [0, 1) that belongs to this text."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big") / 2**32


def channel_of(campaign: Campaign) -> str:
    """`DISPLAY`, `PERFORMANCE_MAX` or `DEMAND_GEN`."""
    channels = {"sales": "PERFORMANCE_MAX", "awareness": "DEMAND_GEN"}
    unusual = share_of(f"{_LOT}/{campaign.id}") < _UNUSUAL
    return channels.get(campaign.objective, "DISPLAY") if unusual else "DISPLAY"


def is_asset_group(ad: Ad) -> bool:
    """The ad belongs to a Performance Max campaign, which has asset groups in place of ads."""
    return channel_of(ad.ad_set.campaign) == "PERFORMANCE_MAX"


class Rows:
    """All objects of one customer as they are on one day."""

    def __init__(
        self, world: World, customer: Customer, now: datetime, pictures: Pictures, base: str
    ) -> None:
        self.world = world
        self.customer = customer
        self.account = customer.account
        self._now = now
        self.name = f"customers/{customer.id}"
        self.today = now.astimezone(self.account.zone).date()
        self._assets = Assets(self.name, self.of_customer, pictures, base)

    def of(self, query: Query) -> list[Values]:
        """The resource's rows, before the query's conditions."""
        listings: Mapping[str, Any] = {
            "customer": lambda: [self.of_customer],
            "customer_client": lambda: client_rows(self.customer),
            "campaign": lambda: list(self.campaigns.values()),
            "ad_group": lambda: list(self.ad_groups.values()),
            "ad_group_ad": lambda: list(self.ads.values()),
            "asset": lambda: self._every_asset,
            "asset_group": lambda: list(self.asset_groups.values()),
            "asset_group_asset": lambda: self._links,
            "campaign_conversion_goal": lambda: self._goals,
            "conversion_action": lambda: self._actions,
        }
        if self.customer.manager and query.resource not in {"customer", "customer_client"}:
            return []
        return list(listings[query.resource]())

    @cached_property
    def of_customer(self) -> Values:
        """The customer's own row."""
        return {
            "customer.resource_name": self.name,
            "customer.id": self.customer.id,
            "customer.descriptive_name": self.account.name,
            "customer.currency_code": self.account.currency,
            "customer.time_zone": self.account.timezone,
            "customer.manager": self.customer.manager,
            "customer.test_account": False,
            "customer.status": self.customer.status,
            "customer.auto_tagging_enabled": True,
            "customer.conversion_tracking_setting.conversion_tracking_status": (
                "CONVERSION_TRACKING_MANAGED_BY_SELF"
            ),
        }

    @cached_property
    def campaigns(self) -> dict[str, Values]:
        """By id."""
        known = self.world.campaigns(self.account, self._now)
        return {campaign.id: self._campaign(campaign) for campaign in known}

    @cached_property
    def ad_groups(self) -> dict[str, Values]:
        """By id; Performance Max has none."""
        known = self.world.ad_sets(self.account, self._now)
        return {
            ad_set.id: self._ad_group(ad_set)
            for ad_set in known
            if channel_of(ad_set.campaign) != "PERFORMANCE_MAX"
        }

    @cached_property
    def ads(self) -> dict[str, Values]:
        """By id, removed ones too."""
        return {ad.id: self._ad(ad) for ad in self._every_ad if not is_asset_group(ad)}

    @cached_property
    def asset_groups(self) -> dict[str, Values]:
        """By the id of the ad that each stands for."""
        return {ad.id: self._asset_group(ad) for ad in self._every_ad if is_asset_group(ad)}

    @cached_property
    def _every_ad(self) -> list[Ad]:
        return self.world.ads(self.account, self._now)

    def _campaign(self, campaign: Campaign) -> Values:
        start = campaign.created_at.astimezone(self.account.zone)
        running = self.today <= campaign.ends
        return self.of_customer | {
            "campaign.resource_name": f"{self.name}/campaigns/{campaign.id}",
            "campaign.id": campaign.id,
            "campaign.name": campaign.name,
            "campaign.status": "ENABLED" if running else "PAUSED",
            "campaign.serving_status": "SERVING" if running else "ENDED",
            "campaign.primary_status": "ELIGIBLE" if running else "PAUSED",
            "campaign.primary_status_reasons": [],
            "campaign.advertising_channel_type": channel_of(campaign),
            "campaign.bidding_strategy_type": _BIDDING[campaign.objective],
            "campaign.start_date_time": start.strftime("%Y-%m-%d %H:%M:%S"),
            "campaign.end_date_time": f"{campaign.ends.isoformat()} 23:59:59",
            "campaign.experiment_type": "BASE",
            "campaign.campaign_budget": f"{self.name}/campaignBudgets/{campaign.id}",
            "campaign_budget.resource_name": f"{self.name}/campaignBudgets/{campaign.id}",
            "campaign_budget.amount_micros": "250000000000",
            "campaign_budget.period": "DAILY",
            "campaign_budget.explicitly_shared": False,
        }

    def _ad_group(self, ad_set: AdSet) -> Values:
        running = self.today <= ad_set.ends
        return self.campaigns[ad_set.campaign.id] | {
            "ad_group.resource_name": f"{self.name}/adGroups/{ad_set.id}",
            "ad_group.id": ad_set.id,
            "ad_group.name": ad_set.name,
            "ad_group.status": "ENABLED",
            "ad_group.type": "DISPLAY_STANDARD",
            "ad_group.campaign": f"{self.name}/campaigns/{ad_set.campaign.id}",
            "ad_group.cpc_bid_micros": "1500000000",
            "ad_group.cpm_bid_micros": "10000000",
            "ad_group.target_cpa_micros": "0",
            "ad_group.primary_status": "ELIGIBLE" if running else "NOT_ELIGIBLE",
        }

    def _ad(self, ad: Ad) -> Values:
        node, at = ad.creative.campaign.node, "ad_group_ad.ad"
        status = self._status(ad)
        values = self.ad_groups[ad.ad_set.id] | {
            "ad_group_ad.resource_name": f"{self.name}/adGroupAds/{ad.ad_set.id}~{ad.id}",
            "ad_group_ad.ad_group": f"{self.name}/adGroups/{ad.ad_set.id}",
            "ad_group_ad.status": status,
            "ad_group_ad.primary_status": "ELIGIBLE" if status == "ENABLED" else status,
            "ad_group_ad.ad_strength": "GOOD",
            "ad_group_ad.policy_summary.approval_status": "APPROVED",
            "ad_group_ad.policy_summary.review_status": "REVIEWED",
            f"{at}.resource_name": f"{self.name}/ads/{ad.id}",
            f"{at}.id": ad.id,
            f"{at}.final_urls": [f"{LANDING[node]}{ad.creative.campaign.objective}"],
            f"{at}.added_by_google_ads": False,
        }
        if channel_of(ad.ad_set.campaign) == "DEMAND_GEN":
            return values | self._demand_gen(ad, at)
        picture = ad.creative.picture
        width, height = size_of(picture)
        if height > width:
            # Display has no upright slot for responsive ads: an uploaded image ad.
            return values | {
                f"{at}.type": "IMAGE_AD",
                f"{at}.name": ad.name,
                f"{at}.display_url": LANDING[node].removeprefix("https://").rstrip("/"),
                f"{at}.image_ad.image_asset.asset": self._assets.name_of(picture),
                f"{at}.image_ad.image_url": self._assets.address(picture),
                f"{at}.image_ad.preview_image_url": self._assets.address(picture),
                f"{at}.image_ad.pixel_width": str(width),
                f"{at}.image_ad.pixel_height": str(height),
                f"{at}.image_ad.mime_type": MIME[picture.mime],
                f"{at}.image_ad.name": f"{picture.key}.{extension(picture)}",
            }
        responsive = f"{at}.responsive_display_ad"
        shown = (
            self._pictures_of(ad) if share_of(f"second/{ad.id}") < _SECOND_PICTURE else [picture]
        )
        slots = defaultdict(list)
        for each in shown:
            slots[f"{responsive}.{shape_of(each)}marketing_images"].append(
                {"asset": self._assets.name_of(each)}
            )
        return (
            values
            | slots
            | {
                f"{at}.type": "RESPONSIVE_DISPLAY_AD",
                f"{responsive}.headlines": [{"text": picture.headline}],
                f"{responsive}.long_headline": {"text": picture.headline},
                f"{responsive}.descriptions": [{"text": BODIES[node]}],
                f"{responsive}.business_name": node,
                f"{responsive}.call_to_action_text": picture.call_to_action,
            }
        )

    def _demand_gen(self, ad: Ad, at: str) -> Values:
        """A carousel, a video or a set of pictures, by the ad's own lot."""
        picture, body = ad.creative.picture, BODIES[ad.creative.campaign.node]
        kind = ("carousel", "video_responsive", "multi_asset")[int(share_of(f"kind/{ad.id}") * 3)]
        many = {"headlines": [{"text": picture.headline}], "descriptions": [{"text": body}]}
        shown: dict[str, Any] = many
        if kind == "carousel":
            shown = {"headline": many["headlines"][0], "description": many["descriptions"][0]}
            cards = [{"asset": self._assets.card_name(each)} for each in self._pictures_of(ad)]
            shown["carousel_cards"] = cards
        elif kind == "video_responsive":
            shown["videos"] = [{"asset": self._assets.video_name(picture)}]
        else:
            slot = f"{shape_of(picture)}marketing_images"
            shown[slot] = [{"asset": self._assets.name_of(picture)}]
        part = f"demand_gen_{kind}_ad"
        named = {f"{at}.{part}.{name}": value for name, value in shown.items()}
        return {f"{at}.type": part.upper(), **named}

    def _pictures_of(self, ad: Ad) -> list[Picture]:
        """The ad's own picture and, if its campaign has one, another."""
        others = self._pictures_by_campaign[ad.ad_set.campaign.id]
        own = ad.creative.picture
        return [own, *[each for key, each in sorted(others.items()) if key != own.key][:1]]

    @cached_property
    def _pictures_by_campaign(self) -> dict[str, dict[str, Picture]]:
        found: dict[str, dict[str, Picture]] = defaultdict(dict)
        for ad in self._every_ad:
            # Upright pictures fit none of the slots that hold more than one.
            if size_of(ad.creative.picture)[0] >= size_of(ad.creative.picture)[1]:
                found[ad.ad_set.campaign.id][ad.creative.picture.key] = ad.creative.picture
        return found

    def _asset_group(self, ad: Ad) -> Values:
        status = self._status(ad)
        campaign = ad.ad_set.campaign
        return self.campaigns[campaign.id] | {
            "asset_group.resource_name": f"{self.name}/assetGroups/{ad.id}",
            "asset_group.id": ad.id,
            "asset_group.name": ad.name,
            "asset_group.status": status,
            "asset_group.primary_status": "ELIGIBLE" if status == "ENABLED" else status,
            "asset_group.final_urls": [f"{LANDING[campaign.node]}{campaign.objective}"],
            "asset_group.campaign": f"{self.name}/campaigns/{campaign.id}",
            "asset_group.ad_strength": "GOOD",
        }

    @cached_property
    def _links(self) -> list[Values]:
        """What each asset group shows: its picture and two texts."""
        found = []
        for ad in self._every_ad:
            if not is_asset_group(ad):
                continue
            picture = ad.creative.picture
            kind = f"{shape_of(picture)}marketing_image".upper()
            shown = {kind: self._assets.picture(picture), **self._texts(ad)}
            for field_type, asset in shown.items():
                key = f"{ad.id}~{asset['asset.id']}~{field_type}"
                found.append(
                    self.asset_groups[ad.id]
                    | asset
                    | {
                        "asset_group_asset.resource_name": f"{self.name}/assetGroupAssets/{key}",
                        "asset_group_asset.asset_group": f"{self.name}/assetGroups/{ad.id}",
                        "asset_group_asset.asset": asset["asset.resource_name"],
                        "asset_group_asset.field_type": field_type,
                        "asset_group_asset.status": "ENABLED",
                        "asset_group_asset.primary_status": "ELIGIBLE",
                    }
                )
        return found

    def _status(self, ad: Ad) -> str:
        if ad.deleted(self._now):
            return "REMOVED"
        return "ENABLED" if ad.running(self.today) else "PAUSED"

    @cached_property
    def _every_asset(self) -> list[Values]:
        creatives = self.world.creatives(self.account, self._now)
        found = [self._assets.picture(c.picture) for c in creatives]
        for ad in self._every_ad:
            picture = ad.creative.picture
            if is_asset_group(ad):
                found += self._texts(ad).values()
            elif channel_of(ad.ad_set.campaign) == "DEMAND_GEN":
                # Every ad of such a campaign has both: an account keeps assets no ad uses.
                found.append(self._assets.video(picture))
                found += [self._assets.card(each) for each in self._pictures_of(ad)]
        return list({values["asset.resource_name"]: values for values in found}.values())

    def _texts(self, ad: Ad) -> Mapping[str, Values]:
        words = {
            "HEADLINE": ad.creative.picture.headline,
            "DESCRIPTION": BODIES[ad.creative.campaign.node],
        }
        return {kind: self._assets.text(text) for kind, text in words.items()}

    # -- conversions -----------------------------------------------------------------------

    @cached_property
    def _goals(self) -> list[Values]:
        found = []
        for campaign in self.world.campaigns(self.account, self._now):
            for category in ACTIONS:
                key = f"{campaign.id}~{category}~WEBSITE"
                found.append(
                    self.campaigns[campaign.id]
                    | {
                        "campaign_conversion_goal.resource_name": (
                            f"{self.name}/campaignConversionGoals/{key}"
                        ),
                        "campaign_conversion_goal.campaign": f"{self.name}/campaigns/{campaign.id}",
                        "campaign_conversion_goal.category": category,
                        "campaign_conversion_goal.origin": "WEBSITE",
                        "campaign_conversion_goal.biddable": category in _GOALS[campaign.objective],
                    }
                )
        return found

    @cached_property
    def _actions(self) -> list[Values]:
        at = "conversion_action"
        return [
            self.of_customer
            | {
                f"{at}.resource_name": f"{self.name}/conversionActions/{number}",
                f"{at}.id": number,
                f"{at}.name": name,
                f"{at}.category": category,
                f"{at}.status": "ENABLED",
                f"{at}.click_through_lookback_window_days": "30",
                f"{at}.view_through_lookback_window_days": "1",
                f"{at}.include_in_conversions_metric": True,
                f"{at}.primary_for_goal": True,
            }
            for category, (number, name) in ACTIONS.items()
        ]

"""Accounts, campaigns, line items and promoted tweets as X writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from include.sandbox.accounts import SandboxAccount
from include.sandbox.entities import Ad, AdSet, Campaign

# Our objective as X's objective and goal; both sit on the line item.
OBJECTIVE = {
    "awareness": ("REACH", "MAX_REACH"),
    "traffic": ("WEBSITE_CLICKS", "LINK_CLICKS"),
    "engagement": ("ENGAGEMENTS", "ENGAGEMENT"),
    "sales": ("WEBSITE_CLICKS", "WEBSITE_CONVERSIONS"),
}
USER_ID = "900000001"


def time_text(instant: datetime) -> str:
    """`2026-03-05T00:00:00Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def funding_id(account: SandboxAccount) -> str:
    """The account's only funding instrument."""
    return f"fi{account.account_id[-2:]}1"


class Writer:
    """Writes the entities of one account as they are at one instant."""

    def __init__(self, account: SandboxAccount, now: datetime) -> None:
        self.account = account
        self.now = now
        self._today = now.astimezone(account.zone).date()
        self._funding = funding_id(account)

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
            "advertiser_user_id": USER_ID,
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

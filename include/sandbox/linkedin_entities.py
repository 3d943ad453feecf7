"""Accounts, groups, campaigns and creatives as LinkedIn writes them.

Our campaign is LinkedIn's campaign group, our ad set its campaign, our ad its creative.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from include.sandbox.accounts import SandboxAccount
from include.sandbox.entities import Ad, AdSet, Campaign
from include.sandbox.linkedin_posts import ORGANIZATION, creative_content, milliseconds
from include.sandbox.pictures import Pictures

OBJECTIVE = {
    "awareness": "BRAND_AWARENESS",
    "traffic": "WEBSITE_VISIT",
    "engagement": "ENGAGEMENT",
    "leads": "LEAD_GENERATION",
    "sales": "WEBSITE_CONVERSION",
}
_TARGET = {
    "awareness": "MAX_IMPRESSION",
    "traffic": "MAX_CLICK",
    "engagement": "MAX_CLICK",
    "leads": "MAX_LEAD",
    "sales": "MAX_CONVERSION",
}
_PERSON = "urn:li:person:sandbox"


def _stamps(created: datetime, changed: datetime) -> dict[str, Any]:
    return {
        "created": {"time": milliseconds(created), "actor": _PERSON},
        "lastModified": {"time": milliseconds(changed), "actor": _PERSON},
    }


class Writer:
    """Writes the entities of one account as they are at one instant."""

    def __init__(self, account: SandboxAccount, now: datetime, pictures: Pictures) -> None:
        self.account = account
        self.now = now
        self.pictures = pictures
        self.urn = f"urn:li:sponsoredAccount:{account.account_id}"
        self._today = now.astimezone(account.zone).date()

    def ad_account(self) -> dict[str, Any]:
        """The account; LinkedIn has no time zone, its days are UTC."""
        return {
            "id": int(self.account.account_id),
            "name": self.account.name,
            "currency": self.account.currency,
            "type": "BUSINESS",
            "status": "ACTIVE",
            "servingStatuses": ["RUNNABLE"],
            "reference": ORGANIZATION,
            "test": False,
            "version": {"versionTag": "3"},
            "notifiedOnCampaignOptimization": True,
            "changeAuditStamps": {"created": {"time": 1612180800000}},
        }

    def group(self, campaign: Campaign) -> dict[str, Any]:
        """A campaign group."""
        status = self.group_status(campaign)
        running = status == "ACTIVE"
        return {
            "id": int(campaign.id),
            "account": self.urn,
            "name": campaign.name,
            "status": status,
            "servingStatuses": ["RUNNABLE"] if running else ["STOPPED"],
            "runSchedule": {
                "start": milliseconds(campaign.created_at),
                "end": milliseconds(self.account.midnight(campaign.ends + timedelta(days=1))),
            },
            "totalBudget": {"currencyCode": self.account.currency, "amount": "90000000"},
            "backfilled": False,
            "test": False,
            "allowedCampaignTypes": ["SPONSORED_UPDATES"],
            "changeAuditStamps": _stamps(campaign.created_at, campaign.created_at),
        }

    def campaign(self, ad_set: AdSet) -> dict[str, Any]:
        """A campaign in LinkedIn's sense; the objective is here."""
        status = self.campaign_status(ad_set)
        running = status == "ACTIVE"
        return {
            "id": int(ad_set.id),
            "account": self.urn,
            "campaignGroup": f"urn:li:sponsoredCampaignGroup:{ad_set.campaign.id}",
            "name": ad_set.name,
            "status": status,
            "type": "SPONSORED_UPDATES",
            "format": "STANDARD_UPDATE",
            "objectiveType": OBJECTIVE[ad_set.campaign.objective],
            "costType": "CPM",
            "optimizationTargetType": _TARGET[ad_set.campaign.objective],
            "dailyBudget": {"currencyCode": self.account.currency, "amount": "250000"},
            "unitCost": {"currencyCode": self.account.currency, "amount": "0"},
            "runSchedule": {"start": milliseconds(ad_set.created_at)},
            "locale": {"country": "CO", "language": "es"},
            "associatedEntity": ORGANIZATION,
            "audienceExpansionEnabled": False,
            "offsiteDeliveryEnabled": False,
            "storyDeliveryEnabled": False,
            "creativeSelection": "OPTIMIZED",
            "pacingStrategy": "LIFETIME",
            "servingStatuses": ["RUNNABLE"] if running else ["STOPPED"],
            "version": {"versionTag": "5"},
            "test": False,
            "changeAuditStamps": _stamps(ad_set.created_at, ad_set.created_at),
        }

    def group_status(self, campaign: Campaign) -> str:
        """Of a campaign group."""
        return "ACTIVE" if self._today <= campaign.ends else "PAUSED"

    def campaign_status(self, ad_set: AdSet) -> str:
        """Of a campaign in LinkedIn's sense."""
        return "ACTIVE" if self._today <= ad_set.ends else "COMPLETED"

    def creative_status(self, ad: Ad) -> str:
        """Of a creative in LinkedIn's sense."""
        if ad.deleted(self.now):
            return "REMOVED"
        return "ACTIVE" if ad.running(self._today) else "PAUSED"

    def creative(self, ad: Ad) -> dict[str, Any]:
        """A creative in LinkedIn's sense: an ad that refers to a post, or shows a text ad."""
        status = self.creative_status(ad)
        return {
            "id": f"urn:li:sponsoredCreative:{ad.id}",
            "account": self.urn,
            "campaign": f"urn:li:sponsoredCampaign:{ad.ad_set.id}",
            "name": ad.name,
            "intendedStatus": status,
            "isServing": status == "ACTIVE",
            "isTest": False,
            "servingHoldReasons": [] if status == "ACTIVE" else ["STOPPED"],
            "review": {"status": "APPROVED"},
            "content": creative_content(ad.creative, self.pictures),
            "createdAt": milliseconds(ad.created_at),
            "createdBy": _PERSON,
            "lastModifiedAt": milliseconds(ad.updated_at(self.now)),
            "lastModifiedBy": _PERSON,
        }

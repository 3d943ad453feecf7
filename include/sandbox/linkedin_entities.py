"""Accounts, groups, campaigns, creatives, posts and images as LinkedIn writes them.

Our campaign is LinkedIn's campaign group, our ad set its campaign, our ad its creative.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from include.sandbox.accounts import SandboxAccount
from include.sandbox.entities import Ad, AdSet, Campaign, Creative
from include.sandbox.pictures import Pictures, expiry, signature
from include.sandbox.plan import Picture
from include.sandbox.wording import BODIES, LANDING

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
_ORGANIZATION = "urn:li:organization:2414183"
_PERSON = "urn:li:person:sandbox"


def _ms(instant: datetime) -> int:
    return int(instant.timestamp()) * 1000


def _stamps(created: datetime, changed: datetime) -> dict[str, Any]:
    return {
        "created": {"time": _ms(created), "actor": _PERSON},
        "lastModified": {"time": _ms(changed), "actor": _PERSON},
    }


class Writer:
    """Writes the entities of one account as they are at one instant."""

    def __init__(
        self, account: SandboxAccount, now: datetime, pictures: Pictures, base: str
    ) -> None:
        self.account = account
        self.now = now
        self.pictures = pictures
        self.base = base
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
            "reference": _ORGANIZATION,
            "test": False,
            "version": {"versionTag": "3"},
            "notifiedOnCampaignOptimization": True,
            "changeAuditStamps": {"created": {"time": 1612180800000}},
        }

    def group(self, campaign: Campaign) -> dict[str, Any]:
        """A campaign group."""
        running = self._today <= campaign.ends
        return {
            "id": int(campaign.id),
            "account": self.urn,
            "name": campaign.name,
            "status": "ACTIVE" if running else "PAUSED",
            "servingStatuses": ["RUNNABLE"] if running else ["STOPPED"],
            "runSchedule": {
                "start": _ms(campaign.created_at),
                "end": _ms(self.account.midnight(campaign.ends + timedelta(days=1))),
            },
            "totalBudget": {"currencyCode": self.account.currency, "amount": "90000000"},
            "backfilled": False,
            "test": False,
            "allowedCampaignTypes": ["SPONSORED_UPDATES"],
            "changeAuditStamps": _stamps(campaign.created_at, campaign.created_at),
        }

    def campaign(self, ad_set: AdSet) -> dict[str, Any]:
        """A campaign in LinkedIn's sense; the objective is here."""
        running = self._today <= ad_set.ends
        return {
            "id": int(ad_set.id),
            "account": self.urn,
            "campaignGroup": f"urn:li:sponsoredCampaignGroup:{ad_set.campaign.id}",
            "name": ad_set.name,
            "status": "ACTIVE" if running else "COMPLETED",
            "type": "SPONSORED_UPDATES",
            "format": "STANDARD_UPDATE",
            "objectiveType": OBJECTIVE[ad_set.campaign.objective],
            "costType": "CPM",
            "optimizationTargetType": _TARGET[ad_set.campaign.objective],
            "dailyBudget": {"currencyCode": self.account.currency, "amount": "250000"},
            "unitCost": {"currencyCode": self.account.currency, "amount": "0"},
            "runSchedule": {"start": _ms(ad_set.created_at)},
            "locale": {"country": "CO", "language": "es"},
            "associatedEntity": _ORGANIZATION,
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

    def creative(self, ad: Ad) -> dict[str, Any]:
        """A creative in LinkedIn's sense: an ad that refers to a post."""
        if ad.deleted(self.now):
            status = "REMOVED"
        else:
            status = "ACTIVE" if ad.running(self._today) else "PAUSED"
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
            "content": {"reference": f"urn:li:share:{ad.creative.post_id}"},
            "createdAt": _ms(ad.created_at),
            "createdBy": _PERSON,
            "lastModifiedAt": _ms(ad.updated_at(self.now)),
            "lastModifiedBy": _PERSON,
        }

    def image_urn(self, picture: Picture) -> str:
        """The image as posts name it."""
        return f"urn:li:image:{self.pictures.name('linkedin_ads', picture)}"

    def post(self, creative: Creative) -> dict[str, Any]:
        """The share behind a creative: an article where a click leads to the site, else media."""
        node, picture = creative.campaign.node, creative.picture
        link = f"{LANDING[node]}{creative.campaign.objective}"
        if creative.campaign.objective in {"traffic", "sales"}:
            content: dict[str, Any] = {
                "article": {
                    "source": link,
                    "thumbnail": self.image_urn(picture),
                    "title": picture.headline,
                    "description": BODIES[node],
                }
            }
        else:
            content = {
                "media": {
                    "id": self.image_urn(picture),
                    "title": picture.headline,
                    "altText": picture.headline,
                }
            }
        return {
            "id": f"urn:li:share:{creative.post_id}",
            "author": _ORGANIZATION,
            "commentary": f"{picture.headline}. {BODIES[node]}",
            "lifecycleState": "PUBLISHED",
            "visibility": "PUBLIC",
            "createdAt": _ms(creative.created_at),
            "publishedAt": _ms(creative.created_at),
            "lastModifiedAt": _ms(creative.created_at),
            "isReshareDisabledByAuthor": False,
            "contentLandingPage": link,
            "contentCallToActionLabel": "LEARN_MORE",
            "adContext": {
                "dscAdAccount": self.urn,
                "dscStatus": "ACTIVE",
                "dscAdType": "STANDARD",
                "isDsc": True,
            },
            "content": content,
        }


def image(pictures: Pictures, picture: Picture, now: datetime, base: str) -> dict[str, Any]:
    """An image with a signed link that dies."""
    name = pictures.name("linkedin_ads", picture)
    dies = expiry("linkedin_ads", now)
    return {
        "id": f"urn:li:image:{name}",
        "owner": _ORGANIZATION,
        "status": "AVAILABLE",
        "downloadUrl": f"{base}/cdn/dms/image/{name}?e={dies}&v=beta&t={signature(name, dies)}",
        "downloadUrlExpiresAt": dies * 1000,
        "altText": picture.headline,
    }

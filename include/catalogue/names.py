"""What readers call an ad and a piece, where the platform has no name for it."""

from __future__ import annotations


def ad_title(name: str | None, campaign: str | None, ad_id: str) -> str:
    """The ad's name; without one (Google Ads), its campaign's title; without either, its id."""
    return (name or "").strip() or campaign_title(campaign or "") or ad_id


def campaign_title(campaign: str) -> str:
    """`Cobra con QR` of `WMP | traffic | 2026-10 | Cobra con QR`; any other name as it is."""
    return campaign.rpartition(" | ")[2].strip() or campaign.strip()

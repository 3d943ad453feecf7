"""What readers call an ad, a piece and a framing."""

from __future__ import annotations

from generation.vocabulary import CATEGORIES


def ad_title(name: str | None, campaign: str | None, ad_id: str) -> str:
    """The ad's name; without one (Google Ads), its campaign's title; without either, its id."""
    return (name or "").strip() or campaign_title(campaign or "") or ad_id


def campaign_title(campaign: str) -> str:
    """`Cobra con QR` of `WMP | traffic | 2026-10 | Cobra con QR`; any other name as it is."""
    return campaign.rpartition(" | ")[2].strip() or campaign.strip()


def framing(composition: str | None, code: str) -> str:
    """`un primer plano` of `close_up`; a composition that the vocabulary has not, as it is."""
    known = CATEGORIES["composition"].get(composition or "")
    return (composition or "").replace("_", " ") if known is None else str(getattr(known, code))

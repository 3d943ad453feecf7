"""What ads and pieces are called."""

from __future__ import annotations

import pytest

from include.catalogue.manifest import Inspiration
from include.catalogue.names import ad_title, campaign_title
from tests.include.catalogue.world import ad_of, piece_of


@pytest.mark.parametrize(
    ("campaign", "title"),
    [
        ("WMP | traffic | 2026-10 | Cobra con QR", "Cobra con QR"),
        ("Cobra con QR", "Cobra con QR"),
        ("a|b", "a|b"),
        ("WMP | ", "WMP |"),
        ("  ", ""),
    ],
)
def test_a_campaigns_title_is_its_last_part(campaign: str, title: str) -> None:
    """Without " | " the name stays as it is; an empty last part is no title."""
    assert campaign_title(campaign) == title


@pytest.mark.parametrize(
    ("name", "campaign", "title"),
    [
        ("QR v1", "WMP | traffic | Cobra", "QR v1"),
        ("", "WMP | traffic | Cobra", "Cobra"),
        (" ", "WMP | traffic | Cobra", "Cobra"),
        (None, None, "77~8"),
        (None, "", "77~8"),
    ],
)
def test_an_ads_id_is_the_last_resort(name: str | None, campaign: str | None, title: str) -> None:
    """Name, then campaign, then id."""
    assert ad_title(name, campaign, "77~8") == title


def test_a_piece_is_called_by_its_first_ad_with_a_name() -> None:
    """A nameless Google ad before a named one gives way; without any name the first one speaks."""
    nameless, named = ad_of("wompi", "leads", 1), ad_of("wompi", "leads", 3)
    piece = Inspiration.model_validate(
        {**piece_of("wompi", "leads", 1, "0" * 64), "ads": [nameless, named]}
    )
    assert piece.leading_ad is not None
    assert piece.leading_ad.name == "Un café 4"
    alone = piece.model_copy(update={"ads": piece.ads[:1]})
    assert alone.leading_ad == piece.ads[0]
    assert piece.model_copy(update={"ads": []}).leading_ad is None

"""Meta: every name we ask for stands in the facebook-business package."""

from __future__ import annotations

import re

import pytest
from facebook_business.adobjects.ad import Ad
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.adcreative import AdCreative
from facebook_business.adobjects.adimage import AdImage
from facebook_business.adobjects.adreportrun import AdReportRun
from facebook_business.adobjects.adset import AdSet
from facebook_business.adobjects.adsinsights import AdsInsights
from facebook_business.adobjects.advideo import AdVideo
from facebook_business.adobjects.campaign import Campaign
from facebook_business.adobjects.igmedia import IGMedia
from facebook_business.adobjects.pagepost import PagePost
from facebook_business.adobjects.videothumbnail import VideoThumbnail
from facebook_business.apiconfig import ads_api_config

from include.sandbox.meta_fields import KNOWN
from include.sources import meta, meta_fields
from include.sources.meta_reports import UNDER_WAY
from include.sources.meta_rows import GOALS, OBJECTIVES


def names(kind):
    return {value for key, value in vars(kind).items() if not key.startswith("_")}


def top_level(fields):
    text = fields if isinstance(fields, str) else ",".join(fields)
    return set(re.sub(r"\{[^}]*\}", "", text).split(","))


def nested(fields, name):
    text = fields if isinstance(fields, str) else ",".join(fields)
    return set(re.search(rf"{name}\{{([^}}]*)\}}", text)[1].split(","))


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        (meta_fields.ACCOUNT_FIELDS, AdAccount),
        (meta_fields.CAMPAIGN_FIELDS, Campaign),
        (meta_fields.AD_SET_FIELDS, AdSet),
        (meta_fields.AD_FIELDS, Ad),
        (meta_fields.CREATIVE_FIELDS, AdCreative),
        (meta_fields.IMAGE_FIELDS, AdImage),
        (meta_fields.VIDEO_FIELDS[:2], AdVideo),
        (meta_fields.POST_FIELDS, PagePost),
        (meta_fields.MEDIA_FIELDS[:4], IGMedia),
        (meta_fields.JOB_FIELDS, AdReportRun),
        (meta_fields.INSIGHT_FIELDS, AdsInsights),
        (meta_fields.TOTAL_FIELDS, AdsInsights),
    ],
)
def test_fields_exist(asked, kind):
    """A misspelt field fails the whole request."""
    assert top_level(asked) <= names(kind.Field)


def test_nested_fields_exist():
    """Thumbnails of a video, cards of an Instagram post; edges are not fields of the package."""
    assert nested(meta_fields.VIDEO_FIELDS, "thumbnails") <= names(VideoThumbnail.Field)
    assert nested(meta_fields.MEDIA_FIELDS, "children") <= names(IGMedia.Field)
    assert hasattr(AdVideo, "get_thumbnails")
    assert hasattr(IGMedia, "get_children")


def test_statuses_and_objectives_are_metas():
    """All statuses are asked for, and no objective of the package is unknown to us."""
    assert set(meta_fields.AD_STATUSES) == names(Ad.EffectiveStatus)
    assert set(meta_fields.AD_SET_STATUSES) == names(AdSet.EffectiveStatus)
    assert set(meta_fields.CAMPAIGN_STATUSES) == names(Campaign.EffectiveStatus)
    assert set(OBJECTIVES) >= names(Campaign.Objective)
    assert names(AdSet.OptimizationGoal) == GOALS


def test_parameters_are_metas():
    """Attribution windows, levels, and the version the package is built for."""
    assert set(meta.ATTRIBUTION_WINDOWS) <= names(AdsInsights.ActionAttributionWindows)
    assert {"ad", "campaign", "adset", "account"} <= names(AdsInsights.Level)
    assert ads_api_config["API_VERSION"] == meta.VERSION
    assert len(UNDER_WAY) == 3


def test_the_sandbox_knows_no_field_that_meta_does_not():
    """It would let a wrong request pass."""
    kinds = {
        "AdAccount": AdAccount,
        "Campaign": Campaign,
        "AdSet": AdSet,
        "Ad": Ad,
        "AdCreative": AdCreative,
        "AdImage": AdImage,
        "AdsInsights": AdsInsights,
        "AdReportRun": AdReportRun,
        "VideoThumbnail": VideoThumbnail,
    }
    edges = {"campaign", "adset", "user_tasks"}
    for name, kind in kinds.items():
        assert KNOWN[name] - edges <= names(kind.Field), name

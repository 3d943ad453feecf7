"""Which picture files belong to which ad: told, by file name, by ad id, or by ad name."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from include.sources.exports.inbox import plain_name
from include.sources.images import SMALL_PX
from include.sources.replies import Account
from include.sources.strict import Row, of_account

# `120210000000001.png`, `120210000000001-2.png`, `120210000000001 (3).png`
_NUMBERED = re.compile(r"(.+?)[ _-]*[(_ -](\d{1,2})\)?")
_FILE = ("picture", "mime", "width", "height", "bytes", "status", "reason")


def creatives(
    ads: Mapping[str, Row],
    files: Sequence[Mapping[str, Any]],
    told: Mapping[str, Sequence[str]],
    account: Account,
    unknown: Counter[str],
) -> tuple[list[Row], list[Row]]:
    """A creative per ad, and its pictures; a picture of no ad is counted.

    Args:
        ads: ad id -> names and texts.
        files: the pictures of the folder: name, and what decoding them found.
        told: ad id -> file names, from `settings.yaml`.
    """
    by_name = _names(files)
    used: set[str] = set()
    rows, images = [], []
    for ad_id in sorted(ads):
        ad = ads[ad_id]
        found = _matches(ad_id, ad, by_name, told)
        used.update(file["name"] for file in found)
        rows.append(_creative(ad_id, ad, found, account))
        images += _images(ad_id, ad, found, account)
    for file in files:
        if file["name"] not in used:
            unknown[f"export_pictures.{file['name']} belongs to no ad"] += 1
    return rows, images


def _names(files: Iterable[Mapping[str, Any]]) -> dict[str, list[tuple[int, Mapping[str, Any]]]]:
    """Plain name -> its pictures with their number, `name-2.png` under `name` as well."""
    found: dict[str, list[tuple[int, Mapping[str, Any]]]] = defaultdict(list)
    for file in files:
        stem = file["name"].rsplit("/", 1)[-1].rsplit(".", 1)[0]
        found[plain_name(stem)].append((0, file))
        numbered = _NUMBERED.fullmatch(stem)
        if numbered:
            found[plain_name(numbered[1])].append((int(numbered[2]), file))
    return found


def _matches(
    ad_id: str,
    ad: Row,
    by_name: Mapping[str, list[tuple[int, Mapping[str, Any]]]],
    told: Mapping[str, Sequence[str]],
) -> list[Mapping[str, Any]]:
    """The ad's pictures in order, by the first way that finds any."""
    own = ad_id.rsplit("~", 1)[-1]
    for names in (
        told.get(ad_id) or told.get(own) or (),
        (ad["image_name"],) if ad["image_name"] else (),
        (ad_id, own),
        (ad["ad_name"],) if ad["ad_name"] else (),
    ):
        found = [file for name in names for file in _of(name, by_name)]
        if found:
            return list({file["name"]: file for file in found}.values())
    return []


def _of(
    name: str, by_name: Mapping[str, list[tuple[int, Mapping[str, Any]]]]
) -> list[Mapping[str, Any]]:
    stem = re.sub(r"\.(png|jpe?g|webp|gif)$", "", name.rsplit("/", 1)[-1], flags=re.IGNORECASE)
    found = by_name.get(plain_name(stem), ())
    return [file for _, file in sorted(found, key=lambda each: (each[0], each[1]["name"]))]


def _creative(ad_id: str, ad: Row, found: Sequence[Mapping[str, Any]], account: Account) -> Row:
    told = plain_name(ad["format"] or "")
    shown = "carousel" if len(found) > 1 else "image" if found else ad["format"]
    return {
        **of_account(account),
        "creative_id": ad_id,
        "name": ad["ad_name"],
        "headline": ad["headline"],
        "body": ad["body"],
        "call_to_action": ad["call_to_action"],
        "link_url": ad["link_url"],
        "format": "video" if "video" in told else shown,
    }


def _images(ad_id: str, ad: Row, found: Sequence[Mapping[str, Any]], account: Account) -> list[Row]:
    video = "video" in plain_name(ad["format"] or "")
    same = {
        **of_account(account),
        "creative_id": ad_id,
        "role": "video_thumbnail" if video else "image",
    }
    if not found:
        names = [ad["image_name"], ad_id.rsplit("~", 1)[-1], ad["ad_name"]]
        told = " or ".join(name for name in names if name)
        reason = f"no picture in the inbox is named {told}"
        missing = dict.fromkeys(_FILE) | {"status": "unavailable", "reason": reason[:300]}
        return [{**same, "position": 0, "source_ref": None, "is_thumbnail": False, **missing}]
    return [
        {
            **same,
            "position": position,
            "source_ref": f"inbox:{file['name']}",
            "is_thumbnail": file["width"] is not None
            and max(file["width"], file["height"]) < SMALL_PX,
            "picture": file["sha256"],
            "mime": file["mime"],
            "width": file["width"],
            "height": file["height"],
            "bytes": file["bytes"],
            "status": "broken" if file["reason"] else "stored",
            "reason": file["reason"],
        }
        for position, file in enumerate(found)
    ]

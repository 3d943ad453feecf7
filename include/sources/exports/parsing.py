"""From the files of a drop folder, as they were landed, to the rows of the lake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from include.errors import AccountUnreadable, ConfigurationError
from include.sources.exports.daily import Key
from include.sources.exports.objectives import objective
from include.sources.exports.pictures import creatives
from include.sources.exports.settings import Settings
from include.sources.exports.sheet import cut
from include.sources.exports.table import Export, ads_of, read
from include.sources.exports.totals import put_totals
from include.sources.replies import Account, Parsed, Reply
from include.sources.strict import Row, empty_parsed, of_account


def parse(replies: Iterable[Reply], account: Account) -> Parsed:
    """The rows of one reading; pure, so the landed files give the same rows years later.

    Raises:
        ConfigurationError: a file does not fit, or two files contradict each other; all
            files that do not fit are named.
        AccountUnreadable: no file holds a row of the days asked for.
    """
    exports, complaints = [], []
    pictures: list[Mapping[str, Any]] = []
    bodies: list[Mapping[str, Any]] = []
    for reply in replies:
        if reply.entity == "export_pictures":
            pictures.append(reply.body)
            continue
        bodies.append({name: reply.body[name] for name in ("since", "until", "settings")})
        try:
            exports.append(_export(reply, account))
        except ConfigurationError as error:
            complaints.append(str(error))
    if complaints:
        raise ConfigurationError("\n".join(complaints))
    parsed = empty_parsed()
    for export in exports:
        parsed.unknown.update(export.unknown)
    # A file that tells of a later day was made later: what both tell, it tells better.
    exports.sort(key=lambda export: (export.last_day, export.where))
    since, until = _window(bodies)
    _put_days(exports, since, until, account, parsed)
    parsed.rows["totals_daily"] = _totals(exports, since, until)
    ads: dict[str, Row] = {}
    for export in exports:
        ads.update(export.ads)
    settings = Settings.model_validate(bodies[0]["settings"])
    parsed.rows["creatives"], parsed.rows["creative_images"] = creatives(
        ads, pictures, settings.pictures, account, parsed.unknown
    )
    _put_entities(ads, account, parsed)
    return parsed


def _export(reply: Reply, account: Account) -> Export:
    where, settings = reply.url, Settings.model_validate(reply.body["settings"])
    sheet = cut(reply.body["text"], where, account.platform, settings.columns)
    table = read(sheet, account, settings)
    export = ads_of(sheet, table, account)
    put_totals(export, table, account)
    return export


def _window(bodies: Sequence[Mapping[str, Any]]) -> tuple[date, date]:
    if not bodies:
        raise ValueError("exports: a landing without an export; expected at least one.")
    return date.fromisoformat(bodies[0]["since"]), date.fromisoformat(bodies[0]["until"])


def _put_days(
    exports: Sequence[Export], since: date, until: date, account: Account, parsed: Parsed
) -> None:
    """The days asked for; where files overlap, the newer one's."""
    kept: dict[Key, tuple[int, list[int]]] = {}
    odd: list[tuple[int, int]] = []  # rows without an ad: all go on to quarantine
    for number, export in enumerate(exports):
        own: dict[Key, list[int]] = {}
        for at, key in enumerate(export.days.keys):
            if not since <= key[1] <= until:
                continue
            if key[0] is None:
                odd.append((number, at))
            else:
                own.setdefault(key, []).append(at)
        for key, positions in own.items():
            if key in kept and _differs(exports, kept[key], (number, positions), key):
                parsed.unknown["export_files.day replaced by a newer file"] += 1
            kept[key] = (number, positions)
    wanted: dict[int, list[int]] = {}
    for number, positions in kept.values():
        wanted.setdefault(number, []).extend(positions)
    for number, at in odd:
        wanted.setdefault(number, []).append(at)
    if not wanted:
        newest = max((export.last_day for export in exports), default=date.min)
        told = f"the newest day in it is {newest}" if newest > date.min else "its files are empty"
        raise AccountUnreadable(
            f"{account.platform} {account.account_id}: the inbox holds no row of {since} to "
            f"{until}; {told}. Put a newer export there.",
            kind="gone",
        )
    for number in sorted(wanted):
        found = exports[number].days.take(sorted(wanted[number]))
        parsed.rows["ad_daily"] += found.rows
        if found.batch is not None:
            parsed.batches.append(found.batch)


def _differs(
    exports: Sequence[Export],
    before: tuple[int, list[int]],
    now: tuple[int, list[int]],
    key: Key,
) -> bool:
    """Whether two files tell different numbers of one ad and day.

    Raises:
        ConfigurationError: they do, and neither is the newer one.
    """
    older, newer = exports[before[0]], exports[now[0]]
    told = [older.days.values(at) for at in before[1]]
    if told == [newer.days.values(at) for at in now[1]]:
        return False
    if older.last_day == newer.last_day:
        raise ConfigurationError(
            f"{newer.where} and {older.where} tell different numbers of ad {key[0]} on {key[1]}, "
            f"and both end on {newer.last_day}, so neither is the newer one. Remove the older "
            "file."
        )
    return True


def _totals(exports: Sequence[Export], since: date, until: date) -> list[Row]:
    """The totals of the highest level that any file tells."""
    for level in ("account", "campaign"):
        found = {
            (row["level_id"], row["report_date"]): row
            for export in exports
            for row in export.totals[level]
            if since <= row["report_date"] <= until
        }
        if found:
            return list(found.values())
    return []


def _put_entities(ads: Mapping[str, Row], account: Account, parsed: Parsed) -> None:
    """The account, its campaigns, ad sets and ads, as the exports name them."""
    same = of_account(account)
    named = next((ad["account_name"] for ad in ads.values() if ad["account_name"]), None)
    parsed.rows["accounts"].append(
        {
            **same,
            "name": named or account.name,
            "currency": account.currency,
            "timezone": account.timezone,
            "status": None,
        }
    )
    campaigns: dict[str, Row] = {}
    ad_sets: dict[str, Row] = {}
    for ad_id in sorted(ads):
        ad = ads[ad_id]
        parents = {"ad_set_id": ad["ad_set_id"], "campaign_id": ad["campaign_id"]}
        if None in parents.values():
            continue  # its rows are on their way to quarantine
        parsed.rows["ads"].append(
            {
                **same,
                **parents,
                "ad_id": ad_id,
                "creative_id": ad_id,
                "name": ad["ad_name"],
                "status": ad["ad_status"],
                "created_at": None,
            }
        )
        unsaid = {"status": None, "created_at": None}
        ad_sets[ad["ad_set_id"]] = {**same, **parents, "name": ad["ad_set_name"], **unsaid}
        if ad["campaign_id"] not in campaigns or ad["objective"]:
            campaigns[ad["campaign_id"]] = ad
    parsed.rows["ad_sets"] += ad_sets.values()
    parsed.rows["campaigns"] += [
        {
            **same,
            "campaign_id": campaign_id,
            "name": ad["campaign_name"],
            "status": None,
            "objective": objective(
                account.platform,
                ad["objective"],
                subtype=ad["campaign_subtype"],
                bidding=ad["bidding"],
                unknown=parsed.unknown,
            ),
            "objective_raw": ad["objective"],
            "created_at": None,
        }
        for campaign_id, ad in sorted(campaigns.items())
    ]

"""Meta's numbers per ad and day.

The same event stands under several action types (one purchase was seen under six names
with one value each), so exactly one family is read and families are never added up.

A page is read by columns; when anything on it is unusual, the same page is read row by
row, which says what. Both ways give the same values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from include.errors import SchemaDrift
from include.sources.columns import (
    NotPlain,
    constant,
    counts,
    days,
    fractions,
    money,
    texts,
)
from include.sources.replies import Account, Parsed
from include.sources.strict import (
    Row,
    check_same,
    count_left,
    leave,
    of_account,
    put_count,
    put_fraction,
    put_money,
    record,
    set_aside,
    take_id,
    take_text,
    to_decimal,
    to_float,
)
from include.tables import DAILY_PARSED

# Each line is one way to count; the first that is present is taken, and its parts added.
Families = tuple[tuple[str, ...], ...]
PURCHASES: Families = (
    ("omni_purchase",),
    ("purchase",),
    ("offsite_conversion.fb_pixel_purchase",),
)
LEADS: Families = (
    ("lead",),
    ("onsite_conversion.lead_grouped", "offsite_conversion.fb_pixel_lead"),
)
INSTALLS: Families = (("omni_app_install",), ("mobile_app_install",))
# One action type each.
COUNTED = {
    "video_views": "video_view",
    "landing_page_views": "landing_page_view",
    "reactions": "post_reaction",
    "comments": "comment",
    "shares": "post",
    "follows": "like",
}
# Beside `value`, what of it came after a view without a click.
VIEWED = "1d_view"
_PLAIN_COUNTS = {
    "impressions": ("impressions", 0),
    "reach": ("reach", None),
    "clicks": ("clicks", 0),
    "link_clicks": ("inline_link_clicks", 0),
    "engagements": ("inline_post_engagement", 0),
}
_LISTS = ("actions", "action_values", "video_p100_watched_actions")
_IDS = {"campaign_id": "campaign_id", "ad_set_id": "adset_id", "ad_id": "ad_id"}
_KNOWN = {
    "account_id",
    "account_currency",
    "campaign_id",
    "adset_id",
    "ad_id",
    "spend",
    "attribution_setting",
    "date_start",
    "date_stop",
    *(name for name, _ in _PLAIN_COUNTS.values()),
    *_LISTS,
}
# What a row of a page may give, column by column, from its lists of actions.
_OF_ACTIONS = (
    "purchases",
    "leads",
    "app_installs",
    "revenue",
    "view_through_conversions",
    "video_completions",
    *COUNTED,
)


def read_days(items: Sequence[Any], account: Account, parsed: Parsed) -> None:
    """Add a page of insights to what was parsed: as one batch, else as rows.

    Raises:
        SchemaDrift: a row is no object, has no id, or does not cover one day.
        ConfigurationError: the amounts are in another currency than `nodes.yaml` says.
    """
    if not items:
        return
    try:
        batch = _batch(items, account)
    except NotPlain:
        parsed.rows["ad_daily"] += [_day(item, account, parsed.unknown) for item in items]
        return
    parsed.batches.append(batch)
    for name in set().union(*items) - _KNOWN:
        parsed.unknown[f"insights.{name}"] += sum(name in item for item in items)


# -- by columns --------------------------------------------------------------------------------


def _batch(items: Sequence[Any], account: Account) -> pa.RecordBatch:
    """The page as columns.

    Raises:
        NotPlain: something on it is unusual.
    """
    if set(map(type, items)) != {dict}:
        raise NotPlain("a row that is no object")
    try:
        starts = [item["date_start"] for item in items]
        stops = [item["date_stop"] for item in items]
        ids = {column: [item[name] for item in items] for column, name in _IDS.items()}
    except KeyError as missing:
        raise NotPlain(f"a row without {missing}") from missing
    currencies = {item.get("account_currency") for item in items}
    if starts != stops or not currencies <= {account.currency, None}:
        raise NotPlain("rows of several days, or of another currency")
    if any(None in column or "" in column for column in ids.values()):
        raise NotPlain("a row without an id")
    length = len(items)
    found = _columns_of_actions(items)
    purchases, leads = fractions(found["purchases"]), fractions(found["leads"])
    columns = {
        "platform": constant(account.platform, length, pa.string()),
        "account_id": constant(account.account_id, length, pa.string()),
        "report_date": days(starts),
        "timezone": constant(account.timezone, length, pa.string()),
        "currency": constant(account.currency, length, pa.string()),
        **{column: texts(values) for column, values in ids.items()},
        "spend": money([item.get("spend") for item in items], absent=0),
        "purchases": purchases,
        "leads": leads,
        "conversions": pc.coalesce(pc.add(purchases, leads), purchases, leads),
        "revenue": money(found["revenue"]),
        "app_installs": fractions(found["app_installs"]),
        "view_through_conversions": fractions(found["view_through_conversions"]),
        "video_completions": counts(found["video_completions"]),
        "attribution_setting": texts([item.get("attribution_setting") for item in items]),
    }
    for column, (name, absent) in _PLAIN_COUNTS.items():
        columns[column] = counts([item.get(name) for item in items], absent=absent)
    for column in COUNTED:
        columns[column] = counts(found[column])
    if columns["report_date"].null_count:
        raise NotPlain("a row without a day")
    return pa.RecordBatch.from_arrays(
        [columns[field.name] for field in DAILY_PARSED], schema=DAILY_PARSED
    )


def _columns_of_actions(items: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """What each row's lists of actions give: one pass over them, texts as they came."""
    columns: dict[str, list[Any]] = {name: [] for name in _OF_ACTIONS}
    put_sold, put_led, put_installed, put_paid, put_viewed, put_ended = (
        columns[name].append for name in _OF_ACTIONS[:6]
    )
    counted = [(columns[column].append, name) for column, name in COUNTED.items()]
    nothing: dict[str, Any] = {}
    try:
        for item in items:
            actions, amounts = item.get("actions"), item.get("action_values")
            ended = item.get("video_p100_watched_actions")
            if actions:
                entries = {entry["action_type"]: entry for entry in actions}
                for put, name in counted:
                    put(entries[name]["value"] if name in entries else None)
                sold, led = _first_family(entries, PURCHASES), _first_family(entries, LEADS)
                put_sold(_value_of(sold))
                put_led(_value_of(led))
                put_viewed(_viewed((*sold, *led)))
                put_installed(_value_of(_first_family(entries, INSTALLS)))
            else:
                sold = ()
                for put, _ in counted:
                    put(None)
                for put in (put_sold, put_led, put_viewed, put_installed):
                    put(None)
            values = {entry["action_type"]: entry for entry in amounts} if amounts else nothing
            put_paid(_value_of(_paid(sold, values)))
            watched = {entry["action_type"]: entry for entry in ended} if ended else nothing
            put_ended(watched["video_view"]["value"] if "video_view" in watched else None)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotPlain(f"an action that is not one: {error!r}") from error
    return columns


def _first_family(entries: Mapping[str, Any], families: Families) -> tuple[Any, ...]:
    """The entries of the first family that has any."""
    for family in families:
        if len(family) == 1:
            if family[0] in entries:
                return (entries[family[0]],)
        elif present := tuple(entries[name] for name in family if name in entries):
            return present
    return ()


def _paid(sold: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> tuple[Any, ...]:
    """The amount of the counted purchases; of another family it would be another event's money."""
    if not sold:
        return _first_family(values, PURCHASES) if values else ()
    kind = sold[0]["action_type"]
    return (values[kind],) if kind in values else ()


def _value_of(entries: Sequence[Mapping[str, Any]]) -> Any:
    """The one value as it came; the sum of several as text."""
    if len(entries) == 1:
        return entries[0]["value"]
    return repr(sum(_plain(entry["value"]) for entry in entries)) if entries else None


def _viewed(entries: Sequence[Mapping[str, Any]]) -> float | None:
    """What came after a view; None when Meta tells it of none of them."""
    if not entries:
        return None
    parts = [entry[VIEWED] for entry in entries if VIEWED in entry]
    return sum(map(_plain, parts)) if parts else None


def _plain(value: Any) -> float:
    if type(value) is not str:
        raise ValueError(f"{value!r} is no text")
    return float(value)


# -- by rows -----------------------------------------------------------------------------------


def _day(item: Any, account: Account, unknown: Counter[str]) -> Row:
    fields = record(item, "insights", account)
    row: Row = {
        **of_account(account),
        "report_date": one_day(fields, account),
        "timezone": account.timezone,
        "currency": account.currency,
        "campaign_id": take_id(fields, "campaign_id", "insights", account),
        "ad_set_id": take_id(fields, "adset_id", "insights", account),
        "ad_id": take_id(fields, "ad_id", "insights", account),
        "attribution_setting": take_text(fields, "attribution_setting"),
    }
    check_same(account, "currency", take_text(fields, "account_currency"), account.currency)
    for column, (name, _) in _PLAIN_COUNTS.items():
        put_count(row, column, fields.pop(name, None))
    put_money(row, "spend", fields.pop("spend", None))
    actions, values, ended = (_by_type(fields.pop(name, None), name, account) for name in _LISTS)
    for column, name in COUNTED.items():
        put_count(row, column, actions.get(name, {}).get("value"))
    put_count(row, "video_completions", ended.get("video_view", {}).get("value"))
    sold, led = _first_family(actions, PURCHASES), _first_family(actions, LEADS)
    _put_sum(row, "purchases", [entry.get("value") for entry in sold])
    _put_sum(row, "leads", [entry.get("value") for entry in led])
    _put_sum(
        row,
        "app_installs",
        [entry.get("value") for entry in _first_family(actions, INSTALLS)],
    )
    viewed = [entry[VIEWED] for entry in (*sold, *led) if VIEWED in entry]
    _put_sum(row, "view_through_conversions", viewed)
    parts = [row[name] for name in ("purchases", "leads") if row[name] is not None]
    put_fraction(row, "conversions", sum(parts) if parts else None)
    _put_value(row, [entry.get("value") for entry in _paid(sold, values)])
    leave(fields, ("account_id",))
    count_left(fields, "insights", unknown)
    return row


def one_day(fields: Row, account: Account) -> date:
    """The day that a row covers.

    Raises:
        SchemaDrift: it covers none, or several; numbers of a week under one day's date
            would be believed.
    """
    start, stop = take_text(fields, "date_start"), take_text(fields, "date_stop")
    try:
        if start is None or start != stop:
            raise ValueError
        return date.fromisoformat(start)
    except ValueError as error:
        raise SchemaDrift(
            f"meta {account.account_id} insights: a row covers {start!r:.40} to {stop!r:.40}, "
            "expected one day as YYYY-MM-DD. A developer has to look at "
            "include/sources/meta_daily.py."
        ) from error


def _by_type(entries: Any, name: str, account: Account) -> dict[str, Row]:
    """Action type to its entry, whose `value` follows the ad set's own attribution setting.

    Raises:
        SchemaDrift: it is no list of actions.
    """
    found: dict[str, Row] = {}
    for entry in [] if entries is None else entries if isinstance(entries, list) else [entries]:
        kind = entry.get("action_type") if isinstance(entry, dict) else None
        if not isinstance(kind, str):
            raise SchemaDrift(
                f"meta {account.account_id} insights: {name} holds {entry!r:.80}, expected a list "
                "of objects with an action_type. A developer has to look at "
                "include/sources/meta_daily.py."
            )
        found[kind] = entry
    return found


def _put_sum(row: Row, column: str, values: Sequence[Any]) -> None:
    numbers = [to_float(value) for value in values]
    if any(number is None for number in numbers):
        set_aside(row, column, " + ".join(map(str, values)))
    else:
        put_fraction(row, column, sum(n for n in numbers if n is not None) if numbers else None)


def _put_value(row: Row, values: Sequence[Any]) -> None:
    amounts = [to_decimal(value) for value in values]
    if any(amount is None for amount in amounts):
        set_aside(row, "revenue", " + ".join(map(str, values)))
    else:
        total = sum((a for a in amounts if a is not None), Decimal(0))
        put_money(row, "revenue", str(total) if amounts else None)

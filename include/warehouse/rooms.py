"""Tables of the warehouse that other rooms write: descriptions, vectors, leaderboards."""

from __future__ import annotations

import pyarrow as pa

from include.tables import COUNT, FRACTION, MONEY, TEXT, Column, Table
from include.warehouse.columns import DAY, NODE, OBJECTIVE, PICTURE

_LABEL = pa.struct([("category", TEXT), ("label", TEXT), ("similarity", pa.float32())])
_AMOUNT = pa.struct([("currency", TEXT), ("amount", MONEY)])
_GUARD_RAIL = pa.struct([("name", TEXT), ("value", FRACTION), ("currency", TEXT)])
_REMOVAL = pa.struct([("text", TEXT), ("rule", TEXT)])

DESCRIPTIONS = Table(
    "descriptions",
    "What each picture shows, by describer; the files of `descriptions/`.",
    ("picture", "describer", "revision", "settings"),
    (
        PICTURE,
        Column("describer", TEXT, "which describer", absent="required"),
        Column("revision", TEXT, "its revision", absent="required"),
        Column("settings", TEXT, "its settings", absent="required"),
        Column("caption", TEXT, "of the photo, one sentence; untrusted when a model wrote it"),
        Column("whole_caption", TEXT, "of the piece with its template; null without a template"),
        Column("text", TEXT, "caption and labels as one line; null where the describer has none"),
        Column("labels", pa.list_(_LABEL), "labels of the vocabulary, with their similarity"),
        Column("palette", pa.list_(TEXT), "dominant colours", "hex"),
        Column("photo_box", pa.list_(pa.float32()), "x0, y0, x1, y1 of the photo", "fractions"),
        Column("text_share", pa.float32(), "share of the area that is text", "fraction"),
        Column("ocr_text", TEXT, "text read in the picture; never reaches a prompt"),
        Column("width", pa.int32(), "width", "px"),
        Column("height", pa.int32(), "height", "px"),
        Column("removed", pa.list_(_REMOVAL), "words taken out of the caption, and by which rule"),
        Column("error", TEXT, "why it could not be described; null when it could"),
    ),
)

CLUSTERS = Table(
    "clusters",
    "Which pictures are one creative: a piece saved again, or a photo in another template; by "
    "describer. Pictures that could not be described are in none.",
    ("describer_key", "picture"),
    (
        Column("describer_key", TEXT, "describer, revision and hash of the settings"),
        PICTURE,
        Column("creative", TEXT, "the picture that stands for the creative"),
    ),
)

VECTORS = Table(
    "vectors",
    "The vector of each picture's photo, by describer; none of describers without a model.",
    ("picture", "describer", "revision", "settings"),
    (
        PICTURE,
        Column("describer", TEXT, "which describer", absent="required"),
        Column("revision", TEXT, "its revision", absent="required"),
        Column("settings", TEXT, "its settings", absent="required"),
        Column("vector", pa.list_(pa.float32()), "length 1; written with 16 bits"),
    ),
)

LEADERBOARDS = Table(
    "leaderboards",
    "All leaderboards that were stored before this build.",
    ("as_of", "node", "objective", "picture"),
    (
        Column("as_of", DAY, "day of the ranking"),
        NODE,
        OBJECTIVE,
        PICTURE,
        Column("rank", pa.int32(), "1 is the best of its node and objective"),
        Column("mean", FRACTION, "estimate; 1.0 is an ordinary ad in the same place", "index"),
        Column("low", FRACTION, "lower end of the 80 % range", "index"),
        Column("high", FRACTION, "upper end of the 80 % range", "index"),
        Column("prob_above_baseline", FRACTION, "chance that it beats an ordinary ad", "fraction"),
        Column("verdict", TEXT, "`winner`, `ordinary`, `weak` or `not_enough_evidence`"),
        Column("results", FRACTION, "what the objective counts", "count"),
        Column("expected", FRACTION, "what an ordinary ad would have had", "count"),
        Column("evidence", FRACTION, "expected results, by what each ad set is worth", "count"),
        Column("impressions", COUNT, "times shown", "count"),
        Column("link_clicks", COUNT, "clicks that lead off the ad", "count"),
        Column("ads", COUNT, "ads that showed it", "count"),
        Column("platforms", pa.list_(TEXT), "where it ran"),
        Column("spend", pa.list_(_AMOUNT), "cost per currency", "`currency`"),
        Column("first_date", DAY, "first report day with a row", "day"),
        Column("last_date", DAY, "last report day with a row", "day"),
        Column("campaign_id", TEXT, "campaign that showed it most"),
        Column("chosen", pa.bool_(), "inspires the next set"),
        Column("weight", FRACTION, "its share among the chosen; they add up to 1", "fraction"),
        Column("reason_es", TEXT, "why, in Spanish"),
        Column("reason_en", TEXT, "why, in English"),
        Column("rule_version", TEXT, "method and settings that gave the number"),
        Column("result", TEXT, "what counts as a result: a column of `ad_daily`"),
        Column("per", TEXT, "what it is held against: `spend` or `impressions`"),
        Column(
            "current", FRACTION, "expected results by age; of the fresh period if worn", "count"
        ),
        Column("complete", FRACTION, "share of its final results told by then", "fraction"),
        Column("worn", pa.bool_(), "its last 28 days on air are surely below the time before"),
        Column("grade", TEXT, "`same_ad_set`, `same_campaign` or `different_audiences`"),
        Column("missing", _AMOUNT, "what it would still have to spend to be judged"),
        Column("revenue", pa.list_(_AMOUNT), "value of its conversions", "`currency`"),
        Column("guard_rails", pa.list_(_GUARD_RAIL), "ratios shown beside the KPI"),
        Column(
            "false_winners", FRACTION, "expected share of false ones of all winners", "fraction"
        ),
        Column("details_es", pa.list_(TEXT), "what lies behind the reason, in Spanish"),
        Column("details_en", pa.list_(TEXT), "what lies behind the reason, in English"),
    ),
)

PROMISES = Table(
    "promises",
    "What stored leaderboards promised of their chosen pieces, and what these delivered since.",
    ("as_of", "node", "objective"),
    (
        Column("as_of", DAY, "day of the comparison"),
        Column("promised_on", DAY, "day of the leaderboard held to account"),
        NODE,
        OBJECTIVE,
        Column("pieces", COUNT, "chosen pieces", "count"),
        Column("shown", COUNT, "of these, shown again since", "count"),
        Column("expected", FRACTION, "what ordinary ads would have had since", "count"),
        Column("promised", FRACTION, "index x expected", "count"),
        Column("delivered", FRACTION, "results since", "count"),
        Column("low", FRACTION, "lower end of the 80 % range of what was to come", "count"),
        Column("high", FRACTION, "upper end of it", "count"),
        Column("ratio", FRACTION, "promised over delivered; null when nothing came", "ratio"),
        Column("covered", FRACTION, "share of pieces within their own range", "fraction"),
        Column("rule_version", TEXT, "method and settings that made the promise"),
    ),
)

"""Great Expectations over the rows that are about to be published, and their Data Docs.

A second pair of eyes: the rules of `include/rules.py` judge row by row while reading, these
suites judge the partition as a whole, in words that a reader of the page can check.
A broken expectation of severity `critical` stops the partition; of `warning` is logged.
"""

from __future__ import annotations

import html
import logging
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from include.errors import QualityFailed
from include.rules import (
    IMAGE_ROLES,
    IMAGE_STATUSES,
    LINK_CLICKS_MAY_EXCEED_CLICKS,
)
from include.sources.replies import Account
from include.store import Store
from include.tables import TABLES

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

SUITES = ("ad_daily", "ads", "creative_images")

_LONGEST_READING_DAYS = 37 * 31  # Meta and Google keep daily numbers for 37 months


@dataclass(frozen=True)
class Validation:
    """What a suite said of one partition.

    Args:
        success: no critical expectation failed.
        failed: critical expectations that failed, in words; `warned` those that only warn.
        positions: rows (from 0) that a critical expectation points at, in ascending order.
        page: key of the Data Docs page.
    """

    table: str
    rows: int
    success: bool
    failed: tuple[str, ...]
    warned: tuple[str, ...]
    positions: tuple[int, ...]
    page: str


def validate(store: Store, name: str, data: pa.Table, *, account: Account, day: date) -> Validation:
    """Hold a partition against its suite and write its Data Docs page.

    The page lies at `data_docs/<platform>/<account>/<day>/<table>.html`, so that tasks of
    different accounts share nothing; the same rows give the same page.

    Raises:
        QualityFailed: a critical expectation failed; the page says which.
        ValueError: the table has no suite.
    """
    result = _judge(name, data, account=account, day=day)
    page = f"data_docs/{account.platform}/{account.account_id}/{day}/{name}.html"
    store.write(page, _page(result.summary, name, account, day).encode())
    _write_index(store, account)
    where = f"{account.platform} {account.account_id} {day} {name}"
    for text in result.warned:
        log.warning("%s: %s; kept.", where, text)
    validation = Validation(
        table=name,
        rows=data.num_rows,
        success=not result.failed,
        failed=result.failed,
        warned=result.warned,
        positions=result.positions,
        page=page,
    )
    if not validation.success:
        key = TABLES[name].key
        examples = data.select(list(key)).take(list(validation.positions[:3])).to_pylist()
        raise QualityFailed(
            f"{where}: {'; '.join(result.failed)}. First rows: {examples}. The partition is not "
            f"published; see {page}."
        )
    return validation


@dataclass(frozen=True)
class _Judgement:
    summary: Any  # great_expectations' result, without row positions
    failed: tuple[str, ...]
    warned: tuple[str, ...]
    positions: tuple[int, ...]


def _judge(name: str, data: pa.Table, *, account: Account, day: date) -> _Judgement:
    """Two steps: counts first, positions only when something critical failed.

    Positions of every bad row cost up to a hundred times the counts (reference/airflow.md,
    section 4), so they are asked for last, and never with id columns.
    """
    suite = _suite(name, account.platform, day)
    frame = _frame(data, suite)
    summary = _run(name, suite, frame, detail="SUMMARY")
    failed = _broken(summary, "critical")
    positions: tuple[int, ...] = ()
    if failed:
        complete = _run(name, _suite(name, account.platform, day), frame, detail="COMPLETE")
        positions = _positions(complete)
    return _Judgement(summary, failed, _broken(summary, "warning"), positions)


def _suite(name: str, platform: str, day: date) -> list[Any]:
    """The expectations of one table; built anew each time, since an expectation belongs to one run.

    Raises:
        ValueError: the table has no suite.
    """
    builders = {"ad_daily": _ad_daily, "ads": _ads, "creative_images": _creative_images}
    if name not in builders:
        raise ValueError(f"expectations: no suite for {name!r}; there are {SUITES}.")
    table = TABLES[name]
    import great_expectations.expectations as gxe

    return [
        gxe.ExpectColumnValuesToBeInSet(column="platform", value_set=[platform]),
        gxe.ExpectCompoundColumnsToBeUnique(column_list=list(table.key)),
        *(gxe.ExpectColumnValuesToNotBeNull(column=column) for column in table.key),
        *builders[name](platform, day),
    ]


def _ad_daily(platform: str, day: date) -> list[Any]:
    import great_expectations.expectations as gxe

    counts = ("impressions", "reach", "clicks", "link_clicks", "engagements", "video_views")
    modelled = ("conversions", "leads", "purchases")
    # On X more link clicks than clicks are possible (see include/rules.py).
    severity = "warning" if platform in LINK_CLICKS_MAY_EXCEED_CLICKS else "critical"
    oldest = day - timedelta(days=_LONGEST_READING_DAYS)
    return [
        *(
            gxe.ExpectColumnValuesToBeBetween(column=column, min_value=0)
            for column in (*counts, *modelled, "spend")
        ),
        gxe.ExpectColumnValuesToMatchRegex(column="currency", regex="^[A-Z]{3}$"),
        gxe.ExpectColumnValuesToBeBetween(
            column="report_date",
            min_value=datetime.combine(oldest, time()),
            max_value=datetime.combine(day, time()),
        ),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="clicks", column_B="link_clicks", or_equal=True, severity=severity
        ),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="impressions", column_B="clicks", or_equal=True, severity="warning"
        ),
    ]


def _ads(platform: str, day: date) -> list[Any]:
    import great_expectations.expectations as gxe

    return [
        gxe.ExpectColumnValueLengthsToBeBetween(column=column, min_value=1, max_value=200)
        for column in ("ad_id", "ad_set_id", "campaign_id")
    ] + [gxe.ExpectTableRowCountToBeBetween(min_value=1, severity="warning")]


def _creative_images(platform: str, day: date) -> list[Any]:
    import great_expectations.expectations as gxe

    return [
        gxe.ExpectColumnValuesToBeInSet(column="status", value_set=sorted(IMAGE_STATUSES)),
        gxe.ExpectColumnValuesToBeInSet(column="role", value_set=sorted(IMAGE_ROLES)),
        gxe.ExpectColumnValuesToMatchRegex(column="picture", regex="^[0-9a-f]{64}$"),
        gxe.ExpectColumnValuesToBeBetween(column="position", min_value=0),
        # 64 px thumbnails taken for the creative are a known trap (platform-apis.md, section 7).
        gxe.ExpectColumnValuesToBeBetween(column="width", min_value=100, severity="warning"),
        gxe.ExpectColumnValuesToBeBetween(column="height", min_value=100, severity="warning"),
        gxe.ExpectColumnValuesToBeBetween(column="bytes", min_value=1),
    ]


def _run(name: str, suite: Sequence[Any], frame: pd.DataFrame, *, detail: str) -> Any:
    # Read by Great Expectations when it is imported; nothing is told to anybody.
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    # Its own pages would lie in a folder under /tmp that nobody removes.
    nowhere = InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
    settings = DataContextConfig(
        store_backend_defaults=nowhere,
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    context = gx.get_context(mode="ephemeral", project_config=settings)
    source = context.data_sources.add_pandas("lake")
    batch = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("partition")
    definition = gx.ValidationDefinition(
        name=name,
        data=batch,
        suite=context.suites.add(gx.ExpectationSuite(name=name, expectations=list(suite))),
    )
    return context.validation_definitions.add(definition).run(
        batch_parameters={"dataframe": frame}, result_format=detail
    )


def _frame(data: pa.Table, suite: Sequence[Any]) -> pd.DataFrame:
    """The columns that the suite looks at; money as floats, which are exact enough for a range."""
    named: set[str] = set()
    for expectation in suite:
        for attribute in ("column", "column_A", "column_B"):
            named.add(getattr(expectation, attribute, None) or "")
        named.update(getattr(expectation, "column_list", None) or [])
    schema = []
    columns = [column for column in data.column_names if column in named]
    for column in columns:
        kind = data.schema.field(column).type
        if pa.types.is_decimal(kind):
            kind = pa.float64()
        elif pa.types.is_date(kind):
            kind = pa.timestamp("s")
        schema.append((column, kind))
    return data.select(columns).cast(pa.schema(schema)).to_pandas()


def _broken(result: Any, severity: str) -> tuple[str, ...]:
    return tuple(
        _told(item) for item in result.results if not item.success and _severity(item) == severity
    )


def _severity(item: Any) -> str:
    # Great Expectations knows `info` too; nothing of ours uses it.
    return str(getattr(item.expectation_config.severity, "value", "critical"))


def _told(item: Any) -> str:
    """`expect_column_values_to_be_between(column='spend', min_value=0): 12 of 4310 rows`."""
    hidden = {"batch_id", "severity"}
    options = ", ".join(
        f"{key}={value!r}"
        for key, value in sorted(item.expectation_config.kwargs.items())
        if key not in hidden
    )
    bad = item.result.get("unexpected_count")
    if bad is None:
        seen = f"observed {item.result.get('observed_value')}"
    else:
        seen = f"{bad} of {item.result['element_count']} rows"
    return f"{item.expectation_config.type}({options}): {seen}"


def _positions(result: Any) -> tuple[int, ...]:
    found: set[int] = set()
    for item in result.results:
        if not item.success and _severity(item) == "critical":
            found.update(item.result.get("unexpected_index_list") or [])
    return tuple(sorted(found))


# Great Expectations' page loads styles, scripts and a logo (with an installation id) from nine
# foreign hosts. The readers' browsers must call none: these parts go, and the policy keeps
# anything that a later version adds from loading.
_FOREIGN = re.compile(
    r"<script\b.*?</script>|<link\b[^>]*>|<img\b[^>]*>|<footer\b.*?</footer>|<style\b.*?</style>"
    r'|<a [^>]*href="\.\./\.\./[^>]*>'
    r"|-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",  # element ids drawn at random
    re.DOTALL | re.IGNORECASE,
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem;
  color: #1d2330; background: #fff; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; }
td, th { border: 1px solid #d5d9e0; padding: .35rem .6rem; text-align: left; vertical-align: top; }
.badge { background: #eef0f4; border-radius: .3rem; padding: 0 .3rem; }
body > nav, .card, .collapse, .btn, .modal, form, [data-toggle=collapse] { display: none; }
.fa-check-circle::before { content: "✓"; color: #0a7d4f; }
.fa-times::before { content: "✗"; color: #b3261e; }
.fa-exclamation-triangle::before { content: "!"; color: #8a5a00; }
"""


def _page(result: Any, name: str, account: Account, day: date) -> str:
    from great_expectations.core.run_identifier import RunIdentifier
    from great_expectations.render.renderer import ValidationResultsPageRenderer
    from great_expectations.render.view import DefaultJinjaPageView

    # What differs between two runs over the same rows is no part of the page.
    for changing in ("batch_markers", "validation_id", "validation_time"):
        result.meta.pop(changing, None)
    result.meta["run_id"] = RunIdentifier(
        run_name=f"{account.platform} {account.account_id} {day}",
        run_time=datetime.combine(day, time(), UTC),
    )
    document = ValidationResultsPageRenderer().render(result)
    drawn = DefaultJinjaPageView().render(document)
    body = drawn.partition("<body>")[2].rpartition("</body>")[0]
    title = f"{account.platform} {account.account_id} {day} {name}"
    return _document(title, '<p><a href="../index.html">All pages</a></p>' + _FOREIGN.sub("", body))


def _document(title: str, body: str) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head>\n"
        f"<body><h1>{html.escape(title)}</h1>\n{body}</body></html>\n"
    )


def _write_index(store: Store, account: Account) -> None:
    """One page per account that leads to all its pages, newest first."""
    folder = f"data_docs/{account.platform}/{account.account_id}"
    pages = [
        key.removeprefix(f"{folder}/")
        for key in store.keys(folder)
        if key != f"{folder}/index.html"
    ]
    links = "\n".join(
        f'<li><a href="{html.escape(page)}">{html.escape(page.removesuffix(".html"))}</a></li>'
        for page in sorted(pages, reverse=True)
    )
    title = f"Data Docs: {account.platform} {account.account_id}"
    store.write(f"{folder}/index.html", _document(title, f"<ul>\n{links}\n</ul>\n").encode())

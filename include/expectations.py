"""Great Expectations over the rows that are about to be published, and their Data Docs.

A second pair of eyes: the rules of `include/rules.py` judge row by row while reading, these
suites judge the partition as a whole, in words that a reader of the page can check.
A broken expectation of severity `critical` stops the partition; of `warning` is logged.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from include.data_docs import page_of, write_index
from include.errors import QualityFailed
from include.sources.replies import Account
from include.store import Store
from include.suites import suite
from include.tables import TABLES

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

# Rows from which on a partition is judged in a process of its own.
LARGE = 50_000


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


@dataclass(frozen=True)
class Judgement:
    """What Great Expectations says: its page, and what failed or only warns."""

    page: str
    failed: list[str]
    warned: list[str]
    positions: list[int]


def validate(store: Store, name: str, data: pa.Table, *, account: Account, day: date) -> Validation:
    """Hold a partition against its suite and write its Data Docs page.

    The page lies at `data_docs/<platform>/<account>/<day>/<table>.html`, so that tasks of
    different accounts share nothing; the same rows give the same page.

    Raises:
        QualityFailed: a critical expectation failed; the page says which.
        ValueError: the table has no suite.
    """
    found = _judge(name, data, account=account, day=day)
    return _published(store, name, data, found, account=account, day=day)


def validate_files(
    store: Store, paths: Mapping[str, Path], *, account: Account, day: date
) -> list[Validation]:
    """The same for partitions that lie in Parquet files of this machine: table -> file.

    Large ones are judged in a process of their own: Great Expectations takes 200 MB for itself
    and copies the columns many times, and all of that goes when the process ends.

    Raises:
        QualityFailed, ValueError: as `validate`.
        RuntimeError: the process ended without a result.
    """
    if max(pq.read_metadata(path).num_rows for path in paths.values()) <= LARGE:
        return [
            validate(
                store,
                name,
                _columns_in(path, columns_of(name, account.platform, day)),
                account=account,
                day=day,
            )
            for name, path in paths.items()
        ]
    asked = {
        "paths": {name: str(path) for name, path in paths.items()},
        "account": asdict(account),
        "day": day.isoformat(),
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "include.expectations"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(
            f"{account.platform} {account.account_id} {day}: Great Expectations ended with "
            f"{done.returncode}: {done.stderr.strip()[-500:]}. Nothing was published; look at "
            "the last lines, and whether the machine is out of memory."
        )
    judged = {name: Judgement(**found) for name, found in json.loads(done.stdout).items()}
    return [
        _published(
            store,
            name,
            _columns_in(path, TABLES[name].key),
            judged[name],
            account=account,
            day=day,
        )
        for name, path in paths.items()
    ]


def main() -> None:
    """Judge the files named on standard input; the judgements go to standard output, as JSON."""
    asked = json.load(sys.stdin)
    account, day = Account(**asked["account"]), date.fromisoformat(asked["day"])
    found = {}
    for name, path in asked["paths"].items():
        data = _columns_in(Path(path), columns_of(name, account.platform, day))
        found[name] = asdict(_judge(name, data, account=account, day=day))
    json.dump(found, sys.stdout)


def _published(
    store: Store, name: str, data: pa.Table, found: Judgement, *, account: Account, day: date
) -> Validation:
    """Write the page, log the warnings, and raise what is critical."""
    page = f"data_docs/{account.platform}/{account.account_id}/{day}/{name}.html"
    store.write(page, found.page.encode())
    write_index(store, account)
    where = f"{account.platform} {account.account_id} {day} {name}"
    for text in found.warned:
        log.warning("%s: %s; kept.", where, text)
    validation = Validation(
        table=name,
        rows=data.num_rows,
        success=not found.failed,
        failed=tuple(found.failed),
        warned=tuple(found.warned),
        positions=tuple(found.positions),
        page=page,
    )
    if not validation.success:
        key = TABLES[name].key
        examples = data.select(list(key)).take(pa.array(validation.positions[:3], pa.int64()))
        raise QualityFailed(
            f"{where}: {'; '.join(found.failed)}. First rows: {examples.to_pylist()}. The "
            f"partition is not published; see {page}."
        )
    return validation


def _columns_in(path: Path, columns: Sequence[str]) -> pa.Table:
    """These columns of a Parquet file, one after the other and as small as can be."""
    with pq.ParquetFile(path, pre_buffer=False) as file:
        return pa.table(
            {name: _narrow(file.read([name], use_threads=False)[name]) for name in columns}
        )


def columns_of(name: str, platform: str, day: date) -> list[str]:
    """The columns that the table's suite looks at, in the table's order."""
    named: set[str] = set()
    for expectation in suite(name, platform, day):
        for attribute in ("column", "column_A", "column_B"):
            named.add(getattr(expectation, attribute, None) or "")
        named.update(getattr(expectation, "column_list", None) or [])
    return [column for column in TABLES[name].schema.names if column in named]


def _judge(name: str, data: pa.Table, *, account: Account, day: date) -> Judgement:
    frame = frame_of(data, columns_of(name, account.platform, day))
    title = f"{account.platform} {account.account_id} {day} {name}"
    return judge(
        frame, lambda: suite(name, account.platform, day), title, day, index="../index.html"
    )


def judge(
    frame: pd.DataFrame, expected: Callable[[], list[Any]], title: str, day: date, *, index: str
) -> Judgement:
    """Two steps: counts first, positions only when something critical failed.

    Positions of every bad row cost up to a hundred times the counts (reference/airflow.md,
    section 4), so they are asked for last, and never with id columns.

    Args:
        expected: makes the expectations, which belong to one run.
        index: as of `page_of`.
    """
    summary = _run(expected(), frame, detail="SUMMARY")
    failed = _broken(summary, "critical")
    positions: list[int] = []
    if failed:
        positions = _positions(_run(expected(), frame, detail="COMPLETE"))
    page = page_of(summary, title, day, index=index)
    return Judgement(page, failed, _broken(summary, "warning"), positions)


def _run(expected: Sequence[Any], frame: pd.DataFrame, *, detail: str) -> Any:
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
    batch = source.add_dataframe_asset("rows").add_batch_definition_whole_dataframe("partition")
    definition = gx.ValidationDefinition(
        name="rows",
        data=batch,
        suite=context.suites.add(gx.ExpectationSuite(name="rows", expectations=list(expected))),
    )
    return context.validation_definitions.add(definition).run(
        batch_parameters={"dataframe": frame}, result_format=detail
    )


def _narrow(values: Any) -> Any:
    """A column as small as it can be held: Great Expectations copies it many times.

    Money as floats, which are exact enough for a range; whole numbers with 32 bits where they
    fit; texts as categories; days as pandas knows them.
    """
    if pa.types.is_decimal(values.type):
        return values.cast(pa.float64())
    if pa.types.is_date(values.type):
        return values.cast(pa.timestamp("s"))
    if pa.types.is_string(values.type):
        return values.dictionary_encode()
    if pa.types.is_int64(values.type):
        try:
            return values.cast(pa.int32())
        except pa.ArrowInvalid:
            return values
    return values


def frame_of(data: pa.Table, columns: Sequence[str]) -> pd.DataFrame:
    """These columns as Great Expectations takes them."""
    narrowed: Any = pa.table({name: _narrow(data[name]) for name in columns})
    frame: pd.DataFrame = narrowed.to_pandas(split_blocks=True)
    return frame


def _broken(result: Any, severity: str) -> list[str]:
    return [
        _told(item) for item in result.results if not item.success and _severity(item) == severity
    ]


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


def _positions(result: Any) -> list[int]:
    found: set[int] = set()
    for item in result.results:
        if not item.success and _severity(item) == "critical":
            found.update(item.result.get("unexpected_index_list") or [])
    return sorted(found)


if __name__ == "__main__":
    main()

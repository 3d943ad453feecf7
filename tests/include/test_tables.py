"""The table definitions keep their own promises."""

import pyarrow as pa
import pytest

from include.tables import AD_DAILY, LINEAGE, PLATFORMS, RESTATEMENT_DAYS, TABLES


@pytest.mark.parametrize("name", TABLES)
def test_each_table_is_sound(name):
    """Columns are named once and have a meaning; the key exists and is never null."""
    table = TABLES[name]
    names = [column.name for column in table.columns]
    assert len(names) == len(set(names))
    assert all(column.meaning for column in table.columns)
    assert all(table.schema.field(column).nullable is False for column in table.key)
    assert table.key[:2] == ("platform", "account_id")


@pytest.mark.parametrize("name", TABLES)
def test_ids_are_text_and_money_is_exact(name):
    """An id that passes through a number loses its last digits; money never is a float."""
    for column in TABLES[name].columns:
        if column.name.endswith("_id"):
            assert column.type == pa.string()
        if column.name in {"spend", "revenue"}:
            assert pa.types.is_decimal(column.type)


def test_every_number_names_its_source_on_every_platform():
    """Whoever asks where a number comes from finds the platform's own field."""
    for column in AD_DAILY.columns:
        if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
            assert sorted(column.sources) == sorted(PLATFORMS)


def test_no_ratio_is_stored():
    """ctr, cpc, cpm and roas are computed where they are shown."""
    names = {column.name for column in AD_DAILY.columns}
    assert not names & {"ctr", "cpc", "cpm", "cpa", "roas", "frequency"}


def test_nullable_follows_the_null_rule():
    """A count that defaults to 0 is never null; reach, offered by two platforms, may be."""
    schema = AD_DAILY.schema
    assert not schema.field("impressions").nullable
    assert not schema.field("spend").nullable
    assert schema.field("reach").nullable


def test_lineage_and_restatement_are_complete():
    """Each row knows its run and raw file; each platform has its window."""
    assert set(LINEAGE) <= set(AD_DAILY.schema.names)
    assert set(RESTATEMENT_DAYS) == set(PLATFORMS)

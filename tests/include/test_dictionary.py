"""The data dictionary says what the code says."""

import pyarrow as pa

from include.dictionary import PAGE, dictionary, type_name
from include.tables import TABLES
from include.warehouse.tables import WAREHOUSE


def test_the_page_is_not_stale():
    """Run `python -m include.dictionary` after a change of a table, and look at the page."""
    assert PAGE.read_text(encoding="utf-8") == dictionary()


def test_every_table_and_column_is_on_the_page():
    """With the platforms' own fields beside the numbers."""
    page = dictionary()
    for tables, part in zip((TABLES, WAREHOUSE), page.split("\n## The warehouse\n"), strict=True):
        for name, table in tables.items():
            section = part.partition(f"\n### {name}\n")[2].partition("\n### ")[0]
            for column in table.columns:
                assert f"| `{column.name}` | {type_name(column.type)} |" in section
    assert "| inline_link_clicks | metrics.clicks | url_clicks | landingPageClicks |" in page


def test_every_warehouse_column_has_a_meaning():
    """A column without words is a number nobody can trust."""
    for table in WAREHOUSE.values():
        assert all(column.meaning for column in table.columns)


def test_types_are_told_in_plain_words():
    """Lists and structures too."""
    assert type_name(pa.decimal128(18, 6)) == "decimal(18, 6)"
    amount = pa.struct([("currency", pa.string()), ("amount", pa.float64())])
    assert type_name(pa.list_(amount)) == "list of (currency text, amount double)"

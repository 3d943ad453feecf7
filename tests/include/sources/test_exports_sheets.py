"""The files themselves: encodings, delimiters, headers in two languages, and what is refused."""

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.errors import ConfigurationError
from include.rules import typed
from include.sources import exports
from include.sources.exports.names import FIELDS, IGNORED, LAYOUTS, SPLITS
from include.sources.exports.objectives import objective
from include.sources.exports.settings import read_settings
from include.sources.exports.sheet import cut, decode, plain_header
from include.sources.replies import Account, Parsed, Reply
from include.sources.strict import Row

DOCS = Path(__file__).parents[3] / "docs"
SAMPLES = DOCS / "exports"
NOW = datetime(2026, 11, 21, tzinfo=UTC)

SPANISH = {
    "Identificador de la campaña": "11",
    "Identificador del conjunto de anuncios": "21",
    "Identificador del anuncio": "31",
    "Nombre del anuncio": "Señal, niño; «así»",
    "Día": "2026-11-20",
    "Impresiones": "100",
    "Importe gastado (COP)": "9.50",
    "Clics (todos)": "5",
    "Clics en el enlace": "4",
    "Interacciones con la publicación": "6",
}
ENGLISH = {
    "Campaign ID": "11",
    "Ad set ID": "21",
    "Ad ID": "31",
    "Ad name": "Señal, niño; «así»",
    "Day": "2026-11-20",
    "Impressions": "100",
    "Amount spent (COP)": "9.50",
    "Clicks (all)": "5",
    "Link clicks": "4",
    "Post engagements": "6",
}


def account_of(platform: str, currency: str = "COP", timezone: str = "America/Bogota") -> Account:
    return Account(platform, "101", "Marca", currency, timezone, "", 28)


def text_of(*rows: dict[str, str], delimiter: str = ",", above: str = "") -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return above + out.getvalue()


def parse(
    data: str | bytes,
    platform: str = "meta",
    *,
    account: Account | None = None,
    settings: str = "",
) -> Any:
    """The rows of one file, as the client lands it."""
    where = f"inbox/{platform}/101/file.csv"
    content = data.encode() if isinstance(data, str) else data
    text, encoding = decode(content, where)
    body = {
        "name": "file.csv",
        "encoding": encoding,
        "text": text,
        "since": "2026-11-01",
        "until": "2026-11-20",
        "settings": read_settings(settings.encode(), "settings.yaml").model_dump(),
    }
    reply = Reply("export_files", where, 200, NOW, body)
    return exports.parse([reply], account or account_of(platform))


def days_in(parsed: Parsed) -> list[Row]:
    """The rows of ad_daily, whichever way they were read."""
    batches = [row for batch in parsed.batches for row in batch.to_pylist()]
    return [*parsed.rows["ad_daily"], *batches]


def days(data: str | bytes, platform: str = "meta", **options: Any) -> list[Row]:
    return days_in(parse(data, platform, **options))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("headers", [SPANISH, ENGLISH])
def test_a_file_reads_the_same_in_every_encoding_delimiter_and_language(
    delimiter, encoding, headers
):
    """Forty ways to write one row; the accents of its texts arrive."""
    parsed = parse(text_of(headers, delimiter=delimiter).encode(encoding))
    [row] = days_in(parsed)
    assert (row["ad_id"], row["impressions"], str(row["spend"])) == ("31", 100, "9.500000")
    assert parsed.rows["ads"][0]["name"] == "Señal, niño; «así»"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252"])
def test_what_is_landed_gives_the_files_bytes_back(encoding):
    """The raw reply is the file as it came."""
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    data = (mark + text_of(SPANISH)).encode(encoding)
    text, found = decode(data, "file.csv")
    assert text.encode(found) == data


def test_bytes_that_are_no_text_are_refused():
    """A spreadsheet that was only renamed."""
    with pytest.raises(ConfigurationError, match="no text in UTF-8, UTF-16 or Windows-1252; the "):
        decode(b"PK\x03\x04\x00\x00\x81\x8d", "file.csv")


def test_lines_above_the_header_and_remarks_below_the_table_are_passed_over():
    """Google writes a title and the days, LinkedIn five lines."""
    above = '"Ad report, all"\r\n"Nov 20, 2026 - Nov 20, 2026"\r\n\r\n'
    assert len(days(text_of(ENGLISH, above=above) + "\r\nExported by somebody\r\n")) == 1


def test_a_missing_column_is_named_with_its_nearest_header():
    """What was expected, what was found, and how to add it."""
    row = {key: value for key, value in SPANISH.items() if key != "Identificador del anuncio"}
    row["Identificador anuncio"] = "31"
    with pytest.raises(ConfigurationError) as error:
        days(text_of(row))
    assert str(error.value).startswith(
        "inbox/meta/101/file.csv: an export of Meta Ads Manager without a column 'Ad ID' or "
        "'Identificador del anuncio' (nearest found: 'Identificador anuncio'). In Ads Manager:"
    )


def test_all_missing_columns_are_named_at_once():
    """Finding out one at a time takes three exports."""
    row = {key: ENGLISH[key] for key in ("Campaign ID", "Ad set ID", "Ad ID", "Impressions")}
    row["Spent in pesos"] = "9.50"
    with pytest.raises(ConfigurationError) as error:
        days(text_of(row))
    assert "'Amount spent' or 'Importe gastado' (nearest found: none; not used are" in str(
        error.value
    )
    for header in ("'Day' or 'Día'", "'Clicks (all)'", "'Link clicks'", "'Post engagements'"):
        assert header in str(error.value)


def test_a_column_of_another_name_can_be_told_in_settings():
    """What this page does not know needs no release."""
    row = dict(ENGLISH)
    row["Gasto"] = row.pop("Amount spent (COP)")
    [read] = days(text_of(row), settings="columns: {Gasto: spend}\n")
    assert str(read["spend"]) == "9.500000"


def test_settings_that_name_no_field_are_refused():
    """A typo would leave the column unread without a word."""
    with pytest.raises(ConfigurationError, match=r"maps columns to \['spent'\], expected some of"):
        days(text_of(ENGLISH), settings="columns: {Gasto: spent}\n")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("date_format: Y/d/m\n", "date_format: Input should be 'd/m/Y' or 'm/d/Y', got 'Y/d/m'"),
        ("date: d/m/Y\n", "date: Extra inputs are not permitted"),
        ("- 1\n", "file: Input should be a valid dictionary"),
        ("a: [\n", "no YAML text in UTF-8"),
    ],
)
def test_settings_that_cannot_be_read_are_refused(text, told):
    """With what was seen and what was expected."""
    with pytest.raises(ConfigurationError) as error:
        read_settings(text.encode(), "settings.yaml")
    assert told in str(error.value)


def test_a_file_of_another_kind_is_refused_with_its_first_lines():
    """Somebody put the wrong report there."""
    with pytest.raises(ConfigurationError, match=r"begins with \['name,age', 'Ana,31', ''\]"):
        days("name,age\nAna,31\n")


@pytest.mark.parametrize("header", ["Edad", "Placement", "Dispositivo", "Conversion action"])
def test_a_file_split_by_something_else_is_refused(header):
    """Reach must not be added up, and rows of one ad and day would contradict each other."""
    with pytest.raises(ConfigurationError, match=f"the numbers are split by '{header}'"):
        days(text_of({**ENGLISH, header: "x"}))


def test_a_column_that_is_there_twice_is_refused():
    """Which one is meant cannot be told."""
    text = text_of(ENGLISH).replace("Ad name", "Impressions")
    with pytest.raises(ConfigurationError, match="column 'Impressions' is there more than once"):
        days(text)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("11,21,32,name,2026-11-20,1", "line 3 has 6 cells, its header 10"),
        ("11,21,32,a name, with comma,2026-11-20,1,1,1,1,1", "line 3 has 11 cells, its header 10"),
        ('11,21,32,"a name', "line 3 cannot be read"),
    ],
)
def test_a_file_that_is_cut_off_or_changed_is_refused(line, told):
    """Half a file is not a day with fewer ads."""
    with pytest.raises(ConfigurationError, match=told):
        days(text_of(ENGLISH) + line)


def test_the_currency_in_the_header_is_held_against_the_account():
    """Pesos read as dollars would be four thousand times too much."""
    with pytest.raises(
        ConfigurationError, match=r"nodes\.yaml says currency .* USD, the platform s"
    ):
        days(text_of(SPANISH), account=account_of("meta", currency="USD"))


def test_a_currency_column_is_held_against_the_account():
    """Google and LinkedIn tell it row by row."""
    with pytest.raises(ConfigurationError, match=r"says currency .* COP, the platform says USD"):
        days(text_of({**ENGLISH, "Currency": "USD"}))


def test_a_file_of_another_account_is_refused():
    """It lies in the wrong folder."""
    with pytest.raises(ConfigurationError, match="the file is of account '102', and lies in the"):
        days(text_of({**ENGLISH, "Account ID": "102"}))
    assert len(days(text_of({**ENGLISH, "Account ID": "act_101"}))) == 1


def test_utc_days_are_refused_for_an_account_of_another_time_zone():
    """LinkedIn reports every account in UTC, and nodes.yaml must say so."""
    text, _ = decode((SAMPLES / "linkedin_ads/account_508000001_ad_performance_report.csv")
                     .read_bytes(), "file.csv")  # fmt: skip
    with pytest.raises(
        ConfigurationError, match=r"time zone .* America/Bogota, the platform says U"
    ):
        days(text, "linkedin_ads")


def test_ids_that_a_spreadsheet_has_rounded_are_refused():
    """1.2021E+17 is a thousand ads."""
    with pytest.raises(ConfigurationError, match=r"ad_id is '1\.2021E\+17', which is no id"):
        days(text_of({**ENGLISH, "Ad ID": "1.2021E+17"}))
    assert days(text_of({**ENGLISH, "Ad ID": "'31"}))[0]["ad_id"] == "31"


def test_a_row_without_its_ads_id_goes_on_to_quarantine():
    """Its money is not forgotten, and not given to another ad."""
    rows = days(text_of(ENGLISH, {**ENGLISH, "Ad ID": ""}))
    assert [row["ad_id"] for row in rows] == ["31", None]


def test_a_meta_export_without_days_is_refused():
    """Without the breakdown by day a row is a week."""
    row = {key: value for key, value in ENGLISH.items() if key != "Day"}
    week = {**row, "Reporting starts": "2026-11-14", "Reporting ends": "2026-11-20"}
    with pytest.raises(
        ConfigurationError, match="line 2 is of the days '2026-11-14' to '2026-11-2"
    ):
        days(text_of(week))
    day = {**row, "Reporting starts": "2026-11-20", "Reporting ends": "2026-11-20"}
    assert days(text_of(day))[0]["report_date"] == date(2026, 11, 20)


LINKEDIN = {
    "Start Date (in UTC)": "11/18/2026",
    "Campaign Group ID": "11",
    "Campaign ID": "21",
    "Ad ID": "urn:li:sponsoredCreative:31",
    "Total Spent": "9.50",
    "Impressions": "100",
    "Clicks": "5",
    "Clicks to Landing Page": "4",
    "Total Engagements": "6",
}


def test_a_linkedin_export_that_adds_up_a_period_is_refused():
    """Without the daily breakdown every row carries the first day of the period."""
    above = (
        "Ad Performance Report (in UTC)\r\nReport Start: November 18, 2026, 12:00 AM\r\n"
        "Report End: November 20, 2026, 11:59 PM\r\nDate Generated: November 21, 2026\r\n\r\n"
    )
    account = account_of("linkedin_ads", timezone="UTC")
    text = text_of(LINKEDIN, delimiter="\t", above=above)
    with pytest.raises(ConfigurationError, match="every row says 2026-11-18, and the lines above"):
        days(text, "linkedin_ads", account=account)


def test_both_ways_in_which_linkedin_names_its_levels_are_read():
    """A campaign group is our campaign; since 2026 LinkedIn says campaign and ad set."""
    account = account_of("linkedin_ads", timezone="UTC")
    [old] = days(text_of(LINKEDIN), "linkedin_ads", account=account)
    new = dict(LINKEDIN)
    new["Ad Set ID"] = new.pop("Campaign ID")
    new["Campaign ID"] = new.pop("Campaign Group ID")
    [now] = days(text_of(new), "linkedin_ads", account=account)
    for row in (old, now):
        assert (row["campaign_id"], row["ad_set_id"], row["ad_id"]) == ("11", "21", "31")


def test_a_linkedin_export_with_one_level_only_is_refused():
    """A campaign of which year is not told by its header."""
    row = {key: value for key, value in LINKEDIN.items() if key != "Campaign Group ID"}
    with pytest.raises(ConfigurationError, match="without a column 'Ad Set ID'"):
        days(text_of(row), "linkedin_ads", account=account_of("linkedin_ads", timezone="UTC"))


def test_googles_total_of_the_account_is_told_from_its_other_totals():
    """`Total: Ads` and `Total: Search` are parts of it."""
    ad = {
        "Ad status": "Enabled", "Day": "2026-11-20", "Campaign ID": "11", "Ad group ID": "21",
        "Ad ID": "31", "Currency code": "COP", "Clicks": "5", "Impr.": "100", "Cost": "9.50",
    }  # fmt: skip
    none = dict.fromkeys(ad, " --")
    total = {**none, "Ad status": "Total: Account", "Clicks": "7", "Impr.": "120", "Cost": "11"}
    part = {**none, "Ad status": "Total: Search", "Clicks": "6", "Impr.": "110", "Cost": "10"}
    parsed = parse(text_of(ad, part, total), "google_ads")
    [row] = parsed.rows["totals_daily"]
    # The file is of one day, so its total is that day's.
    assert (row["report_date"], row["impressions"]) == (date(2026, 11, 20), 120)
    [row] = days_in(parsed)
    assert (row["ad_id"], row["link_clicks"]) == ("21~31", 5)


def test_a_number_that_is_none_leaves_conversions_unknown():
    """Purchases and leads make conversions; a part that is no number makes no sum."""
    [row] = days(text_of({**ENGLISH, "Purchases": "2", "Leads": "many"}))
    assert (row["purchases"], row["leads"], row["conversions"]) == (2.0, None, None)
    assert row["_unparsed"] == {"leads": "many", "conversions": "2 + many"}


CELL = st.sampled_from(["", "--", "0", "7", "1200", "3.00"])
AMOUNT = st.sampled_from(["", "0", "0.01", "12.50", "1,234.56", "1.123456"])


@given(st.lists(st.tuples(CELL, CELL, AMOUNT, AMOUNT, AMOUNT), min_size=1, max_size=5))
def test_reading_by_columns_and_row_by_row_give_the_same_values(cells):
    """One row that needs a closer look sends its whole file row by row."""
    rows = [
        {
            **ENGLISH,
            "Ad ID": f"3{number}",
            "Impressions": impressions,
            "Reach": reach,
            "Amount spent (COP)": spend,
            "Purchases": purchases,
            "Leads": leads,
        }
        for number, (impressions, reach, spend, purchases, leads) in enumerate(cells)
    ]
    odd = {**rows[0], "Ad ID": "99", "Impressions": "<10", "Amount spent (COP)": "9.99"}
    decimal = "decimal: '.'"
    by_columns = parse(text_of(*rows), settings=decimal)
    by_rows = parse(text_of(*rows, odd), settings=decimal)
    assert by_columns.batches
    assert not by_rows.batches
    told = [typed("ad_daily", row)[0] for row in days_in(by_columns)]
    assert told == [typed("ad_daily", row)[0] for row in days_in(by_rows)[:-1]]


@pytest.mark.parametrize(
    ("platform", "raw", "expected"),
    [
        ("meta", "Ventas", "sales"),
        ("meta", "OUTCOME_LEADS", "leads"),
        ("meta", "Reconocimiento", "awareness"),
        ("x_ads", "Website traffic", "traffic"),
        ("linkedin_ads", "Job applicants", "other"),
        ("meta", None, "unknown"),
    ],
)
def test_objectives_are_known_in_both_languages(platform, raw, expected):
    """The words of the pages, and those of the APIs."""
    unknown = parse(text_of(ENGLISH)).unknown
    assert objective(platform, raw, subtype=None, bidding=None, unknown=unknown) == expected
    assert not unknown


@pytest.mark.parametrize(
    ("channel", "bidding", "expected"),
    [
        ("Búsqueda", "Maximizar clics", "traffic"),
        ("Display", "Target CPM", "awareness"),
        ("Máximo rendimiento", None, "sales"),
        ("Video", "CPV máximo", "video_views"),
    ],
)
def test_googles_objective_is_derived_from_type_and_bidding(channel, bidding, expected):
    """Google has none; the rules are those of the API's client."""
    unknown = parse(text_of(ENGLISH)).unknown
    found = objective("google_ads", channel, subtype=None, bidding=bidding, unknown=unknown)
    assert found == expected
    assert not unknown


def test_words_that_nobody_mapped_are_counted():
    """A new objective is news, not a guess."""
    parsed = parse(text_of({**ENGLISH, "Objective": "Felicidad"}))
    assert parsed.rows["campaigns"][0]["objective"] == "unknown"
    assert dict(parsed.unknown) == {"export_files.objective='Felicidad'": 1}
    unknown = parse(text_of(ENGLISH)).unknown
    objective("google_ads", "Radio", subtype="", bidding="Karma", unknown=unknown)
    assert set(unknown) == {"export_files.campaign type='Radio'", "export_files.bidding='Karma'"}


def test_every_header_belongs_to_one_field_of_a_layout():
    """A header of two fields would be read as whichever comes first."""
    for layouts in LAYOUTS.values():
        for layout in layouts:
            assert set(layout.headers) <= set(FIELDS)
            plain = [plain_header(name) for names in layout.headers.values() for name in names]
            assert len(plain) == len(set(plain)), layout.name
            assert not set(plain) & set(SPLITS), layout.name
            assert not set(plain) & IGNORED, layout.name


def test_the_page_names_every_header():
    """docs/exports.md is where people look a header up."""
    page = (DOCS / "exports.md").read_text(encoding="utf-8")
    for layouts in LAYOUTS.values():
        for layout in layouts:
            for names in layout.headers.values():
                for name in names:
                    assert f"`{name}`" in page, f"{layout.name}: {name}"


def test_a_sheet_without_settings_is_cut_by_its_known_names():
    """The smallest use of the door."""
    sheet = cut(text_of(ENGLISH), "file.csv", "meta", {})
    assert sheet.column("impressions") == ["100"]
    assert sheet.column("reach") == [None]
    assert sheet.currencies == {"COP"}

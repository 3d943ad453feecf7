"""Numbers and days of exports: read by their whole column's evidence, or refused."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.errors import ConfigurationError
from include.sources.exports.dates import days, period_in
from include.sources.exports.numbers import amounts, counts

BOGOTA = "America/Bogota"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1.234,50", "7"], ["1234.50", "7"]),
        (["1,234.50", "7"], ["1234.50", "7"]),
        (["1.234", "0,5"], ["1234", "0.5"]),
        (["1.234", "0.5"], ["1.234", "0.5"]),
        (["1.234.567"], ["1234567"]),
        (["1,234,567"], ["1234567"]),
        (["1 234,5"], ["1234.5"]),
        (["1\u202f234,5"], ["1234.5"]),
        (["1’234.5"], ["1234.5"]),
        (["0.125", "12.500"], ["0.125", "12.500"]),
        (["$ 1.250,00", "COP 3.000,50", "€2,5"], ["1250.00", "3000.50", "2.5"]),
        (["-1,5", "\u22122,5", "(3,5)"], ["-1.5", "-2.5", "-3.5"]),
        (["1234", "50"], ["1234", "50"]),
        (["", "--", " --", "Sin datos", None, "n/a"], [None] * 6),
        (["<10", "1.5", "12 %", "12 34"], ["<10", "1.5", "12%", "12 34"]),
    ],
)
def test_an_amount_is_read_by_its_columns_evidence(cells, expected):
    """One value that can be meant in one way only decides the column; others stay as text."""
    assert amounts(cells, "column", currency="COP") == expected


def test_an_amount_that_could_be_both_is_refused_with_the_question():
    """A thousand and more, or one and a bit: nobody guesses."""
    with pytest.raises(ConfigurationError) as error:
        amounts(["100", "1.234", "2.000"], "spend.csv: column 'Costo'")
    assert str(error.value) == (
        "spend.csv: column 'Costo': '1.234' could be 1234 or 1.234, and no other value of the "
        "column tells which. Put decimal: ',' or decimal: '.' into settings.yaml beside the file."
    )


@pytest.mark.parametrize(("decimal", "expected"), [(",", "1234"), (".", "1.234")])
def test_settings_answer_which_sign_stands_before_decimals(decimal, expected):
    """The one answer holds for the whole folder."""
    assert amounts(["1.234"], "column", decimal=decimal) == [expected]


def test_an_answer_that_does_not_fit_the_column_is_refused():
    """Settings of an earlier export in another language."""
    with pytest.raises(
        ConfigurationError, match=r"with decimal: ',' in settings.yaml: .*'1,234.5'"
    ):
        amounts(["1,234.5"], "column", decimal=",")


def test_a_column_with_both_ways_is_refused():
    """Two exports were pasted into one file."""
    with pytest.raises(ConfigurationError, match=r"the column holds '1,234\.5' and '1\.234,5'"):
        amounts(["1.234,5", "1,234.5"], "column")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1.234", "12"], ["1234", "12"]),
        (["1,234,567"], ["1234567"]),
        (["1 234"], ["1234"]),
        (["12.00", "7,0"], ["12", "7"]),
        (["12.5", "many", "--"], ["12.5", "many", None]),
    ],
)
def test_a_count_has_no_decimals(cells, expected):
    """So its only sign marks thousands; what is no whole number stays for quarantine."""
    assert counts(cells, "column") == expected


def test_a_count_with_both_signs_for_thousands_is_refused():
    """One of the two is no thousand."""
    with pytest.raises(
        ConfigurationError, match=r"a comma in '1,234' and with a point in '1\.234'"
    ):
        counts(["1,234", "1.234"], "column")


WRITTEN = {
    "es": lambda value: f"{value:,.2f}".translate(str.maketrans(",.", ".,")),
    "en": lambda value: f"{value:,.2f}",
    "plain": lambda value: f"{value:.2f}",
    "fr": lambda value: f"{value:,.2f}".translate(str.maketrans(",.", "\u202f,")),
}


@given(
    st.lists(st.decimals("-999999999", "999999999", places=2), min_size=1),
    st.sampled_from(sorted(WRITTEN)),
)
def test_amounts_with_cents_are_read_back_whatever_the_language(values, language):
    """Two decimals always tell which sign is which."""
    cells = [WRITTEN[language](value) for value in values]
    found = amounts(cells, "column")
    assert [Decimal(text or "") for text in found] == values


@given(st.lists(st.integers(0, 10**12), min_size=1), st.sampled_from([",", ".", " ", "\u00a0"]))
def test_counts_are_read_back_whatever_marks_thousands(values, mark):
    """Nothing of a count is lost or guessed."""
    cells = [f"{value:,}".replace(",", mark) for value in values]
    assert [int(text or "") for text in counts(cells, "column")] == values


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026-11-20", date(2026, 11, 20)),
        ("2026/11/20", date(2026, 11, 20)),
        ("20/11/2026", date(2026, 11, 20)),
        ("11/20/2026", date(2026, 11, 20)),
        ("20.11.2026", date(2026, 11, 20)),
        ("20-11-2026", date(2026, 11, 20)),
        ("20 nov. 2026", date(2026, 11, 20)),
        ("20 de noviembre de 2026", date(2026, 11, 20)),
        ("Nov 20, 2026", date(2026, 11, 20)),
        ("Fri, Nov 20, 2026", date(2026, 11, 20)),
        ("viernes, 3 abr 2026", date(2026, 4, 3)),
        ("1 ene 2026", date(2026, 1, 1)),
        ("2026-11-20 00:00:00", date(2026, 11, 20)),
        ("2026-11-20 05:00:00 +0000", date(2026, 11, 20)),
        ("2026-11-20T00:00:00-05:00", date(2026, 11, 20)),
        ("11/11/2026", date(2026, 11, 11)),
    ],
)
def test_a_day_is_read_as_people_write_it(cell, expected):
    """Spanish, English, with a time that is midnight in the account's time zone."""
    assert days([cell], "column", timezone=BOGOTA) == [expected]


def test_one_day_above_twelve_decides_the_whole_column():
    """The first three cells alone could be both."""
    found = days(["01/11/2026", "02/11/2026", "13/11/2026"], "column", timezone=BOGOTA)
    assert found == [date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 13)]


def test_days_that_could_be_both_are_refused_with_the_question():
    """The first of November or the eleventh of January."""
    with pytest.raises(ConfigurationError) as error:
        days(["01/11/2026", "02/11/2026"], "x.csv: column 'Fecha'", timezone=BOGOTA)
    assert str(error.value) == (
        "x.csv: column 'Fecha': '01/11/2026' could be 2026-11-01 or 2026-01-11, and no other day "
        "of the column tells which. Put date_format: d/m/Y or date_format: m/d/Y into "
        "settings.yaml beside the file."
    )


@pytest.mark.parametrize(
    ("date_format", "expected"), [("d/m/Y", date(2026, 11, 1)), ("m/d/Y", date(2026, 1, 11))]
)
def test_settings_answer_what_comes_first(date_format, expected):
    """The answer of settings.yaml."""
    assert days(["01/11/2026"], "column", timezone=BOGOTA, date_format=date_format) == [expected]


@pytest.mark.parametrize(
    ("cells", "options", "told"),
    [
        (["13/11/2026", "11/13/2026"], {}, "the column holds '11/13/2026' and '13/11/2026'"),
        (["13/11/2026"], {"date_format": "m/d/Y"}, "read as m/d/Y, which settings.yaml says"),
        (["31/02/2026"], {}, "the days cannot be read: the column holds '31/02/2026'"),
        (["2026-02-30"], {}, "'2026-02-30' is no day; expected one such as"),
        (["yesterday"], {}, "'yesterday' is no day"),
        (["20/11/26"], {}, "'20/11/26' is no day"),
        (["2026-11-20 01:00:00"], {}, "is not midnight in America/Bogota"),
        (["2026-11-20 00:00:00 +0000"], {}, "Export by day, not by hour"),
        (["2026-11-20 25:00"], {}, "no time that exists"),
        (["20 foo 2026"], {}, "'20 foo 2026' is no day"),
    ],
)
def test_what_is_no_day_is_refused(cells, options, told):
    """Each with what was seen."""
    with pytest.raises(ConfigurationError) as error:
        days(cells, "column", timezone=BOGOTA, **options)
    assert told in str(error.value)


@given(st.lists(st.dates(date(2020, 1, 1), date(2030, 12, 31)), min_size=1), st.booleans())
def test_days_are_read_right_or_refused(values, month_first):
    """Whatever the column, no day is ever another one."""
    cells = [f"{day:%m/%d/%Y}" if month_first else f"{day:%d/%m/%Y}" for day in values]
    try:
        found = days(cells, "column", timezone=BOGOTA)
    except ConfigurationError as error:
        assert "could be" in str(error)
        assert all(day.day <= 12 for day in values)
    else:
        assert found == values


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["Informe", "1 de noviembre de 2026 - 20 de noviembre de 2026"], (1, 20)),
        (["Report Start: November 1, 2026, 12:00 AM", "Report End: November 20, 2026"], (1, 20)),
        (["2026-11-03 to 2026-11-04"], (3, 4)),
        (["Date Generated: November 21, 2026"], None),
        ([], None),
    ],
)
def test_the_period_above_the_header_is_found(lines, expected):
    """When it was exported is not what it is of."""
    found = period_in(lines)
    assert (found and tuple(day.day for day in found)) == expected

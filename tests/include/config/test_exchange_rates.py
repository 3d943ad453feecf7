"""What currencies are worth, from a file that somebody edits by hand."""

from datetime import date
from decimal import Decimal

import pytest

from include.config.exchange_rates import Rate, load_rates, read_rates
from include.errors import ConfigurationError

HEAD = "# reporting_currency: COP\nday,currency,rate\n"


def test_rates_are_read_by_currency_and_day(tmp_path):
    """Comments and empty lines are no rates; ten decimals stay ten decimals."""
    path = tmp_path / "rates.csv"
    path.write_text(f"{HEAD}\n# a note\n2026-02-01,USD,4012.5\n2026-01-01,USD,0.0000000001\n")
    found = read_rates(path)
    assert found.reporting_currency == "COP"
    assert found.rates == (
        Rate(date(2026, 1, 1), "USD", Decimal("0.0000000001")),
        Rate(date(2026, 2, 1), "USD", Decimal("4012.5")),
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("day,currency,rate\n", r":1: expected one line `# reporting_currency: COP`, found 0"),
        (f"# reporting_currency: USD\n{HEAD}", "found 2"),
        ("# reporting_currency: COP\nday,rate\n", r"columns are \['day', 'rate'\], expected"),
        ("# reporting_currency: COP\n", r"columns are \[\], expected"),
        (f"{HEAD}2026-01-01,USD\n", ":3: '2026-01-01,USD', expected a line such as"),
        (f"{HEAD}1.2.2026,USD,4\n", ":3: '1.2.2026,USD,4', expected a line such as"),
        (f"{HEAD}2026-01-01,USD,four\n", "expected a line such as"),
        (f"{HEAD}2026-01-01,usd,4\n", "expected three capitals and a rate above 0"),
        (f"{HEAD}2026-01-01,USD,0\n", "expected three capitals and a rate above 0"),
        (f"{HEAD}2026-01-01,USD,NaN\n", "expected three capitals and a rate above 0"),
        (f"{HEAD}2026-01-01,USD,4\n2026-01-01,USD,5\n", ":4: USD of 2026-01-01 is there twice"),
        (f"{HEAD}2026-01-01,COP,1\n", "is the reporting currency itself"),
    ],
)
def test_a_wrong_line_is_told_with_file_and_line(text, told, tmp_path):
    """Nobody's money is counted at a rate that was mistyped."""
    path = tmp_path / "rates.csv"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=told) as failure:
        read_rates(path)
    assert str(path) in str(failure.value)


def test_the_file_of_the_installation_goes_before_ours(tmp_path, monkeypatch):
    """`PAUTA_CONFIG` may have its own; without one the examples count."""
    ours = load_rates()
    assert {rate.currency for rate in ours.rates} == {"USD", "EUR"}
    monkeypatch.setenv("PAUTA_CONFIG", str(tmp_path))
    assert load_rates() == ours
    (tmp_path / "exchange_rates.csv").write_text(f"{HEAD}2026-01-01,USD,1\n")
    assert load_rates().rates == (Rate(date(2026, 1, 1), "USD", Decimal(1)),)

"""What a reading told otherwise than the one before it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from include import cli
from include.changes import Change, changes
from tests.include.warehouse.conftest import DAY


def test_a_restated_number_is_told_with_both_values(lake, ad_day):
    """Leads that come in late; a day told for the first time and an equal one are no change."""
    day = DAY - timedelta(days=1)
    first = [ad_day(report_date=day, leads=1.0), ad_day(report_date=day, ad_id="a2")]
    later = [
        {**first[0], "leads": 3.0, "spend": Decimal("12.75")},
        first[1],
        ad_day(ad_id="a3", report_date=day),
    ]
    lake.write(day, ad_daily=first)
    lake.write(DAY, ad_daily=later)
    lake.build()
    account = lake.account
    newest, found = changes(lake.store, account.platform, account.account_id)
    assert newest == DAY
    assert found == [
        Change(day, "a1", "leads", Decimal(1), Decimal(3)),
        Change(day, "a1", "spend", first[0]["spend"], Decimal("12.75")),
    ]
    assert changes(lake.store, account.platform, account.account_id, day) == (day, [])
    with pytest.raises(FileNotFoundError, match="no reading up to 2020-01-01; collect"):
        changes(lake.store, account.platform, account.account_id, day.replace(2020, 1, 1))


def test_the_command_prints_sums_and_ads(lake, ad_day, monkeypatch, capsys):
    """Two ads gained a lead each: one line by day, two lines by ad."""
    day = DAY - timedelta(days=1)
    for read_on, leads in ((day, 1.0), (DAY, 2.0)):
        rows = [ad_day(report_date=day, ad_id=ad, leads=leads) for ad in ("a1", "[red]a2")]
        lake.write(read_on, ad_daily=rows)
    lake.build()
    monkeypatch.setenv("PAUTA_DATA", str(lake.store.root))
    asked = ["changes", "--platform", lake.account.platform, "--account", lake.account.account_id]
    assert cli.main(asked) == 0
    (line,) = [text for text in capsys.readouterr().out.splitlines() if "leads" in text]
    assert [cell.strip() for cell in line.strip("│").split("│")] == [
        str(day),
        "leads",
        "2",
        "2",
        "4",
    ]
    assert cli.main([*asked, "--ads"]) == 0
    lines = [text for text in capsys.readouterr().out.splitlines() if "leads" in text]
    assert ["[red]a2" in text for text in lines] == [True, False]
    assert cli.main([*asked, "--day", str(day)]) == 0
    assert "changed nothing" in capsys.readouterr().out

"""The weekly report says what the stored data say, and nothing else."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from email import message_from_bytes, policy

import pytest
from PIL import Image

from include.errors import QualityFailed
from include.reports.weekly import Report, build, check, message, read, write
from include.store import LocalStore
from ranking import CAVEAT

from .conftest import HOSTILE, NOW, SUNDAY, put_pieces, sha_of

Make = Callable[..., Report]


def test_the_figures_count_the_week_and_nothing_else(made: Make) -> None:
    """Six sets of five cells in the week, one before; six of seven pieces judged."""
    figures = made().data["figures"]
    assert figures == {
        "new_sets": {"value": 6, "before": 1},
        "covered": {"value": 5, "of": 20},
        "judged": {"value": 6, "of": 7},
        "winners": {"value": 4},
    }


def test_what_was_live_and_what_it_cost_by_currency(made: Make) -> None:
    """Four ads; pesos and dollars are not added up, and cents are shown where they matter."""
    report = made()
    assert report.data["ads"] == 4
    assert (
        "4 anuncios estuvieron al aire y costaron $\u00a01.000.001 y US$\u00a099,50." in report.text
    )


def test_the_index_of_an_objective_by_hand(made: Make) -> None:
    """Traffic: wompi 0.75 x 2.5 + 0.25 x 1.5 = 2.25 and banco 1.25 give 1.75.

    Half ranges 0.4125, 0.1 and 0.25, added as squares, are 0.4926; over two nodes 0.2463.
    """
    rows = {row["id"]: row for row in made().data["objectives"]}
    assert list(rows) == ["awareness", "traffic", "leads", "sales"]
    assert rows["traffic"]["mean"] == pytest.approx(1.75)
    assert rows["traffic"]["low"] == pytest.approx(1.75 - 0.2463, abs=1e-4)
    assert rows["traffic"]["high"] == pytest.approx(1.75 + 0.2463, abs=1e-4)
    assert rows["traffic"]["pieces"] == 3


def test_the_best_pieces_are_the_first_of_their_cells_two_of_a_node_at_most(made: Make) -> None:
    """wompi sales (1.7) gives way; the others follow by their index."""
    pieces = made().data["pieces"]
    assert [(p["node"], p["objective"]) for p in pieces] == [
        ("wompi", "traffic"),
        ("wompi", "leads"),
        ("banco", "traffic"),
        ("tu360compras", "awareness"),
    ]
    assert pieces[0]["name"] == "WMP | Cobra con QR"  # of its two ads the one shown more


def test_a_piece_whose_ads_have_no_name_is_called_by_its_campaign_or_picture(made: Make) -> None:
    """tu360compras' ad has no name, so its campaign's title; nothing is known of banco's ads."""
    assert "4. Three (tu360compras · Awareness)" in made().text
    assert f"3. {sha_of('banco', 'traffic', 0)[:12]} (banco · Tráfico)" in made().text


def test_the_four_sets_come_from_as_many_nodes_as_there_are(made: Make) -> None:
    """One set per cell, the newest; three nodes first, then the next best cell."""
    sets = made().data["sets"]
    assert [s["set_id"].rsplit("-", 1)[0] for s in sets] == [
        "wompi-traffic-2026-11-21",
        "tu360compras-awareness-2026-11-16",
        "banco-traffic-2026-11-22",
        "wompi-leads-2026-11-22",
    ]


def test_only_traits_that_are_clearly_above_one_and_have_words_are_told(made: Make) -> None:
    """A range that holds 1, a label outside the vocabulary, or two pieces are no finding."""
    report = made()
    assert [t["label"] for t in report.data["traits"]] == ["phone"]
    assert "Un celular: 1,4× (1,2–1,7), wompi · Tráfico" in report.text


def test_the_page_shows_the_numbers_as_a_colombian_reader_writes_them(made: Make) -> None:
    """Subject, week, index with range, money, time of day."""
    report = made()
    assert report.subject == "Reporte creativo semanal: 6 sets nuevos, 16–22 nov 2026"
    assert "Semana 16–22 nov 2026" in report.html
    assert re.search(r"2,5×</strong> <span[^>]*>\(2,0–3,1\)", report.html)
    assert "$&nbsp;1.240.300" in report.html
    assert "hecho el 23 nov 2026 a las 07:30, hora de bogotá" in report.html.lower()
    assert CAVEAT["es"] in report.html
    assert CAVEAT["es"] in report.text
    assert "Boceto" in report.html
    assert "Generada" in report.html


def test_the_page_in_english(made: Make) -> None:
    """The other language has its own words and formats."""
    report = made(language="en")
    assert report.subject == "Weekly creative report: 6 new sets, 16–22 Nov 2026"
    assert "4 ads were live and cost COP\u00a01,000,001 and USD\u00a099.50." in report.text
    assert 'lang="en"' in report.html
    assert "Sketch" in report.html


def test_names_from_outside_stay_text(made: Make) -> None:
    """A hostile ad name makes no element, no line and no mail header."""
    report = made()
    assert HOSTILE not in report.html
    assert "<script" not in report.html
    assert "&lt;script&gt;" in report.html
    assert '2. <script>alert("x")</script> Bcc: eve@example.com (wompi · Leads)' in report.text


def test_links_lead_to_the_catalogue(made: Make) -> None:
    """The button to its home; pieces and sets to their pages."""
    report = made()
    assert 'href="https://pauta.example/catalogue/"' in report.html
    piece = sha_of("wompi", "traffic", 0)
    assert f"https://pauta.example/catalogue/cells/wompi/traffic/{piece}" in report.text
    assert "https://pauta.example/catalogue/sets/wompi-traffic-2026-11-21-" in report.html


def test_the_address_of_the_catalogue_is_a_setting(
    made: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PAUTA_URL where an installation names one, else this machine."""
    monkeypatch.delenv("PAUTA_URL", raising=False)
    assert made(base_url=None).data["base_url"] == "http://127.0.0.1:8080/catalogue/"
    monkeypatch.setenv("PAUTA_URL", "https://ads.example/p")
    assert made(base_url=None).data["base_url"] == "https://ads.example/p/"


def test_a_good_report_passes_and_fits_a_mail(made: Make) -> None:
    """Under Gmail's cut, with every picture the page shows."""
    report = made()
    check(report)
    assert len(report.html) < 40_000
    assert set(re.findall(r"cid:([^\"]+)", report.html)) == set(report.images)
    with Image.open(io.BytesIO(report.images["chart.png"])) as chart:
        assert chart.size == (1152, 2 * (24 + 4 * 36 + 4))


def test_styles_are_inlined_and_the_narrow_layout_is_kept(made: Make) -> None:
    """Mail programs drop style sheets; those that read media queries get the phone layout."""
    html = made().html
    assert re.search(r"<h1 style=\"[^\"]*font-size: ?24px", html)
    assert "@media" in html


def test_the_same_data_give_the_same_bytes(made: Make) -> None:
    """Only `now` is not from the data, and it is an argument."""
    assert made() == made()


def test_what_was_stored_is_read_back_whole(made: Make, store: LocalStore) -> None:
    """The stored page opens beside its pictures, and becomes the same mail again."""
    report = made()
    folder = write(store, report)
    assert folder == "reports/weekly/2026-11-22"
    page = store.read(f"{folder}/report.html").decode()
    assert 'src="chart.png"' in page
    assert "cid:" not in page
    assert read(store, folder) == report
    assert json.loads(store.read(f"{folder}/report.json"))["figures"]["winners"]["value"] == 4


def test_the_mail_has_a_text_a_page_and_pictures_shown_in_place(made: Make) -> None:
    """alternative( text, related( html, images ) ), as mail programs expect it, after the wire."""
    report = made()
    sent = message(report, sender="pauta@example.com", recipients=["a@example.com", "b@x.co"])
    mail = message_from_bytes(sent.as_bytes(), policy=policy.default)
    assert mail["To"] == "a@example.com, b@x.co"
    assert mail["Subject"] == report.subject
    assert mail["Date"] == "Mon, 23 Nov 2026 12:30:00 +0000"
    text, related = mail.iter_parts()  # type: ignore[attr-defined]
    assert text.get_content().strip() == report.text.strip()
    page, *pictures = related.iter_parts()
    assert {p["Content-ID"].strip("<>") for p in pictures} == set(
        re.findall(r'src="cid:([^"]+)"', page.get_content())
    )
    assert all(p.get_content_disposition() == "inline" for p in pictures)
    chart = next(p for p in pictures if p.get_content_type() == "image/png")
    assert chart.get_content() == report.images["chart.png"]


def test_a_week_before_any_ranking_has_no_report(store: LocalStore) -> None:
    """The message says what to run."""
    with pytest.raises(QualityFailed, match=r"2026-11-15.*run rank_creatives"):
        build(store, date(2026, 11, 15), now=NOW)


def test_a_piece_without_its_file_stops_the_report(made: Make, store: LocalStore) -> None:
    """Gone or broken: the message names the picture."""
    sha = sha_of("wompi", "traffic", 0)
    key = f"images/sha256/{sha[:2]}/{sha}.png"
    store.write(key, b"not a picture")
    with pytest.raises(QualityFailed, match=f"{sha}.png cannot be shown"):
        made()
    store.delete(key)
    with pytest.raises(QualityFailed, match=f"no file of picture {sha}"):
        made()


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"mean": float("nan")}, r"pieces: WMP .*mean and range are \[2.0, nan, 3.1\]"),
        ({"low": 2.9}, r"mean and range are \[2.9, 2.5, 3.1\]"),
        ({"results": float("inf")}, "inf results"),
        ({"spend": []}, r"412.0 results for \[\]; expected a count and money"),
    ],
)
def test_an_impossible_number_stops_the_report(
    made: Make, store: LocalStore, changes: dict[str, object], complaint: str
) -> None:
    """Before a page is written: what it is, and where."""
    put_pieces(store, **changes)
    with pytest.raises(QualityFailed, match=complaint):
        made()


def test_a_week_without_new_sets_or_ads_is_not_reported(store: LocalStore, made: Make) -> None:
    """Two weeks later there is nothing to say, and every reason is given at once."""
    with pytest.raises(QualityFailed) as raised:
        build(store, date(2026, 12, 13), now=NOW)
    assert "2026-12-13 is not sent" in str(raised.value)
    assert "0 ads and spend []" in str(raised.value)
    assert "no sets; expected one at least" in str(raised.value)


def test_a_damaged_report_is_not_sent(made: Make) -> None:
    """Whatever happened to it between building and sending, all of it is listed."""
    good = made()
    blank = io.BytesIO()
    Image.new("RGB", (96, 96)).save(blank, "PNG")
    small = io.BytesIO()
    Image.linear_gradient("L").resize((8, 8)).save(small, "PNG")
    images = {**good.images, "chart.png": b"", "piece-1.jpg": blank.getvalue()}
    images["piece-2.jpg"] = small.getvalue()
    del images["set-4.jpg"]
    data = {**good.data, "base_url": "ftp://x/", "figures": {}}
    bad = replace(good, images=images, data=data, html=good.html + " " * 2_000_000)
    with pytest.raises(QualityFailed) as raised:
        check(bad)
    for complaint in (
        "figure new_sets is None; expected a count",
        "expected ['chart.png', 'piece-1.jpg'",
        "picture chart.png: 0 bytes that are no picture",
        "picture piece-1.jpg: one colour only",
        "picture piece-2.jpg: 8 x 8 px",
        "mail programs cut at 100000",
        "expected 2000000 at most",
        "button: leads to 'ftp://x/'",
    ):
        assert complaint in str(raised.value)


def test_the_week_ends_on_the_day_named(made: Make) -> None:
    """Seven days, both ends included."""
    assert made().data["week"] == {"first": "2026-11-16", "last": SUNDAY.isoformat()}

"""Charts as SVG and PNG."""

import io
from xml.etree import ElementTree

from PIL import Image

from include.reports.charts import Bar, bars, png

SVG = "{http://www.w3.org/2000/svg}"
ROWS = [Bar("Tráfico", 2.0, 1.5, 2.4, "2,0×"), Bar('A<&"', 0.5, 0.2, 0.9, "0,50×")]


def test_bars_are_as_long_as_their_values() -> None:
    """The scale ends at 2.5, the half above 2.4: 2.0 takes 332.8 of 416 px, 0.5 takes 83.2."""
    drawing = ElementTree.fromstring(bars(ROWS, usual="lo usual"))  # noqa: S314
    widths = [float(r.get("width", "")) for r in drawing.iter(f"{SVG}rect") if r.get("rx")]
    assert widths == [332.8, 83.2]
    assert [t.text for t in drawing.iter(f"{SVG}text")] == [
        "Tráfico", "2,0×", 'A<&"', "0,50×", "lo usual",
    ]  # fmt: skip


def test_the_usual_is_marked_at_one() -> None:
    """1.0 of 2.5 lies at 104 + 166.4 px."""
    assert '<path d="M270.4 24V' in bars(ROWS, usual="x")


def test_a_long_scale_has_fewer_marks() -> None:
    """Up to 3 every half is marked, beyond that every whole."""
    few = bars([Bar("a", 5.0, 4.0, 6.0, "5×")], usual="x").count('stroke="#dfe0db"')
    assert few == 7
    assert bars(ROWS, usual="x").count('stroke="#dfe0db"') == 6


def test_the_png_is_twice_as_dense_and_the_same_each_time() -> None:
    """Drawn with our own fonts: text is there, and the bytes repeat."""
    first = png(bars(ROWS, usual="lo usual"))
    assert png(bars(ROWS, usual="lo usual")) == first
    with Image.open(io.BytesIO(first)) as picture:
        assert picture.size == (1152, 2 * (24 + 2 * 36 + 4))
        labels = picture.convert("L").crop((0, 50, 190, 120))
        assert labels.getextrema()[0] < 80  # dark letters on white

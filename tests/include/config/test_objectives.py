"""The reviewed file of objectives, and its complaints."""

from pathlib import Path

import pytest

from include.config.objectives import load_objectives
from include.errors import ConfigurationError

NODES = Path(__file__).parents[3] / "include/config/nodes.yaml"

GOOD = """\
version: 2
objectives:
  - id: traffic
    name: {es: Tráfico, en: Traffic}
    result: link_clicks
    noun: {es: {one: clic, many: clics}, en: {one: click, many: clicks}}
    min_expected: 30
    chosen: 6
"""


def written(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "objectives.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("PAUTA_CONFIG", str(folder))


def test_the_reviewed_file_names_the_five_objectives_as_analysts_do() -> None:
    """Each objective has its result column and its Spanish name."""
    objectives = load_objectives().objectives
    assert {o.id: (o.name.es, o.result) for o in objectives} == {
        "awareness": ("Awareness", "impressions"),
        "traffic": ("Tráfico", "link_clicks"),
        "engagement": ("Interacción", "engagements"),
        "leads": ("Leads", "leads"),
        "sales": ("Conversión", "purchases"),
    }
    assert objectives[1].kpi == "link_clicks per spend"


def test_two_more_are_ranked_without_sets() -> None:
    """Videos and apps have leaderboards; brand.yaml has no guide for pictures of them."""
    found = load_objectives()
    assert {o.id: o.result for o in found.also_ranked} == {
        "video_views": "video_views",
        "app_promotion": "app_installs",
    }
    assert len(found.ranked) == 7
    assert found.of("wompi", "video_views").result == "video_views"


def test_a_node_may_forget_faster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After 150 days evidence counts half, unless the node says otherwise."""
    written(tmp_path, "half_life_days_of: {wompi: 60}\n" + GOOD, monkeypatch)
    (tmp_path / "nodes.yaml").write_bytes(NODES.read_bytes())
    objectives = load_objectives()
    assert objectives.half_life("wompi") == 60
    assert objectives.half_life("banco") == 150


def test_a_node_may_differ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the override names is changed for that node only; the rest stays."""
    override = "overrides:\n  wompi:\n    traffic: {min_expected: 50, chosen: 4}\n"
    written(tmp_path, GOOD + override, monkeypatch)
    (tmp_path / "nodes.yaml").write_bytes(NODES.read_bytes())
    objectives = load_objectives()
    assert objectives.of("wompi", "traffic").min_expected == 50
    assert objectives.of("wompi", "traffic").chosen == 4
    assert objectives.of("wompi", "traffic").result == "link_clicks"
    assert objectives.of("banco", "traffic").min_expected == 30


@pytest.mark.parametrize(
    ("change", "line", "expected"),
    [
        (("link_clicks", "likes"), 5, "'impressions'"),
        (("chosen: 6", "chosen: 0"), 8, "greater than or equal to 1"),
        (("min_expected: 30", "min_expected: 0"), 7, "greater than 0"),
        (("min_expected", "minimum"), 7, "Extra inputs are not permitted"),
        (("one: clic,", ""), 6, "Field required"),
        (("version: 2", "version: two"), 1, "valid integer"),
    ],
)
def test_a_wrong_value_is_named_with_file_and_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: tuple[str, str],
    line: int,
    expected: str,
) -> None:
    """Whoever edits the file is told where to look and what belongs there."""
    written(tmp_path, GOOD.replace(*change), monkeypatch)
    with pytest.raises(ConfigurationError) as raised:
        load_objectives()
    assert f"objectives.yaml:{line}:" in str(raised.value)
    assert expected in str(raised.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GOOD + GOOD.split("objectives:\n")[1], "found twice: ['traffic']"),
        (GOOD + "overrides: {wompi: {clicks: {chosen: 3}}}\n", "expected objectives of"),
        (GOOD + "overrides: {wompi: {traffic: {result: leads}}}\n", "expected a noun"),
        (GOOD + "overrides: {wompy: {traffic: {chosen: 3}}}\n", "nodes.yaml has no node 'wompy'"),
        (GOOD + "half_life_days_of: {wompy: 30}\n", "half_life_days_of: nodes.yaml has no node"),
        (
            GOOD.replace("link_clicks", "impressions\n    per: impressions"),
            "expected another result",
        ),
        (GOOD + "also_ranked:\n" + GOOD.split("objectives:\n")[1], "found twice: ['traffic']"),
    ],
)
def test_contradictions_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, expected: str
) -> None:
    """An objective twice, an override of nothing, or of another result without its noun."""
    written(tmp_path, text, monkeypatch)
    (tmp_path / "nodes.yaml").write_bytes(NODES.read_bytes())
    with pytest.raises(ConfigurationError, match=r"objectives\.yaml") as raised:
        load_objectives()
    assert expected in str(raised.value)

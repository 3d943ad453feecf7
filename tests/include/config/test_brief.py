"""A brief says what it fixes; mistakes are told with file and line, or with the field."""

from pathlib import Path

import pytest

from include.config.brief import brief_of, read_brief
from include.errors import ConfigurationError

WHOLE = """\
node: banco
objective: leads
audience: familias jóvenes de Medellín
tone: sereno
style: documental
setting: park
people: family
props: [phone, coffee]
light: golden
palette: ["#112233"]
size: { width: 1024, height: 768 }
n: 6
guidance: 4.5
seed: 7
"""


def test_a_whole_brief_is_read(tmp_path: Path) -> None:
    """Every field, in the analyst's words and the vocabulary's."""
    path = tmp_path / "brief.yaml"
    path.write_text(WHOLE, encoding="utf-8")
    brief = read_brief(path)
    assert (brief.n, brief.guidance, brief.seed) == (6, 4.5, 7)
    assert brief.size is not None and brief.size.width == 1024
    wishes = brief.wishes
    assert (wishes.setting, wishes.people, wishes.light) == ("park", "family", "golden")
    assert (wishes.props, wishes.palette) == (("phone", "coffee"), ("#112233",))


@pytest.mark.parametrize(
    ("line", "other", "told"),
    [
        (2, "objective: fame", "objective"),
        (6, "setting: moon", r"setting: .*\['moon'\] unknown, expected some of shop"),
        (7, "people: crowd", r"people: .*\['crowd'\] unknown"),
        (8, "props: [phone, sword]", r"props: .*\['sword'\] unknown"),
        (10, 'palette: ["red"]', r"palette\.0"),
        (11, "size: { width: 1000, height: 768 }", r"size\.width: .*multiple of 16"),
        (12, "n: 9", "n: "),
        (13, "guidance: 99", "guidance: "),
        (14, "seed: -1", "seed: "),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, line: int, other: str, told: str) -> None:
    """What was seen and what was expected."""
    lines = WHOLE.splitlines()
    lines[line - 1] = other
    path = tmp_path / "brief.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=rf"brief\.yaml:{line}: {told}"):
        read_brief(path)


def test_a_request_is_told_its_field() -> None:
    """JSON has no lines."""
    with pytest.raises(ConfigurationError, match="request 7: node: Field required"):
        brief_of({"objective": "sales"}, where="request 7")

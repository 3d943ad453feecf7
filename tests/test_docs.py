"""The documents say what the code does."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
CODE = [
    path
    for folder in ("include", "ranking", "generation", "plugins", "dags")
    for path in (ROOT / folder).rglob("*.py")
]


def test_every_setting_is_documented_and_every_documented_one_exists():
    """A setting nobody can find is a constant; a page about a dead one is a trap."""
    used = {name for path in CODE for name in re.findall(r'"(PAUTA_[A-Z]+)"', path.read_text())}
    text = (ROOT / "docs/operations.md").read_text()
    assert used == set(re.findall(r"^\| `(PAUTA_[A-Z]+)`", text, re.M))


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_between_pages_lead_somewhere(page):
    """Relative links and pictures."""
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_configuration_file_is_named_in_operations():
    """Whoever sets PAUTA_CONFIG has to know which files belong into the folder."""
    text = (ROOT / "docs/operations.md").read_text()
    for path in (ROOT / "include/config").glob("*.yaml"):
        assert f"`{path.name}`" in text, path.name


def test_the_map_of_the_readme_names_folders_that_exist():
    """The first page a newcomer reads."""
    text = (ROOT / "README.md").read_text()
    rows = re.findall(r"^\| (`.*?`.*?) \|", text, re.M)
    named = [name for row in rows for name in re.findall(r"`([\w/.]+/)`", row)]
    assert len(named) >= 8
    for name in named:
        places = [ROOT / name, ROOT / "include" / name]
        assert any(place.is_dir() for place in places), name


def test_committed_files_name_no_package_index():
    """An address of one company's mirror is no use, and often a secret, anywhere else."""
    for path in [*(ROOT / "requirements").iterdir(), ROOT / "pyproject.toml", ROOT / "Makefile"]:
        text = path.read_text()
        assert not re.search(r"(?<!emit-)index-url +\S|find-links|https?://\S+\.whl", text), path

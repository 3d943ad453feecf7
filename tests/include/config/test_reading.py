"""Every complaint about a reviewed file names file, line, what was seen and what was expected."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field

from include.config.reading import config_path, read_yaml
from include.errors import ConfigurationError


class Item(BaseModel):
    """One entry."""

    model_config = ConfigDict(extra="forbid")

    id: str
    share: float = Field(ge=0, le=1)


class File(BaseModel):
    """A small file."""

    model_config = ConfigDict(extra="forbid")

    version: int
    items: list[Item]


def complaint(tmp_path, text):
    """What is said about a file with this text."""
    path = tmp_path / "file.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as error:
        read_yaml(path, File)
    return str(error.value).replace(str(path), "file.yaml")


def test_a_good_file_is_read(tmp_path):
    """Comments and Spanish letters are fine."""
    path = tmp_path / "file.yaml"
    path.write_text("version: 1 # año\nitems:\n  - {id: a, share: 0.5}\n", encoding="utf-8")
    assert read_yaml(path, File) == File(version=1, items=[Item(id="a", share=0.5)])


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("version: 1\nitems:\n  - id: a\n    share: 2\n", 4, "items.0.share"),
        ("version: 1\nitems:\n  - id: a\n    share: 2\n", 4, "less than or equal to 1, got 2"),
        ("version: 1\nitems:\n  - id: a\n    share: half\n", 4, "valid number"),
        ("version: 1\nitems:\n  - id: a\n    share: 1\n    color: red\n", 5, "items.0.color"),
        ("version: 1\nitems:\n  - id: a\n    share: 1\n  - share: 1\n", 5, "items.1.id"),
        ("version: one\nitems: []\n", 1, "valid integer"),
        ("version: 1\nitems: {}\n", 2, "valid list"),
        ("items: []\n", 1, "version: Field required"),
        ("version: 1\nitems: [\n", 3, "not valid YAML"),
        ("version: 1\n\titems: []\n", 2, "not valid YAML"),
        ("version: 1\nversion 2\nitems: []\n", 3, "not valid YAML"),
        ("- a\n- b\n", 1, "the file must hold a mapping"),
        ("", 1, "the file must hold a mapping, got None"),
        ("just text\n", 1, "the file must hold a mapping"),
        ("version: 1\nitems: !!python/object/apply:os.system [ls]\n", 2, "not valid YAML"),
        ("version: 1\nversion: 2\nitems: []\n", 2, "version: given twice"),
        ("version: 1\nitems:\n- id: a\n  id: b\n  share: 1\n", 4, "id: given twice"),
    ],
)
def test_a_malformed_file_is_named_with_its_line(text, line, told, tmp_path):
    """`file:line: place: what was expected, what was seen`."""
    said = complaint(tmp_path, text)
    assert said.startswith(f"file.yaml:{line}: ")
    assert told in said


def test_every_fault_of_a_file_is_told_at_once(tmp_path):
    """Two wrong values make two lines."""
    said = complaint(tmp_path, "version: x\nitems:\n  - id: a\n    share: 7\n")
    assert [line.split(":")[1] for line in said.splitlines()] == ["1", "4"]


def test_bytes_that_are_no_text_are_a_complaint(tmp_path):
    """A file saved in another encoding is named, with what was expected."""
    path = tmp_path / "file.yaml"
    path.write_bytes(b"version: 1\nname: a\xf1o\n")
    with pytest.raises(ConfigurationError, match=r"file.yaml:2: not UTF-8"):
        read_yaml(path, File)


def test_control_characters_are_a_complaint(tmp_path):
    """YAML allows none."""
    said = complaint(tmp_path, "version: 1\nitems: \x00\n")
    assert said.startswith("file.yaml:2: not valid YAML: special characters are not allowed")


def test_a_date_that_does_not_exist_is_a_complaint(tmp_path):
    """YAML reads 2026-02-30 as a date, which it is not."""
    said = complaint(tmp_path, "version: 2026-02-30\nitems: []\n")
    assert said == "file.yaml: not valid YAML: day is out of range for month."


def test_a_missing_file_is_named(tmp_path):
    """The message says which setting names the folder."""
    with pytest.raises(ConfigurationError, match=r"nodes.yaml: no such file; set PAUTA_CONFIG"):
        read_yaml(tmp_path / "nodes.yaml", File)


def test_the_folder_is_one_setting(monkeypatch, tmp_path):
    """`PAUTA_CONFIG`, else the folder of the package."""
    monkeypatch.delenv("PAUTA_CONFIG", raising=False)
    assert config_path("nodes.yaml").is_file()
    monkeypatch.setenv("PAUTA_CONFIG", str(tmp_path))
    assert config_path("nodes.yaml") == Path(tmp_path) / "nodes.yaml"


def test_a_complaint_about_a_list_that_is_too_short_names_the_list(tmp_path):
    """The schema may speak of an item that the file does not have."""
    from pydantic import BaseModel

    class Colour(BaseModel):
        rgb: tuple[int, int, int]

    path = tmp_path / "colour.yaml"
    path.write_text("# a colour\nrgb: [1, 2]\n")
    with pytest.raises(ConfigurationError, match=r"colour\.yaml:2: rgb\.2"):
        read_yaml(path, Colour)

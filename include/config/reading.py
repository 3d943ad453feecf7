"""Reading the reviewed YAML files, with file and line in every complaint."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from include.errors import ConfigurationError

Model = TypeVar("Model", bound=BaseModel)


def config_path(name: str) -> Path:
    """Where a configuration file lies: the folder `PAUTA_CONFIG`, else beside this module."""
    folder = os.environ.get("PAUTA_CONFIG")
    return Path(folder) / name if folder else Path(__file__).parent / name


def read_yaml(path: Path, model: type[Model]) -> Model:
    """The file's content, checked against `model`.

    Raises:
        ConfigurationError: the file is missing, is not YAML, or breaks the schema. The
            message gives `file:line`, what was seen, and what was expected.
    """
    try:
        data = path.read_bytes()
        text = data.decode("utf-8")
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"{path}: no such file; set PAUTA_CONFIG to its folder."
        ) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigurationError(
            f"{path}:{line}: not UTF-8, got byte {error.object[error.start]:#04x}; save the file "
            "as UTF-8."
        ) from error
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationError(f"{path}:{line}: not valid YAML: {error.problem}.") from error
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise ConfigurationError(f"{path}:{line}: not valid YAML: {error.reason}.") from error
    except ValueError as error:
        # PyYAML makes dates of what looks like one; 2026-02-30 does and is none.
        raise ConfigurationError(f"{path}: not valid YAML: {error}.") from error
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path}:1: the file must hold a mapping, got {content!r:.60}.")
    twice = [f"{path}:{line}: {key}: given twice, expected once." for line, key in _twice(tree)]
    if twice:
        raise ConfigurationError("\n".join(twice))
    try:
        return model.model_validate(content)
    except ValidationError as error:
        complaints = [
            f"{path}:{_line(tree, item['loc'])}: {'.'.join(map(str, item['loc'])) or 'file'}: "
            f"{item['msg']}, got {item['input']!r:.60}."
            for item in error.errors(include_url=False)
        ]
        raise ConfigurationError("\n".join(complaints)) from error


def _twice(tree: yaml.Node | None) -> Iterator[tuple[int, str]]:
    """Keys that a mapping has already had, with their line; YAML would let the last one win."""
    if isinstance(tree, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in tree.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    yield key.start_mark.line + 1, key.value
                seen.add(key.value)
            yield from _twice(value)
    elif isinstance(tree, yaml.SequenceNode):
        for item in tree.value:
            yield from _twice(item)


def _line(tree: yaml.Node | None, location: tuple[int | str, ...]) -> int:
    """The line (from 1) of the deepest part of `location` that the file really has."""
    line = 1
    for step in location:
        if isinstance(tree, yaml.MappingNode):
            pairs = [(k, v) for k, v in tree.value if k.value == str(step)]
            if not pairs:
                break
            key, tree = pairs[0]
            line = key.start_mark.line + 1
        elif (
            isinstance(tree, yaml.SequenceNode) and isinstance(step, int) and step < len(tree.value)
        ):
            tree = tree.value[step]
            line = tree.start_mark.line + 1
        else:
            break
    return line

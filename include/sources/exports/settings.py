"""What an export cannot tell by itself: `settings.yaml` beside the files of an account."""

from __future__ import annotations

from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from include.errors import ConfigurationError

FILE = "settings.yaml"


class Settings(BaseModel):
    """All optional; each answers a question that a message about a file asks.

    Args:
        date_format: how days such as 01/11/2026 are meant.
        decimal: which sign stands before the decimals, where a column's amounts could be both.
        columns: header as it stands in the file -> our name for it, for headers that
            `include/sources/exports/names.py` does not know.
        pictures: ad id -> names of its picture files, in order.
    """

    model_config = ConfigDict(extra="forbid")

    date_format: Literal["d/m/Y", "m/d/Y"] | None = None
    decimal: Literal[",", "."] | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    pictures: dict[str, list[str]] = Field(default_factory=dict)


def read_settings(data: bytes, where: str) -> Settings:
    """The settings in these bytes.

    Raises:
        ConfigurationError: they are no YAML mapping, or hold something else.
    """
    try:
        content = yaml.safe_load(data.decode("utf-8-sig"))
        return Settings.model_validate({} if content is None else content)
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(map(str, item['loc'])) or 'file'}: {item['msg']}, got {item['input']!r:.60}"
            for item in error.errors(include_url=False)
        )
        raise ConfigurationError(f"{where}: {told}. See docs/exports.md.") from error
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigurationError(f"{where}: no YAML text in UTF-8: {error}.") from error

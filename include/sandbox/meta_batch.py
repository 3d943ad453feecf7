"""Several reads in one call: `POST /<version>/` with `batch`, each with an answer of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import orjson

from include.sandbox.meta_fields import MISSING, Fields, MetaError, parse_fields
from include.sandbox.meta_request import Params

_MOST = 50

Read = Callable[[str, Fields | None], dict[str, Any] | None]


def batch(params: Params, read: Read) -> list[dict[str, Any]]:
    """The answers, in order; each with a code and a body that is JSON in a string.

    Raises:
        MetaError: there is no batch, or too many reads are in it.
    """
    asked = params.array("batch")
    if not asked:
        raise MetaError("(#100) The parameter batch is required", code=100)
    if len(asked) > _MOST:
        raise MetaError(
            f"(#100) Too many requests in batch message. Maximum batch size is {_MOST}", code=100
        )
    return [_answer(one, read) for one in asked]


def _answer(asked: Any, read: Read) -> dict[str, Any]:
    try:
        if not isinstance(asked, dict) or asked.get("method") != "GET":
            raise MetaError("(#100) Unsupported method, GET required", code=100)
        path, _, query = str(asked.get("relative_url")).partition("?")
        fields = dict(parse_qsl(query)).get("fields")
        name = path.strip("/").rpartition("/")[2]
        node = read(name, None if fields is None else parse_fields(fields))
        if node is None:
            raise MetaError(MISSING.format(name), code=100, subcode=33)
    except MetaError as error:
        return {"code": error.http, "body": orjson.dumps(error.body()).decode()}
    return {"code": 200, "body": orjson.dumps(node).decode()}

"""A request to Meta's sandbox: its parameters, wherever they stand, and who is asking."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from include.sandbox.credentials import META_TOKEN
from include.sandbox.desk import base_url
from include.sandbox.meta_fields import Fields, MetaError, parse_fields
from include.sandbox.meta_insights import Asked, time_range

VERSIONS = ("v21.0", "v22.0", "v23.0", "v24.0", "v25.0", "v26.0")
APP_SECRET = "0123456789abcdef0123456789abcdef"  # noqa: S105 - opens nothing but the sandbox
_FILTERS = {
    "effective_status": "IN",
    "updated_time": "GREATER_THAN",
    "impressions": "GREATER_THAN",
}
_ACTION_BREAKDOWNS = {"action_type"}


class Params:
    """The parameters of one request, from its address and its form."""

    def __init__(self, request: Request, form: bytes) -> None:
        self.method = request.method
        self.version: str = request.path_params["version"]
        self.path: str = request.path_params["path"].strip("/")
        self.base = base_url(request)
        self.url_path = request.url.path
        self._bearer = request.headers.get("authorization", "").partition("Bearer ")[2]
        pairs = [*request.query_params.multi_items(), *parse_qsl(form.decode("utf-8", "replace"))]
        self.all: dict[str, str] = dict(pairs)
        self.repeated = [value for name, value in pairs if name == "hashes[]"]

    def get(self, name: str) -> str | None:
        """One parameter's text."""
        return self.all.get(name)

    def check(self) -> None:
        """The version, the token, and the proof that goes with it when one is given.

        Raises:
            MetaError: one of them is not right.
        """
        if self.version not in VERSIONS:
            raise MetaError(
                f"(#2635) You are calling a deprecated version of the Ads API ({self.version}). "
                f"Please update to the latest version: {VERSIONS[-1]}.",
                code=2635,
            )
        token = self._bearer or self.get("access_token")
        if not token:
            raise MetaError("An active access token must be used to query information.", code=2500)
        if token != META_TOKEN:
            raise MetaError(
                "Error validating access token: Session has expired on Thursday, 19-Nov-26 "
                "10:00:00 PST.",
                code=190,
                subcode=463,
            )
        proof = self.get("appsecret_proof")
        right = hmac.new(APP_SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()
        if proof is not None and not hmac.compare_digest(proof, right):
            raise MetaError("Invalid appsecret_proof provided in the API argument", code=100)

    def fields(self) -> Fields | None:
        """The asked fields."""
        text = self.get("fields")
        return None if text is None else parse_fields(text)

    def array(self, name: str) -> list[Any] | None:
        """A parameter that is a JSON array.

        Raises:
            MetaError: it is something else.
        """
        text = self.get(name)
        if text is None:
            return None
        try:
            value = json.loads(text)
        except ValueError as error:
            raise MetaError(f"(#100) param {name} must be an array.", code=100) from error
        if not isinstance(value, list):
            raise MetaError(f"(#100) param {name} must be an array.", code=100)
        return value

    def filters(self) -> dict[str, Any]:
        """Filters by the last part of their field: `ad.impressions` is `impressions`."""
        found: dict[str, Any] = {}
        for each in self.array("filtering") or []:
            field = str(each.get("field")).rpartition(".")[2]
            if _FILTERS.get(field) != each.get("operator"):
                raise MetaError(
                    f"(#100) Filtering field {each.get('field')} with operation "
                    f"{each.get('operator')} is not supported",
                    code=100,
                )
            found[field] = each.get("value")
        return found

    def statuses(self) -> frozenset[str] | None:
        """The statuses that are asked for, either way."""
        asked: Sequence[str] | None = self.array("effective_status")
        if asked is None:
            asked = self.filters().get("effective_status")
        return None if asked is None else frozenset(asked)

    def updated_since(self, now: datetime) -> datetime | None:
        """The instant since which something must have changed."""
        seconds = self.filters().get("updated_time", self.get("updated_since"))
        return None if seconds is None else datetime.fromtimestamp(int(seconds), now.tzinfo)

    def number(self, name: str, default: int) -> int:
        """A parameter that is a positive number.

        Raises:
            MetaError: it is something else.
        """
        text = self.all.get(name, str(default))
        if not text.isdecimal() or int(text) < 1:
            raise MetaError(f"(#100) param {name} must be a positive integer", code=100)
        return int(text)


def insights_of(params: Params | Mapping[str, str], today: date, node: str | None) -> Asked:
    """The insights query that these parameters are.

    Raises:
        MetaError: a parameter is missing or wrong.
    """
    asked = params if isinstance(params, Params) else _Stored(params)
    since, until = time_range(asked.get("time_range"), today)
    increment = asked.get("time_increment") or "all_days"
    if increment not in {"1", "all_days"}:
        raise MetaError("(#100) The sandbox knows time_increment 1 and all_days", code=100)
    if asked.get("breakdowns") is not None:
        raise MetaError("(#100) The sandbox knows no breakdowns", code=100)
    if set(asked.array("action_breakdowns") or ()) - _ACTION_BREAKDOWNS:
        raise MetaError("(#100) The sandbox knows the action breakdown action_type", code=100)
    return Asked(
        since=since,
        until=until,
        level=asked.get("level") or "account",
        daily=increment == "1",
        fields=tuple(f for f in (asked.get("fields") or "impressions,spend").split(",") if f),
        windows=tuple(map(str, asked.array("action_attribution_windows") or ())),
        statuses=asked.statuses(),
        least_impressions=int(asked.filters().get("impressions", 0)),
        node=node,
    )


class _Stored(Params):
    """Parameters that a report was started with."""

    def __init__(self, asked: Mapping[str, str]) -> None:
        self.all = dict(asked)

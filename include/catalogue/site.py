"""What the routes of the catalogue share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine
from starlette.requests import Request

from include.catalogue.delivery import Assets
from include.catalogue.formats import BOGOTA
from include.catalogue.pages import Pages
from include.catalogue.places import Places
from include.store import Store

# The page of one run of one DAG in Airflow's own user interface.
RunUrl = Callable[[str, str], str]

# Starts the run that makes a set, for whoever sends the request and with these parameters;
# gives its id. PermissionError: this user may not. LookupError: there is nothing to start.
Fulfil = Callable[[Request, Mapping[str, Any]], Awaitable[str]]


@dataclass(frozen=True)
class Site:
    """What the routes share."""

    store: Store
    engine: Engine
    assets: Assets
    places: Places
    pages: Pages
    now: Callable[[], datetime]
    run_url: RunUrl | None
    fulfil: Fulfil | None

    def today(self) -> date:
        """Which day it is in Bogota; ages of sets are counted from it."""
        return self.now().astimezone(BOGOTA).date()

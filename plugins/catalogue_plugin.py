"""Puts the catalogue into Airflow: at `/catalogue/`, in the side bar, behind Airflow's login.

Airflow executes this file in every component and every task process, so the app is made
when the api-server reads the list, and nothing of the web is imported before.
"""

from __future__ import annotations

from typing import Any

from airflow.plugins_manager import AirflowPlugin

from pauta.catalogue import ICON, catalogue_app


class MadeWhenRead:
    """The list of apps; only the api-server reads it."""

    apps: list[dict[str, Any]] | None = None

    def __get__(self, plugin: object, owner: type) -> list[dict[str, Any]]:
        if self.apps is None:
            self.apps = [{"app": catalogue_app(), "url_prefix": "/catalogue", "name": "Catálogo"}]
        return self.apps


class CataloguePlugin(AirflowPlugin):
    """One app and one entry of the side bar."""

    name = "catalogue"
    fastapi_apps = MadeWhenRead()
    external_views = [  # noqa: RUF012
        {
            "name": "Catálogo",
            "href": "/catalogue/",
            "url_route": "catalogue",
            "destination": "nav",
            "nav_top_level": True,
            "icon": ICON.format("%233f4750"),
            "icon_dark_mode": ICON.format("%23e6e8ea"),
        }
    ]

"""Reads pages as tests do: elements, words, and a catalogue over another store."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from fastapi.testclient import TestClient

from include.catalogue.app import create_app
from include.store import LocalStore
from tests.include.catalogue.conftest import ana, login_url


class Reader(HTMLParser):
    """Collects elements and their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def elements(page: str, tag: str | None = None) -> list[dict[str, str | None]]:
    """The attributes of every element, or of those with one tag."""
    reader = Reader()
    reader.feed(page)
    return [attributes for name, attributes in reader.elements if tag in (None, name)]


def words(page: str) -> str:
    """The page's text, spaces collapsed."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page)).replace("\u00a0", " ")


def fresh_client(store: LocalStore, url: str) -> TestClient:
    """A catalogue over another store."""
    app = create_app(store=store, database_url=url, current_user=ana, login_url=login_url)
    return TestClient(app, follow_redirects=False, raise_server_exceptions=False)

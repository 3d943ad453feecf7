"""Great Expectations' result pages as we show them: without anything foreign, alike each time."""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime, time
from typing import Any

from include.sources.replies import Account
from include.store import Store

# Great Expectations' page loads styles, scripts and a logo (with an installation id) from nine
# foreign hosts. The readers' browsers must call none: these parts go, and the policy keeps
# anything that a later version adds from loading.
_FOREIGN = re.compile(
    r"<script\b.*?</script>|<link\b[^>]*>|<img\b[^>]*>|<footer\b.*?</footer>|<style\b.*?</style>"
    r'|<a [^>]*href="\.\./\.\./[^>]*>'
    r"|-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",  # element ids drawn at random
    re.DOTALL | re.IGNORECASE,
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem;
  color: #1d2330; background: #fff; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; }
td, th { border: 1px solid #d5d9e0; padding: .35rem .6rem; text-align: left; vertical-align: top; }
.badge { background: #eef0f4; border-radius: .3rem; padding: 0 .3rem; }
body > nav, .card, .collapse, .btn, .modal, form, [data-toggle=collapse] { display: none; }
.fa-check-circle::before { content: "✓"; color: #0a7d4f; }
.fa-times::before { content: "✗"; color: #b3261e; }
.fa-exclamation-triangle::before { content: "!"; color: #8a5a00; }
"""


def page_of(result: Any, title: str, day: date, *, index: str) -> str:
    """The page of one result; the same rows give the same page.

    Args:
        index: where the page that lists all pages lies, seen from this one.
    """
    from great_expectations.core.run_identifier import RunIdentifier
    from great_expectations.render.renderer import ValidationResultsPageRenderer
    from great_expectations.render.view import DefaultJinjaPageView

    # What differs between two runs over the same rows is no part of the page.
    for changing in ("batch_markers", "validation_id", "validation_time"):
        result.meta.pop(changing, None)
    result.meta["run_id"] = RunIdentifier(
        run_name=title,
        run_time=datetime.combine(day, time(), UTC),
    )
    document = ValidationResultsPageRenderer().render(result)
    drawn = DefaultJinjaPageView().render(document)
    body = drawn.partition("<body>")[2].rpartition("</body>")[0]
    return _document(title, f'<p><a href="{index}">All pages</a></p>' + _FOREIGN.sub("", body))


def _document(title: str, body: str) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head>\n"
        f"<body><h1>{html.escape(title)}</h1>\n{body}</body></html>\n"
    )


def write_index(store: Store, account: Account) -> None:
    """One page per account that leads to all its pages, newest first."""
    title = f"Data Docs: {account.platform} {account.account_id}"
    write_list(store, f"data_docs/{account.platform}/{account.account_id}", title)


def write_list(store: Store, folder: str, title: str) -> None:
    """One page in a folder that leads to all pages below it, newest first."""
    pages = [
        key.removeprefix(f"{folder}/")
        for key in store.keys(folder)
        if key != f"{folder}/index.html"
    ]
    links = "\n".join(
        f'<li><a href="{html.escape(page)}">{html.escape(page.removesuffix(".html"))}</a></li>'
        for page in sorted(pages, reverse=True)
    )
    store.write(f"{folder}/index.html", _document(title, f"<ul>\n{links}\n</ul>\n").encode())

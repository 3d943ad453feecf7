"""From a platform's name and an account to what talks to it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import requests

    from include.collect import Client
    from include.sources.replies import Account

# Imported when asked for: a hook brings `requests`, which parsing a DAG file does not need.
HOOKS = {
    "meta": "MetaHook",
    "google_ads": "GoogleAdsHook",
    "x_ads": "XAdsHook",
    "linkedin_ads": "LinkedInAdsHook",
}


def hook_for(account: Account) -> Any:
    """The hook of the account's platform, on the account's connection."""
    module = import_module(f"pauta.hooks.{account.platform}")
    return getattr(module, HOOKS[account.platform])(account.connection)


def by_exports(account: Account) -> bool:
    """Whether somebody exports the account's files by hand; it then has no connection."""
    from include.config.nodes import load_nodes

    return load_nodes().source_of(account.platform, account.account_id) == "exports"


def client_for(account: Account) -> Client:
    """The client that reads the account: its platform's API, or the files of the inbox."""
    if by_exports(account):
        from include.sources import exports
        from include.store import open_store

        return exports.Client(open_store(), platform=account.platform)
    return cast("Client", hook_for(account).get_conn())


def image_hosts_for(account: Account) -> frozenset[str]:
    """The hosts that picture files may be fetched from, `host` or `host:port`."""
    if by_exports(account):
        return frozenset()
    return cast("frozenset[str]", hook_for(account).image_hosts())


def session_for(account: Account) -> requests.Session:
    """A session for picture files: no platform's secret belongs in it."""
    import requests

    session = requests.Session()
    session.headers["User-Agent"] = f"pauta ({account.platform})"
    return session

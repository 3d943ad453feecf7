"""Reading one account by hand: what the collecting DAGs do, with progress and a summary."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import requests
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from include.changes import Change, changes
from include.collect import (
    fetch_pictures,
    land_raw,
    load_reading,
    move_bookmark,
    raw_folder,
    read_landing,
)
from include.config.nodes import load_nodes
from include.errors import ConfigurationError
from include.lake import Partition, read_table
from include.sources import exports
from include.sources.environment import client_from, image_hosts_from
from include.sources.memory import Memory
from include.sources.replies import Account, Reply, Window
from include.store import Store, open_store
from include.tables import RESTATEMENT_DAYS

STEPS = ("land raw replies", "check and publish tables", "fetch pictures", "move the bookmark")


@dataclass(frozen=True)
class Request:
    """What somebody asked for on the command line.

    Args:
        host: base URL of the API; None takes the connection's, else the platform's own.
        connection: id of an Airflow connection in the environment.
        image_hosts: where pictures may come from; empty takes the connection's or platform's.
        out: a folder or `s3://bucket/prefix`; None takes the installation's own.
    """

    platform: str
    account_id: str
    since: date | None = None
    until: date | None = None
    host: str | None = None
    connection: str | None = None
    image_hosts: frozenset[str] = frozenset()
    out: str | None = None


class Watched:
    """A client whose replies are counted on the way."""

    def __init__(self, client: Any, progress: Progress, task: Any) -> None:
        self._client = client
        self._progress = progress
        self._task = task
        self.replies = 0

    @property
    def memory(self) -> Memory | None:
        """The client's own."""
        found: Memory | None = self._client.memory
        return found

    @memory.setter
    def memory(self, memory: Memory | None) -> None:
        self._client.memory = memory

    def fetch(self, account: Account, window: Window, *, now: datetime) -> Iterator[Reply]:
        """The client's replies, each told to the progress bar."""
        for reply in self._client.fetch(account, window, now=now):
            self.replies += 1
            told = f"{STEPS[0]}: {reply.entity}, {self.replies} replies"
            self._progress.update(self._task, description=told)
            yield reply


def collect(
    request: Request, environment: Mapping[str, str], *, now: datetime, console: Console
) -> None:
    """Read an account into the lake, and print what came of it."""
    store = open_store(request.out)
    source, account, client = _source(request, environment, store)
    window = _window(request, account, now)
    hosts: frozenset[str] = frozenset()
    if source == "api":
        hosts = request.image_hosts or image_hosts_from(
            environment, request.platform, connection=request.connection
        )
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as progress:
        task = progress.add_task(STEPS[0], total=len(STEPS))
        watched = Watched(client, progress, task)
        land_raw(
            store,
            watched,
            account,
            window.until,
            run_id=f"cli__{now:%Y-%m-%dT%H:%M:%S}",
            now=now,
            window_days=(window.until - window.since).days + 1,
        )
        progress.update(task, completed=1, description=STEPS[1])
        counts = load_reading(store, account, window.until)
        progress.update(task, completed=2, description=STEPS[2])
        with requests.Session() as session:
            pictures = fetch_pictures(
                store,
                account,
                window.until,
                session=session,
                hosts=hosts,
                refresh=partial(client.refresh_images, account),
            )
        progress.update(task, completed=3, description=STEPS[3])
        through = move_bookmark(store, account, window.until)
        progress.update(task, completed=4, description=f"{watched.replies} replies")
    _summarise(store, account, window.until, counts, console)
    told = ", ".join(f"{count} {status}" for status, count in sorted(pictures.items()))
    console.print(f"pictures: {told or 'none'}", highlight=False)
    console.print(f"bookmark: {through}", highlight=False)
    console.print(f"in: {store.root}", highlight=False, markup=False, soft_wrap=True)


def replay(platform: str, account_id: str, day: date, *, out: str | None, console: Console) -> None:
    """Rebuild the tables of a landed reading without the network, and print what came of it."""
    from include.collect import replay as rebuild

    store = open_store(out)
    account = _landed_account(store, platform, account_id, day)
    if not store.exists(f"{raw_folder(account, day)}/landing.json"):
        raise FileNotFoundError(
            f"{platform} {account_id} {day}: nothing was landed that day in {store.root}. A day "
            "is named by the last report day of its reading; collect it first."
        )
    counts = rebuild(store, account, day)
    _summarise(store, account, day, counts, console)


def list_changes(
    platform: str, account_id: str, day: date | None, *, each_ad: bool, console: Console
) -> None:
    """Print what a reading told otherwise than the one before, per ad or summed per day."""
    newest, found = changes(open_store(), platform, account_id, day)
    told: dict[tuple[str, ...], list[Change]] = {}
    for change in found:
        ad = (_plain(change.ad_id),) if each_ad else ()
        told.setdefault((str(change.report_date), *ad, change.metric), []).append(change)
    words = ("report day", "ad", "metric") if each_ad else ("report day", "metric", "ads")
    table = Table(*words, "before", "after", title=f"{platform} {account_id}, read {newest}")
    for place, group in told.items():
        count = () if each_ad else (str(len(group)),)
        sums = (_summed([c.before for c in group]), _summed([c.after for c in group]))
        table.add_row(*place, *count, *sums)
    console.print(table if found else f"{platform} {account_id}: {newest} changed nothing.")


def _summed(numbers: Sequence[Decimal | None]) -> str:
    """Their sum without needless zeros; a dash when nobody told any."""
    known = [number for number in numbers if number is not None]
    return f"{sum(known, Decimal()).normalize():,f}" if known else "-"


def list_accounts(
    platform: str,
    environment: Mapping[str, str],
    *,
    host: str | None,
    connection: str | None,
    console: Console,
) -> None:
    """Print the accounts that the credentials can read."""
    client = client_from(environment, platform, host=host, connection=connection)
    named = {account.account_id for account in load_nodes().accounts_of(platform)}
    accounts = client.accounts()
    words = ["id", "name", "currency", "timezone", "status"]
    if platform == "google_ads":
        words.append("login_customer_id")
    table = Table(*words, "nodes.yaml")
    # Whatever else is cut on a narrow terminal, the id is what one came for.
    table.columns[0].min_width = max((len(str(found["id"])) for found in accounts), default=2)
    for found in accounts:
        cells = ("" if found.get(word) is None else _plain(found[word]) for word in words)
        table.add_row(*cells, "yes" if str(found["id"]) in named else "no")
    console.print(table)


def _source(
    request: Request, environment: Mapping[str, str], store: Store
) -> tuple[str, Account, Any]:
    """`api` or `exports`, the account, and what reads it.

    Raises:
        ConfigurationError: the account is neither in nodes.yaml nor among those the
            credentials can read.
    """
    nodes = load_nodes()
    named = {account.account_id: account for account in nodes.accounts_of(request.platform)}
    account = named.get(request.account_id)
    if account and nodes.source_of(request.platform, request.account_id) == "exports":
        return "exports", account, exports.Client(store, platform=request.platform)
    client = client_from(
        environment, request.platform, host=request.host, connection=request.connection
    )
    if account is not None:
        return "api", account, client
    told = _discovered(request, client)
    manager = told.get("login_customer_id")
    if manager:
        # Google shows such an account only to who comes through its manager.
        through = {**environment, "GOOGLE_ADS_LOGIN_CUSTOMER_ID": manager}
        client = client_from(
            through, request.platform, host=request.host, connection=request.connection
        )
    return "api", _described(request, told), client


def _discovered(request: Request, client: Any) -> Mapping[str, Any]:
    """What the platform tells of an account that nodes.yaml does not name."""
    found = {str(each["id"]): each for each in client.accounts()}
    told = found.get(request.account_id)
    if told is None:
        raise ConfigurationError(
            f"{request.platform}: no account {request.account_id!r:.60}; the credentials can read "
            f"{sorted(found)}."
        )
    return dict(told)


def _described(request: Request, told: Mapping[str, Any]) -> Account:
    if not told["currency"] or not told["timezone"]:
        raise ConfigurationError(
            f"{request.platform} {request.account_id}: the platform tells currency "
            f"{told['currency']!r} and time zone {told['timezone']!r}, and both are needed. Add "
            "the account to nodes.yaml."
        )
    return Account(
        platform=request.platform,
        account_id=request.account_id,
        name=told["name"] or request.account_id,
        currency=told["currency"],
        timezone=told["timezone"],
        connection=request.connection or "",
        lookback_days=RESTATEMENT_DAYS[request.platform],
    )


def _window(request: Request, account: Account, now: datetime) -> Window:
    """The days asked for: up to the last complete one, as many as the account looks back."""
    yesterday = now.astimezone(ZoneInfo(account.timezone)).date() - timedelta(days=1)
    until = yesterday if request.until is None else request.until
    if until > yesterday:
        raise ValueError(
            f"--until {until}: the last complete day of {account.account_id} in "
            f"{account.timezone} is {yesterday}."
        )
    back = timedelta(days=account.lookback_days - 1)
    return Window(until - back if request.since is None else request.since, until)


def _landed_account(store: Store, platform: str, account_id: str, day: date) -> Account:
    """The account as nodes.yaml names it, else as the reading itself described it."""
    nodes = load_nodes()
    if account_id in {account.account_id for account in nodes.accounts_of(platform)}:
        return nodes.account(platform, account_id)
    unknown = Account(platform, account_id, account_id, "", "", "", RESTATEMENT_DAYS[platform])
    key = Partition("accounts", day, platform, account_id).key
    if not store.exists(f"{raw_folder(unknown, day)}/landing.json") or not store.exists(key):
        # The message lists the accounts that nodes.yaml names.
        return nodes.account(platform, account_id)
    row = read_table(store, key).to_pylist()[0]
    return replace(unknown, name=row["name"], currency=row["currency"], timezone=row["timezone"])


def _summarise(
    store: Store,
    account: Account,
    day: date,
    counts: Mapping[str, Mapping[str, int]],
    console: Console,
) -> None:
    """Rows per table, and what was seen that nobody mapped."""
    where = f"{account.platform} {account.account_id}"
    landing = read_landing(store, account, day)
    table = Table("table", "read", "accepted", "quarantined")
    table.title = f"{where}, {landing.since} to {day}"
    for name, count in counts.items():
        cells = (f"{count[word]:,}" for word in ("read", "accepted", "quarantined"))
        table.add_row(name, *cells)
    for column in table.columns[1:]:
        column.justify = "right"
    console.print(table)
    unknown = _unknown(store, account, day, landing.run_id)
    if unknown:
        news = Table("not known to Pauta, kept in raw", "times")
        news.columns[1].justify = "right"
        for name, times in unknown.items():
            news.add_row(_plain(name), f"{times:,}")
        console.print(news)
    else:
        console.print("nothing unknown", highlight=False)


def _unknown(store: Store, account: Account, day: date, run_id: str) -> dict[str, int]:
    """What the reading's quality report says was seen and not understood."""
    end = f"day={day}/platform={account.platform}/account={account.account_id}/ad_daily.json"
    for key in store.keys("quality"):
        if key.endswith(f"/{end}"):
            told = json.loads(store.read(key))
            if told["run_id"] == run_id:
                return dict(told.get("unknown", {}))
    return {}


def _plain(text: object) -> str:
    """Somebody else's text, which is no markup and has no control characters."""
    shown = "".join(letter if letter.isprintable() else " " for letter in str(text))
    return escape(shown)

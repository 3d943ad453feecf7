"""The `pauta` command: the same work as the DAGs, by hand."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from include.errors import (
    AccountUnreadable,
    AuthenticationExpired,
    ConfigurationError,
    QualityFailed,
    RateLimited,
    SchemaDrift,
    SourceUnavailable,
)
from include.provenance_commands import add_provenance

if TYPE_CHECKING:
    from rich.console import Console

# What a person at a terminal can act on, and the exit code that tells it to a script; anything
# else is a defect and shows its traceback. 2 is argparse's.
EXIT_CODES: tuple[tuple[type[Exception], int, str], ...] = (
    (AuthenticationExpired, 3, "the credentials were refused"),
    (AccountUnreadable, 4, "the account cannot be read"),
    (RateLimited, 5, "the platform asks to wait longer than five minutes"),
    (SourceUnavailable, 6, "the host does not answer; later may help"),
    (QualityFailed, 7, "checks failed, nothing was published"),
    (SchemaDrift, 8, "the platform changed its replies"),
    (ConfigurationError, 1, "a setting or a file is wrong"),
    (FileNotFoundError, 1, "something is not there"),
    (ValueError, 1, "a mistake in the command"),
)
PLATFORMS = ["meta", "google_ads", "x_ads", "linkedin_ads"]


class _Stderr(logging.Handler):
    """Writes to what stderr is just now: a progress bar puts something above itself there."""

    def emit(self, record: logging.LogRecord) -> None:
        print(self.format(record), file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; returns the exit code."""
    options = parser().parse_args(arguments)
    logging.basicConfig(format="%(levelname)s %(message)s", handlers=[_Stderr()])
    for name in ("include", "ranking", "generation"):
        logging.getLogger(name).setLevel(logging.INFO)
    try:
        code: int = options.run(options)
    except tuple(kind for kind, _, _ in EXIT_CODES) as error:
        print(f"pauta {options.command}: {error}", file=sys.stderr)
        return next(code for kind, code, _ in EXIT_CODES if isinstance(error, kind))
    return code


def parser() -> argparse.ArgumentParser:
    """Every subcommand and its options."""
    top = argparse.ArgumentParser(prog="pauta", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)

    demo = commands.add_parser("demo", help="the whole chain on this machine, over sandbox data")
    demo.add_argument("--once", action="store_true", help="end when all is there")
    demo.set_defaults(run=_demo)

    sandbox = commands.add_parser("sandbox", help="serve the four platforms over a synthetic world")
    sandbox.add_argument("--port", type=int, default=8765)
    sandbox.add_argument("--now", type=_instant, help="freeze the clock, e.g. 2026-11-20T12:00Z")
    sandbox.add_argument("--creatives-per-month", type=int, default=640)
    sandbox.add_argument("--cache", type=Path, help="folder for drawn pictures")
    sandbox.add_argument("--mail-port", type=int, help="also take mail on this port")
    sandbox.add_argument("--mail-folder", type=Path, default=Path("mail"))
    sandbox.set_defaults(run=_sandbox)

    _add_reading(commands)

    build = commands.add_parser("build", help="build the warehouse from the lake")
    build.add_argument("--day", type=date.fromisoformat, required=True)
    build.set_defaults(run=_build)

    changed = commands.add_parser("changes", help="what the newest reading told otherwise")
    changed.add_argument("--platform", choices=PLATFORMS, required=True)
    changed.add_argument("--account", required=True)
    changed.add_argument("--day", type=date.fromisoformat, help="of the newest reading up to it")
    changed.add_argument("--ads", action="store_true", help="each ad; else sums per report day")
    changed.set_defaults(run=_changes)

    describe = commands.add_parser("describe", help="describe every picture that has none")
    describe.add_argument("--profile", help="default: PAUTA_PROFILE, else storyboard")
    describe.add_argument("--images", type=Path, metavar="DIR", help="a folder of files instead")
    describe.add_argument(
        "--out", type=Path, metavar="FILE", help=".parquet or .jsonl for --images"
    )
    describe.set_defaults(run=_describe)

    rank = commands.add_parser("rank", help="write the leaderboards of a day")
    rank.add_argument("--day", type=date.fromisoformat, required=True)
    rank.set_defaults(run=_rank)

    generate = commands.add_parser("generate", help="make the sets of a night, or of one brief")
    generate.add_argument("--night", type=date.fromisoformat, help="night to make sets for")
    generate.add_argument("--brief", type=Path, help="YAML file with one brief")
    generate.add_argument("--profile", help="default: PAUTA_PROFILE, else storyboard")
    generate.add_argument("--again", type=Path, metavar="MANIFEST", help="make one image again")
    generate.add_argument("--image", type=int, default=1, help="which one, with --again")
    generate.add_argument("--out", type=Path, help="folder for the images")
    generate.set_defaults(run=_generate)

    add_provenance(commands)

    publish = commands.add_parser("publish", help="thumbnails and rows for the catalogue")
    publish.set_defaults(run=_publish)

    catalogue = commands.add_parser("catalogue", help="serve the catalogue alone, on loopback only")
    catalogue.add_argument("--port", type=int, default=8081)
    catalogue.set_defaults(run=_catalogue)

    doctor = commands.add_parser("doctor", help="what is there, how fresh it is, what is missing")
    doctor.set_defaults(run=_doctor)
    return top


def _add_reading(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """What reads accounts: collect, accounts, replay."""
    codes = "\n".join(f"  {code}  {meaning}" for _, code, meaning in EXIT_CODES[:-2])
    collect = commands.add_parser(
        "collect",
        help="read one account into the lake",
        description="Read one account over its platform's API, or from its exports.",
        epilog="Credentials come from the environment, such as META_ACCESS_TOKEN, or from a "
        f"connection.\n\nexit codes:\n{codes}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_platform(collect)
    collect.add_argument("--account", required=True, help="account id; also one not in nodes.yaml")
    collect.add_argument("--since", type=date.fromisoformat, help="default: as nodes.yaml says")
    collect.add_argument("--until", type=date.fromisoformat, help="default: yesterday")
    collect.add_argument("--out", metavar="DIR", help="folder or s3://…; default: PAUTA_DATA")
    collect.add_argument(
        "--image-host", action="append", default=[], help="host[:port], repeatable"
    )
    collect.set_defaults(run=_collect)

    accounts = commands.add_parser("accounts", help="list what the credentials can read")
    _add_platform(accounts)
    accounts.set_defaults(run=_accounts)

    replay = commands.add_parser("replay", help="rebuild a reading's tables without the network")
    replay.add_argument("--platform", choices=PLATFORMS, required=True)
    replay.add_argument("--account", required=True)
    replay.add_argument("--day", type=date.fromisoformat, required=True, help="last report day")
    replay.add_argument("--out", metavar="DIR", help="where it lies; default: PAUTA_DATA")
    replay.set_defaults(run=_replay)


def _add_platform(command: argparse.ArgumentParser) -> None:
    """Which API, where, and with whose credentials."""
    command.add_argument("platform", choices=PLATFORMS)
    command.add_argument("--host", metavar="URL", help="default: the connection's, or the real one")
    command.add_argument(
        "--connection", metavar="ID", help="Airflow connection in AIRFLOW_CONN_<ID>, JSON or URI"
    )


def _instant(text: str) -> datetime:
    """An instant with its offset; argparse tells the error."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text} has no offset, expected one such as Z or -05:00")
    return instant


def _demo(options: argparse.Namespace) -> int:
    from include.demo import run_demo

    return run_demo(once=options.once)


def _sandbox(options: argparse.Namespace) -> int:
    from include.sandbox.mail import mail_sink
    from include.sandbox.server import run

    with ExitStack() as stack:
        if options.mail_port:
            stack.enter_context(mail_sink(options.mail_folder, options.mail_port))
        run(
            options.port,
            now=options.now,
            creatives_per_month=options.creatives_per_month,
            cache_dir=options.cache,
        )
    return 0


def _console() -> Console:
    """Where tables are printed; in a file or a pipe there is no edge to fit into."""
    from rich.console import Console

    console = Console()
    return console if console.is_terminal else Console(width=160)


def _collect(options: argparse.Namespace) -> int:
    from include.by_hand import Request, collect

    request = Request(
        platform=options.platform,
        account_id=options.account,
        since=options.since,
        until=options.until,
        host=options.host,
        connection=options.connection,
        image_hosts=frozenset(options.image_host),
        out=options.out,
    )
    collect(request, os.environ, now=datetime.now(UTC), console=_console())
    return 0


def _accounts(options: argparse.Namespace) -> int:
    from include.by_hand import list_accounts

    list_accounts(
        options.platform,
        os.environ,
        host=options.host,
        connection=options.connection,
        console=_console(),
    )
    return 0


def _replay(options: argparse.Namespace) -> int:
    from include.by_hand import replay

    replay(options.platform, options.account, options.day, out=options.out, console=_console())
    return 0


def _build(options: argparse.Namespace) -> int:
    from include.config.nodes import load_nodes
    from include.store import open_store
    from include.warehouse import build

    now = datetime.now(UTC)
    print(build(open_store(), day=options.day, run_id="cli", nodes=load_nodes(), now=now))
    return 0


def _changes(options: argparse.Namespace) -> int:
    from include.by_hand import list_changes

    list_changes(
        options.platform, options.account, options.day, each_ad=options.ads, console=_console()
    )
    return 0


def _describe(options: argparse.Namespace) -> int:
    from include.config.describers import describer_for
    from include.describe import chunks, describe_chunk, describer_key
    from include.describe_folder import describe_folder
    from include.store import open_store
    from include.vectors import group_pictures

    if (options.images is None) != (options.out is None):
        raise ValueError("--images DIR and --out FILE belong together.")
    describer = describer_for(options.profile)
    if options.images is not None:
        print(json.dumps(describe_folder(options.images, describer, options.out)))
        return 0
    store, key = open_store(), describer_key(describer)
    for chunk in chunks(store, key):
        print(json.dumps(describe_chunk(store, chunk, describer)))
    print(f"{group_pictures(store, key)} creatives")
    return 0


def _rank(options: argparse.Namespace) -> int:
    from include.rank import rank
    from include.store import open_store

    ranked = rank(open_store(), options.day)
    print(f"{ranked.cells} leaderboards, {ranked.pieces} pieces, {ranked.chosen} chosen")
    return 0


def _generate(options: argparse.Namespace) -> int:
    from include.generate import generate_brief, make_again, make_sets, read_plans, write_plans
    from include.store import open_store

    if options.again is not None:
        if options.out is None:
            raise ValueError("--again needs --out, the folder for its image.")
        manifest = json.loads(options.again.read_text(encoding="utf-8"))
        path = options.out / f"{manifest['set_id']}-{options.image}.png"
        options.out.mkdir(parents=True, exist_ok=True)
        path.write_bytes(make_again(manifest, options.image))
        print(path)
        return 0
    if options.brief is not None:
        if options.out is None:
            raise ValueError("--brief needs --out, the folder for its images.")
        made_at = datetime.now(UTC)
        print(generate_brief(options.brief, options.profile, options.out, made_at=made_at))
        return 0
    if options.night is None:
        raise ValueError("give --night YYYY-MM-DD, or --brief FILE with --out DIR.")
    store = open_store()
    keys = write_plans(
        store, options.night, run_id="cli", made_at=datetime.now(UTC), profile=options.profile
    )
    for key in keys:
        print(json.dumps(make_sets(store, read_plans(store, key))))
    return 0


def _publish(options: argparse.Namespace) -> int:
    from include.catalogue.database import database_url
    from include.publish import publish
    from include.store import open_store

    store = open_store()
    done = publish(store, database_url(store.root), now=datetime.now(UTC))
    print(f"{done.sets} sets, {done.images} images, {done.new_thumbnails} new thumbnails")
    return 0


def _catalogue(options: argparse.Namespace) -> int:
    import uvicorn

    from include.catalogue.app import create_app
    from include.catalogue.database import database_url
    from include.catalogue.guard import loopback_user
    from include.store import open_store

    store = open_store()
    app = create_app(
        store=store,
        database_url=database_url(store.root),
        current_user=loopback_user,
        login_url=None,
    )
    uvicorn.run(app, host="127.0.0.1", port=options.port)
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from include.doctor import examine
    from include.store import open_store

    findings = examine(open_store())
    for finding in findings:
        print(f"{'ok  ' if finding.ok else 'LOOK'} {finding.what}: {finding.seen}")
    return 0 if all(finding.ok for finding in findings) else 1


if __name__ == "__main__":
    sys.exit(main())

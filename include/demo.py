"""The whole chain on one machine: sandbox platforms, Airflow, thirty days of ads, the catalogue.

Everything lies below `.demo/`, so a second run reuses it and nothing of a real installation
is touched. What runs is what a company runs: the same DAGs, started by the same asset events.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import sys
import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console

from include.airflow_rest import AirflowRest
from include.processes import Processes, free_port
from include.sandbox import credentials
from include.store import LocalStore
from include.watch import Watch, wait_for

ROOT = Path(__file__).parent.parent
COLLECT = ("collect_meta", "collect_google_ads", "collect_x_ads", "collect_linkedin_ads")
FOLLOWING = ("build_warehouse", "describe_creatives", "rank_creatives", "publish_catalogue")
ALL = (*COLLECT, *FOLLOWING, "generate_sets", "send_weekly_report")
WINDOW_DAYS = 30
_HOW_MUCH = "SELECT count(*), count(DISTINCT (platform, account_id, ad_id)) FROM ad_daily"
# A cold start on a busy two-core machine was seen to take 47 s.
START_LIMIT_S = 180


@dataclass(frozen=True)
class Settings:
    """Ports and secrets of one demo folder; kept, so that a browser's login survives a restart."""

    airflow_port: int
    sandbox_port: int
    mail_port: int
    password: str
    jwt_secret: str
    fernet_key: str

    @classmethod
    def of(cls, home: Path) -> Settings:
        """What the folder holds, with other ports where somebody else listens by now."""
        path = home / "settings.json"
        kept: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        settings = cls(
            airflow_port=free_port(kept.get("airflow_port", 8080)),
            sandbox_port=free_port(kept.get("sandbox_port", 8765)),
            mail_port=free_port(kept.get("mail_port", 8025)),
            password=kept.get("password") or secrets.token_urlsafe(9),
            jwt_secret=kept.get("jwt_secret") or secrets.token_urlsafe(48),
            fernet_key=kept.get("fernet_key") or _fernet_key(),
        )
        home.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings.__dict__, indent=1))
        path.chmod(0o600)
        return settings

    @property
    def airflow_url(self) -> str:
        """Airflow's address; the catalogue lies below it."""
        return f"http://127.0.0.1:{self.airflow_port}"

    @property
    def sandbox_url(self) -> str:
        """The four platforms' address."""
        return f"http://127.0.0.1:{self.sandbox_port}"


def run_demo(*, once: bool, home: Path | None = None, day: date | None = None) -> int:
    """Start everything, run the chain, say where to look.

    Args:
        once: end when all is there, instead of staying up until Ctrl-C.
        home: the demo's folder; default `.demo` of this project.
        day: last report day to read; default yesterday in Bogotá.

    Returns:
        the exit code: 0 when every set that should be there is there.
    """
    if home is None:
        home = ROOT / ".demo"
    if day is None:
        day = datetime.now(ZoneInfo("America/Bogota")).date() - timedelta(days=1)
    console = Console(highlight=False)
    started = time.monotonic()
    # Set both: a shell that starts a program in the background leaves SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    settings = Settings.of(home)
    write_passwords(home, settings)
    try:
        with Processes(home / "logs", environment(home, settings)) as processes:
            start(processes, settings, console)
            airflow = AirflowRest(settings.airflow_url)
            wait_until_healthy(airflow, processes, console)
            airflow.log_in("admin", settings.password)
            register(airflow, settings, processes)
            run_chain(airflow, processes, console, home, day)
            say_where(console, home, settings, time.monotonic() - started)
            if not once:
                stay(processes, console)
    except RuntimeError as error:
        console.print(f"\n[red]demo:[/] {error}", markup=True)
        return 1
    except KeyboardInterrupt:
        console.print("\nEnding all processes.")
        return 130 if once else 0
    return 0


def environment(home: Path, settings: Settings) -> dict[str, str]:
    """The environment of every process: Airflow's settings, and no telemetry."""
    airflow_home = home / "airflow"
    return {
        **{k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW_", "PAUTA_"))},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONUNBUFFERED": "1",
        "PAUTA_DATA": str(home / "data"),
        "PAUTA_URL": f"{settings.airflow_url}/catalogue/",
        "GX_ANALYTICS_ENABLED": "false",
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "AIRFLOW_HOME": str(airflow_home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__FERNET_KEY": settings.fernet_key,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{settings.airflow_url}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin,analista:viewer",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{airflow_home / 'airflow.db'}",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(settings.airflow_port),
        "AIRFLOW__API__BASE_URL": settings.airflow_url,
        "AIRFLOW__API__SECRET_KEY": settings.jwt_secret,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API_AUTH__JWT_SECRET": settings.jwt_secret,
    }


def write_passwords(home: Path, settings: Settings) -> None:
    """The two users of the demo: one runs DAGs, one only looks at the catalogue."""
    path = home / "passwords.json"
    path.write_text(json.dumps({"admin": settings.password, "analista": settings.password}))
    path.chmod(0o600)


def start(processes: Processes, settings: Settings, console: Console) -> None:
    """Start the sandbox, the mail sink and the four parts of Airflow."""
    console.print("Starting the sandbox platforms and Airflow …")
    home = processes.log_folder.parent
    sandbox = ["pauta", "sandbox", "--port", str(settings.sandbox_port)]
    sandbox += ["--cache", str(home / "sandbox")]
    sandbox += ["--mail-port", str(settings.mail_port), "--mail-folder", str(home / "mail")]
    processes.start("sandbox", sandbox)
    processes.run("migrate", ["airflow", "db", "migrate"])
    for part in ("api-server", "scheduler", "dag-processor", "triggerer"):
        processes.start(part, ["airflow", part])


def wait_until_healthy(airflow: AirflowRest, processes: Processes, console: Console) -> None:
    """Wait for all four parts of Airflow.

    Raises:
        RuntimeError: one of them ended, or they were not healthy in time.
    """
    began = time.monotonic()
    wait_for(airflow.healthy, processes, START_LIMIT_S, "Airflow's parts to be healthy")
    console.print(f"Airflow is up after {time.monotonic() - began:.0f} s.")


def register(airflow: AirflowRest, settings: Settings, processes: Processes) -> None:
    """Tell Airflow the connections and pools, and let every DAG run."""
    for connection in connections(settings):
        airflow.put_connection(connection)
    pools = json.loads((ROOT / "include/config/pools.json").read_text())
    for name, pool in pools.items():
        airflow.put_pool({"name": name, **pool})

    def all_read() -> bool:
        errors = airflow.import_errors()
        if errors:
            raise RuntimeError("a DAG file cannot be imported:\n" + "\n".join(errors))
        return set(ALL) <= airflow.dag_ids()

    wait_for(all_read, processes, START_LIMIT_S, "the DAG files to be read")


def connections(settings: Settings) -> list[dict[str, Any]]:
    """The sandbox's platforms and mail server as Airflow connections."""
    url = settings.sandbox_url
    platforms = [
        _platform(
            "meta",
            url,
            password=credentials.META_TOKEN,
        ),
        _platform(
            "google_ads",
            url,
            login=credentials.GOOGLE_CLIENT_ID,
            password=credentials.GOOGLE_REFRESH_TOKEN,
            client_secret=credentials.GOOGLE_CLIENT_SECRET,
            token_url=f"{url}/google_ads/token",
            posters=f"{url}/google_ads/vi/{{video_id}}/maxresdefault.jpg",
        ),
        _platform(
            "x_ads",
            url,
            login=credentials.X_CONSUMER_KEY,
            password=credentials.X_CONSUMER_SECRET,
            access_token=credentials.X_ACCESS_TOKEN,
            access_token_secret=credentials.X_ACCESS_TOKEN_SECRET,
        ),
        _platform("linkedin_ads", url, password=credentials.LINKEDIN_TOKEN),
    ]
    mail = {
        "connection_id": "smtp_default",
        "conn_type": "smtp",
        "host": "127.0.0.1",
        "port": settings.mail_port,
        "extra": json.dumps(
            {
                "disable_ssl": True,
                "disable_tls": True,
                "from_email": "pauta@example.com",
                "alerts_to": "datos@example.com",
                "report_to": "analistas@example.com",
            }
        ),
    }
    return [*platforms, mail]


def _platform(
    platform: str, sandbox_url: str, *, password: str, login: str | None = None, **extra: str
) -> dict[str, Any]:
    hosts = {"image_hosts": sandbox_url.removeprefix("http://")}
    return {
        "connection_id": f"{platform}_default",
        "conn_type": platform,
        "host": f"{sandbox_url}/{platform}",
        "login": login,
        "password": password,
        "extra": json.dumps({**extra, **hosts}),
    }


def run_chain(
    airflow: AirflowRest, processes: Processes, console: Console, home: Path, day: date
) -> None:
    """Collect thirty days, wait for what follows by itself, make the night's sets, send the report.

    A step whose result is already there is not asked for again.
    """
    store = LocalStore(home / "data")
    watch = Watch(airflow, processes, console, ALL)
    for dag_id in FOLLOWING:
        airflow.unpause(dag_id)
    for dag_id in COLLECT:
        if not watch.succeeded(dag_id, day):
            watch.trigger(dag_id, day, {"window_days": WINDOW_DAYS})
    watch.until_quiet(*COLLECT, *FOLLOWING)
    if not watch.succeeded("generate_sets", day):
        watch.trigger("generate_sets", day)
    watch.until_quiet("generate_sets", "publish_catalogue")
    monday = day + timedelta(days=1)
    if not watch.succeeded("send_weekly_report", monday):
        watch.trigger("send_weekly_report", monday)
    watch.until_quiet("send_weekly_report")
    if not store.keys("sets"):
        raise RuntimeError("every DAG succeeded, but there is no set below data/sets.")


def say_where(console: Console, home: Path, settings: Settings, seconds: float) -> None:
    """The addresses, the login, and how much there is."""
    from include.warehouse import open_warehouse

    store = LocalStore(home / "data")
    manifests = [key for key in store.keys("sets") if key.endswith("/manifest.json")]
    images = sum(len(json.loads(store.read(key))["images"]) for key in manifests)
    with open_warehouse(store) as warehouse:
        row = warehouse.execute(_HOW_MUCH).fetchone()
    rows, ads = row if row is not None else (0, 0)
    mails = len(list((home / "mail").glob("*.eml")))
    console.print(
        f"\n[bold green]Ready[/] after {seconds:.0f} s: {len(manifests)} sets, {images} images, "
        f"{ads} ads, {rows} ad-days, {mails} mail(s) in {home / 'mail'}\n\n"
        f"  Catalogue  {settings.airflow_url}/catalogue/\n"
        f"  Airflow    {settings.airflow_url}/\n"
        f"  User       admin (all) or analista (only looks)\n"
        f"  Password   {settings.password}\n",
        soft_wrap=True,
    )


def stay(processes: Processes, console: Console) -> None:
    """Keep everything up until Ctrl-C."""
    console.print("Ctrl-C ends it.")
    while True:
        processes.check_alive()
        time.sleep(1)


def _interrupt(signum: int, frame: FrameType | None) -> None:
    """Ctrl-C and `kill` end the demo with every process it started."""
    raise KeyboardInterrupt


def _fernet_key() -> str:
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()

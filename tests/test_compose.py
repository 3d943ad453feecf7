"""docker-compose.yaml, checked without a container engine."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yaml").read_text())
SERVICES = COMPOSE["services"]


def test_every_service_volume_and_dependency_it_names_exists():
    """A misspelt name is only found when the stack is started."""
    for name, service in SERVICES.items():
        assert set(service.get("depends_on", {})) <= set(SERVICES), name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (ROOT / source).exists(), f"{name}: {source}"


def test_every_lasting_service_has_a_health_check():
    """What others wait for must say when it is ready."""
    without = [name for name, service in SERVICES.items() if "healthcheck" not in service]
    assert without == ["init"]


def test_no_secret_has_a_value_or_a_default():
    """Every password comes from .env, and its absence stops the start."""
    env = {}
    for service in SERVICES.values():
        env |= service.get("environment", {})
    for key, value in env.items():
        if re.search(r"PASSWORD|SECRET|FERNET|_KEY|BROKER|CONN$|BACKEND|DATABASE", key):
            assert re.search(r"\$\{\w+(:\?.*?)?\}", str(value)), key
            assert ":-" not in str(value), key


def test_every_variable_is_in_the_example_file():
    """Copying .env.example and filling it in is enough."""
    text = (ROOT / "docker-compose.yaml").read_text()
    asked = set(re.findall(r"(?<!\$)\$\{(\w+)", text))
    offered = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.M))
    assert asked == offered


@pytest.mark.airflow
def test_every_airflow_setting_is_one_airflow_knows():
    """A misspelt setting is ignored without a word."""
    from airflow.configuration import conf

    known = {
        f"AIRFLOW__{section}__{option}".upper()
        for section, options in conf.configuration_description.items()
        for option in options["options"]
    }
    settings = {
        key
        for service in SERVICES.values()
        for key in service.get("environment", {})
        if key.startswith("AIRFLOW__")
    }
    assert len(settings) > 8
    assert settings <= known, settings - known


@pytest.mark.needs("docker-compose")
def test_compose_itself_accepts_the_file(tmp_path):
    """Interpolation and schema, by the program that will read it."""
    filled = re.sub(r"=$", "=x", (ROOT / ".env.example").read_text(), flags=re.M)
    (tmp_path / "env").write_text(filled)
    done = subprocess.run(
        ["docker-compose", "--env-file", str(tmp_path / "env"), "config", "-q"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr

"""A profile is used only when its licence and its weights are settled."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from generation.checkpoint import write_lock
from generation.storyboard import REVISION
from include.config.profiles import load_profile
from include.config.reading import config_path
from include.errors import ConfigurationError


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Writes changed profiles into a folder of their own."""
    monkeypatch.setenv("PAUTA_CONFIG", str(tmp_path))
    monkeypatch.delenv("PAUTA_PROFILE", raising=False)
    original = (Path(__file__).parents[3] / "include" / "config" / "profiles.yaml").read_text()

    def write(**changes: dict[str, Any]) -> None:
        content = yaml.safe_load(original)
        for profile in content["profiles"]:
            profile.update(changes.get(profile["name"], {}))
        content.update(changes.get("file", {}))
        (tmp_path / "profiles.yaml").write_text(yaml.safe_dump(content, sort_keys=False))

    write()
    return write


def test_the_storyboard_is_the_default(config: Any) -> None:
    """It needs no weights and no network."""
    profile = load_profile()
    assert (profile.name, profile.kind, profile.system) == (
        "storyboard",
        "drawn",
        f"Pauta storyboard {REVISION}",
    )


def test_a_setting_names_another(config: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """PAUTA_PROFILE, below an explicit name."""
    monkeypatch.setenv("PAUTA_PROFILE", "sdxl")
    assert load_profile().name == "sdxl"
    assert load_profile("storyboard").name == "storyboard"


def test_a_model_is_named_with_its_commit(config: Any) -> None:
    """In the metadata of every image."""
    assert load_profile("sdxl").system == (
        "stabilityai/stable-diffusion-xl-base-1.0@462165984030d82259a11f4367a4eed129e94a7b"
    )


@pytest.mark.parametrize("commercial", ["no", "limited"])
def test_a_licence_without_commercial_use_is_refused_unless_accepted(
    config: Any, commercial: str
) -> None:
    """A bank would breach it without noticing."""
    licence = {"name": "FLUX non-commercial", "commercial": commercial}
    config(sdxl={"licence": licence})
    with pytest.raises(ConfigurationError, match="FLUX non-commercial, whose commercial use is"):
        load_profile("sdxl")
    config(sdxl={"licence": licence, "accept_licence": True})
    assert load_profile("sdxl").accept_licence


@pytest.mark.parametrize("name", ["klein", "zimage", "qwen"])
def test_a_model_without_a_pinned_commit_is_refused(config: Any, name: str) -> None:
    """Nobody has reviewed its weights for this installation yet."""
    with pytest.raises(ConfigurationError, match=f"profile {name}: revision is empty"):
        load_profile(name)


def test_an_unknown_profile_is_refused_with_the_known_ones(config: Any) -> None:
    """A typing mistake in a setting."""
    with pytest.raises(ConfigurationError, match="no profile 'sdxxl'; it names storyboard, tiny"):
        load_profile("sdxxl")


def test_a_folder_is_found_below_the_models_setting(
    config: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its revision is the hash of its list unless the profile pins one."""
    monkeypatch.setenv("PAUTA_MODELS", str(tmp_path / "models"))
    with pytest.raises(ConfigurationError, match=r"tiny-sdxl/models\.lock; set PAUTA_MODELS"):
        load_profile("tiny")
    folder = tmp_path / "models" / "tiny-sdxl"
    folder.mkdir(parents=True)
    (folder / "model_index.json").write_text("{}")
    revision = write_lock(folder)
    profile = load_profile("tiny")
    assert (profile.checkpoint, profile.revision) == (str(folder), revision)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sdxl": {"name": "tiny"}}, r"expected each profile once, found twice: \['tiny'\]"),
        ({"file": {"default": "none"}}, "default: 'none' is not among storyboard"),
        ({"sdxl": {"width": 1001}}, r"profiles\.2\.width: .*multiple of 8, got 1001"),
        ({"sdxl": {"engine": "magic"}}, r"profiles\.2\.engine: .* got 'magic'"),
    ],
)
def test_a_broken_file_is_refused_with_the_place(config: Any, changes: Any, message: str) -> None:
    """File, line, what was seen, what was expected."""
    config(**changes)
    with pytest.raises(ConfigurationError, match=message):
        load_profile()


def test_every_shipped_profile_has_a_licence() -> None:
    """A test on the shipped file, not on a copy."""
    content = yaml.safe_load(config_path("profiles.yaml").read_text(encoding="utf-8"))
    assert all(profile["licence"]["name"] for profile in content["profiles"])


def test_an_images_server_needs_its_address(config: Any) -> None:
    """And only that engine has one."""
    config(klein={"engine": "openai_images"})
    with pytest.raises(ConfigurationError, match="openai_images needs one"):
        load_profile("klein")
    config(klein={"engine": "openai_images", "url": "http://images.internal:8000/v1/images"})
    assert load_profile("klein").revision == "unpinned"
    config(klein={"url": "http://images.internal/"})
    with pytest.raises(ConfigurationError, match="no other engine has one"):
        load_profile("klein")


def test_a_writers_licence_and_weights_are_settled_too(config: Any, tmp_path: Path) -> None:
    """A language model is a model."""
    licence = {"name": "Llama Community", "commercial": "limited"}
    writer = {"checkpoint": "meta-llama/x", "revision": "0" * 40, "licence": licence}
    config(storyboard={"writer": writer})
    with pytest.raises(ConfigurationError, match="profile storyboard: writer: meta-llama/x"):
        load_profile("storyboard")
    config(storyboard={"writer": {**writer, "accept_licence": True, "revision": None}})
    with pytest.raises(ConfigurationError, match="writer: revision is empty"):
        load_profile("storyboard")
    config(storyboard={"writer": {**writer, "accept_licence": True}})
    found = load_profile("storyboard").writer
    assert found is not None and found.revision == "0" * 40


def test_the_gates_models_are_folders_with_a_list(
    config: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below PAUTA_MODELS, like any checkpoint."""
    monkeypatch.setenv("PAUTA_MODELS", str(tmp_path / "models"))
    config(sdxl={"gate": {"clip": "models/clip"}})
    with pytest.raises(ConfigurationError, match=r"profile sdxl: no .*clip/models\.lock"):
        load_profile("sdxl")
    (tmp_path / "models/clip").mkdir(parents=True)
    write_lock(tmp_path / "models/clip")
    assert load_profile("sdxl").gate.clip == str(tmp_path / "models/clip")

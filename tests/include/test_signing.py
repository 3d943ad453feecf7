"""Signing is configured by three settings, and mistakes are told before the night."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from generation.credentials import checked
from generation.provenance import encode
from generation.storyboard import images
from include.cli import main
from include.config.brief import Brief
from include.config.profiles import load_profile
from include.errors import ConfigurationError
from include.generate import plan_brief
from include.making import Desk, Maker, make
from include.signing import credential, write_authority
from include.store import LocalStore

pytest.importorskip("c2pa")

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trial authority, as `pauta provenance init-ca` writes it."""
    folder = tmp_path_factory.mktemp("keys")
    write_authority(folder, "Banco de Prueba", now=NOW)
    return folder


def settings(keys: Path, **other: str) -> dict[str, str]:
    return {
        "PAUTA_SIGN_CERT": str(keys / "signer.pem"),
        "PAUTA_SIGN_KEY": str(keys / "signer.key"),
        **other,
    }


def test_without_a_certificate_nothing_is_signed() -> None:
    """The usual case on a laptop."""
    assert credential({}) is None


def test_keys_are_readable_by_their_owner_only(keys: Path) -> None:
    """And never overwritten."""
    assert [(keys / name).stat().st_mode & 0o077 for name in ("root.key", "signer.key")] == [0, 0]
    with pytest.raises(FileExistsError, match="never overwritten"):
        write_authority(keys, "Other", now=NOW)


def test_mistakes_are_told_with_the_setting(keys: Path, tmp_path: Path) -> None:
    """A missing key, two keys, a missing file, a key of another certificate."""
    only = {"PAUTA_SIGN_CERT": str(keys / "signer.pem")}
    with pytest.raises(ConfigurationError, match="set PAUTA_SIGN_KEY"):
        credential(only)
    with pytest.raises(ConfigurationError, match="and not both"):
        credential(settings(keys, PAUTA_SIGN_COMMAND="x"))
    with pytest.raises(ConfigurationError, match=r"nothing\.pem"):
        credential(settings(keys, PAUTA_SIGN_CERT=str(tmp_path / "nothing.pem")))
    with pytest.raises(ConfigurationError, match="does not belong to the key"):
        credential(settings(keys, PAUTA_SIGN_KEY=str(keys / "root.key")))


def test_a_command_may_sign_where_the_key_cannot_leave(keys: Path, tmp_path: Path) -> None:
    """As with a KMS: the command gets the bytes and prints the signature."""
    script = tmp_path / "sign.py"
    script.write_text(
        "import sys\nfrom generation.credentials import key_signer\n"
        f"sign = key_signer(open({str(keys / 'signer.key')!r}, 'rb').read())\n"
        "sys.stdout.buffer.write(sign(sys.stdin.buffer.read()))\n"
    )
    environ = {
        "PAUTA_SIGN_CERT": str(keys / "signer.pem"),
        "PAUTA_SIGN_COMMAND": f"{sys.executable} {script}",
    }
    assert credential(environ) is not None
    environ["PAUTA_SIGN_COMMAND"] = f"{sys.executable} -c print(1)"
    with pytest.raises(ConfigurationError, match="2 bytes on standard output, 64 expected"):
        credential(environ)


def test_every_image_of_a_set_is_signed(keys: Path, tmp_path: Path) -> None:
    """Its manifest says so, and the credential names set and seed; pixels stay the same."""
    used = load_profile("storyboard").model_copy(update={"width": 96, "height": 96})
    brief = Brief(node="wompi", objective="sales")
    plan = plan_brief(brief, used, run_id="r", made_at=NOW)
    store = LocalStore(tmp_path)
    desk = Desk(store, credential=credential(settings(keys)))
    outcome = make(desk, [plan], Maker(images, "drawn", used.system), lambda _: None)
    assert outcome.finished == [plan["set_id"]]
    manifest = json.loads(store.read(f"sets/{plan['set_id']}/manifest.json"))
    root = (keys / "root.pem").read_text()
    for image in manifest["images"]:
        data = store.read(f"sets/{plan['set_id']}/{image['file']}")
        found = checked(data, trust_anchors=root)
        assert (found.state, image["signed"]) == ("trusted", True)
        told = json.dumps(found.claims)
        assert plan["set_id"] in told and str(image["seed"]) in told
        assert image["prompt"] not in told


def test_the_command_makes_an_authority_and_checks_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`init-ca`, a signed brief, `check` with and without trust, a flipped byte, the tree."""
    assert main(["provenance", "init-ca", "--out", str(tmp_path / "ca")]) == 0
    assert "signer.key" in capsys.readouterr().out
    for name, value in settings(tmp_path / "ca").items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PAUTA_PROFILE", raising=False)
    brief = tmp_path / "brief.yaml"
    brief.write_text("node: banco\nobjective: leads\nsize: {width: 96, height: 96}\n")
    out = str(tmp_path / "out")
    assert main(["generate", "--brief", str(brief), "--out", out]) == 0
    set_id = capsys.readouterr().out.strip()
    file = tmp_path / f"out/sets/{set_id}/image-1.png"
    root = str(tmp_path / "ca/root.pem")
    assert main(["provenance", "check", str(file), "--trust", root]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["credential"], told["signer"]) == ("trusted", "Pauta")
    assert told["source_type"].endswith("/algorithmicMedia")
    data = bytearray(file.read_bytes())
    data[-2000] ^= 1
    file.write_bytes(data)
    assert main(["provenance", "check", str(file)]) == 1
    assert json.loads(capsys.readouterr().out)["credential"] == "invalid"
    manifest = str(tmp_path / f"out/sets/{set_id}/manifest.json")
    assert main(["provenance", "tree", manifest]) == 0
    assert json.loads(capsys.readouterr().out)["set_id"] == set_id
    assert main(["generate", "--again", manifest, "--image", "2", "--out", out]) == 0
    again = Image.open(capsys.readouterr().out.strip())
    assert again.tobytes() == Image.open(tmp_path / f"out/sets/{set_id}/image-2.png").tobytes()


def test_a_file_without_credential_passes_unless_trust_is_asked_for(
    keys: Path, tmp_path: Path
) -> None:
    """A storyboard of a laptop declares itself and is not signed."""
    path = tmp_path / "image.png"
    path.write_bytes(encode(Image.new("RGB", (8, 8)), kind="drawn", system="x"))
    assert main(["provenance", "check", str(path)]) == 0
    assert main(["provenance", "check", str(path), "--trust", str(keys / "root.pem")]) == 1
    Image.new("RGB", (8, 8)).save(path)
    assert main(["provenance", "check", str(path)]) == 1

"""`pauta provenance`: who vouches for an image, and what went into it."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path


def add_provenance(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """What is said in a file about where it comes from."""
    provenance = commands.add_parser("provenance", help="credentials and family trees of images")
    actions = provenance.add_subparsers(dest="action", required=True)
    authority = actions.add_parser("init-ca", help="a certificate authority for trials")
    authority.add_argument("--out", type=Path, required=True, help="folder for its four files")
    authority.add_argument("--organisation", default="Pauta")
    authority.set_defaults(run=_init_ca)
    check = actions.add_parser("check", help="what a file says about itself, and if it is so")
    check.add_argument("file", type=Path)
    check.add_argument("--trust", type=Path, metavar="PEM", help="the authority that must be it")
    check.set_defaults(run=_check_provenance)
    tree = actions.add_parser("tree", help="a manifest's family tree as JSON")
    tree.add_argument("manifest", type=Path)
    tree.set_defaults(run=_family_tree)


def _init_ca(options: argparse.Namespace) -> int:
    from include.signing import write_authority

    for path in write_authority(options.out, options.organisation, now=datetime.now(UTC)):
        print(path)
    return 0


def _check_provenance(options: argparse.Namespace) -> int:
    """0: nothing speaks against the file; with --trust only that authority's word counts."""
    from generation.credentials import checked
    from generation.provenance import source_type

    data = options.file.read_bytes()
    anchors = options.trust.read_text(encoding="ascii") if options.trust else ""
    found, declared = checked(data, trust_anchors=anchors), source_type(data)
    told = {
        "file": str(options.file),
        "source_type": declared,
        "credential": found.state,
        "signer": found.signer,
        "problems": list(found.problems),
    }
    print(json.dumps(told, ensure_ascii=False, indent=1))
    good = {"trusted"} if options.trust else {"trusted", "valid", "absent"}
    return 0 if found.state in good and declared is not None else 1


def _family_tree(options: argparse.Namespace) -> int:
    from generation.family import family_of

    manifest = json.loads(options.manifest.read_text(encoding="utf-8"))
    print(json.dumps(family_of(manifest), ensure_ascii=False, indent=1))
    return 0

"""A night's sets: plan them from the evidence, make their images, write their manifests.

A set exists when its `manifest.json` does; images come before it, one by one, so a killed
run goes on where it stopped and leaves the same bytes as an undisturbed one.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol, TypedDict

from duckdb import DuckDBPyConnection
from PIL import Image

from generation import storyboard
from generation.engine import Failed, SdxlEngine, sdxl_token_counter
from generation.fuse import IMAGES, rough_tokens
from generation.gate import choose
from generation.guide import Phrase
from generation.jobs import GenerationJob
from generation.provenance import canonical, check_manifest, encode
from include.config.brand import Brand, load_brand
from include.config.brief import read_brief
from include.config.nodes import load_nodes
from include.config.objectives import load_objectives
from include.config.profiles import Profile, load_profile
from include.describe import describer_key_of
from include.errors import ConfigurationError
from include.inspirations import Cell, Evidence, read_evidence
from include.set_plans import Plan, Planner, Subject
from include.store import LocalStore, Store
from include.warehouse import open_warehouse

logger = logging.getLogger(__name__)

# Sets per task on the GPU: loading and compiling a model costs as much as making a few.
CHUNK_SIZE = 200

Made = tuple[GenerationJob, Image.Image | Failed]
ImageMaker = Callable[[Sequence[GenerationJob]], Iterator[Made]]


class Counts(TypedDict):
    """What became of the plans; the three add up to their number.

    `failed` sets have no manifest, and the log says which image was missing and why.
    """

    made: int
    existing: int
    failed: int


@dataclass(frozen=True)
class Progress:
    """How far `make_sets` is, in images."""

    done: int
    total: int
    set_id: str


class Report(Protocol):
    """Told after each image."""

    def __call__(self, progress: Progress, /) -> None: ...


def plan_sets(
    store: Store, night: date, *, profile: str | None, run_id: str, made_at: datetime
) -> list[Plan]:
    """What to make this night, one JSON object per set, and why some cells have none.

    Writes `sets/cells/<night>.json`, one record per node and objective: the id of its set,
    or null and the reason in both languages.

    Args:
        night: the newest leaderboard up to this day is used.
        profile: a name of `profiles.yaml`; None: the setting `PAUTA_PROFILE` or the default.
        run_id: who asked, for the lineage.
        made_at: stands in the manifests; a rerun that passes the same gives the same bytes.

    Raises:
        FileNotFoundError: nothing was ranked up to that night.
        ConfigurationError: brand manual or profile cannot be used.
    """
    used = runnable_profile(profile)
    brand, rules = load_brand(), load_objectives()
    with open_warehouse(store) as warehouse:
        evidence = read_evidence(store, warehouse, night, describer_key_of(used.name))
        lineage = _lineage(run_id, warehouse_version(warehouse), made_at)
    planner = Planner(used, brand.deny(), token_counter(used), night, lineage)
    plans: list[Plan] = []
    cells = []
    for node in load_nodes().nodes:
        for objective in rules.objectives:
            cell = (node.id, objective.id)
            missing = _why_no_set(cell, evidence, brand)
            if missing is None:
                rule = rules.of(*cell)
                subject = Subject(
                    brand.guide(*cell),
                    evidence.winners(cell),
                    evidence.inspirations(cell, rule.result),
                    evidence.traits.get(cell, []),
                    {
                        "as_of": evidence.as_of.isoformat(),
                        "pieces": len(evidence.pieces[cell]),
                        "kpi": rule.kpi,
                        "rule_version": evidence.pieces[cell][0]["rule_version"],
                    },
                )
                plans.append(planner.plan(subject))
            cells.append(
                {
                    "node": node.id,
                    "objective": objective.id,
                    "set_id": plans[-1]["set_id"] if missing is None else None,
                    "reason_es": "" if missing is None else missing.es,
                    "reason_en": "" if missing is None else missing.en,
                }
            )
    store.write(f"sets/cells/{night.isoformat()}.json", canonical(cells))
    return plans


def write_plans(
    store: Store,
    night: date,
    *,
    run_id: str,
    made_at: datetime,
    profile: str | None = None,
    chunk_size: int = CHUNK_SIZE,
) -> list[str]:
    """Plan the night as `plan_sets` does; gives the keys of files of up to 200 plans each.

    A task that makes one file loads the model once; the files are too large to pass between
    tasks as values.
    """
    plans = plan_sets(store, night, profile=profile, run_id=run_id, made_at=made_at)
    keys = []
    for at in range(0, len(plans), chunk_size):
        key = f"sets/plans/{night.isoformat()}/{at // chunk_size + 1:03d}.json"
        store.write(key, canonical(plans[at : at + chunk_size]))
        keys.append(key)
    return keys


def read_plans(store: Store, key: str) -> list[Plan]:
    """The plans of one file that `write_plans` wrote."""
    plans: list[Plan] = json.loads(store.read(key))
    return plans


def make_sets(
    store: Store,
    plans: Sequence[Plan],
    *,
    images: ImageMaker | None = None,
    progress: Report | None = None,
) -> Counts:
    """Make the images of the plans that have no set yet, and write each set's manifest last.

    Images that are already there are kept. A set of which an image could not be made stays
    without manifest, its other images wait for the next run, and the other sets go on.

    Args:
        plans: of one profile, as `plan_sets` or `read_plans` give them.
        images: makes the images; None: the engine of the plans' profile, loaded once.
        progress: told after each image; None: a line in the log.
    """
    todo = [plan for plan in plans if not store.exists(_manifest_key(plan["set_id"]))]
    failures = _make(store, todo, images, log_progress if progress is None else progress)
    return Counts(
        made=len(todo) - len(failures), existing=len(plans) - len(todo), failed=len(failures)
    )


def _make(
    store: Store, plans: Sequence[Plan], images: ImageMaker | None, progress: Report
) -> dict[str, str]:
    """Make these sets; gives the reason for each that has no manifest, by set id."""
    jobs = [
        GenerationJob(**job)
        for plan in plans
        for job in plan["jobs"]
        if not store.exists(_image_key(job["set_id"], job["k"]))
    ]
    failed: dict[str, str] = {}
    left = Counter(job.set_id for job in jobs)
    by_id = {plan["set_id"]: plan for plan in plans}
    for plan in plans:
        if not left[plan["set_id"]]:
            _finish(store, plan)
    if not jobs:
        return failed
    profile = runnable_profile(plans[0]["manifest"]["profile"]["name"])
    if images is None:
        images = image_maker(profile)
    for done, (job, image) in enumerate(images(jobs), start=1):
        if isinstance(image, Failed):
            failed[job.set_id] = f"image {job.k}: {image.reason}"
            logger.error("set %s, image %d: %s", job.set_id, job.k, image.reason)
        else:
            data = encode(image, kind=profile.kind, system=profile.system)
            store.write(_image_key(job.set_id, job.k), data)
        left[job.set_id] -= 1
        if not left[job.set_id] and job.set_id not in failed:
            _finish(store, by_id[job.set_id])
        progress(Progress(done, len(jobs), job.set_id))
    return failed


def generate_brief(
    path: Path, profile: str | None, out: Path, *, made_at: datetime | None = None
) -> str:
    """Make the set of one brief file under the folder `out`; gives the set's id.

    A brief made by hand has no winners behind it: the brand manual speaks alone.

    Args:
        made_at: stands in the manifest, and its day in the id; None: now.

    Raises:
        ConfigurationError: the brief, the brand manual or the profile has a mistake.
        ValueError: the brief's own prompt is disallowed or too long, or an image failed.
    """
    if made_at is None:
        made_at = datetime.now(UTC)
    brief, brand, used = read_brief(path), load_brand(), runnable_profile(profile)
    rule = load_objectives().of(brief.node, brief.objective)
    night = made_at.date()
    planner = Planner(
        used, brand.deny(), token_counter(used), night, _lineage("by hand", "none", made_at)
    )
    plan = planner.plan(
        Subject(
            brand.guide(brief.node, brief.objective, tone=brief.tone, style=brief.style),
            winners=(),
            inspirations=(),
            traits=(),
            leaderboard={
                "as_of": night.isoformat(),
                "pieces": 0,
                "kpi": rule.kpi,
                "rule_version": "none",
            },
            audience=brief.audience,
            prompt=brief.prompt,
            seed=brief.seed,
        )
    )
    store, set_id = LocalStore(out), str(plan["set_id"])
    if not store.exists(_manifest_key(set_id)):
        failures = _make(store, [plan], None, log_progress)
        if failures:
            raise ValueError(f"brief {path}: {failures[set_id]}.")
    return set_id


def runnable_profile(name: str | None) -> Profile:
    """A usable profile whose engine this version has.

    Raises:
        ConfigurationError: as `load_profile`, or its engine is not built yet.
    """
    profile = load_profile(name)
    if profile.engine not in {"storyboard", "sdxl"}:
        raise ConfigurationError(
            f"profile {profile.name}: engine {profile.engine!r} is not in this version of Pauta; "
            "choose storyboard or sdxl."
        )
    return profile


def image_maker(profile: Profile) -> ImageMaker:
    """What turns jobs into images for this profile; weights are loaded here."""
    if profile.engine == "storyboard":
        return storyboard.images
    return SdxlEngine.load(
        profile.checkpoint,
        str(profile.revision),
        device=profile.device,
        dtype=profile.dtype,
        batch_size=profile.batch_size,
    ).images


def token_counter(profile: Profile) -> Callable[[str], int]:
    """How the profile's text encoders count; a rough count where nothing encodes."""
    if profile.engine == "sdxl":
        return sdxl_token_counter(profile.checkpoint, str(profile.revision))
    return rough_tokens


def warehouse_version(warehouse: DuckDBPyConnection) -> str:
    """The version that the open warehouse file is named after."""
    row = warehouse.execute("SELECT path FROM duckdb_databases() WHERE NOT internal").fetchone()
    return Path(row[0]).stem if row and row[0] else "memory"


def log_progress(progress: Progress) -> None:
    """`image 12 of 80, set wompi-sales-2026-11-20-1a2b3c4d`."""
    logger.info("image %d of %d, set %s", progress.done, progress.total, progress.set_id)


def _lineage(run_id: str, warehouse: str, made_at: datetime) -> dict[str, str]:
    return {
        "run_id": run_id,
        "warehouse_version": warehouse,
        "pauta_version": version("pauta"),
        "made_at": made_at.isoformat(),
    }


def _why_no_set(cell: Cell, evidence: Evidence, brand: Brand) -> Phrase | None:
    """Why this cell gets no set, in words for analysts; None when it gets one."""
    if cell[0] not in brand.nodes:
        return Phrase(
            "The brand manual does not describe this node yet.",
            "El manual de marca todavía no describe este nodo.",
        )
    if evidence.chosen(cell):
        return None
    count = len(evidence.pieces.get(cell, []))
    if count == 0:
        return Phrase(
            "No pieces with results in this cell yet.",
            "Todavía no hay piezas con resultados en esta combinación.",
        )
    if count == 1:
        return Phrase(
            "Not enough evidence yet: the only piece does not clearly beat an ordinary ad.",
            "Todavía no hay evidencia suficiente: la única pieza no supera con claridad "
            "a un anuncio corriente.",
        )
    return Phrase(
        f"Not enough evidence yet: of {count} pieces, none clearly beats an ordinary ad.",
        f"Todavía no hay evidencia suficiente: de {count} piezas, ninguna supera con claridad "
        "a un anuncio corriente.",
    )


def _finish(store: Store, plan: Mapping[str, Any]) -> None:
    """Judge the four stored images and write the manifest."""
    manifest = dict(plan["manifest"])
    files = {
        image["k"]: store.read(_image_key(plan["set_id"], image["k"]))
        for image in manifest["images"]
    }
    first = manifest["images"][0]
    verdicts = choose(
        [(k, Image.open(io.BytesIO(data), formats=("PNG",))) for k, data in files.items()],
        n=IMAGES,
        size=(first["width"], first["height"]),
    )
    manifest["images"] = [
        {**image, "sha256": hashlib.sha256(files[image["k"]]).hexdigest()}
        for image in manifest["images"]
    ]
    manifest["gate"] = [
        {
            "k": verdict.k,
            "candidates": len(verdicts),
            "chosen": verdict.chosen,
            "scores": verdict.scores,
            "reasons": list(verdict.reasons),
        }
        for verdict in verdicts
    ]
    manifest["needs_review"] = any(verdict.reasons for verdict in verdicts)
    # Through JSON and back: what is checked is what readers will get.
    data = canonical(manifest)
    check_manifest(json.loads(data))
    store.write(_manifest_key(plan["set_id"]), data)


def _image_key(set_id: str, k: int) -> str:
    return f"sets/{set_id}/image-{k}.png"


def _manifest_key(set_id: str) -> str:
    return f"sets/{set_id}/manifest.json"

"""A night's sets: plan them from the evidence, have them made, and one brief by hand."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any, TypedDict

from duckdb import DuckDBPyConnection

from generation.engine import Failed, ImageMaker
from generation.guide import Phrase
from generation.manifest import canonical, job_of
from generation.provenance import encode
from generation.writer import Asked, Model, Written, write
from include.config.brand import Brand, load_brand
from include.config.brief import Brief, read_brief
from include.config.nodes import load_nodes
from include.config.objectives import Objectives, load_objectives
from include.config.profiles import Profile, load_profile
from include.describe import describer_key_of
from include.image_models import checks, maker, token_counter, writer
from include.inspirations import Cell, Evidence, read_evidence
from include.making import (
    Desk,
    Maker,
    Outcome,
    Report,
    log_progress,
    make,
    manifest_key,
    remove_candidates,
)
from include.set_plans import Plan, Planner, Subject, content_of
from include.signing import credential
from include.store import LocalStore, Store
from include.warehouse import open_warehouse

# Sets per task on the GPU: loading and compiling a model costs as much as making a few.
CHUNK_SIZE = 200
# Sets that a language model writes for at a time.
WRITTEN_AT_ONCE = 16


class Counts(TypedDict):
    """What became of the plans; the four add up to their number.

    `failed` sets have no manifest, and the log says which image was missing and why; `left`
    ones were not reached before the deadline.
    """

    made: int
    existing: int
    failed: int
    left: int


def plan_sets(
    store: Store, night: date, *, profile: str | None, run_id: str, made_at: datetime
) -> Iterator[Plan]:
    """What to make this night, one set after the other, and why some cells have none.

    A cell whose inputs are those of the last night keeps its set. When all is planned,
    `sets/cells/<night>.json` is written: one record per node and objective, the id of its
    set, or null and the reason in both languages.

    Args:
        night: the newest leaderboard up to this day is used.
        profile: a name of `profiles.yaml`; None: the setting `PAUTA_PROFILE` or the default.
        run_id: who asked, for the lineage.
        made_at: stands in the manifests; a rerun that passes the same gives the same bytes.

    Raises:
        FileNotFoundError: nothing was ranked up to that night.
        ConfigurationError: brand manual or profile cannot be used.
    """
    used = load_profile(profile)
    brand, rules = load_brand(), load_objectives()
    with open_warehouse(store) as warehouse:
        evidence = read_evidence(store, warehouse, night, describer_key_of(used.name))
        lineage = _lineage(run_id, warehouse_version(warehouse), made_at)
    planner = Planner(used, token_counter(used), night, lineage)
    before = _cells_before(store, night)
    cells = []
    for cell, subject in _written_subjects(evidence, brand, rules, writer(used)):
        record: dict[str, Any] = {"node": cell[0], "objective": cell[1], "set_id": None}
        if isinstance(subject, Phrase):
            record |= {"reason_es": subject.es, "reason_en": subject.en}
        else:
            plan = planner.plan(subject)
            known = before.get(cell)
            same = known is not None and content_of(known) == content_of(plan["set_id"])
            kept = known if same and store.exists(manifest_key(str(known))) else None
            record |= {"set_id": kept or plan["set_id"], "reason_es": "", "reason_en": ""}
            if kept is None:
                yield plan
        cells.append(record)
    store.write(_cells_key(night), canonical(cells))


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
    tasks as values. Only one file's plans are in memory at a time.
    """
    plans = plan_sets(store, night, profile=profile, run_id=run_id, made_at=made_at)
    keys: list[str] = []
    while chunk := list(islice(plans, chunk_size)):
        key = f"sets/plans/{night.isoformat()}/{len(keys) + 1:03d}.json"
        store.write(key, canonical(chunk))
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
    progress: Report = log_progress,
    deadline: datetime | None = None,
) -> Counts:
    """Make the images of the plans that have no set yet, and write each set's manifest last.

    Candidates that are already there are kept. A set with too few good ones stays without
    manifest, and the other sets go on.

    Args:
        plans: of one profile, as `plan_sets` or `read_plans` give them.
        images: makes the images; None: the engine of the plans' profile, loaded once.
        progress: told after each image.
        deadline: after it nothing new is begun; what is made stays.
    """
    todo = []
    for plan in plans:
        if store.exists(manifest_key(plan["set_id"])):
            # A run that was killed between a manifest and the clearing up.
            remove_candidates(store, plan["set_id"])
        else:
            todo.append(plan)
    outcome = _make(store, todo, images, progress, deadline, costs=True)
    return Counts(
        made=len(outcome.finished),
        existing=len(plans) - len(todo),
        failed=len(outcome.failed),
        left=len(outcome.left),
    )


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
    made_at = datetime.now(UTC) if made_at is None else made_at
    plan = plan_brief(read_brief(path), load_profile(profile), run_id="by hand", made_at=made_at)
    make_one(LocalStore(out), plan, where=f"brief {path}")
    return str(plan["set_id"])


def plan_brief(
    brief: Brief,
    profile: Profile,
    *,
    run_id: str,
    made_at: datetime,
    evidence: Evidence | None = None,
    warehouse: str = "none",
) -> Plan:
    """The plan of one brief.

    Args:
        evidence: of the brief's cell; None: the brand manual speaks alone.
        warehouse: the version that the evidence was read from.

    Raises:
        ValueError: the brief's own prompt, tone, style or node cannot be used.
    """
    brand, rules = load_brand(), load_objectives()
    rule, cell = rules.of(brief.node, brief.objective), (brief.node, brief.objective)
    night = made_at.date()
    lineage = _lineage(run_id, warehouse, made_at)
    asked = Subject(
        guide=brand.guide(*cell, tone=brief.tone, style=brief.style),
        deny=brand.deny(brief.node),
        winners=evidence.winners(cell) if evidence else (),
        inspirations=evidence.inspirations(cell, rule.result) if evidence else (),
        traits=evidence.traits.get(cell, []) if evidence else (),
        leaderboard=_board(evidence, cell, rule.kpi)
        if evidence and evidence.chosen(cell)
        else {"as_of": night.isoformat(), "pieces": 0, "kpi": rule.kpi, "rule_version": "none"},
        audience=brief.audience,
        prompt=brief.prompt,
        seed=brief.seed,
        wishes=brief.wishes,
        n=brief.n,
        size=(brief.size.width, brief.size.height) if brief.size else None,
        guidance=brief.guidance,
    )
    return Planner(profile, token_counter(profile), night, lineage).plan(asked)


def make_one(store: Store, plan: Plan, *, where: str, progress: Report = log_progress) -> None:
    """Make one set that somebody waits for.

    Raises:
        ValueError: too few of its images may be shown.
    """
    set_id = str(plan["set_id"])
    if store.exists(manifest_key(set_id)):
        return
    outcome = _make(store, [plan], None, progress, None, costs=False)
    if outcome.failed:
        raise ValueError(f"{where}: {outcome.failed[set_id]}.")


def make_again(manifest: Mapping[str, Any], k: int) -> bytes:
    """Image k of a finished set, made again alone from its manifest; without credential.

    Raises:
        ConfigurationError: the manifest's profile cannot be used here.
        ValueError: the set has no image k, or it could not be made.
    """
    used = load_profile(manifest["profile"]["name"])
    made_by = maker(used)
    ((_, image),) = made_by.images([job_of(manifest, k)])
    if isinstance(image, Failed):
        raise ValueError(f"manifest {manifest['set_id']}, image {k}: {image.reason}.")
    return encode(image, kind=made_by.kind, system=made_by.system)


def warehouse_version(warehouse: DuckDBPyConnection) -> str:
    """The version that the open warehouse file is named after."""
    row = warehouse.execute("SELECT path FROM duckdb_databases() WHERE NOT internal").fetchone()
    return Path(row[0]).stem if row and row[0] else "memory"


def _make(
    store: Store,
    plans: Sequence[Plan],
    images: ImageMaker | None,
    progress: Report,
    deadline: datetime | None,
    *,
    costs: bool,
) -> Outcome:
    if not plans:
        return Outcome()
    used = load_profile(plans[0]["manifest"]["profile"]["name"])
    made_by = maker(used) if images is None else Maker(images, used.kind, used.system)
    desk = Desk(
        store,
        checks(used),
        credential(),
        deadline=deadline,
        now=lambda: datetime.now(UTC),
        costs=costs,
    )
    return make(desk, plans, made_by, progress)


def _written_subjects(
    evidence: Evidence, brand: Brand, rules: Objectives, model: Model | None
) -> Iterator[tuple[Cell, Subject | Phrase]]:
    """What each cell's set is about, or why it gets none; words of the model are in it."""
    subjects = _subjects(evidence, brand, rules)
    if model is None:
        yield from subjects
        return
    while some := list(islice(subjects, WRITTEN_AT_ONCE)):
        asked = [s for _, s in some if isinstance(s, Subject)]
        # One filter for all: what one node forbids is no loss to another's words.
        found = iter(
            write(model, [Asked(s.guide, s.winners, s.audience) for s in asked], brand.deny())
        )
        for cell, subject in some:
            if isinstance(subject, Phrase):
                yield cell, subject
            else:
                yield cell, _with_words(subject, next(found))


def _with_words(subject: Subject, written: Written) -> Subject:
    return dataclasses.replace(subject, written=written)


def _subjects(
    evidence: Evidence, brand: Brand, rules: Objectives
) -> Iterator[tuple[Cell, Subject | Phrase]]:
    for node in load_nodes().nodes:
        for objective in rules.objectives:
            cell = (node.id, objective.id)
            missing = _why_no_set(cell, evidence, brand)
            if missing is not None:
                yield cell, missing
                continue
            rule = rules.of(*cell)
            yield (
                cell,
                Subject(
                    guide=brand.guide(*cell),
                    deny=brand.deny(node.id),
                    winners=evidence.winners(cell),
                    inspirations=evidence.inspirations(cell, rule.result),
                    traits=evidence.traits.get(cell, []),
                    leaderboard=_board(evidence, cell, rule.kpi),
                ),
            )


def _board(evidence: Evidence, cell: Cell, kpi: str) -> dict[str, Any]:
    return {
        "as_of": evidence.as_of.isoformat(),
        "pieces": len(evidence.pieces[cell]),
        "kpi": kpi,
        "rule_version": evidence.pieces[cell][0]["rule_version"],
    }


def _cells_key(night: date) -> str:
    return f"sets/cells/{night.isoformat()}.json"


def _cells_before(store: Store, night: date) -> dict[Cell, str]:
    """The set that each cell had on the last night before this one."""
    nights = [key for key in store.keys("sets/cells") if key < _cells_key(night)]
    if not nights:
        return {}
    records = json.loads(store.read(max(nights)))
    return {(r["node"], r["objective"]): r["set_id"] for r in records if r["set_id"]}


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

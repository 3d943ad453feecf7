"""Candidates to sets: make, encode and store them, judge them, sign the best, write the manifest.

A set exists when its `manifest.json` does. Candidates are stored one by one, so a killed run
goes on where it stopped and leaves the same bytes as an undisturbed one.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, Protocol

from PIL import Image

from generation.assembly import IMAGES
from generation.credentials import Credential, signed, statement
from generation.describe.decode import UndecodablePicture, decoded
from generation.engine import Failed, ImageMaker
from generation.gate import Candidate, Checks, Verdict, choose, needs_review
from generation.jobs import GenerationJob
from generation.manifest import canonical, check_manifest
from generation.provenance import Kind, encode
from include.set_plans import Plan, jobs_of, seed_of, variant_of
from include.store import Store

logger = logging.getLogger(__name__)

ROUNDS = 2
WORKERS = 4  # threads that encode, sign and write while the next pictures are made
WAITING = 32  # pictures that may wait for a thread: a gigabyte would be hundreds


@dataclass(frozen=True)
class Progress:
    """How far a run is, in candidates."""

    done: int
    total: int
    set_id: str


class Report(Protocol):
    """Told after each candidate."""

    def __call__(self, progress: Progress, /) -> None: ...


@dataclass(frozen=True)
class Maker:
    """Something that makes images, and what is said about it.

    Args:
        facts: for the manifest: classes, precision, machine, libraries.
        cost_s: seconds of the device per image, of the last batch; None: by the clock.
    """

    images: ImageMaker
    kind: Kind
    system: str
    facts: Callable[[], Mapping[str, str]] = dict
    cost_s: Callable[[], float] | None = None


@dataclass(frozen=True)
class Desk:
    """What is needed beside the images.

    Args:
        checks: of the gate; sources and disallow list are each set's own.
        deadline: when to stop taking new images; None: never.
        costs: record what each set took; nobody asks that of a brief made by hand.
    """

    store: Store
    checks: Checks = field(default_factory=Checks)
    credential: Credential | None = None
    deadline: datetime | None = None
    now: Callable[[], datetime] | None = None
    costs: bool = False

    @property
    def late(self) -> bool:
        """Whether the deadline has passed."""
        if self.deadline is None or self.now is None:
            return False
        return self.now() >= self.deadline


@dataclass
class Outcome:
    """What became of the sets: `failed` by id with the reason, `left` for the next run."""

    finished: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)


def make(desk: Desk, plans: Sequence[Plan], maker: Maker, report: Report) -> Outcome:
    """Make these sets: a round of candidates, and one more for those with too few good ones."""
    outcome = Outcome()
    waiting = list(plans)
    costs: dict[str, float] = defaultdict(float)
    for turn in range(1, ROUNDS + 1):
        round_ = _Round(desk, waiting, maker, turn, costs)
        round_.run(report)
        outcome.finished += round_.finished
        if round_.stopped:
            outcome.left = [plan["set_id"] for plan in round_.unfinished()]
            return outcome
        waiting = round_.unfinished()
    for plan in waiting:
        reason = round_.reasons[plan["set_id"]]
        outcome.failed[plan["set_id"]] = reason
        logger.error("set %s: %s", plan["set_id"], reason)
    return outcome


class _Round:
    """One round of candidates of several sets."""

    def __init__(
        self,
        desk: Desk,
        plans: Sequence[Plan],
        maker: Maker,
        turn: int,
        costs: dict[str, float],
    ) -> None:
        self.desk, self.plans, self.maker, self.turn = desk, plans, maker, turn
        self.costs = costs
        self.finished: list[str] = []
        self.reasons: dict[str, str] = {}
        self.stopped = False
        self.failures: dict[str, list[str]] = defaultdict(list)

    def unfinished(self) -> list[Plan]:
        """Sets without manifest, in their order."""
        done = set(self.finished)
        return [plan for plan in self.plans if plan["set_id"] not in done]

    def run(self, report: Report) -> None:
        store, by_id = self.desk.store, {plan["set_id"]: plan for plan in self.plans}
        jobs = [
            job
            for plan in self.plans
            for job in jobs_of(plan, self.turn)
            if not store.exists(candidate_key(job.set_id, job.k))
        ]
        left = Counter(job.set_id for job in jobs)
        with ThreadPoolExecutor(WORKERS) as pool:
            writes: dict[str, list[Future[None]]] = defaultdict(list)
            fresh: dict[str, dict[int, Image.Image]] = defaultdict(dict)
            ends: list[Future[bool]] = [
                pool.submit(self._finish, plan, [], {})
                for plan in self.plans
                if not left[plan["set_id"]]
            ]
            waiting: list[Future[None]] = []
            for done, (job, image) in enumerate(self._made(jobs), start=1):
                if isinstance(image, Failed):
                    self.failures[job.set_id].append(f"image {job.k}: {image.reason}")
                    logger.error("set %s, image %d: %s", job.set_id, job.k, image.reason)
                else:
                    fresh[job.set_id][job.k] = image
                    write = pool.submit(self._write, job, image)
                    writes[job.set_id].append(write)
                    waiting.append(write)
                    if len(waiting) > WAITING:
                        waiting.pop(0).result()
                left[job.set_id] -= 1
                if not left[job.set_id]:
                    known = writes.pop(job.set_id, []), fresh.pop(job.set_id, {})
                    ends.append(pool.submit(self._finish, by_id[job.set_id], *known))
                report(Progress(done, len(jobs), job.set_id))
            for end in ends:
                end.result()

    def _made(
        self, jobs: Sequence[GenerationJob]
    ) -> Iterator[tuple[GenerationJob, Image.Image | Failed]]:
        """The images of the jobs, until the deadline; what each took is put to its set's cost."""
        if not jobs:
            return
        if self.desk.late:
            self.stopped = True
            return
        images = self.maker.images(jobs)
        begun = time.perf_counter()
        for job, image in images:
            took = time.perf_counter() - begun
            self.costs[job.set_id] += took if self.maker.cost_s is None else self.maker.cost_s()
            yield job, image
            if self.desk.late:
                self.stopped = True
                logger.warning("deadline passed; what is made stays, the rest waits")
                return
            begun = time.perf_counter()

    def _write(self, job: GenerationJob, image: Image.Image) -> None:
        data = encode(image, kind=self.maker.kind, system=self.maker.system)
        self.desk.store.write(candidate_key(job.set_id, job.k), data)

    def _finish(
        self, plan: Plan, writes: Sequence[Future[None]], fresh: Mapping[int, Image.Image]
    ) -> bool:
        """Judge the candidates; sign and name the best and write the manifest, if enough.

        Args:
            fresh: the pictures made just now; the others are read from the store.
        """
        for write in writes:
            write.result()
        numbers = range(1, self.turn * int(plan["candidates"]) + 1)
        pictures = _pictures(self.desk.store, plan["set_id"], numbers, fresh)
        verdicts = self._judged(plan, pictures)
        n, set_id = int(plan["n"]), plan["set_id"]
        review = needs_review(verdicts, n)
        if review and self.turn < ROUNDS:
            return False
        chosen = [verdict for verdict in verdicts if verdict.chosen]
        if len(chosen) < n:
            why = [f"image {v.k}: {v.reasons[0]}" for v in verdicts if v.reasons and not v.chosen]
            told = "; ".join([*self.failures[set_id], *why][:4])
            self.reasons[set_id] = f"{len(chosen)} of {n} images may be shown ({told})"
            return False
        self._publish(plan, pictures, verdicts, review=review)
        self.finished.append(set_id)
        return True

    def _judged(self, plan: Plan, pictures: Mapping[int, Image.Image]) -> list[Verdict]:
        first = plan["variants"][0]
        candidates = [
            Candidate(k, image, variant_of(plan, k)["prompt"], variant=(k - 1) % IMAGES)
            for k, image in pictures.items()
        ]
        checks = replace(self.desk.checks, disallow=tuple(plan["disallow"]))
        if self.maker.kind == "generated":
            checks = replace(checks, sources=tuple(self._sources(plan)))
        return choose(
            candidates, n=int(plan["n"]), size=(first["width"], first["height"]), checks=checks
        )

    def _sources(self, plan: Plan) -> Iterator[Image.Image]:
        """The pictures that inspired the set, as far as they are stored and readable."""
        store = self.desk.store
        for inspiration in plan["manifest"]["inspirations"]:
            picture = inspiration["picture"]
            for key in store.keys(f"images/sha256/{picture[:2]}"):
                if PurePosixPath(key).stem == picture:
                    try:
                        yield decoded(store.read(key))
                    except UndecodablePicture as error:
                        logger.warning("set %s: source %s: %s", plan["set_id"], key, error)

    def _publish(
        self,
        plan: Plan,
        pictures: Mapping[int, Image.Image],
        verdicts: Sequence[Verdict],
        *,
        review: bool,
    ) -> None:
        store, set_id = self.desk.store, plan["set_id"]
        manifest = {**plan["manifest"], "made_with": dict(self.maker.facts())}
        manifest["images"] = []
        chosen = sorted(verdict.k for verdict in verdicts if verdict.chosen)
        place = {candidate: k for k, candidate in enumerate(chosen, start=1)}
        for candidate, k in place.items():
            entry, data = self._image(plan, candidate, k, pictures[candidate])
            store.write(f"sets/{set_id}/{entry['file']}", data)
            manifest["images"].append(entry)
        manifest["gate"] = [
            {
                "k": verdict.k,
                "image": place.get(verdict.k),
                "round": 1 + (verdict.k - 1) // int(plan["candidates"]),
                "candidates": len(verdicts),
                "chosen": verdict.chosen,
                "barred": verdict.barred,
                "scores": verdict.scores,
                "reasons": list(verdict.reasons),
            }
            for verdict in verdicts
        ]
        manifest["needs_review"] = review
        # Through JSON and back: what is checked is what readers will get.
        data = canonical(manifest)
        check_manifest(json.loads(data))
        cost = {
            "set_id": set_id,
            "node": manifest["node"],
            "objective": manifest["objective"],
            "profile": manifest["profile"]["name"],
            "device": manifest["made_with"].get("device", "cpu"),
            "candidates": len(verdicts),
            "seconds": round(self.costs[set_id], 3),
        }
        if self.desk.costs:
            store.write(cost_key(set_id), canonical(cost))
        store.write(manifest_key(set_id), data)
        remove_candidates(store, set_id)

    def _image(
        self, plan: Plan, candidate: int, k: int, picture: Image.Image
    ) -> tuple[dict[str, Any], bytes]:
        variant, set_id = variant_of(plan, candidate), plan["set_id"]
        seed = seed_of(set_id, candidate)
        data = self.desk.store.read(candidate_key(set_id, candidate))
        # The pixels of PNG are exact, so their hash stays where a credential changes the file.
        pixels = hashlib.sha256(picture.convert("RGB").tobytes())
        if self.desk.credential is not None:
            content = statement(
                title=f"{set_id} {k}",
                mime="image/png",
                kind=self.maker.kind,
                system=self.maker.system,
                seed=seed,
                prompt_sha256=hashlib.sha256(variant["prompt"].encode()).hexdigest(),
                generation={"set_id": set_id, "k": k},
            )
            data = signed(data, content, self.desk.credential)
        return {
            **variant,
            "k": k,
            "candidate": candidate,
            "file": f"image-{k}.png",
            "sha256": hashlib.sha256(data).hexdigest(),
            "pixels_sha256": pixels.hexdigest(),
            "seed": seed,
            "signed": self.desk.credential is not None,
        }, data


def _pictures(
    store: Store, set_id: str, numbers: Sequence[int], fresh: Mapping[int, Image.Image]
) -> dict[int, Image.Image]:
    """The candidates that are there; one whose making failed is not."""
    there = set(store.keys(f"sets/{set_id}/candidates"))
    found = {}
    for k in numbers:
        key = candidate_key(set_id, k)
        if key in there:
            known = fresh.get(k)
            data = store.read(key) if known is None else b""
            found[k] = known or Image.open(io.BytesIO(data), formats=("PNG",)).convert("RGB")
    return found


def remove_candidates(store: Store, set_id: str) -> None:
    """Forget the candidates of a finished set: those not chosen are kept as scores only."""
    for key in store.keys(f"sets/{set_id}/candidates"):
        store.delete(key)


def candidate_key(set_id: str, k: int) -> str:
    """Where candidate k waits for the gate."""
    return f"sets/{set_id}/candidates/{k:02d}.png"


def manifest_key(set_id: str) -> str:
    """The set exists when this does."""
    return f"sets/{set_id}/manifest.json"


def cost_key(set_id: str) -> str:
    """What a set took; beside the manifests, since no two runs take the same time."""
    return f"timings/sets/{set_id}.json"


def log_progress(progress: Progress) -> None:
    """`image 12 of 80, set wompi-sales-2026-11-20-1a2b3c4d`."""
    logger.info("image %d of %d, set %s", progress.done, progress.total, progress.set_id)

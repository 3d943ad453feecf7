"""Statistics by asynchronous jobs: begin them, ask until they are done, fetch their files.

For long windows: a job takes 90 days where a call takes 7, and is not counted among the 250
calls in 15 minutes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from include.errors import RateLimited, SchemaDrift, SourceUnavailable
from include.sources.http import Answer, chunks, in_order, listing, mapping, threads_for
from include.sources.x_ads_calls import JOBS_WAIT_S, Asking, TooManyJobs
from include.sources.x_ads_files import ResultGone
from include.sources.x_ads_plan import Query, check_hours

log = logging.getLogger(__name__)

# X computes at most 100 at a time for an account; others may run some, too.
MOST_OPEN = 80
# Begun in groups of so many, so that the files of one are fetched while the next is begun.
BEGUN_AT_ONCE = 20
# Small jobs are done within a second; the wait doubles up to `LONGEST_POLL_S`.
FIRST_POLL_S = 0.25
LONGEST_POLL_S = 30.0
# Without any job done for so long, the worker goes and the reading is tried again later; what
# was begun is remembered.
PATIENCE_S = 300.0
IDS_PER_POLL = 200
TIMES = 2  # a job that failed, or whose file is gone, is begun once more

_UNDER_WAY = frozenset({"PROCESSING", "QUEUED", "UPLOADING"})
_FAILED = frozenset({"FAILED", "CANCELLED", "CANCELED"})


class Jobs:
    """The jobs of one reading, in the order of their queries.

    Args:
        asking: makes the signed calls.
        path: `stats/jobs/accounts/<account id>`.
        fetch: gives the whole file at an address, see `x_ads_files.fetch_result`.
        first_poll_s: wait before the jobs are first asked about; it doubles up to
            `LONGEST_POLL_S` while none gets done.
        sleep: waits that many seconds.
    """

    def __init__(
        self,
        asking: Asking,
        path: str,
        queries: Sequence[Query],
        *,
        where: str,
        fetch: Callable[[str], Answer],
        concurrency: int,
        first_poll_s: float,
        sleep: Callable[[float], None],
    ) -> None:
        self._asking = asking
        self._path = path
        self._queries = queries
        self._where = where
        self._fetch = fetch
        self._concurrency = concurrency
        self._first_poll_s = first_poll_s
        self._sleep = sleep
        self._waiting = list(range(len(queries)))
        self._open: dict[str, int] = {}  # id of a job -> position of its query
        self._times = [0] * len(queries)
        self._done: dict[int, str] = {}  # position -> address of the file

    def begin(self) -> None:
        """Begin the next jobs, as far as they may be open.

        Raises:
            RateLimited: the account's jobs are all taken by others.
        """
        room = max(MOST_OPEN - len(self._open), 0)
        batch = self._waiting[: min(room, BEGUN_AT_ONCE)]
        begun = in_order(self._concurrency, (partial(self._begun, at) for at in batch))
        refused = []
        for position, job_id in zip(batch, begun, strict=True):
            if job_id is None:
                refused.append(position)
            else:
                self._take(job_id, position)
        self._waiting[: len(batch)] = refused
        if refused:
            self._refused()

    def files(self) -> Generator[tuple[Query, Answer], None, None]:
        """Query and file of each result, in the order of the queries.

        Raises:
            SourceUnavailable: a job failed twice, or none got done for five minutes.
        """
        calls = (partial(self._whole, position, url) for position, url in self._finished())
        # Jobs get done in any order; what is early waits packed, a tenth of its size.
        early: dict[int, Answer] = {}
        following = 0
        for position, answer in in_order(threads_for(self._concurrency), calls):
            early[position] = answer
            while following in early:
                yield self._queries[following], early.pop(following)
                following += 1

    def _finished(self) -> Iterator[tuple[int, str]]:
        """Position and file of each job, as soon as it is done."""
        delay, waited, left = self._first_poll_s, 0.0, len(self._queries)
        while left:
            if waited >= PATIENCE_S:
                raise SourceUnavailable(
                    f"{self._where}: {len(self._open)} statistics jobs are still under way after "
                    f"{waited:.0f} s. It is tried again later."
                )
            open_before = len(self._open)
            self.begin()
            if len(self._open) == open_before:  # nothing to do but wait
                self._sleep(delay)
                waited += delay
                delay = min(2 * delay, LONGEST_POLL_S)
            if self._poll():
                delay, waited = self._first_poll_s, 0.0
            for position in sorted(self._done):
                left -= 1
                yield position, self._done.pop(position)

    def _poll(self) -> bool:
        """Ask about all open jobs; whether one got done."""
        progress = False
        for ids in chunks(list(self._open), IDS_PER_POLL):
            told = self._told(ids)
            for job_id in ids:
                url = self._file_of(told.get(job_id), job_id)
                if url is not None:
                    self._done[self._open.pop(job_id)] = url
                    progress = True
        return progress

    def _told(self, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """What X says of these jobs. The answer has a cursor though all are in it."""
        where = f"{self._where} jobs"
        answer = self._asking.get_anew(self._path, {"job_ids": ",".join(ids)}, where=where)
        data = listing(mapping(answer, where), "data", where)
        return {str(job.get("id_str")): job for job in data if isinstance(job, dict)}

    def _file_of(self, job: Mapping[str, Any] | None, job_id: str) -> str | None:
        """The address of a job's file; None while there is none. Failed jobs begin again."""
        status = "gone" if job is None else str(job.get("status"))
        if job is not None and status == "SUCCESS":
            url = job.get("url")
            return str(url) if url else None  # X has said SUCCESS before it knew the address
        if status in _UNDER_WAY:
            return None
        if status in _FAILED or job is None:
            self._again(self._open.pop(job_id), f"job {job_id} is {status}")
        else:
            log.warning("%s: job %s has status %r, taken for under way.", self._where, job_id,
                        status[:40])  # fmt: skip
        return None

    def _again(self, position: int, reason: str) -> str:
        """Begin the job of a query once more."""
        if self._times[position] >= TIMES:
            query = self._queries[position]
            raise SourceUnavailable(
                f"{self._where} {query.params['start_time']} to {query.params['end_time']} "
                f"{query.placement}: {reason}, begun {TIMES} times. It is tried again later."
            )
        log.warning("%s: %s; it is begun once more.", self._where, reason)
        job_id = self._begun(position, anew=True)
        if job_id is None:
            self._refused()
            raise SourceUnavailable(
                f"{self._where}: {reason}, and no other may be begun now. It is tried again later."
            )
        self._take(job_id, position)
        return job_id

    def _take(self, job_id: str, position: int) -> None:
        self._open[job_id] = position
        self._times[position] += 1

    def _refused(self) -> None:
        """No job may be begun now: our own have to end first, or those of others."""
        if not self._open:
            raise RateLimited(
                f"{self._where}: other programs have all of X's 100 statistics jobs of this "
                "account under way. Nothing to do; it is tried again.",
                wait_s=JOBS_WAIT_S,
            )
        log.warning("%s: X takes no more jobs; %d are open.", self._where, len(self._open))

    def _begun(self, position: int, *, anew: bool = False) -> str | None:
        """The id of a job that was begun; None when X has too many under way."""
        where = f"{self._where} job"
        post = self._asking.post_anew if anew else self._asking.post
        try:
            answer = post(self._path, self._queries[position].params, where=where)
        except TooManyJobs:
            return None
        data = mapping(answer, where).get("data")
        job_id = data.get("id_str") if isinstance(data, dict) else None
        if not isinstance(job_id, str) or not job_id:
            raise SchemaDrift(
                f"{where}: the answer has no id_str ({data!r:.120}). A developer has to look at "
                "include/sources/x_ads_jobs.py."
            )
        return job_id

    def _whole(self, position: int, url: str) -> tuple[int, Answer]:
        """A job's file, which tells about the hours that were asked for."""
        answer = self._file(position, url)
        check_hours(answer.content, self._queries[position], self._where)
        answer.let_go()
        return position, answer

    def _file(self, position: int, url: str) -> Answer:
        """A job's file; when it is gone, that of the same job begun once more."""
        try:
            return self._fetch(url)
        except ResultGone as gone:
            url = self._alone(position, f"its file is gone ({gone})")
        try:
            return self._fetch(url)
        except ResultGone as gone:
            raise SourceUnavailable(
                f"{self._where}: the file of a job was gone twice ({gone}). It is tried again "
                "later."
            ) from gone

    def _alone(self, position: int, reason: str) -> str:
        """Begin one job again and wait for it, while the others go on."""
        log.warning("%s: %s; the job is begun once more.", self._where, reason)
        job_id = self._begun(position, anew=True)
        delay, waited = self._first_poll_s, 0.0
        while job_id is not None and waited < PATIENCE_S:
            self._sleep(delay)
            waited, delay = waited + delay, min(2 * delay, LONGEST_POLL_S)
            job = self._told([job_id]).get(job_id, {})
            if job.get("status") == "SUCCESS" and job.get("url"):
                return str(job["url"])
            if job.get("status") in _FAILED:
                break
        raise SourceUnavailable(
            f"{self._where}: {reason}, and the same job again did not end well. It is tried again "
            "later."
        )

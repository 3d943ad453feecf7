"""X's asynchronous statistics jobs: begun, computed for a while, fetched as a gzipped file.

What clients stumble over happens here, too: some jobs take a second look, some say SUCCESS
before they know where their file is, and the listing has a cursor that leads nowhere.
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson

from include.sandbox.accounts import SandboxAccount
from include.sandbox.x_calls import XError
from include.sandbox.x_entities import time_text

FILE_PATH = "/x_ads/ton/advertiser-api-async-analytics"
_MOST_UNDER_WAY = 100
_KEPT = timedelta(hours=48)
# A number beyond 2**53: who reads `id` as a float asks about another job.
_FIRST_ID = 1_120_829_647_711_653_888
_STEP = 65_536
# A job that nobody asks about is done after so many real seconds.
_COMPUTED_S = 5.0


@dataclass
class Job:
    """One job; `polls` says how often somebody asked about it."""

    number: int
    account: SandboxAccount
    params: dict[str, Any]
    begun: float
    created_at: datetime
    base: str
    compute: Callable[[], dict[str, Any]]
    polls: int = 0
    _file: bytes | None = field(default=None, repr=False)

    @property
    def id(self) -> int:
        """Its id, which only text can hold."""
        return _FIRST_ID + self.number * _STEP

    @property
    def expires_at(self) -> datetime:
        """When its file goes."""
        return self.created_at + _KEPT

    def status(self, clock: Callable[[], float]) -> str:
        """QUEUED or PROCESSING until it was asked about often enough, then SUCCESS."""
        if self.polls > (self.number % 5 == 4) or clock() - self.begun > _COMPUTED_S:
            return "SUCCESS"
        return "QUEUED" if self.polls == 0 and self.number % 3 == 2 else "PROCESSING"

    def told(self, clock: Callable[[], float]) -> dict[str, Any]:
        """The job as X describes it; every seventh has no address when it first says SUCCESS."""
        status = self.status(clock)
        first_success = 1 + (self.number % 5 == 4)
        ready = status == "SUCCESS" and not (self.number % 7 == 3 and self.polls <= first_success)
        url = f"{self.base}{FILE_PATH}/stats_job_{self.id}.json.gz" if ready else None
        return {
            "id": self.id,
            "id_str": str(self.id),
            "status": status,
            "url": url,
            "created_at": time_text(self.created_at),
            "updated_at": time_text(self.created_at),
            "expires_at": time_text(self.expires_at) if status == "SUCCESS" else None,
            "account_id": self.account.account_id,
            **self.params,
        }

    def file(self) -> bytes:
        """Its result: the JSON of a direct call, gzipped."""
        if self._file is None:
            plain = orjson.dumps(self.compute(), option=orjson.OPT_SERIALIZE_NUMPY)
            self._file = gzip.compress(plain, compresslevel=1, mtime=0)
        return self._file


class JobDesk:
    """All jobs of one sandbox."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._jobs: dict[str, Job] = {}

    def begin(
        self,
        account: SandboxAccount,
        params: dict[str, Any],
        compute: Callable[[], dict[str, Any]],
        *,
        now: datetime,
        base: str,
    ) -> dict[str, Any]:
        """Begin a job.

        Raises:
            XError: the account has 100 under way.
        """
        under_way = sum(
            job.account == account and job.status(self._clock) != "SUCCESS"
            for job in self._jobs.values()
        )
        if under_way >= _MOST_UNDER_WAY:
            raise XError(400, "TOO_MANY_JOBS", "There are too many concurrent jobs in processing")
        number = len(self._jobs)
        job = Job(number, account, params, self._clock(), now, base, compute)
        self._jobs[str(job.id)] = job
        return job.told(self._clock)

    def told(self, account: SandboxAccount, ids: list[str] | None) -> list[dict[str, Any]]:
        """These jobs of the account, or all; asking brings them forward."""
        found = [job for job in self._jobs.values() if job.account == account]
        if ids is not None:
            found = [job for job in found if str(job.id) in ids]
        for job in found:
            job.polls += 1
        return [job.told(self._clock) for job in found]

    def file(self, name: str, now: datetime) -> bytes | None:
        """The file of this name, or None: never there, not there yet, or there no longer."""
        job = self._jobs.get(name.removeprefix("stats_job_").removesuffix(".json.gz"))
        if job is None or now >= job.expires_at or job.status(self._clock) != "SUCCESS":
            return None
        return job.file()

"""Images from a server of the company that speaks the OpenAI images API, such as vLLM-Omni.

Only the host of the profile's address is talked to; a redirect elsewhere is an error. What
comes back is untrusted: it is decoded like any picture from outside.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import requests
from PIL import Image

from generation.describe.decode import UndecodablePicture, decoded
from generation.engine import Failed
from generation.jobs import GenerationJob
from include.errors import (
    AuthenticationExpired,
    ConfigurationError,
    RateLimited,
    SchemaDrift,
)
from include.sources.http import Answer, Bearer, PassingError, call, in_order

_WAIT_S = 5.0


class OpenAiImages:
    """One server and one of its models."""

    def __init__(self, url: str, model: str, *, token: str = "", concurrency: int = 4) -> None:
        self.url = url
        self.model = model
        self.host = urlsplit(url).netloc
        self.concurrency = concurrency
        self._token = token
        self._session = requests.Session()
        # No proxy and no .netrc: the host of the address is the only one.
        self._session.trust_env = False

    def images(
        self, jobs: Sequence[GenerationJob]
    ) -> Iterator[tuple[GenerationJob, Image.Image | Failed]]:
        """Each job with its image, in order; one that the server refuses fails alone.

        Raises:
            AuthenticationExpired: the token is refused.
            SourceUnavailable: the server does not answer.
            RateLimited: it is busy for longer than a worker should wait.
        """
        calls = [self._call_of(job) for job in jobs]
        yield from zip(jobs, in_order(self.concurrency, calls), strict=True)

    def _call_of(self, job: GenerationJob) -> Callable[[], Image.Image | Failed]:
        def ask() -> Image.Image | Failed:
            try:
                answer = call(
                    self._session,
                    "POST",
                    self.url,
                    where=f"images {self.host} set {job.set_id} image {job.k}",
                    verdict=_verdict,
                    secrets=[self._token] if self._token else [],
                    auth=Bearer(self._token) if self._token else None,
                    json=self._request(job),
                )
            except (_RefusedError, SchemaDrift) as error:
                return Failed(str(error))
            return _picture(answer.body)

        return ask

    def _request(self, job: GenerationJob) -> dict[str, Any]:
        asked: dict[str, Any] = {
            "model": self.model,
            "prompt": job.prompt,
            "n": 1,
            "size": f"{job.width}x{job.height}",
            "response_format": "b64_json",
            "seed": job.seed,
        }
        if job.negative_prompt:
            asked["negative_prompt"] = job.negative_prompt
        if job.num_inference_steps:
            asked["num_inference_steps"] = job.num_inference_steps
            asked["guidance_scale"] = job.guidance_scale
        return asked


class _RefusedError(Exception):
    """The server does not make this picture; others may be fine."""


_BAD_REQUEST, _SERVER_ERROR = 400, 500


def _verdict(answer: Answer, where: str) -> Exception | None:
    if answer.status < _BAD_REQUEST:
        return None  # a redirect is refused by `call`
    told = str(answer.body)[:200]
    if answer.status in {401, 403}:
        return AuthenticationExpired(f"{where}: the token is refused; renew PAUTA_IMAGES_TOKEN.")
    if answer.status == 404:
        return ConfigurationError(f"{where}: no such address or model; look at the profile's url.")
    if answer.status == 429:
        return RateLimited(f"{where}: the server is busy.", wait_s=_WAIT_S)
    if answer.status >= _SERVER_ERROR:
        return PassingError(f"{where}: status {answer.status}: {told}")
    return _RefusedError(f"refused with status {answer.status}: {told}")


def _picture(body: Any) -> Image.Image | Failed:
    """The picture of an answer of the form `{"data": [{"b64_json": "..."}]}`."""
    items = body.get("data") if isinstance(body, Mapping) else None
    text = items[0].get("b64_json") if isinstance(items, list) and len(items) == 1 else None
    if not isinstance(text, str):
        return Failed("the answer holds no data[0].b64_json")
    try:
        return decoded(base64.b64decode(text, validate=True))
    except (binascii.Error, UndecodablePicture) as error:
        return Failed(f"the answer is no picture: {error}")

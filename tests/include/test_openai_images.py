"""A company's own images server is asked politely, and what it sends is not trusted."""

import base64
import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import stamina
from PIL import Image

from generation.engine import Failed
from generation.jobs import GenerationJob
from include.errors import AuthenticationExpired, ConfigurationError
from include.openai_images import OpenAiImages


class Server:
    """Answers with what `reply` gives for the request's JSON."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.reply: Any = picture_reply
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.asked.append(body)
                outer.headers.append(dict(self.headers))
                status, content, more = outer.reply(body)
                data = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                for name, value in more.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1/images/generations"


def picture_reply(body: dict[str, Any]) -> tuple[int, Any, dict[str, str]]:
    """A picture whose colour tells the seed."""
    out = io.BytesIO()
    Image.new("RGB", (64, 64), (body["seed"], 9, 9)).save(out, "PNG")
    return 200, {"data": [{"b64_json": base64.b64encode(out.getvalue()).decode()}]}, {}


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    thread = threading.Thread(target=found.server.serve_forever, daemon=True)
    thread.start()
    with stamina.set_testing(True, attempts=4, cap=True):
        yield found
    found.server.shutdown()
    found.server.server_close()


def job(k: int, **other: Any) -> GenerationJob:
    values: dict[str, Any] = {
        "set_id": "s",
        "k": k,
        "prompt": f"prompt {k}",
        "negative_prompt": "",
        "seed": k,
        "checkpoint": "qwen-image",
        "revision": "unpinned",
        "width": 64,
        "height": 64,
        "num_inference_steps": 8,
        "guidance_scale": 1.0,
        "scene": {},
    }
    return GenerationJob(**{**values, **other})


def made(server: Server, jobs: list[GenerationJob], **options: Any) -> list[Any]:
    engine = OpenAiImages(server.url, "qwen-image", **options)
    found = list(engine.images(jobs))
    assert [one for one, _ in found] == jobs
    return [image for _, image in found]


def test_each_job_gets_its_own_picture_in_order(server: Server) -> None:
    """Asked two at a time, with prompt, seed, size and steps of each."""
    images = made(server, [job(k) for k in range(1, 6)], concurrency=2)
    assert [image.getpixel((0, 0))[0] for image in images] == [1, 2, 3, 4, 5]
    asked = {body["seed"]: body for body in server.asked}
    assert asked[3] == {
        "model": "qwen-image",
        "prompt": "prompt 3",
        "n": 1,
        "size": "64x64",
        "response_format": "b64_json",
        "seed": 3,
        "num_inference_steps": 8,
        "guidance_scale": 1.0,
    }


def test_the_token_travels_in_its_header_only(server: Server) -> None:
    """Not in the body, and no header without a token."""
    made(server, [job(1)], token="s3cret-token")
    made(server, [job(2)])
    assert server.headers[0]["Authorization"] == "Bearer s3cret-token"
    assert "Authorization" not in server.headers[1]
    assert "s3cret" not in json.dumps(server.asked)


def test_a_server_that_stumbles_once_is_asked_again(server: Server) -> None:
    """Status 503, then the picture."""
    answers = iter([(503, {"error": "warming up"}, {})])
    server.reply = lambda body: next(answers, None) or picture_reply(body)
    (image,) = made(server, [job(7)])
    assert image.getpixel((0, 0))[0] == 7 and len(server.asked) == 2


def test_a_refused_prompt_fails_alone(server: Server) -> None:
    """A content filter says no to one of three; its words are cut short."""

    def reply(body: dict[str, Any]) -> Any:
        if body["seed"] == 2:
            return 400, {"error": {"message": "blocked " + "x" * 5000}}, {}
        return picture_reply(body)

    server.reply = reply
    first, second, third = made(server, [job(1), job(2), job(3)])
    assert isinstance(second, Failed) and second.reason.startswith("refused with status 400")
    assert len(second.reason) < 300
    assert isinstance(first, Image.Image) and isinstance(third, Image.Image)


@pytest.mark.parametrize(
    "content",
    [
        {},
        [],
        {"data": []},
        {"data": [{"url": "http://elsewhere.example/x.png"}]},
        {"data": [{"b64_json": "!!!"}]},
        {"data": [{"b64_json": base64.b64encode(b"GIF89a not really").decode()}]},
        {"data": [{"b64_json": 7}]},
    ],
)
def test_an_answer_without_a_picture_fails_alone(server: Server, content: Any) -> None:
    """An address to fetch from is no picture: nothing else is asked."""
    server.reply = lambda _: (200, content, {})
    (image,) = made(server, [job(1)])
    assert isinstance(image, Failed) and "answer" in image.reason


def test_a_refused_token_stops_the_run(server: Server) -> None:
    """A person renews it; the message does not hold it."""
    server.reply = lambda _: (401, {"error": "no"}, {})
    with pytest.raises(AuthenticationExpired, match="renew PAUTA_IMAGES_TOKEN") as caught:
        made(server, [job(1)], token="s3cret-token")
    assert "s3cret" not in str(caught.value)


def test_a_redirect_is_not_followed(server: Server) -> None:
    """The profile's host is the only one that is talked to."""
    server.reply = lambda _: (307, {}, {"Location": "http://127.0.0.1:9/elsewhere"})
    with pytest.raises(ConfigurationError):
        made(server, [job(1)])
    assert len(server.asked) == 1

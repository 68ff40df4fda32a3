"""Requests to a vendor that try again where that can help, wait as long as they are told, and give up in plain words.

Made of httpx and tenacity. No address, header or body of a request is ever in a message: they may hold secrets.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import orjson
import tenacity

from vocpipe.contracts import RunError, UsageError

TRIES = 7
LONGEST_WAIT = 900.0  # seconds for one answer: a vendor's window of rate limits is a quarter of an hour
MENDS_ITSELF = {408, 425, 429, 500, 502, 503, 504}


class Passing(Exception):
    """A failure that may be gone next time, and the seconds that the vendor asks to wait (None: it does not say)."""

    def __init__(self, told: str, wait: float | None = None) -> None:
        super().__init__(told)
        self.wait = wait


class Refused(RunError):
    """The vendor answered, and trying again would not help. ``status`` is the HTTP status."""

    def __init__(self, told: str, status: int) -> None:
        super().__init__(told)
        self.status = status


@dataclass(frozen=True, slots=True)
class Answer:
    """What a vendor answered: the body, and its own clock (ours, where it does not say)."""

    body: bytes
    at: datetime

    def json(self) -> Any:
        """The body as JSON."""
        return orjson.loads(self.body)


class Web:
    """One vendor's address. Only that origin is ever asked, so that no page can lead the token elsewhere."""

    def __init__(
        self, vendor: str, base: str, headers: Mapping[str, str] | None = None, *,
        auth: tuple[str, str] | None = None, sleep: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        self._vendor, self._base, self._sleep = vendor, httpx.URL(base), sleep
        if self._base.scheme not in ("http", "https") or not self._base.host:
            raise UsageError(f"`url` of {vendor}: write the address of your account, such as https://example.com")
        self._client = httpx.Client(headers=dict(headers or {}), auth=auth, timeout=httpx.Timeout(60.0, connect=20.0))

    def __enter__(self) -> Web:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def pause(self, seconds: float) -> None:
        """Wait before the vendor is asked again."""
        self._sleep(seconds)

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, is_json: bool = True) -> Answer:
        """The answer to a GET of a path or of a whole address at the same origin."""
        return self._ask("GET", path, params, None, is_json)

    def post(self, path: str, body: Mapping[str, Any]) -> Answer:
        """The answer to a POST of a JSON object."""
        return self._ask("POST", path, None, body, True)

    def _ask(self, method: str, path: str, params: Any, body: Any, is_json: bool) -> Answer:
        address = self._base.join(path)
        if (address.scheme, address.host, address.port) != (self._base.scheme, self._base.host, self._base.port):
            raise RunError(f"{self._vendor} names a next page at another address: that one is not asked.")
        attempts = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(TRIES), wait=waiting, sleep=self._sleep, reraise=True,
            retry=tenacity.retry_if_exception_type(Passing),
        )  # fmt: skip
        try:
            return attempts(self._once, method, address, params, body, is_json)
        except Passing as problem:
            raise RunError(
                f"{self._vendor} did not answer after {TRIES} tries ({problem}): pull again later."
            ) from problem

    def _once(self, method: str, address: httpx.URL, params: Any, body: Any, is_json: bool) -> Answer:
        content = None if body is None else orjson.dumps(body)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        try:
            response = self._client.request(method, address, params=params, content=content, headers=headers)
        except httpx.TransportError as problem:
            raise Passing(f"the connection failed: {type(problem).__name__}") from problem
        if response.status_code in MENDS_ITSELF:
            raise Passing(f"status {response.status_code}", asked_to_wait(response))
        if not response.is_success:
            raise Refused(refusal(self._vendor, response.status_code), response.status_code)
        answer = Answer(response.content, clock_of(response))
        if is_json:
            try:
                answer.json()
            except orjson.JSONDecodeError as problem:
                raise Passing("the answer was cut off or is no JSON") from problem
        return answer


def waiting(state: tenacity.RetryCallState) -> float:
    """Seconds to wait: what the vendor asks for, else 1, 2, 4 … up to a minute, some of it by chance."""
    failure = state.outcome.exception() if state.outcome else None
    asked = getattr(failure, "wait", None)
    if asked is not None:
        return min(max(float(asked), 0.0), LONGEST_WAIT)
    return min(60.0, 2.0 ** (state.attempt_number - 1)) * (0.5 + random.random() / 2)


def asked_to_wait(response: httpx.Response) -> float | None:
    """Seconds until the vendor wants to be asked again, by `Retry-After` (seconds, or a date by the vendor's own clock)
    or by X's `x-rate-limit-reset`."""
    told = response.headers.get("Retry-After", "")
    if told.replace(".", "", 1).isdigit():
        return float(told)
    now = clock_of(response)
    try:
        return (parsedate_to_datetime(told).astimezone(UTC).replace(tzinfo=None) - now).total_seconds()
    except ValueError:
        reset = response.headers.get("x-rate-limit-reset", "")
        return (datetime.fromtimestamp(int(reset), UTC).replace(tzinfo=None) - now).total_seconds() if reset else None


def clock_of(response: httpx.Response) -> datetime:
    """The vendor's clock as naive UTC: ours may go wrong, and its times are by its own."""
    try:
        return parsedate_to_datetime(response.headers["Date"]).astimezone(UTC).replace(tzinfo=None)
    except (KeyError, ValueError):
        return datetime.now(UTC).replace(tzinfo=None)


def refusal(vendor: str, status: int) -> str:
    """Why the vendor refuses, and what to do."""
    if status in (401, 403):
        return f"{vendor} refuses the token (status {status}): renew it, or give it the right to read."
    if status == 404:
        return f"{vendor} does not know what was asked for (status 404): look at `url` and `options` in the settings."
    return f"{vendor} refuses the request (status {status}): look at `url` and `options` in the settings."

"""Small projects for tests: vendor files written by hand, settings by `init`, staging as a run makes it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from vocpipe import intake, pipeline
from vocpipe.proposing import init
from vocpipe.warehouse import opened

AS_OF = datetime(2026, 7, 1)
FIELDS = ("startDate", "endDate", "status", "progress", "finished", "recordedDate", "_recordId", "recipientLastName",
          "recipientFirstName", "recipientEmail", "externalDataReference", "QID1_NPS_GROUP", "QID1", "QID2",
          "QID4_TEXT")  # fmt: skip
HEAD = ("StartDate", "EndDate", "Status", "Progress", "Finished", "RecordedDate", "ResponseId", "RecipientLastName",
        "RecipientFirstName", "RecipientEmail", "ExternalReference", "Q1_NPS_GROUP", "Q1", "Q2", "Q4")  # fmt: skip
WORDING = (*HEAD[:11], "How likely are you to recommend us (0-10)? - Group",
           "How likely are you to recommend us (0-10)?",
           "How satisfied are you? (1 = not at all, 5 = very)", "What is the main reason for your score?")  # fmt: skip

Staged = Callable[[Path], AbstractContextManager[duckdb.DuckDBPyConnection]]


def response(
    number: int, score: object, *, text: str = "The seat was fine and we left on time", **cells: object
) -> dict:
    """One Qualtrics response as cells by column."""
    at = f"2026-01-{1 + number % 28:02d} 10:00:00"
    base = dict.fromkeys(HEAD, "") | {
        "StartDate": at, "EndDate": at, "RecordedDate": at, "Status": "0", "Progress": "100", "Finished": "1",
        "ResponseId": f"R_{number}", "Q1": score, "Q2": "4", "Q4": f"{text} {number}",
    }  # fmt: skip
    return base | cells


def qualtrics(responses: Sequence[dict], zone: str = "America/Denver") -> bytes:
    """A Qualtrics export with its three header rows."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEAD)
    writer.writerow(WORDING)
    writer.writerow([json.dumps({"ImportId": f} | ({"timeZone": zone} if f == "startDate" else {})) for f in FIELDS])
    writer.writerows([[row[name] for name in HEAD] for row in responses])
    return out.getvalue().encode()


def ticket(number: int, **parts: object) -> dict:
    """One Zendesk ticket."""
    return {
        "id": number, "created_at": "2026-02-01T08:00:00Z", "updated_at": "2026-02-02T08:00:00Z", "status": "solved",
        "description": f"My suitcase never arrived, number {number}", "requester_id": 9000 + number,
        "via": {"channel": "web"}, "satisfaction_rating": {"score": "good"},
        "metric_set": {"reply_time_in_minutes": {"calendar": 30}, "full_resolution_time_in_minutes": {"calendar": 90},
                       "reopens": 0},
    } | parts  # fmt: skip


def tickets(*items: dict) -> bytes:
    """A page of Zendesk tickets."""
    return json.dumps({"tickets": items, "count": len(items)}).encode()


def user(number: int, **parts: object) -> dict:
    """One Zendesk user."""
    return {
        "id": number, "name": "Mira Holt", "email": f"mira{number}@example.com", "phone": None, "external_id": None,
        "role": "end-user", "created_at": "2025-01-01T00:00:00Z", "identities": [],
    } | parts  # fmt: skip


def tweets(*items: dict, handles: dict[str, str] | None = None) -> bytes:
    """One page (one line) of X API v2 tweets; ``handles`` are the authors' names by id."""
    users = [{"id": author, "username": name, "name": name} for author, name in (handles or {}).items()]
    return json.dumps({"data": items, "includes": {"users": users}, "meta": {}}).encode() + b"\n"


def tweet(number: int, text: str, **parts: object) -> dict:
    """One tweet."""
    number_text = str(1_900_000_000_000_000_000 + number)
    return {
        "id": number_text, "text": text, "author_id": "77", "created_at": "2026-03-01T12:00:00.000Z", "lang": "en",
        "conversation_id": number_text, "edit_history_tweet_ids": [number_text],
    } | parts  # fmt: skip


def write(folder: Path, files: dict[str, bytes]) -> Path:
    """Write files below a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def read_quickly(folder: Path) -> None:
    """Lets the fast engine alone read the texts: for tests that are not about what texts say."""
    with (folder / "vocpipe.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[text]\nsentiment = "fast"\n')


@pytest.fixture
def staged() -> Staged:
    """Lands and stages a folder as a run does, with settings by `init` where there are none; gives the connection."""

    @contextmanager
    def open_staged(folder: Path, as_of: datetime = AS_OF) -> Iterator[duckdb.DuckDBPyConnection]:
        if not (folder / "vocpipe.toml").exists():
            init(folder, {}, force=False)
        run = pipeline.begin(folder, as_of=as_of)
        with pipeline.locked(folder), opened(folder) as con:
            intake.land_and_stage(con, run, pipeline.silent)
            yield con

    return open_staged

"""Qualtrics: asks for an export of each survey, waits until it is made, and unpacks it.

An export that was asked for is kept in the cursor: a pull that is cut off waits for the same one. One that failed or
has expired in the meantime is asked for anew, once.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from vocpipe.connectors.jobs import Job
from vocpipe.connectors.web import Refused
from vocpipe.contracts import RunError

VENDOR = "qualtrics"
OPTIONS = {"surveys": "ids of the surveys, with commas between them (SV_…)"}
NEEDS = ("surveys",)

POLLS, POLL_SECONDS = 360, 5.0  # half an hour
OVERLAP = timedelta(minutes=10)  # asked for again: what is recorded while an export is made
HEAD = 3  # header rows of an export
TIME = "%Y-%m-%dT%H:%M:%SZ"


class Gone(Exception):
    """The export failed or has expired; another one may do."""


def pull(job: Job) -> Iterator[Path]:
    """One CSV a survey that has new responses."""
    for survey in [name.strip() for name in job.options["surveys"].split(",") if name.strip()]:
        try:
            yield from export_of(job, survey)
        except Gone:
            state(job, survey).pop("export", None)
            job.save()
            try:
                yield from export_of(job, survey)
            except Gone as problem:
                raise RunError(
                    f"Qualtrics could not make an export of {survey} in two tries: pull again later."
                ) from problem


def state(job: Job, survey: str) -> dict[str, Any]:
    """What the cursor holds of a survey."""
    found: dict[str, Any] = job.cursor.setdefault(survey, {})
    return found


def export_of(job: Job, survey: str) -> Iterator[Path]:
    """Ask for an export (or go on waiting for the one asked for), fetch it, land it, and move the cursor."""
    known = state(job, survey)
    if "export" not in known:
        begin(job, survey)
    file_id = finished(job, survey, known["export"])
    content = unpacked(fetched(job, survey, file_id), survey)
    if count_rows(content) > HEAD:
        yield job.land(job.numbered(survey, "csv"), content)
        job.counted(survey)
    known["since"] = (datetime.strptime(known["asked_at"], TIME) - OVERLAP).strftime(TIME)
    del known["export"], known["asked_at"]
    job.save()


def begin(job: Job, survey: str) -> None:
    """Ask for an export of what was recorded since the last one, by the vendor's clock."""
    known = state(job, survey)
    asked: dict[str, Any] = {"format": "csv", "compress": True}
    since = known.get("since") or (f"{job.since}T00:00:00Z" if job.since else None)
    answer = job.web.post(f"/API/v3/surveys/{survey}/export-responses", asked | ({"startDate": since} if since else {}))
    known["export"], known["asked_at"] = answer.json()["result"]["progressId"], f"{answer.at:{TIME}}"
    job.save()


def finished(job: Job, survey: str, progress: str) -> str:
    """The id of the export's file, once it is made. Raises Gone where it never will be."""
    for _ in range(POLLS):
        try:
            result = job.web.get(f"/API/v3/surveys/{survey}/export-responses/{progress}").json()["result"]
        except Refused as problem:
            raise Gone if problem.status == 404 else problem from problem
        if result["status"] == "complete":
            return str(result["fileId"])
        if result["status"] == "failed":
            raise Gone
        job.pause(POLL_SECONDS)
    raise RunError(
        f"Qualtrics has not made the export of {survey} in {POLLS * POLL_SECONDS / 60:.0f} minutes: pull again."
    )


def fetched(job: Job, survey: str, file_id: str) -> bytes:
    """The packed export."""
    try:
        return job.web.get(f"/API/v3/surveys/{survey}/export-responses/{file_id}/file", is_json=False).body
    except Refused as problem:
        raise Gone if problem.status in (404, 410) else problem from problem


def unpacked(packed: bytes, survey: str) -> bytes:
    """The one CSV in the zip. Raises Gone where it is no zip (a download that was cut off at a proxy)."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            names = [name for name in archive.namelist() if name.lower().endswith(".csv")]
            return archive.read(names[0])
    except (zipfile.BadZipFile, IndexError) as problem:
        raise Gone from problem


def count_rows(content: bytes) -> int:
    """Records of a CSV, headers included; line ends inside quotes are part of a record."""
    return sum(1 for row in csv.reader(io.StringIO(content.decode("utf-8-sig", "replace"), newline="")) if row)

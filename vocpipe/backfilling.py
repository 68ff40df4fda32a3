"""`vocpipe backfill`: the nightly job for days that have passed, one after the other, as if each night had run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from vocpipe import pipeline, settings
from vocpipe.contracts import RunError, UsageError
from vocpipe.runs import Progress, Summary, locked, silent
from vocpipe.warehouse import opened, rows

Night = Callable[[datetime, date, bool], Summary]


def nights(directory: Path, start: date, end: date) -> list[datetime]:
    """The as-of time (naive UTC) of each day: its end in the business time zone, so a day may have 23 or 25 hours.

    Raises UsageError where the days do not follow each other, or the last has not ended.
    """
    zone = ZoneInfo(settings.load(directory).time_zone)
    if end < start:
        raise UsageError(f"the last day {end} lies before the first, {start}: write the earlier one first.")
    if end >= datetime.now(zone).date():
        last = datetime.now(zone).date() - timedelta(days=1)
        raise UsageError(f"{end} has not ended yet: the last day may be {last}.")
    days = [start + timedelta(days=number) for number in range((end - start).days + 1)]
    midnights = [datetime.combine(day + timedelta(days=1), time(), zone) for day in days]
    return [midnight.astimezone(UTC).replace(tzinfo=None) for midnight in midnights]


def backfill(
    directory: Path, start: date, end: date, *, progress: Progress = silent, night: Night | None = None
) -> Iterator[Summary]:
    """Run the days that are not done yet, in order, and give back what each did; only the last day is published.

    New files count as known from the vendor's own time, from ``start`` on. A day is done when a run of just its as-of
    time came to its end with these settings and no file has been loaded since: so what was stopped goes on where it
    stopped. ``night`` does one day (as-of time, ``start``, whether to publish); without it the plain run does.
    """
    moments = nights(directory, start, end)
    done = finished(directory, moments)
    for number, moment in enumerate(moments[done:], start=done + 1):
        progress("days", number - 1, len(moments))
        is_last = number == len(moments)
        if night:
            yield night(moment, start, is_last)
        else:
            yield pipeline.run(directory, as_of=moment, since=start, no_publish=not is_last)
    progress("days", len(moments), len(moments))


def finished(directory: Path, moments: list[datetime]) -> int:
    """How many of the days, from the first on, are done. Raises RunError while a run is on."""
    with locked(directory), opened(directory) as con:
        found = rows(
            con,
            """
            select as_of, max(started_at), bool_or(outcome = 'published') from quality.runs
            where outcome in ('published', 'not published') and settings_hash = $1
                and started_at >= coalesce((select max(loaded_at) from raw.loads where problem is null), started_at)
            group by as_of
            """,
            [settings.hash_of(directory)],
        )
    started = {as_of: at for as_of, at, _ in found}
    published = {as_of for as_of, _, is_published in found if is_published}
    done = 0
    for before, moment in zip([moments[0], *moments], moments, strict=False):
        # Days build on each other, so one counts only behind the day before it.
        if moment not in started or started[moment] < started[before]:
            break
        done += 1
    return done - 1 if done == len(moments) and moments[-1] not in published else done


@dataclass
class Outcome:
    """What the days of a backfill came to."""

    count: int = 0
    last: Summary | None = None
    problems: list[str] = field(default_factory=list)

    def add(self, summary: Summary) -> None:
        """One more day."""
        self.count, self.last = self.count + 1, summary
        self.problems += summary.counts["ingest"]["stopped"][:1]

    def require_complete(self) -> None:
        """Raises RunError where days went on without one of their sources."""
        if self.problems:
            told = f"{len(self.problems)} of {self.count} days went on without one of their sources"
            raise RunError(f"{told}: {self.problems[0]}")

"""What people see on the terminal: progress bars, the end of a run, what `init` found, what `check` found."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from vocpipe.contracts import ACTIONS
from vocpipe.discovery import Findings
from vocpipe.pipeline import Summary
from vocpipe.pulling import Pulled
from vocpipe.report import figure, interval


def console() -> Console:
    """Standard output; wide where it is no terminal, so that a log does not wrap."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 160, soft_wrap=True)


@contextmanager
def bars() -> Iterator[Callable[[str, int, int], None]]:
    """Progress bars on stderr, one a stage; a log gets one line a stage instead."""
    err = Console(stderr=True, highlight=False)
    tasks: dict[str, TaskID] = {}
    columns = (
        TextColumn("{task.description:<20}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, disable=not err.is_terminal) as progress:

        def report(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = progress.add_task(name, total=max(total, 1))
                if not err.is_terminal:
                    err.print(f"{name} …")
            progress.update(tasks[name], completed=done, total=max(total, 1))

        yield report


def metric_line(row: dict[str, Any]) -> str:
    """One headline metric: value with its unit, interval, n."""
    unit = "" if row["unit"] == "share" else row["unit"]
    between = f"95 % CI {interval(row)}" if row["ci_low"] is not None else ""
    return f"  {row['metric']:<22} {figure(row['value'], row['unit']):>14} {unit:<18} {between:<32} n = {row['n']:,}"


def show_summary(summary: Summary) -> None:
    """The end of a run: rows, linked share, metrics with intervals, what was published and where."""
    out = console()
    for line in summary_lines(summary):
        out.print(line, markup=False)


def show_lists(summary: Summary) -> None:
    """The end of a run for action lists alone."""
    out = console()
    rows, lists = summary.counts["ingest"], summary.counts["build"]
    lines = [f"Not read: {problem}" for problem in rows["problems"] + rows["stopped"]]
    lines.append(f"Rows: {rows['rows new in this run']:,} came in this run, from {rows['files']:,} files")
    lines.append(f"Lists in {summary.run.directory / ACTIONS}:")
    lines += [f"  {name + '.csv':<36} {count:>8,} rows" for name, count in lists.items()]
    lines.append(
        f"Took {sum(summary.seconds.values()):.1f} s; the published file stands as the last whole run left it."
    )
    for line in lines:
        out.print(line, markup=False)


def summary_lines(summary: Summary) -> list[str]:
    """The end of a run as lines of text."""
    rows, built = summary.counts["ingest"], summary.counts["build"]
    lines = [
        f"Rows: {rows['rows in']:,} in = {rows['rows used']:,} used + {rows['rows set aside']:,} set aside"
        + (f" + {rows['rows unchanged']:,} unchanged" if rows["rows unchanged"] else "")
        + f"; {rows['rows new in this run']:,} came in this run"
    ]
    lines += [f"  {count:>10,}  {reason}" for reason, count in rows["reasons"].items()]
    lines += [f"  {count:>10,}  cells set aside: {reason}" for reason, count in rows["cells set aside"].items()]
    lines += [f"Not read: {problem}" for problem in rows["problems"] + rows["stopped"]]
    lines += [f"New column: {line}" for line in rows["new columns"]]
    lines += text_lines(summary.counts["enrich"])
    lines.append(f"Customers: {built['customers']:,}; suppressed for marketing: {built['suppressed customers']:,}")
    for channel, count in built["interactions"].items():
        lines.append(f"  {channel:<10} {count:>10,} interactions, {100 * built['linked share'][channel]:.1f} % linked")
    lines.append("Metrics (all periods):")
    lines += [metric_line(row) for row in built["metrics"]]
    lines += [f"Warning: {text}" for text in summary.counts["check"]["warnings"]]
    lines.append(
        f"Took {sum(summary.seconds.values()):.1f} s: " + ", ".join(f"{n} {s:.1f}" for n, s in summary.seconds.items())
    )
    if summary.published:
        lines.append(f"Report: {summary.published.parent / 'report' / 'index.html'}")
    lines.append(f"Published: {summary.published}" if summary.published else "Nothing was published (--no-publish).")
    return lines


def text_lines(counts: dict[str, Any]) -> list[str]:
    """What was done with the texts, and what waits for a later run."""
    scored, left = counts["texts scored accurately"], counts["texts waiting for the accurate model"]
    lines = [f"Texts: {counts['texts classified']:,} classified in this run"]
    if then := counts.get("looks back to"):
        lines.append(f"  read as they stood in the run of {then:%Y-%m-%d %H:%M} UTC: an earlier run saw a later time")
    if scored:
        lines.append(f"  {scored:>10,}  scored by the accurate model")
    if left:
        lines.append(f"  {left:>10,}  wait for the accurate model: later runs score them ([text] budget_seconds)")
    return lines


def show_findings(target: Any, findings: Findings) -> None:
    """What `init` found, what it guessed, and what comes next."""
    out = console()
    for source in findings.proposals:
        files = f"{len(source.files)} file{'' if len(source.files) == 1 else 's'}"
        out.print(f"{source.name}: {source.format}, {files} ({', '.join(source.patterns)})", markup=False)
        for question in source.recognition.questions:
            scale = f" on {question.scale_low}–{question.scale_high}" if question.metric else ""
            out.print(
                f"  {question.question_id}: {question.metric or 'verbatim'}{scale} – {question.text[:90]}", markup=False
            )
        for note in source.notes:
            out.print(f"  guessed or left out: {note}", markup=False)
    for export in findings.unknown:
        out.print(f"not recognised: {export.name}", markup=False)
    out.print(
        f"Wrote {target}. Next: `vocpipe check {target.parent}`, then `vocpipe run {target.parent}`.", markup=False
    )


def show_pulled(found: list[Pulled]) -> None:
    """What each connector brought."""
    out = console()
    for one in found:
        out.print(f"{one.name}: {len(one.files):,} new file{'' if len(one.files) == 1 else 's'}", markup=False)
    if not found:
        out.print("The settings name no [[connectors]]: see vocpipe/docs/connectors.md.", markup=False)


def show_files(report: list[dict[str, Any]]) -> int:
    """What `check` found of each file; exit code 1 when a file cannot be used at all."""
    out = console()
    for file in report:
        if file["problem"]:
            out.print(f"{file['file']}: {file['problem']}", markup=False)
            continue
        newest = f", newest {file['newest']:%Y-%m-%d}" if file["newest"] and file["newest"].year > 1900 else ""
        out.print(f"{file['file']}: {file['good']:,} of {file['rows']:,} rows good{newest}", markup=False)
        for reason, count in file["set aside"].items():
            out.print(f"  {count:>8,}  {reason}", markup=False)
        if file["unused columns"]:
            out.print(f"  columns that the settings do not name: {', '.join(file['unused columns'])}", markup=False)
    if not report:
        out.print("No file matches the settings: look at `files` in vocpipe.toml.", markup=False)
    return 1 if not report or any(file["problem"] for file in report) else 0

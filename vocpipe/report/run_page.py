"""What a run says of itself: Markdown and a table for a scheduler's page; no customer's text, no identifier."""

from __future__ import annotations

from typing import Any

from vocpipe.report import figure, interval
from vocpipe.runs import Summary


def run_markdown(summary: Summary, problem: str | None = None) -> str:
    """Rows, linked share, headline metrics with their change, checks, notices and seconds, as far as the run came.

    ``problem`` is why it failed, or why it is not complete.
    """
    lines = [
        f"# Run {summary.run.run_id}",
        f"As of {summary.run.as_of:%Y-%m-%d %H:%M} UTC. Published: {'yes' if summary.published else 'no'}.",
        *(["", f"**{'Not complete' if summary.published else 'Failed'}: {problem}**"] if problem else []),
    ]
    for stage, part in (("ingest", rows_part), ("build", figures_part), ("check", checks_part)):
        if stage in summary.counts:
            lines += ["", *part(summary.counts[stage])]
    lines += ["", "| stage | seconds |", "| --- | ---: |"]
    lines += [f"| {stage} | {seconds:.1f} |" for stage, seconds in summary.seconds.items()]
    return "\n".join(lines) + "\n"


def rows_part(rows: dict[str, Any]) -> list[str]:
    """What came in, and what of it could not be used."""
    return [
        "| rows in | used | set aside | unchanged | new in this run |",
        "| ---: | ---: | ---: | ---: | ---: |",
        f"| {rows['rows in']:,} | {rows['rows used']:,} | {rows['rows set aside']:,} | {rows['rows unchanged']:,} "
        f"| {rows['rows new in this run']:,} |",
        "",
        *(f"- Set aside: {count:,} × {reason}" for reason, count in rows["reasons"].items()),
        *(f"- Not read: {problem}" for problem in rows["problems"] + rows["stopped"]),
        *(f"- New column: {line}" for line in rows["new columns"]),
    ]


def figures_part(built: dict[str, Any]) -> list[str]:
    """Linked share by channel, and the headline metrics."""
    lines = ["| channel | interactions | linked |", "| --- | ---: | ---: |"]
    for channel, count in built["interactions"].items():
        lines.append(f"| {channel} | {count:,} | {100 * built['linked share'][channel]:.1f} % |")
    lines += ["", "| metric | value | change | 95 % interval | unit | n |", "| --- | ---: | ---: | --- | --- | ---: |"]
    for row in built["metrics"]:
        value, moved = figure(row["value"], row["unit"]), change(row)
        lines.append(f"| {row['metric']} | {value} | {moved} | {interval(row)} | {row['unit']} | {row['n']:,} |")
    return lines


def checks_part(checked: dict[str, Any]) -> list[str]:
    """How many checks hold, and what people should look at."""
    count = len(checked["warnings"])
    lines = [f"{checked['checks']} checks were made; {count} {'warns' if count == 1 else 'warn'}."]
    lines += ["", *(f"- Warning: {warning}" for warning in checked["warnings"])]
    notices = checked["notices"]
    if notices:
        lines += ["", "| what holds | since | acknowledged by | id |", "| --- | --- | --- | --- |"]
    for row in notices:
        since, by = f"{row['first_found_at']:%Y-%m-%d}", row["acknowledged_by"] or ""
        lines.append(f"| {row['told']} | {since} | {by} | {row['notice_id']} |")
    return lines


def change(row: dict[str, Any]) -> str:
    """How far a metric moved since the run before; nothing where there is none to compare with."""
    if row["value"] is None or row["before"] is None:
        return ""
    moved = row["value"] - row["before"]
    return f"{100 * moved:+.1f} points" if row["unit"] == "share" else f"{moved:+,.2f}"


def metric_table(summary: Summary) -> list[dict[str, Any]]:
    """The headline metrics as rows for a table, with the value of the run before and the change."""
    return [
        {
            "metric": row["metric"], "value": row["value"], "before": row["before"],
            "change": None if row["value"] is None or row["before"] is None else row["value"] - row["before"],
            "ci_low": row["ci_low"], "ci_high": row["ci_high"], "unit": row["unit"], "n": row["n"],
        }
        for row in summary.counts.get("build", {}).get("metrics", [])
    ]  # fmt: skip

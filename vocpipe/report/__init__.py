"""What a run says of itself, as Markdown for a scheduler's page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vocpipe.runs import Summary


def figure(value: float | None, unit: str) -> str:
    """A figure with as many decimals as its unit deserves; a dash for none."""
    if value is None:
        return "–"
    if unit == "share":
        return f"{100 * value:.1f} %"
    return f"{value:+.1f}" if unit == "points" else f"{value:,.2f}"


def interval(row: dict[str, Any]) -> str:
    """A metric's interval, or nothing where it has none."""
    if row["ci_low"] is None:
        return ""
    return f"{figure(row['ci_low'], row['unit'])} … {figure(row['ci_high'], row['unit'])}"


def run_markdown(summary: Summary) -> str:
    """Rows, linked share, headline metrics with interval and n, warnings: no customer's text, no identifier."""
    rows, built = summary.counts["ingest"], summary.counts["build"]
    lines = [
        f"# Run {summary.run.run_id}",
        f"As of {summary.run.as_of:%Y-%m-%d %H:%M} UTC. Published: {'yes' if summary.published else 'no'}.",
        "",
        "| rows in | used | set aside | unchanged | new in this run |",
        "| ---: | ---: | ---: | ---: | ---: |",
        f"| {rows['rows in']:,} | {rows['rows used']:,} | {rows['rows set aside']:,} | {rows['rows unchanged']:,} "
        f"| {rows['rows new in this run']:,} |",
        "",
        "| channel | interactions | linked |",
        "| --- | ---: | ---: |",
    ]
    for channel, count in built["interactions"].items():
        lines.append(f"| {channel} | {count:,} | {100 * built['linked share'][channel]:.1f} % |")
    lines += ["", "| metric | value | 95 % interval | unit | n |", "| --- | ---: | ---: | --- | ---: |"]
    for row in built["metrics"]:
        value = figure(row["value"], row["unit"])
        lines.append(f"| {row['metric']} | {value} | {interval(row)} | {row['unit']} | {row['n']:,} |")
    lines += ["", *(f"- Set aside: {count:,} × {reason}" for reason, count in rows["reasons"].items())]
    lines += [f"- Not read: {problem}" for problem in rows["problems"] + rows["stopped"]]
    lines += [f"- New column: {line}" for line in rows["new columns"]]
    lines += [f"- Warning: {warning}" for warning in summary.counts["check"]["warnings"]]
    return "\n".join(lines) + "\n"

"""Charts as SVG text that stands in the page itself: no script, no file beside it, colours of the page's own.

Altair draws them and vl-convert writes them, offline. A chart is drawn wide and narrow, and the page shows what fits.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd
import vl_convert

Rows = Sequence[Mapping[str, Any]]

# Drawn in colours that stand for the page's variables, which know light from dark.
INK, MUTED, GRID, ACCENT, GOOD, BAD = "#000001", "#000002", "#000003", "#000004", "#000005", "#000006"
PAPER = "#000007"
NAMES = {INK: "ink", MUTED: "muted", GRID: "line", ACCENT: "accent", GOOD: "good", BAD: "bad", PAPER: "paper"}
WIDTHS = {"wide": 560, "narrow": 270}
LABELLED = {"wide": 14, "narrow": 5}  # points of a scatter that bear their name: more would cover each other


def trend(rows: Rows, *, title: str, axis: str) -> str:
    """A figure over time with its interval as a band and n below; ``rows`` have period_start, value, ci_low, ci_high, n
    and provisional (drawn hollow). Periods without a value leave a gap."""
    frame = pd.DataFrame([dict(row) for row in rows])
    frame["period_start"] = pd.to_datetime(frame["period_start"])
    return both(lambda width: trend_chart(frame, axis, width), title)


def trend_chart(frame: pd.DataFrame, axis: str, width: int) -> Any:
    """The chart of ``trend`` at one width."""
    ticks = alt.Axis(format="%b %y", title=None, labelOverlap=True, grid=False, tickCount=5 if width < 400 else 12)
    time = alt.X("period_start:T", axis=ticks)
    scale = alt.Scale(zero=False, nice=True)
    upper = alt.layer(
        alt.Chart(frame).mark_area(color=ACCENT, opacity=0.18).encode(
            x=time, y=alt.Y("ci_low:Q", title=axis, scale=scale), y2="ci_high:Q"),
        alt.Chart(frame).mark_line(color=ACCENT, strokeWidth=2).encode(x=time, y="value:Q"),
        alt.Chart(frame[~frame["provisional"]]).mark_point(color=ACCENT, fill=ACCENT, size=28).encode(
            x=time, y="value:Q"),
        alt.Chart(frame[frame["provisional"]]).mark_point(color=ACCENT, fill=PAPER, size=40).encode(
            x=time, y="value:Q"),
    ).properties(width=width, height=190)  # fmt: skip
    lower = (
        alt.Chart(frame)
        .mark_bar(color=MUTED, opacity=0.5, width=min(14, width * 0.6 / max(len(frame), 1)))
        .encode(x=time, y=alt.Y("n:Q", title="n", axis=alt.Axis(tickCount=2, grid=False)))
        .properties(width=width, height=36)
    )
    return alt.vconcat(upper, lower, spacing=8).resolve_scale(x="shared")


def scatter(rows: Rows, *, title: str, x: str, y: str) -> str:
    """Points with a name, the most frequent ones labelled; ``rows`` have name, x, y, n and is_bad."""
    frame = pd.DataFrame([dict(row) for row in rows]).sort_values("n", ascending=False)
    return both(lambda width: scatter_chart(frame, x, y, width), title)


def scatter_chart(frame: pd.DataFrame, x: str, y: str, width: int) -> Any:
    """The chart of ``scatter`` at one width."""
    labelled = frame.head(LABELLED["wide" if width >= 400 else "narrow"])
    colour = alt.condition("datum.is_bad", alt.value(BAD), alt.value(ACCENT))
    place = {
        "x": alt.X("x:Q", title=x, scale=alt.Scale(zero=True, nice=True, padding=12), axis=alt.Axis(format="%")),
        "y": alt.Y("y:Q", title=y, scale=alt.Scale(zero=False, nice=True, padding=12)),
    }
    zero = alt.Chart(pd.DataFrame({"y": [0.0]})).mark_rule(color=MUTED, strokeDash=[4, 3]).encode(y="y:Q")
    points = alt.Chart(frame).mark_circle(opacity=0.75).encode(
        **place, size=alt.Size("n:Q", legend=None, scale=alt.Scale(range=[30, 420])), color=colour)  # fmt: skip
    names = alt.Chart(labelled).mark_text(color=INK, dy=-12, fontSize=11).encode(**place, text="name:N")
    return alt.layer(zero, points, names).properties(width=width, height=300)


def both(draw: Any, title: str) -> str:
    """The chart at each width, as an image that a screen reader names by ``title``."""
    return "".join(
        f'<div class="chart {name}">{svg(draw(width), f"{title} ({name} drawing)")}</div>'
        for name, width in WIDTHS.items()
    )


def svg(chart: Any, title: str) -> str:
    """One chart as SVG text in the page's colours."""
    plain = chart.configure(
        background="transparent", font="system-ui, sans-serif", padding=4, aria=False,
        axis=alt.AxisConfig(
            labelColor=MUTED, titleColor=INK, gridColor=GRID, domainColor=MUTED, tickColor=MUTED, labelFontSize=11,
            titleFontSize=11, titleFontWeight="normal"),
        view=alt.ViewConfig(stroke=None),
    )  # fmt: skip
    version = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    drawn = vl_convert.vegalite_to_svg(plain.to_dict(), vl_version=version)
    for colour, name in NAMES.items():
        drawn = drawn.replace(colour, f"var(--{name})")
    # One name for the whole drawing; the table beside it tells the rest.
    drawn = re.sub(r' (?:role|aria-[a-z]+)="[^"]*"', "", drawn)
    # Ids of clip paths are counted anew in each drawing; no two of one page may be alike.
    mark = re.sub(r"\W+", "-", title)
    drawn = re.sub(r'\bid="([^"]+)"', rf'id="{mark}-\1"', drawn).replace("url(#", f"url(#{mark}-")
    width, height = re.findall(r'\b(?:width|height)="([\d.]+)"', drawn)[:2]
    head = (
        f'<svg viewBox="0 0 {width} {height}" style="max-width:{width}px" role="img" aria-label="{html.escape(title)}"'
    )
    return re.sub(r"<svg[^>]*>", head + ' xmlns="http://www.w3.org/2000/svg">', drawn, count=1)

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
TALL = 300  # pixels of a scatter
# Where the name of a point may stand: its side, and by how many pixels it is moved.
SIDES = {
    "above": ("center", 0, -12), "below": ("center", 0, 14), "right": ("left", 12, 1), "left": ("right", -12, 1),
    "above, to the left": ("right", 6, -12), "below, to the left": ("right", 6, 14),
    "above, to the right": ("left", -6, -12), "below, to the right": ("left", -6, 14),
}  # fmt: skip
LETTER, LINE = 5.8, 12  # pixels of a letter and a line of a name, and
REACH = 12  # of a point, half across


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
    """Points with a name, the first rows' before others'; ``rows`` have name, x, y, n and is_bad."""
    frame = pd.DataFrame([dict(row) for row in rows])
    return both(lambda width: scatter_chart(frame, x, y, width), title)


def scatter_chart(frame: pd.DataFrame, x: str, y: str, width: int) -> Any:
    """The chart of ``scatter`` at one width."""
    ends = {"x": (0.0, 1.05 * frame["x"].max()), "y": spread(frame["y"])}
    colour = alt.condition("datum.is_bad", alt.value(BAD), alt.value(ACCENT))
    place = {
        "x": alt.X("x:Q", title=x, scale=alt.Scale(domain=ends["x"], nice=False), axis=alt.Axis(format="%")),
        "y": alt.Y("y:Q", title=y, scale=alt.Scale(domain=ends["y"], nice=False)),
    }
    zero = alt.Chart(pd.DataFrame({"y": [0.0]})).mark_rule(color=MUTED, strokeDash=[4, 3]).encode(y="y:Q")
    points = alt.Chart(frame).mark_circle(opacity=0.75).encode(
        **place, size=alt.Size("n:Q", legend=None, scale=alt.Scale(range=[30, 420])), color=colour)  # fmt: skip
    at = [
        (width * row.x / ends["x"][1], TALL * (ends["y"][1] - row.y) / (ends["y"][1] - ends["y"][0]))
        for row in frame.itertuples()
    ]
    sides = pd.Series(sides_of(list(frame["name"]), at, width), index=frame.index)
    names = [
        alt.Chart(frame[sides == side])
        .mark_text(color=INK, align=align, dx=right, dy=down, fontSize=11)
        .encode(**place, text="name:N")
        for side, (align, right, down) in SIDES.items()
        if (sides == side).any()
    ]
    return alt.layer(zero, points, *names).properties(width=width, height=TALL)


def spread(values: Any) -> tuple[float, float]:
    """From the least to the greatest and zero, and a tenth more on both sides."""
    low, high = min(values.min(), 0.0), max(values.max(), 0.0)
    more = 0.1 * ((high - low) or 1.0)
    return low - more, high + more


def sides_of(names: Sequence[str], at: Sequence[tuple[float, float]], width: float) -> list[str | None]:
    """Where the name of each point stands, the first first; None where it would cover a point or another name.

    ``at`` are the points in pixels from the upper left corner.
    """
    taken = [(x - REACH / 2, y - REACH / 2, x + REACH / 2, y + REACH / 2) for x, y in at]
    found: list[str | None] = []
    for name, (x, y) in zip(names, at, strict=True):
        boxes = {side: box_of(name, x, y, side) for side in SIDES}
        inside = (side for side, (left, _, right, _) in boxes.items() if left >= 0 and right <= width)
        free = next((side for side in inside if not any(crosses(boxes[side], other) for other in taken)), None)
        if free:
            taken.append(boxes[free])
        found.append(free)
    return found


Box = tuple[float, float, float, float]  # left, top, right, bottom


def box_of(name: str, x: float, y: float, side: str) -> Box:
    """The place of a name on one side of its point."""
    align, right, down = SIDES[side]
    long = LETTER * len(name)
    left = x + right - {"center": long / 2, "left": 0, "right": long}[align]
    return left, y + down - LINE / 2, left + long, y + down + LINE / 2


def crosses(one: Box, other: Box) -> bool:
    """Whether two boxes have a common place."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


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

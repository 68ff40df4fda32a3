"""Alerts: what moved beyond chance, each with one plain sentence and an id that stays."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd

from vocpipe.analysis.charts import Chart, ewma, moving_range, p_chart, sigmas_for, xmr
from vocpipe.analysis.growth import q_values
from vocpipe.analysis.spikes import WEEKS, YEARS, new_topic, spike

TABLE = "metrics.alert"
DEFINITION = """What moved beyond chance: changes from period to period, points outside of a control chart, topics that
come up far more often of late. What is_fresh is for whoever reads tomorrow morning; the rest is what earlier nights
said. Hidden cells and periods that late answers may still change give none. One row per kind, metric, segment and
period."""
COLUMNS = {
    "alert_id": ("varchar", "Stays the same in every run, so that who was told once is not told again."),
    "kind": ("varchar", "change, p_chart, xmr, ewma, topic_spike or new_topic."),
    "metric": ("varchar", "Name of the metric; topic_volume for topics."),
    "unit": ("varchar", "Unit of value."),
    "segment_type": ("varchar", "By what is cut, as in metric_value."),
    "segment": ("varchar", "The segment."),
    "period": ("varchar", "Kind of period."),
    "period_start": ("timestamp", "First day of the period in the business time zone, at midnight."),
    "n": ("bigint", "Events in the period; of topics, texts of the channel."),
    "value": ("double", "What was seen; of ewma the weighted mean."),
    "expected": ("double", "What it is held against: the figure before, the centre of the chart, the model's count."),
    "limit_low": ("double", "Below this it is beyond chance; null where there is no such limit."),
    "limit_high": ("double", "Above this it is beyond chance; null where there is no such limit."),
    "p_value": ("double", "p of the test; null for charts, whose limits are those of .27 %."),
    "q_value": ("double", "Benjamini-Hochberg over all tests of that kind and period; 0.10 or less here."),
    "is_fresh": ("boolean", "Of the latest complete period of its kind: what is told tonight; else history."),
    "severity": ("varchar", "worse, better or notice (neither can be said)."),
    "text": ("varchar", "One plain sentence."),
}
LEVEL = 0.10  # of q
LEAST_POINTS = 12  # of a chart before it judges
HUGE = 1000  # answers a period from which plain p limits flag everything
LEAST_CUSTOMERS = 3
SERIES = ["metric", "unit", "segment_type", "segment", "period"]
# What two series share that hold the same events (a segment and its whole, tcx_product and NPS of product): the broader
# one, which comes first, speaks for both.
SAME = ["unit", "period", "period_start", "n_before", "n", "value_before", "value"]
TURNS = f"""
with texts as (
    select
        channel,
        coalesce(customer_id, conversation_id, interaction_id) as who,
        topics,
        cast((occurred_at at time zone 'UTC') at time zone getvariable('time_zone') as date) as said_on,
    from marts.interactions
    where topics is not null
),

ends as (
    select
        cast(date_trunc('week', least(
            max(said_on) + 1,
            cast((getvariable('as_of') at time zone 'UTC') at time zone getvariable('time_zone') as date)
        )) as date) as week_end,
    from texts
),

recent as (
    select t.*, e.week_end - t.said_on as days_before
    from texts as t
    cross join ends as e
    where t.said_on < e.week_end and e.week_end - t.said_on <= {7 * (YEARS + 1)}
),

mentions as (
    select channel, who, said_on, days_before, unnest(topics) as topic from recent
)
"""
READS = {
    "changes": f"""
select metric, unit, direction, segment_type, segment, period, period_start, n_before, n, value_before, value, ci_low,
    ci_high, difference, p_value, q_value,
from metrics.change
where q_value <= {LEVEL} and not suppressed and segment not like '(%' and segment not like '%+(%'
order by segment_type <> 'all', segment_type <> 'channel', segment_type, metric, unit, segment, period, period_start
""",
    # Stocks are counted on when nobody speaks any more, and say nothing of how fresh the rest is.
    "newest": """
select v.period, max(v.period_start) as period_start
from metrics.metric_value as v
join metrics.metric_component as c
    on c.metric = v.metric and c.metric_version = v.metric_version and c.period = v.period
    and c.period_start = v.period_start and c.segment_type = v.segment_type and c.segment = v.segment
    and c.unit = v.unit
where v.period <> 'all' and not v.provisional and c.timing <> 'stock'
group by v.period
order by v.period
""",
    # Charts of stocks, which count the same customers in every period, would only show how they grow.
    "series": """
select v.metric, v.unit, v.direction, v.method, v.segment_type, v.segment, v.period, v.period_start, v.n, v.value,
    c.sum_w, c.sum_ws,
from metrics.metric_value as v
join metrics.metric_component as c
    on c.metric = v.metric and c.metric_version = v.metric_version and c.period = v.period
    and c.period_start = v.period_start and c.segment_type = v.segment_type and c.segment = v.segment
    and c.unit = v.unit
where v.period <> 'all' and not v.suppressed and not v.provisional and v.value is not null
    and (c.timing <> 'stock' or v.method = 'poisson_byar')
    and (v.segment_type = 'all' or (v.segment_type = 'channel' and v.metric = 'net_sentiment'))
order by v.metric, v.unit, v.segment_type, v.segment, v.period, v.period_start
""",
    "volumes": f"""{TURNS}
select channel, days_before, said_on, count(*) as n from recent group by channel, days_before, said_on
order by channel, days_before
""",
    "topics": f"""{TURNS}
select channel, topic, days_before, count(*) as n from mentions where topic <> 'unknown'
group by channel, topic, days_before
order by channel, topic, days_before
""",
    "people": f"""{TURNS}
select channel, topic, count(distinct who) as n from mentions where days_before <= 7
group by channel, topic
order by channel, topic
""",
}


def make(frames: Mapping[str, pd.DataFrame], parameters: Mapping[str, Any]) -> pd.DataFrame:
    """Every alert, in the order of its keys."""
    made = [of_changes(frames["changes"]), of_charts(frames["series"])]
    made.append(of_topics(frames["volumes"], frames["topics"], frames["people"], int(parameters["min_n_show"])))
    table = pd.concat([frame for frame in made if len(frame)] or [pd.DataFrame(columns=[*COLUMNS])], ignore_index=True)
    newest = set(frames["newest"].itertuples(index=False, name=None))
    is_fresh = [  # topics are of one week alone
        metric == "topic_volume" or (period, start) in newest
        for metric, period, start in zip(table["metric"], table["period"], table["period_start"], strict=True)
    ]
    table = table.assign(alert_id=[alert_id(row) for row in table.to_dict("records")], is_fresh=is_fresh)
    return table.reindex(columns=list(COLUMNS)).sort_values(["kind", *SERIES, "period_start"])


def alert_id(row: Mapping[str, Any]) -> str:
    """An id made of kind, metric, unit, segment and period alone."""
    keys = (row["kind"], *(row[name] for name in SERIES), f"{row['period_start']:%Y-%m-%dT%H:%M}")
    return sha256("|".join(map(str, keys)).encode()).hexdigest()[:16]


def severity(direction: str, is_up: bool) -> str:
    """Whether a move is for the worse or the better."""
    if direction not in ("up", "down"):
        return "notice"
    return "better" if (direction == "up") == is_up else "worse"


def named(row: Mapping[str, Any]) -> str:
    """A series in words: metric, and where it is one the segment."""
    of = "" if row["segment_type"] == "all" else f" of {row['segment_type']} {row['segment']}"
    return f"{row['metric']}{of} ({row['unit']})"


def when(row: Mapping[str, Any]) -> str:
    """A period in words."""
    return f"the {row['period']} of {row['period_start']:%Y-%m-%d}"


def of_changes(changes: pd.DataFrame) -> pd.DataFrame:
    """An alert for every change whose q is small enough; one where several segments are the same answers."""
    rows = []
    for row in changes.drop_duplicates(SAME).to_dict("records"):
        is_up = row["difference"] > 0
        half = (row["ci_high"] - row["ci_low"]) / 2
        said = (
            f"{named(row)} {'rose' if is_up else 'fell'} from {row['value_before']:.4g} to {row['value']:.4g} in "
            f"{when(row)} (n = {row['n']:,}, q = {row['q_value']:.2g})."
        )
        more = {"expected": row["value_before"], "severity": severity(row["direction"], is_up), "text": said}
        limits = {"limit_low": row["value_before"] - half, "limit_high": row["value_before"] + half}
        rows.append({"kind": "change", **row, **more, **limits})
    return pd.DataFrame(rows)


def of_charts(series: pd.DataFrame) -> pd.DataFrame:
    """An alert for every point that leaves the limits of the points before it."""
    rows: list[dict[str, Any]] = []
    for _, points in series.groupby(SERIES, sort=True):
        points = points.reset_index(drop=True)
        was_out: set[str] = set()
        for last in range(LEAST_POINTS, len(points)):
            charts = charts_of(points[: last + 1])
            out = {kind for kind, chart in charts.items() if chart.outside()[-1]}
            rows += [from_chart(points.loc[last], kind, charts[kind]) for kind in sorted(out - was_out)]
            was_out = out
    return pd.DataFrame(rows)


def charts_of(points: pd.DataFrame) -> dict[str, Chart]:
    """The charts of a series whose last point is to be judged by those before it."""
    baseline = np.arange(len(points)) < len(points) - 1
    sigmas = sigmas_for(int(baseline.sum()))
    values = points["value"].to_numpy(dtype=float)
    steps = ewma(values, values[baseline].mean(), moving_range(values[baseline]) / 1.128, weight=0.25, sigmas=sigmas)
    if points["method"].iloc[0] == "wilson":
        n = points["sum_w"].to_numpy(dtype=float)
        shares = p_chart(points["sum_ws"].to_numpy(float), n, baseline, laney=n.mean() >= HUGE, sigmas=sigmas)
        return {"p_chart": shares, "ewma": steps}
    return {"xmr": xmr(values, baseline, sigmas), "ewma": steps}


def from_chart(point: pd.Series, kind: str, chart: Chart) -> dict[str, Any]:
    """The alert of the last point of a chart."""
    row = point.to_dict()
    value, low, high = (float(x[-1]) for x in (chart.value, chart.low, chart.high))
    is_up = value > high
    what = "drifted" if kind == "ewma" else "stands"
    said = (
        f"{named(row)} {what} at {value:.4g} in {when(row)}, {'above' if is_up else 'below'} the "
        f"{low:.4g} to {high:.4g} within which it has varied before."
    )
    more = {"kind": kind, "value": value, "expected": float(chart.centre[-1]), "limit_low": low, "limit_high": high}
    return row | more | {"severity": severity(row["direction"], is_up), "text": said}


def of_topics(volumes: pd.DataFrame, topics: pd.DataFrame, people: pd.DataFrame, least: int) -> pd.DataFrame:
    """Topics that spike in the last complete week of a channel, or are new in it; three customers at least."""
    rows: list[dict[str, Any]] = []
    who = people.set_index(["channel", "topic"])["n"]
    for channel, volume in volumes.groupby("channel", sort=True):
        known = int(volume["days_before"].max()) // 7
        weeks = (YEARS if known > YEARS else min(known - 1, WEEKS)) + 1
        said = daily(volume, weeks)
        if weeks <= WEEKS or said[-7:].sum() < least:  # too short a past, or too few texts to be shown
            continue
        start = pd.Timestamp(volume["said_on"].iloc[0]) + pd.Timedelta(days=int(volume["days_before"].iloc[0]) - 7)
        for topic, counts in topics[topics["channel"] == channel].groupby("topic", sort=True):
            seen = daily(counts, weeks)
            if seen[-7:].sum() >= LEAST_CUSTOMERS and who.get((channel, topic), 0) >= LEAST_CUSTOMERS:
                rows.append(from_topic(str(channel), str(topic), start, seen, said))
    found = pd.DataFrame(rows)
    if found.empty:
        return found
    found["q_value"] = found.groupby("kind")["p_value"].transform(lambda p: q_values(p.to_numpy()))
    return found[found["q_value"] <= LEVEL]


def daily(counts: pd.DataFrame, weeks: int) -> np.ndarray:
    """Counts of each day of so many weeks, from the oldest to the newest."""
    out = np.zeros(7 * weeks)
    kept = counts[counts["days_before"] <= 7 * weeks]
    out[7 * weeks - kept["days_before"].to_numpy(dtype=int)] = kept["n"].to_numpy(dtype=float)
    return out


def from_topic(channel: str, topic: str, start: pd.Timestamp, seen: np.ndarray, said: np.ndarray) -> dict[str, Any]:
    """What the last week says of a topic, alarming or not."""
    is_new = seen[:-7].sum() == 0
    now = int(seen[-7:].sum())
    found = new_topic(now, said[-7:].sum(), said[:-7].sum()) if is_new else spike(seen, said)
    before = "nobody spoke of it in the weeks before" if is_new else f"where {found.expected:.1f} were to be expected"
    return {
        "kind": "new_topic" if is_new else "topic_spike",
        "metric": "topic_volume",
        "unit": "texts",
        "segment_type": "channel+topic",
        "segment": f"{channel}+{topic}",
        "period": "week",
        "period_start": start,
        "n": int(said[-7:].sum()),
        "value": now,
        "expected": found.expected,
        "limit_high": found.limit,
        "p_value": found.p_value,
        "severity": "notice",
        "text": f"{now} texts on {channel} speak of {topic} in the week of {start:%Y-%m-%d}, {before}.",
    }

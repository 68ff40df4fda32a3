"""Changes: every figure against the one of the period before, with test, interval, and what of it is another mix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from vocpipe.analysis.comparing import compared
from vocpipe.analysis.growth import q_values
from vocpipe.analysis.impact import split_intervals

TABLE = "metrics.change"
DEFINITION = """Every figure against the one of the period before, tested; periods that late answers may still change
are left out. For NPS also what of the change is better or worse answers (rate) and what another mix of segments, with
the segment (all) for each type of segment. One row per metric, version, period, unit and segment."""
COLUMNS = {
    "metric": ("varchar", "Name of the metric."),
    "metric_version": ("integer", "Version of the definition."),
    "period": ("varchar", "Kind of period: day, week, month or quarter."),
    "period_start": ("timestamp", "First day of the later period in the business time zone, at midnight."),
    "period_end": ("timestamp", "The day after its last one, likewise."),
    "segment_type": ("varchar", "By what is cut, as in metric_value."),
    "segment": ("varchar", "The segment; (all): the split of the whole change by this type of segment."),
    "unit": ("varchar", "Unit of the values, as in metric_value."),
    "direction": ("varchar", "up: higher is better; down: lower is better."),
    "n_before": ("bigint", "Events in the period before."),
    "n": ("bigint", "Events in the period."),
    "n_paired": ("bigint", "Known customers who count in both."),
    "n_unpaired_before": ("bigint", "Events before, of everybody else."),
    "n_unpaired": ("bigint", "Events in the period, of everybody else."),
    "value_before": ("double", "The figure before; null where one of the two is hidden."),
    "value": ("double", "The figure of the period; null likewise."),
    "difference": ("double", "value less value_before."),
    "se": ("double", "Standard error of the difference, between customers; of adjusted counts for NPS."),
    "ci_low": ("double", "Lower bound of the difference."),
    "ci_high": ("double", "Upper bound of the difference."),
    "conf": ("double", "Confidence of the intervals, 0 to 1."),
    "p_value": ("double", "Two-sided p of no difference; null where there is no test."),
    "q_value": (
        "double",
        "Benjamini-Hochberg over all tests of the same two periods, segments of the same events once; 0.10 or less: "
        "more than chance.",
    ),
    "method": (
        "varchar",
        "adjusted_wald (NPS), newcombe (shares), welch (means and rates), price_bonett (medians), degenerate (nobody "
        "differs), stock (how all customers stand: no sample to test), none, or split; _paired: some are in both.",
    ),
    "rate_part": ("double", "NPS: points of the whole change from the segment's own NPS."),
    "rate_low": ("double", "Lower bound of rate_part (bootstrap of customers)."),
    "rate_high": ("double", "Upper bound of rate_part."),
    "mix_part": ("double", "NPS: points of the whole change from the segment's share of answers."),
    "mix_low": ("double", "Lower bound of mix_part (bootstrap of customers)."),
    "mix_high": ("double", "Upper bound of mix_part."),
    "suppressed": ("boolean", "One of the two figures is hidden, and so is the change."),
}
PERIOD = ["period", "period_start"]
TOTAL, HIDDEN = "(all)", "(hidden)"
SERIES = ["metric", "metric_version", "segment_type", "segment", "unit", "period"]
GROUPS = 200  # random groups of customers, which the bootstrap draws where there are more customers
READS = {
    "figures": """
select
    v.metric, v.metric_version, v.period, v.period_start, v.period_end, v.segment_type, v.segment, v.unit, v.direction,
    v.n, v.value, v.se, v.ci_low, v.ci_high, v.n_eff, v.method, v.suppressed, v.provisional, c.n_clusters, c.sum_w,
    c.sum_ws, c.sum_ws2, c.cluster_ww, c.cluster_wws, c.cluster_ws2, o.n_both, o.n_after as shared,
    o.n_before as shared_earlier, o.both_ww, o.both_wws, o.both_wsw, o.both_ws2,
    c.timing,
from metrics.metric_value as v
join metrics.metric_component as c
    on c.metric = v.metric and c.metric_version = v.metric_version and c.period = v.period
    and c.period_start = v.period_start and c.segment_type = v.segment_type and c.segment = v.segment
    and c.unit = v.unit
left join metrics.metric_overlap as o
    on o.metric = v.metric and o.metric_version = v.metric_version and o.period = v.period
    and o.period_start = v.period_start and o.segment_type = v.segment_type and o.segment = v.segment
    and o.unit = v.unit
where v.period <> 'all'
order by v.metric, v.metric_version, v.segment_type, v.segment, v.unit, v.period, v.period_start
""",
    # As in the metrics room: answers in force, the segment that counted when the answer was given.
    "answers": f"""
with answers as (
    select
        r.customer_id, r.occurred_at, i.channel, i.topic, i.journey_stage, i.experience, i.need,
        i.language,
        case when r.score >= 9 then 1 when r.score <= 6 then -1 else 0 end as s,
        mod(dense_rank() over (
            order by r.customer_id nulls first,
            case when r.customer_id is null then concat(r.source, ':', r.response_id, ':', r.question_id) end
        ), {GROUPS}) as group_no,
    from marts.responses as r
    left join marts.interactions as i on i.interaction_id = r.interaction_id
    where r.superseded_at is null and r.metric = 'nps'
),

periods as (
    select distinct
        period, period_start,
        (period_start at time zone getvariable('time_zone')) at time zone 'UTC' as starts_at,
        (period_end at time zone getvariable('time_zone')) at time zone 'UTC' as ends_at,
    from metrics.metric_value
    where metric = 'nps' and period <> 'all'
),

kinds as (
    select 'channel' as segment_type, '' as attribute
    union all select 'topic', ''
    union all select 'journey_stage', ''
    union all select 'experience', ''
    union all select 'need', ''
    union all select 'language', ''
    union all
    select distinct
        case
            when attribute in ('all', 'channel', 'topic', 'journey_stage', 'experience', 'need', 'language')
                then concat('customer_', attribute)
            else attribute
        end,
        attribute,
    from marts.customer_attributes
    where value is not null
)

select
    p.period, p.period_start, k.segment_type,
    case
        when k.attribute <> '' then coalesce(c.value, '(unknown)')
        when k.segment_type = 'channel' then coalesce(a.channel, 'survey')
        when k.segment_type = 'topic' then coalesce(a.topic, '(none)')
        when k.segment_type = 'journey_stage' then coalesce(a.journey_stage, '(none)')
        when k.segment_type = 'experience' then coalesce(a.experience, '(none)')
        when k.segment_type = 'need' then coalesce(a.need, '(none)')
        else coalesce(a.language, '(none)')
    end as segment,
    a.group_no, count(*) as n, sum(a.s) as s,
from answers as a
join periods as p on a.occurred_at >= p.starts_at and a.occurred_at < p.ends_at
cross join kinds as k
left join marts.customer_attributes as c
    on c.customer_id = a.customer_id and c.attribute = k.attribute
    and coalesce(c.valid_from, timestamp '0001-01-01') <= a.occurred_at
    and coalesce(c.valid_to, timestamp '9999-12-31') > a.occurred_at
group by 1, 2, 3, 4, 5
order by 1, 2, 3, 4, 5
""",
}


def make(frames: Mapping[str, pd.DataFrame], parameters: Mapping[str, Any]) -> pd.DataFrame:
    """Every comparison of two periods, and for each type of segment how the change of NPS is made up."""
    conf = float(parameters["conf"])
    pairs = paired_periods(frames["figures"])
    if pairs.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    table = pairs.drop(columns=["se", "ci_low", "ci_high", "method"]).join(compared(pairs, conf))
    table["q_value"] = adjusted(table)
    parts = split(frames["answers"], hidden_segments(frames["figures"]), table, conf)
    if len(parts):
        whole = table[(table["metric"] == "nps") & (table["segment_type"] == "all")]
        whole = whole.drop(columns=["segment_type", "segment", "se", "ci_low", "ci_high", "p_value", "q_value"])
        of_all = parts[parts["segment"] == TOTAL].merge(whole.assign(method="split"), on=PERIOD)
        own = parts[parts["segment"] != TOTAL].assign(metric="nps")
        table = table.merge(own, on=["metric", "segment_type", "segment", *PERIOD], how="left")
        table = pd.concat([table, of_all], ignore_index=True)
    return table.assign(conf=conf).reindex(columns=list(COLUMNS))


def adjusted(table: pd.DataFrame) -> pd.Series:
    """q of every row. A family is what one night adds, the tests of one pair of periods: what is long past makes no new
    change more or less sure. Segments that hold the same events (all answers came by one channel) are one test.
    """
    same = [*PERIOD, "metric", "metric_version", "unit", "n_before", "n", "value_before", "value", "p_value"]
    once = table.groupby(same, dropna=False, sort=False).ngroup()
    tests = table.assign(once=once).drop_duplicates("once")
    q = tests.groupby(PERIOD)["p_value"].transform(lambda p: q_values(p.to_numpy()))
    return once.map(q.set_axis(tests["once"]))


def paired_periods(figures: pd.DataFrame) -> pd.DataFrame:
    """Each figure beside the same one of the period before (``_before``), both complete; hidden ones have no values."""
    complete = figures[~figures["provisional"].astype(bool)]
    before = complete.drop(columns=["period_start", "direction", "method"])
    before = before.rename(columns={"period_end": "period_start"})
    pairs = complete.merge(before, on=[*SERIES, "period_start"], suffixes=("", "_before"))
    hidden = (pairs["suppressed"] | pairs["suppressed_before"]).astype(bool)
    both = pairs[["n_both", "shared", "shared_earlier"]].fillna(0).astype("int64")
    stocks = set(figures["metric"][figures["timing"] == "stock"])
    return pairs.assign(
        is_stock=pairs["metric"].isin(stocks),
        value=pairs["value"].mask(hidden),
        value_before=pairs["value_before"].mask(hidden),
        suppressed=hidden,
        n_paired=both["n_both"].mask(hidden),
        n_unpaired=(pairs["n"] - both["shared"]).mask(hidden),
        n_unpaired_before=(pairs["n_before"] - both["shared_earlier"]).mask(hidden),
    )


def hidden_segments(figures: pd.DataFrame) -> set[tuple[Any, ...]]:
    """Period, start, type of segment and segment of every hidden cell of NPS."""
    hidden = figures[(figures["metric"] == "nps") & figures["suppressed"].astype(bool)]
    return set(hidden[[*PERIOD, "segment_type", "segment"]].itertuples(index=False, name=None))


def split(answers: pd.DataFrame, hidden: set[tuple[Any, ...]], table: pd.DataFrame, conf: float) -> pd.DataFrame:
    """Rate and mix parts by period, type of segment and segment; (all) is their sum.

    Segments that are hidden in one of the two periods are one segment, which is not published.
    """
    compared_to = table[(table["metric"] == "nps") & (table["segment_type"] == "all") & ~table["suppressed"]]
    starts = answers[PERIOD].drop_duplicates().sort_values(PERIOD)
    before = dict(zip(map(tuple, starts[1:].to_numpy()), map(tuple, starts[:-1].to_numpy()), strict=True))
    by_kind = dict(iter(answers.groupby([*PERIOD, "segment_type"], sort=True)))
    made = []
    for period, start in compared_to[PERIOD].itertuples(index=False, name=None):
        if period == "day":  # thousands of splits of a handful of answers each
            continue
        earlier = before[(period, start)]
        for kind in answers["segment_type"].unique():
            sides = [by_kind[(*when, kind)] for when in (earlier, (period, start))]
            secret = {seg for (p, t, k, seg) in hidden if k == kind and (p, t) in (earlier, (period, start))}
            made.append(split_of(sides, secret, conf).assign(period=period, period_start=start, segment_type=kind))
    return pd.concat(made, ignore_index=True) if made else pd.DataFrame()


def split_of(sides: list[pd.DataFrame], secret: set[str], conf: float) -> pd.DataFrame:
    """The parts of one change by one type of segment, of answers in sums by group, segment."""
    both = pd.concat(sides, keys=[0, 1], names=["side"]).reset_index("side")
    both = both.assign(segment=both["segment"].mask(both["segment"].isin(secret), HIDDEN))
    groups, group = np.unique(both["group_no"], return_inverse=True)
    segments, segment = np.unique(both["segment"].astype(object), return_inverse=True)
    sums = np.zeros((len(groups), 4, len(segments)))
    for place, name in enumerate(("n", "s")):
        np.add.at(sums, (group, 2 * both["side"].to_numpy() + place, segment), both[name].to_numpy(dtype=float))
    rate, mix = split_intervals(sums, conf)
    found = pd.DataFrame({"segment": [*segments, TOTAL]})
    for name, part in (("rate", rate), ("mix", mix)):
        found[f"{name}_part"], found[f"{name}_low"], found[f"{name}_high"] = part.value, part.low, part.high
    return found[found["segment"] != HIDDEN]

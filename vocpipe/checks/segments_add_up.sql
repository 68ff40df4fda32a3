-- fail: the segments of a figure add up to the whole of its period, in every additive part
with wholes as (
    select * from metrics.metric_component where segment_type in ('all', 'channel')
),
parts as (
    select
        metric, metric_version, grain, period, period_start, unit, segment_type,
        case when segment_type like 'channel+%' then split_part(segment, '+', 1) else 'all' end as whole,
        sum(n) as n, sum(sum_w) as sum_w, sum(sum_ws) as sum_ws, sum(sum_ws2) as sum_ws2
    from metrics.metric_component
    where segment_type <> 'all'
    group by all
)
select p.metric, p.period, p.period_start, p.segment_type, p.whole
from parts as p
inner join wholes as w
    on p.metric = w.metric and p.metric_version = w.metric_version and p.grain = w.grain and p.period = w.period
    and p.period_start = w.period_start and p.unit = w.unit and p.whole = w.segment
where w.segment_type = case when p.segment_type like 'channel+%' then 'channel' else 'all' end
    and (
        p.n <> w.n
        or abs(p.sum_w - w.sum_w) > 1e-6 * greatest(1, abs(w.sum_w))
        or abs(p.sum_ws - w.sum_ws) > 1e-6 * greatest(1, abs(w.sum_ws))
        or abs(p.sum_ws2 - w.sum_ws2) > 1e-6 * greatest(1, abs(w.sum_ws2))
    )

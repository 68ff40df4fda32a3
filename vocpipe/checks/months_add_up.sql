-- fail: the months of what is no stock of customers or employees add up to the whole time, in every additive part
with parts as (
    select
        metric, metric_version, segment_type, segment, unit, period,
        sum(n) as n, sum(sum_w) as sum_w, sum(sum_ws) as sum_ws, sum(sum_ws2) as sum_ws2
    from metrics.metric_component
    where period in ('all', 'month') and grain not in ('customer', 'employee')
    group by all
)
select w.metric, w.segment_type, w.segment
from parts as w
inner join parts as m
    on w.metric = m.metric and w.metric_version = m.metric_version and w.segment_type = m.segment_type
    and w.segment = m.segment and w.unit = m.unit
where w.period = 'all' and m.period = 'month'
    and (
        m.n <> w.n
        or abs(m.sum_w - w.sum_w) > 1e-6 * greatest(1, abs(w.sum_w))
        or abs(m.sum_ws - w.sum_ws) > 1e-6 * greatest(1, abs(w.sum_ws))
        or abs(m.sum_ws2 - w.sum_ws2) > 1e-6 * greatest(1, abs(w.sum_ws2))
    )

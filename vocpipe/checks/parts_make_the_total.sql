-- fail: the total experience is the mean of its three parts, and so are the needs met
with values_shown as (

    select *
    from metrics.metric_value
    where value is not null

),

parts as (

    select
        case when metric like 'tcx_%' then 'tcx' else 'needs' end as metric,
        period, period_start, segment_type, segment,
        sum(value) as total,
    from values_shown
    where metric in (
        'tcx_product', 'tcx_transaction', 'tcx_interaction', 'needs_meaning', 'needs_value', 'needs_accommodation'
    )
    group by 1, 2, 3, 4, 5

)

select t.metric, t.period_start, t.segment_type, t.segment
from values_shown as t
left join parts as p
    on p.metric = t.metric and p.period = t.period and p.period_start = t.period_start
    and p.segment_type = t.segment_type and p.segment = t.segment
where t.metric in ('tcx', 'needs') and (p.total is null or abs(3 * t.value - p.total) > 1e-6)

-- How far a figure and the one of the period before move together, because the same customers are in both; the sums of
-- metric_component and these give the error of a change. Values of medians are half the events above less those below. One row per metric, version, period, unit and segment of which
-- some customers count in the period before too; hidden cells and figures whose change is not tested are left out.
with
    figures as (select * from figure),

    shared_customers as (select * from overlap)

select
    f.metric,  -- Name of the metric.
    f.metric_version,  -- Version of the definition.
    f.period,  -- Kind of period.
    f.period_start,  -- First day of the later period in the business time zone, at midnight.
    f.segment_type,  -- By what is cut.
    f.segment,  -- The segment.
    f.unit,  -- Unit of the value.
    o.n_both,  -- Customers who count in both periods.
    o.n_after,  -- Their events in the later one.
    o.n_before,  -- Their events in the earlier one.
    o.both_ww,  -- Sum over these customers of weights before times weights after.
    o.both_wws,  -- Likewise, weights before times values after.
    o.both_wsw,  -- Likewise, values before times weights after.
    o.both_ws2,  -- Likewise, values before times values after.
    getvariable('as_of') as as_of,  -- What was known at this time (UTC).
    getvariable('run_id') as run_id,  -- The run that made it.
from figures as f
join shared_customers as o
    on o.metric = f.metric and o.period_no = f.period_no and coalesce(o.unit, '') = coalesce(f.own_unit, '')
    and coalesce(o.within, '') = coalesce(f.within, '') and o.segment_type = f.own_segment_type
    and o.segment = f.own_segment
where not f.is_hidden
order by f.metric, f.period, f.period_start, f.segment_type, f.segment, f.unit

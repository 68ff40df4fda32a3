-- What customers who count in a period and in the one before bring to both, by what events are about: additive sums
-- that say how far two figures move together. One row per series and period with such customers.
with
    periods as (
        select distinct base_no, period_no, period_before from pair
    ),

    parts as (
        select c.*, s.base_no
        from crowd_part as c
        join series as s on s.series_no = c.series_no
    ),

    parts_before as (
        select *
        from crowd_part
        where period_no in (select period_before from periods)
    ),

    sums as (
        select
            v.series_no,
            v.period_no,
            count(*) as n_both,
            sum(v.n) as n_after,
            sum(b.n) as n_before,
            sum(b.w * v.w) as both_ww,
            sum(b.w * v.ws) as both_wws,
            sum(b.ws * v.w) as both_wsw,
            sum(b.ws * v.ws) as both_ws2,
        from parts as v
        join periods as p on p.base_no = v.base_no and p.period_no = v.period_no
        join parts_before as b
            on b.series_no = v.series_no and b.customer_no = v.customer_no and b.period_no = p.period_before
        group by 1, 2
    )

select
    s.metric,  -- The metric.
    o.period_no,  -- The later period.
    s.unit,  -- The event's own unit.
    s.segment_type,  -- By what is cut.
    s.within,  -- Cut that is never pooled.
    s.segment,  -- The segment.
    o.n_both,  -- Customers in both periods.
    cast(o.n_after as bigint) as n_after,  -- Their events in the later one.
    cast(o.n_before as bigint) as n_before,  -- Their events in the earlier one.
    cast(o.both_ww as double) as both_ww,  -- Sum over them of weights before times weights after.
    cast(o.both_wws as double) as both_wws,  -- Weights before times values after.
    cast(o.both_wsw as double) as both_wsw,  -- Values before times weights after.
    cast(o.both_ws2 as double) as both_ws2,  -- Values before times values after.
from sums as o
join series as s on s.series_no = o.series_no

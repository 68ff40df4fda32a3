-- What customers who count in a period and in the one before bring to both, by the customers' attributes, `all` among
-- them: additive sums that say how far two figures move together. One row per series and period. Who had another value
-- then does not count in both.
with
    by_kind as (
        select
            p.base_no, p.period_no, coalesce(c.kind_no, 0) as kind_no,
            count(*) as n_both, sum(p.n_after) as n_after, sum(p.n_before) as n_before,
            sum(p.both_ww) as both_ww, sum(p.both_wws) as both_wws, sum(p.both_wsw) as both_wsw,
            sum(p.both_ws2) as both_ws2,
        from pair as p
        left join customer_kind as c on c.customer_no = p.customer_no
        where not p.is_changing
        group by 1, 2, 3
    ),

    steady as (
        select
            p.base_no, p.period_no, coalesce(a.value_no, k.default_no) as value_no,
            p.n_both, p.n_after, p.n_before, p.both_ww, p.both_wws, p.both_wsw, p.both_ws2,
        from by_kind as p
        join attribute_cut as k on k.base_no = p.base_no
        left join kind_attribute as a on a.kind_no = p.kind_no and a.attribute_no = k.attribute_no
    ),

    changing as (
        select
            p.base_no, p.period_no, v.value_no,
            1 as n_both, v.n as n_after, b.n as n_before,
            b.w * v.w as both_ww, b.w * v.ws as both_wws, b.ws * v.w as both_wsw, b.ws * v.ws as both_ws2,
        from pair as p
        join changing_part as v
            on v.base_no = p.base_no and v.period_no = p.period_no and v.customer_no = p.customer_no
        join changing_part as b
            on b.base_no = p.base_no and b.period_no = p.period_before and b.customer_no = p.customer_no
            and b.value_no = v.value_no
        where p.is_changing
    ),

    shared_customers as (
        select * from steady
        union all
        select * from changing
    ),

    sums as (
        select
            base_no, period_no, value_no,
            sum(n_both) as n_both, sum(n_after) as n_after, sum(n_before) as n_before,
            sum(both_ww) as both_ww, sum(both_wws) as both_wws, sum(both_wsw) as both_wsw, sum(both_ws2) as both_ws2,
        from shared_customers
        group by 1, 2, 3
    )

select
    s.metric,  -- The metric.
    o.period_no,  -- The later period.
    s.unit,  -- The event's own unit.
    s.segment_type,  -- By what is cut.
    s.within,  -- Cut that is never pooled.
    s.segment,  -- The segment.
    cast(o.n_both as bigint) as n_both,  -- Customers in both periods.
    cast(o.n_after as bigint) as n_after,  -- Their events in the later one.
    cast(o.n_before as bigint) as n_before,  -- Their events in the earlier one.
    cast(o.both_ww as double) as both_ww,  -- Sum over them of weights before times weights after.
    cast(o.both_wws as double) as both_wws,  -- Weights before times values after.
    cast(o.both_wsw as double) as both_wsw,  -- Values before times weights after.
    cast(o.both_ws2 as double) as both_ws2,  -- Values before times values after.
from sums as o
join series as s on s.base_no = o.base_no and s.value_no = o.value_no

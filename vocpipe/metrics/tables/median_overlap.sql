-- What customers who count in a period and in the one before bring to two medians. A median moves by how many events lie
-- above it less how many below, so the values are half that difference of each customer (Woodruff 1952), and the
-- medians of two periods move together as the sums of their products do. One row per series and period with such
-- customers.
with
    events as (select * from segmented),

    medians as (select * from median),

    periods as (
        select c.period_no, b.period_no as period_before
        from calendar as c
        join calendar as b on b.period = c.period and b.period_end = c.period_start
    ),

    customers as (
        select
            e.series_no,
            e.period_no,
            e.customer_no,
            count(*) as n,
            sum(sign(cast(e.numerator as double) - m.median)) / 2 as lean,
        from events as e
        join medians as m on m.series_no = e.series_no and m.period_no = e.period_no
        where e.customer_no is not null
        group by e.series_no, e.period_no, e.customer_no
    ),

    sums as (
        select
            v.series_no,
            v.period_no,
            count(*) as n_both,
            sum(v.n) as n_after,
            sum(b.n) as n_before,
            sum(b.n * v.n) as both_ww,
            sum(b.n * v.lean) as both_wws,
            sum(b.lean * v.n) as both_wsw,
            sum(b.lean * v.lean) as both_ws2,
        from customers as v
        join periods as p on p.period_no = v.period_no
        join customers as b
            on b.series_no = v.series_no and b.customer_no = v.customer_no and b.period_no = p.period_before
        group by v.series_no, v.period_no
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
    cast(o.both_ww as double) as both_ww,  -- Sum over them of events before times events after.
    o.both_wws,  -- Events before times lean after.
    o.both_wsw,  -- Lean before times events after.
    o.both_ws2,  -- Lean before times lean after.
from sums as o
join series as s on s.series_no = o.series_no

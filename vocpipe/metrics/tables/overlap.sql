-- What customers who count in a period and in the one before bring to both: additive sums that say how far two figures
-- move together. One row per type of segment, period, unit and segment with such customers.
with
    periods as (
        select
            c.period_no,
            b.period_no as period_before,
        from calendar as c
        join calendar as b on b.period = c.period and b.period_end = c.period_start
    ),

    placed_parts as (
        select
            p.*,
            case when k.attribute = '' then p.segment_type else k.attribute end as cell_type,
            case
                when k.attribute = '' then p.segment
                else coalesce(a.value, '(unknown)')
            end as cell_segment,
        from part as p
        join attribute_cut as k on k.attribute = '' or p.segment_type = 'all'
        left join customer_attribute as a
            on a.customer_no = p.customer_no and a.spell_no = p.spell_no and a.attribute = k.attribute
        where p.customer_no is not null
    ),

    -- Sums of a customer whose attributes never changed are in one row already.
    parts as (
        select period_no, unit, within, customer_no, cell_type, cell_segment, n, w, ws
        from placed_parts
        where spell_no = 0
        union all
        select period_no, unit, within, customer_no, cell_type, cell_segment, sum(n), sum(w), sum(ws)
        from placed_parts
        where spell_no > 0
        group by 1, 2, 3, 4, 5, 6
    )

select
    getvariable('metric') as metric,  -- The metric.
    v.period_no,  -- The later period.
    v.unit,  -- The event's own unit.
    v.cell_type as segment_type,  -- By what is cut.
    v.within,  -- Cut that is never pooled.
    v.cell_segment as segment,  -- The segment.
    count(*) as n_both,  -- Customers in both periods.
    cast(sum(v.n) as bigint) as n_after,  -- Their events in the later one.
    cast(sum(b.n) as bigint) as n_before,  -- Their events in the earlier one.
    cast(sum(b.w * v.w) as double) as both_ww,  -- Sum over them of weights before times weights after.
    cast(sum(b.w * v.ws) as double) as both_wws,  -- Weights before times values after.
    cast(sum(b.ws * v.w) as double) as both_wsw,  -- Values before times weights after.
    cast(sum(b.ws * v.ws) as double) as both_ws2,  -- Values before times values after.
from parts as v
join periods as p on p.period_no = v.period_no
join parts as b
    on b.customer_no = v.customer_no and b.period_no = p.period_before
    and b.cell_type = v.cell_type and b.cell_segment = v.cell_segment
    and coalesce(b.unit, '') = coalesce(v.unit, '') and coalesce(b.within, '') = coalesce(v.within, '')
group by v.period_no, v.unit, v.within, v.cell_type, v.cell_segment

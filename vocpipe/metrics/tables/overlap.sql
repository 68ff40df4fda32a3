-- What customers who count in a period and in the one before bring to both: additive sums that say how far two figures
-- move together. One row per type of segment, period, unit and segment with such customers.
with
    neighbours as (
        select
            now.period_no,
            earlier.period_no as period_before,
        from calendar as now
        join calendar as earlier on earlier.period = now.period and earlier.period_end = now.period_start
    ),

    -- Of the many parts only those of customers who count in several periods are looked at.
    several as (
        select customer_no
        from part
        where customer_no is not null
            and period_no in (select period_no from neighbours union select period_before from neighbours)
        group by customer_no
        having min(period_no) < max(period_no)
    ),

    placed_parts as (
        select
            p.period_no,
            p.unit,
            p.within,
            p.customer_no,
            case when k.attribute = '' then p.segment_type else k.attribute end as cell_type,
            case
                when k.attribute = '' then p.segment
                else coalesce(a.value, '(unknown)')
            end as cell_segment,
            sum(p.n) as n,
            sum(p.w) as w,
            sum(p.ws) as ws,
        from part as p
        join several as s on s.customer_no = p.customer_no
        join attribute_cut as k on k.attribute = '' or p.segment_type = 'all'
        left join customer_attribute as a
            on a.customer_no = p.customer_no and a.spell_no = p.spell_no and a.attribute = k.attribute
        where p.period_no in (select period_no from neighbours union select period_before from neighbours)
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
from neighbours as p
join placed_parts as v on v.period_no = p.period_no
join placed_parts as b
    on b.period_no = p.period_before and b.customer_no = v.customer_no
    and b.cell_type = v.cell_type and b.cell_segment = v.cell_segment
    and coalesce(b.unit, '') = coalesce(v.unit, '') and coalesce(b.within, '') = coalesce(v.within, '')
group by v.period_no, v.unit, v.within, v.cell_type, v.cell_segment

-- What customers who count in a period and in the one before bring to both: additive sums that say how far two figures
-- move together. One row per period, unit and segment with such customers.
with
    periods as (
        select
            c.period_no,
            b.period_no as period_before,
        from calendar as c
        join calendar as b on b.period = c.period and b.period_end = c.period_start
    ),

    -- Sums of a customer whose attributes never changed are in one row already.
    placed_parts as (
        select
            p.period_no, p.unit, p.within, p.customer_no,
            case
                when getvariable('attribute') = '' then p.segment
                else coalesce(a.value, '(unknown)')
            end as cell_segment,
            p.n, p.w, p.ws,
        from part as p
        left join customer_attribute as a
            on a.customer_no = p.customer_no and a.spell_no = 0 and a.attribute = getvariable('attribute')
        where p.customer_no is not null and p.spell_no = 0
        union all
        select
            p.period_no, p.unit, p.within, p.customer_no,
            case
                when getvariable('attribute') = '' then p.segment
                else coalesce(a.value, '(unknown)')
            end as cell_segment,
            sum(p.n) as n, sum(p.w) as w, sum(p.ws) as ws,
        from part as p
        left join customer_attribute as a
            on a.customer_no = p.customer_no and a.spell_no = p.spell_no and a.attribute = getvariable('attribute')
        where p.customer_no is not null and p.spell_no > 0
        group by 1, 2, 3, 4, 5
    )

select
    getvariable('metric') as metric,  -- The metric.
    v.period_no,  -- The later period.
    v.unit,  -- The event's own unit.
    case
        when getvariable('attribute') = '' then getvariable('segment_type') else getvariable('attribute')
    end as segment_type,  -- By what is cut.
    v.within,  -- Cut that is never pooled.
    v.cell_segment as segment,  -- The segment.
    count(*) as n_both,  -- Customers in both periods.
    cast(sum(v.n) as bigint) as n_after,  -- Their events in the later one.
    cast(sum(b.n) as bigint) as n_before,  -- Their events in the earlier one.
    cast(sum(b.w * v.w) as double) as both_ww,  -- Sum over them of weights before times weights after.
    cast(sum(b.w * v.ws) as double) as both_wws,  -- Weights before times values after.
    cast(sum(b.ws * v.w) as double) as both_wsw,  -- Values before times weights after.
    cast(sum(b.ws * v.ws) as double) as both_ws2,  -- Values before times values after.
from placed_parts as v
join periods as p on p.period_no = v.period_no
join placed_parts as b
    on b.customer_no = v.customer_no and b.period_no = p.period_before and b.cell_segment = v.cell_segment
    and coalesce(b.unit, '') = coalesce(v.unit, '') and coalesce(b.within, '') = coalesce(v.within, '')
group by v.period_no, v.unit, v.within, v.cell_segment

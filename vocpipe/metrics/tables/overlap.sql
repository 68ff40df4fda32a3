-- What customers who count in a period and in the one before bring to both: additive sums that say how far two figures
-- move together. One row per period, unit and segment with such customers.
with
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
        join attribute_cut as k on k.attribute = '' or p.segment_type = 'all'
        left join customer_attribute as a
            on a.customer_no = p.customer_no and a.spell_no = p.spell_no and a.attribute = k.attribute
        where p.customer_no is not null
        group by 1, 2, 3, 4, 5, 6
    ),

    numbered as (
        select
            *,
            lag(period_no) over customer_in_turn as period_before,
            lag(n) over customer_in_turn as n_before,
            lag(w) over customer_in_turn as w_before,
            lag(ws) over customer_in_turn as ws_before,
        from placed_parts
        window customer_in_turn as (partition by customer_no, unit, within, cell_type, cell_segment order by period_no)
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
    cast(sum(v.n_before) as bigint) as n_before,  -- Their events in the earlier one.
    cast(sum(v.w_before * v.w) as double) as both_ww,  -- Sum over them of weights before times weights after.
    cast(sum(v.w_before * v.ws) as double) as both_wws,  -- Weights before times values after.
    cast(sum(v.ws_before * v.w) as double) as both_wsw,  -- Values before times weights after.
    cast(sum(v.ws_before * v.ws) as double) as both_ws2,  -- Values before times values after.
from numbered as v
join calendar as now on now.period_no = v.period_no
join calendar as earlier on earlier.period_no = v.period_before
where now.period = earlier.period and now.period_start = earlier.period_end
group by v.period_no, v.unit, v.within, v.cell_type, v.cell_segment

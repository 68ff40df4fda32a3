-- Additive parts of one metric. One row per type of segment, period, unit and segment.
-- An attribute of the customer is looked up here, behind the sums by customer that serve all attributes.
with
    steady as (
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
            on a.customer_no = p.customer_no and a.spell_no = 0 and a.attribute = k.attribute
        where p.spell_no = 0
    ),

    -- A customer whose attributes changed has a part for each time between; where the segment is one, so is the part.
    changing as (
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
            sum(p.w2) as w2,
            sum(p.ws2) as ws2,
        from part as p
        join attribute_cut as k on k.attribute = '' or p.segment_type = 'all'
        left join customer_attribute as a
            on a.customer_no = p.customer_no and a.spell_no = p.spell_no and a.attribute = k.attribute
        where p.spell_no > 0
        group by 1, 2, 3, 4, 5, 6
    ),

    parts as (
        select
            period_no, unit, within, cell_type, cell_segment, customer_no,
            n, n_clusters, w, ws, w2, ws2, cluster_ww, cluster_wws, cluster_ws2,
        from steady
        union all
        select
            period_no, unit, within, cell_type, cell_segment, customer_no,
            n, 1, w, ws, w2, ws2, w * w, w * ws, ws * ws,
        from changing
    )

select
    getvariable('metric') as metric,  -- The metric.
    period_no,  -- The period.
    unit,  -- The event's own unit.
    cell_type as segment_type,  -- By what is cut.
    within,  -- Cut that is never pooled.
    cell_segment as segment,  -- The segment.
    cast(sum(n) as bigint) as n,  -- Events counted.
    cast(sum(case when customer_no is not null then n else 0 end) as bigint) as n_linked,  -- Of known customers.
    count(case when customer_no is not null and n > 0 then 1 end) as n_customers,  -- Different customers among them.
    cast(sum(n_clusters) as bigint) as n_clusters,  -- Customers, and events without one.
    cast(sum(w) as double) as sum_w,  -- Sum of weights.
    cast(sum(ws) as double) as sum_ws,  -- Sum of values.
    cast(sum(w2) as double) as sum_w2,  -- Sum of squared weights.
    cast(sum(ws2) as double) as sum_ws2,  -- Sum of weights times squared values.
    cast(sum(case when customer_no is not null then ws else 0 end) as double) as sum_ws_linked,  -- Of known customers.
    cast(sum(cluster_ww) as double) as cluster_ww,  -- Sum over clusters of (sum of weights) squared.
    cast(sum(cluster_wws) as double) as cluster_wws,  -- The same, weights times values.
    cast(sum(cluster_ws2) as double) as cluster_ws2,  -- The same, values squared.
from parts
group by period_no, unit, within, cell_type, cell_segment

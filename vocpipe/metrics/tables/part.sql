-- Additive parts of one metric, by segment and customer, so that the spread can be taken between customers. One row per
-- type of segment, period, unit, segment and known customer (if its attributes changed: by the times between), and one
-- for all events without a customer, each of which stands for itself. Sums are exact decimals: the order of the rows
-- does not matter.
with
    events as (select * from segmented),

    linked as (
        select
            segment_type,
            period_no,
            unit,
            within,
            segment,
            customer_no,
            spell_no,
            count(case when denominator <> 0 then 1 end) as n,
            sum(denominator) as w,
            sum(numerator) as ws,
            sum(cast(denominator as decimal(38, 6)) * denominator) as w2,
            sum(squared) as ws2,
        from events
        where customer_no is not null
        group by 1, 2, 3, 4, 5, 6, 7
    ),

    unlinked as (
        select
            segment_type,
            period_no,
            unit,
            within,
            segment,
            count(case when denominator <> 0 then 1 end) as n,
            count(*) as n_clusters,
            sum(denominator) as w,
            sum(numerator) as ws,
            sum(cast(denominator as decimal(38, 6)) * denominator) as w2,
            sum(squared) as ws2,
            sum(cast(denominator as decimal(38, 6)) * numerator) as wws,
            sum(cast(numerator as decimal(38, 6)) * numerator) as cluster_ws2,
        from events
        where customer_no is null
        group by 1, 2, 3, 4, 5
    )

select
    segment_type,  -- By what is cut.
    period_no,  -- The period.
    unit,  -- The event's own unit.
    within,  -- Cut that is never pooled.
    segment,  -- The segment.
    customer_no,  -- The customer; null for all events without one.
    spell_no,  -- The time between changes of the customer's attributes; 0: they never did.
    n,  -- Events counted.
    1 as n_clusters,  -- Customers, or events without one.
    w,  -- Sum of weights.
    ws,  -- Sum of values.
    w2,  -- Sum of squared weights.
    ws2,  -- Sum of weight times squared value.
    w * w as cluster_ww,  -- Sum over clusters of (sum of weights) squared.
    w * ws as cluster_wws,  -- The same, weights times values.
    ws * ws as cluster_ws2,  -- The same, values squared.
from linked
union all
select segment_type, period_no, unit, within, segment, null, 0, n, n_clusters, w, ws, w2, ws2, w2, wws, cluster_ws2
from unlinked

-- Additive parts of every figure, put together from their pieces. One row per metric, period, unit and segment.
with
    pieces as (select * from piece),

    all_series as (select * from series),

    sums as (
        select
            series_no,
            period_no,
            sum(n) as n,
            sum(n_linked) as n_linked,
            sum(n_customers) as n_customers,
            sum(n_clusters) as n_clusters,
            sum(w) as w,
            sum(ws) as ws,
            sum(w2) as w2,
            sum(ws2) as ws2,
            sum(ws_linked) as ws_linked,
            sum(cluster_ww) as cluster_ww,
            sum(cluster_wws) as cluster_wws,
            sum(cluster_ws2) as cluster_ws2,
        from pieces
        group by 1, 2
    )

select
    s.metric,  -- The metric.
    p.period_no,  -- The period.
    s.unit,  -- The event's own unit.
    s.segment_type,  -- By what is cut.
    s.within,  -- Cut that is never pooled.
    s.segment,  -- The segment.
    cast(p.n as bigint) as n,  -- Events counted.
    cast(p.n_linked as bigint) as n_linked,  -- Of known customers.
    cast(p.n_customers as bigint) as n_customers,  -- Different customers among them.
    cast(p.n_clusters as bigint) as n_clusters,  -- Customers, and events without one.
    cast(p.w as double) as sum_w,  -- Sum of weights.
    cast(p.ws as double) as sum_ws,  -- Sum of values.
    cast(p.w2 as double) as sum_w2,  -- Sum of squared weights.
    cast(p.ws2 as double) as sum_ws2,  -- Sum of weights times squared values.
    cast(p.ws_linked as double) as sum_ws_linked,  -- Of known customers.
    cast(p.cluster_ww as double) as cluster_ww,  -- Sum over clusters of (sum of weights) squared.
    cast(p.cluster_wws as double) as cluster_wws,  -- The same, weights times values.
    cast(p.cluster_ws2 as double) as cluster_ws2,  -- The same, values squared.
from sums as p
join all_series as s on s.series_no = p.series_no

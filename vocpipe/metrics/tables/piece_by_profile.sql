-- Pieces of cells that are cut by what events are about: sums of all events, each of which stands for itself as if no
-- customer had two. What is true of those who have is put right by piece_less_crowd and piece_by_crowd. One row per series and period.
with
    sums as (
        select
            profile_no, period_no,
            n,
            case when is_linked then n else 0 end as n_linked,
            case when is_linked then n else 0 end as n_customers,
            count_events as n_clusters,
            w, ws, w2, ws2,
            case when is_linked then ws else 0 end as ws_linked,
            w2 as cluster_ww,
            wws as cluster_wws,
            s2 as cluster_ws2,
        from profile_part
    )

select
    s.series_no,  -- The series.
    p.period_no,  -- The period.
    sum(p.n) as n,  -- Events counted.
    sum(p.n_linked) as n_linked,  -- Of known customers.
    sum(p.n_customers) as n_customers,  -- Different customers among them.
    sum(p.n_clusters) as n_clusters,  -- Customers, and events without one.
    sum(p.w) as w,  -- Sum of weights.
    sum(p.ws) as ws,  -- Sum of values.
    sum(p.w2) as w2,  -- Sum of squared weights.
    sum(p.ws2) as ws2,  -- Sum of weights times squared values.
    sum(p.ws_linked) as ws_linked,  -- Sum of values of known customers.
    sum(p.cluster_ww) as cluster_ww,  -- Sum over clusters of (sum of weights) squared.
    sum(p.cluster_wws) as cluster_wws,  -- The same, weights times values.
    sum(p.cluster_ws2) as cluster_ws2,  -- The same, values squared.
from sums as p
join profile_series as s on s.profile_no = p.profile_no
group by 1, 2

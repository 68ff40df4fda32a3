-- Pieces of cells that are cut by what events are about: the spread of events in `crowd_event`, which piece_by_profile
-- has taken each for itself, is taken off for piece_by_crowd. One row per series and period.
with
    events as (select * from crowd_event),

    sums as (
        select
            profile_no, period_no,
            count(case when denominator <> 0 then 1 end) as n_customers,
            count(*) as n_clusters,
            sum(denominator * denominator) as cluster_ww,
            sum(denominator * numerator) as cluster_wws,
            sum(numerator * numerator) as cluster_ws2,
        from events
        group by 1, 2
    )

select
    s.series_no,  -- The series.
    e.period_no,  -- The period.
    -sum(e.n_customers) as n_customers,  -- Events counted, as if of different customers.
    -sum(e.n_clusters) as n_clusters,  -- Events.
    -sum(e.cluster_ww) as cluster_ww,  -- Sum over events of weight squared.
    -sum(e.cluster_wws) as cluster_wws,  -- The same, weight times value.
    -sum(e.cluster_ws2) as cluster_ws2,  -- The same, value squared.
from sums as e
join profile_series as s on s.profile_no = e.profile_no
group by 1, 2

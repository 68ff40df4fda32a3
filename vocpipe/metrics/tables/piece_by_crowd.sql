-- Pieces of cells that are cut by what events are about: the spread between customers who have several events. One row
-- per series and period.
with
    parts as (select * from crowd_part)

select
    series_no,  -- The series.
    period_no,  -- The period.
    count(case when n > 0 then 1 end) as n_customers,  -- Different customers.
    count(*) as n_clusters,  -- Customers, whether their events count or not.
    sum(w * w) as cluster_ww,  -- Sum over customers of (sum of weights) squared.
    sum(w * ws) as cluster_wws,  -- The same, weights times values.
    sum(ws * ws) as cluster_ws2,  -- The same, values squared.
from parts
group by 1, 2

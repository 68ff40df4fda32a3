-- Pieces of cells that are cut by who the customer is, `all` among them. One row or more per series and period.
with
    steady as (
        select
            p.base_no, p.period_no, coalesce(c.kind_no, 0) as kind_no,
            sum(n) as n, count(case when n > 0 then 1 end) as n_customers, count(*) as n_clusters,
            sum(w) as w, sum(ws) as ws, sum(w2) as w2, sum(ws2) as ws2,
            sum(w * w) as cluster_ww, sum(w * ws) as cluster_wws, sum(ws * ws) as cluster_ws2,
        from part as p
        left join customer_kind as c on c.customer_no = p.customer_no
        where p.spell_no = 0
        group by 1, 2, 3
    ),

    changing as (
        select
            base_no, period_no, value_no,
            sum(n) as n, count(case when n > 0 then 1 end) as n_customers, count(*) as n_clusters,
            sum(w) as w, sum(ws) as ws, sum(w2) as w2, sum(ws2) as ws2,
            sum(w * w) as cluster_ww, sum(w * ws) as cluster_wws, sum(ws * ws) as cluster_ws2,
        from changing_part
        group by 1, 2, 3
    ),

    pieces as (
        select
            p.base_no, p.period_no, coalesce(a.value_no, k.default_no) as value_no,
            p.n, p.n as n_linked, p.n_customers, p.n_clusters, p.w, p.ws, p.w2, p.ws2, p.ws as ws_linked,
            p.cluster_ww, p.cluster_wws, p.cluster_ws2,
        from steady as p
        join attribute_cut as k on k.base_no = p.base_no
        left join kind_attribute as a on a.kind_no = p.kind_no and a.attribute_no = k.attribute_no
        union all
        select
            base_no, period_no, value_no,
            n, n, n_customers, n_clusters, w, ws, w2, ws2, ws, cluster_ww, cluster_wws, cluster_ws2,
        from changing
        union all
        select
            u.base_no, u.period_no, k.default_no,
            u.n, 0, 0, u.count_events, u.w, u.ws, u.w2, u.ws2, 0, u.w2, u.wws, u.s2,
        from profile_part as u
        join attribute_cut as k on k.base_no = u.base_no
        where not u.is_linked
    )

select
    s.series_no,  -- The series.
    p.period_no,  -- The period.
    p.n,  -- Events counted.
    p.n_linked,  -- Of known customers.
    p.n_customers,  -- Different customers among them.
    p.n_clusters,  -- Customers, and events without one.
    p.w,  -- Sum of weights.
    p.ws,  -- Sum of values.
    p.w2,  -- Sum of squared weights.
    p.ws2,  -- Sum of weights times squared values.
    p.ws_linked,  -- Sum of values of known customers.
    p.cluster_ww,  -- Sum over clusters of (sum of weights) squared.
    p.cluster_wws,  -- The same, weights times values.
    p.cluster_ws2,  -- The same, values squared.
from pieces as p
join series as s on s.base_no = p.base_no and s.value_no = p.value_no

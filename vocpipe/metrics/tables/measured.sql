-- Value of every cell, and its standard error between customers. One row per metric, period, unit and segment. SE^2 =
-- G/(G-1) * sum over customers of (sum of w(s - m))^2 / W^2, written out in additive sums; G customers, each event
-- without one for itself. What is left of the sums by rounding alone is nought.
with
    definitions as (select * from definition),

    parts as (
        select
            c.*,
            d.method,
            d.unit as metric_unit,
            case
                when d.method not in ('none', 'order_statistics', 'kaplan_meier', 'mean_of_parts') and c.sum_w > 0
                    then c.sum_ws / c.sum_w
            end as mean,
            s.scale_low,
            s.scale_high,
            coalesce(o.median, k.median) as median,
            coalesce(o.median_low, k.median_low) as median_low,
            coalesce(o.median_high, k.median_high) as median_high,
            coalesce(o.design_effect, k.design_effect) as median_effect,
            t.total,
            t.total_se,
            t.total_low,
            t.total_high,
            t.total_effect,
        from cell as c
        join definitions as d on d.metric = c.metric
        left join order_statistic as o
            on o.metric = c.metric and o.period_no = c.period_no and o.segment_type = c.segment_type
            and o.segment = c.segment
            and coalesce(o.unit, '') = coalesce(c.unit, '') and coalesce(o.within, '') = coalesce(c.within, '')
        left join survival_median as k
            on k.metric = c.metric and k.period_no = c.period_no and k.segment_type = c.segment_type
            and k.segment = c.segment
            and coalesce(k.unit, '') = coalesce(c.unit, '') and coalesce(k.within, '') = coalesce(c.within, '')
        left join total as t
            on t.metric = c.metric and t.period_no = c.period_no and t.segment_type = c.segment_type
            and t.segment = c.segment
            and coalesce(t.unit, '') = coalesce(c.unit, '') and coalesce(t.within, '') = coalesce(c.within, '')
        left join scale as s on s.metric = c.metric and coalesce(s.unit, '') = coalesce(c.unit, '')
    ),

    spread as (
        select
            *,
            cluster_ws2 - 2 * mean * cluster_wws + mean * mean * cluster_ww as cluster_spread,
            case when method = 'adjusted_wald' then 100.0 else 1.0 end as points,
        from parts
    ),

    erred as (
        select
            * exclude (cluster_spread),
            case
                when n_clusters < 2 then null
                when cluster_spread <= 1e-13 * cluster_ws2 then 0.0 * mean
                else sqrt(cluster_spread * n_clusters / (n_clusters - 1.0)) / sum_w
            end as mean_error,
        from spread
    )

select
    * exclude (points),  -- Parts of the cell, its mean and the standard error of that.
    case
        when n = 0 then null
        when method in ('order_statistics', 'kaplan_meier') then median
        when method = 'mean_of_parts' then total
        when method = 'none' then sum_ws
        else points * mean
    end as value,  -- The figure.
    case
        when method = 'mean_of_parts' then total_se
        else points * mean_error
    end as se,  -- Standard error between customers, where the value is a mean.
from erred

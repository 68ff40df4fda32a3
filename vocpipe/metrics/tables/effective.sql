-- How many answers of different customers would tell as much as those of a cell: n / design effect, where one is the
-- variance between customers over that of n answers on their own (Kish 1965). One row per metric, period, unit and
-- segment. Few customers tell little of the spread between them, so the effect grows by (t/z)^2 (Korn and Graubard
-- 1998) of W^2 / sum of their squared weights, less one, degrees of freedom. Exactly n where everybody answers once.
with
    measures as (select * from measured),

    quantiles as (select * from student),

    counted as (
        select
            *,
            sum_w * sum_w / nullif(cluster_ww, 0) as g,
            greatest(floor(sum_w * sum_w / nullif(cluster_ww, 0) - 1 + 1e-9), 1) as df,
            sum_ws2 / nullif(sum_w, 0) - mean * mean as variance,
            cluster_ww <= n * (1 + 1e-9) and sum_w2 <= n * (1 + 1e-9) and sum_w >= n * (1 - 1e-9) as is_once,
        from measures
    ),

    quantified as (
        select
            c.*,
            cast(getvariable('z') as double) as z,
            q.t as t_exact,
            case
                when c.g <= 1 + 1e-9 or c.n_clusters < 2 then 1.0
                else (c.g / (c.g - 1)) / (c.n_clusters / (c.n_clusters - 1.0))
            end as unequal,
        from counted as c
        left join quantiles as q on q.df = c.df
    ),

    spread as (
        select
            *,
            coalesce(
                t_exact, z + (z * z * z + z) / (4 * df) + (5 * power(z, 5) + 16 * power(z, 3) + 3 * z) / (96 * df * df)
            ) as t,
            case
                when is_once or n < 2 then 1.0
                when variance <= 1e-12 or n_clusters < 2 then n / g
                else greatest(mean_error * mean_error * (n - 1) / variance * unequal, 1)
            end as between_customers,
        from quantified
    )

select
    * exclude (g, df, variance, t_exact, between_customers),  -- The cell and what its interval is made of.
    case
        when n = 0 or method = 'none' then null
        when method in ('order_statistics', 'kaplan_meier') then median_effect
        when method = 'mean_of_parts' then total_effect
        when method = 'poisson_byar' then greatest(coalesce(mean_error * mean_error * sum_w * sum_w / nullif(sum_ws, 0), 1), 1)
        when is_once or n_clusters < 2 then between_customers
        when method = 't' then between_customers
        else between_customers * power(t / z, 2)
    end as design_effect,  -- Variance between customers over that of as many answers on their own.
from spread

-- Confidence interval of every cell, before anything is hidden. One row per metric, period, unit and segment.
-- adjusted_wald: NPS with 3/4 added to promoters and detractors and 3 to n, clipped to -100..100. wilson: Wilson's
-- score interval. t: Student with customers - 1 degrees of freedom, clipped to the scale; beyond 200 by Cornish-Fisher
-- (Abramowitz and Stegun 26.7.5). poisson_byar: Byar's approximation of the exact Poisson bounds of the numerator.
-- order_statistics, mean_of_parts: see those tables.
with
    measures as (select * from measured),

    quantiles as (select * from student),

    counted as (
        select
            m.*,
            cast(getvariable('z') as double) as z,
            m.sum_w as w,
            m.sum_ws as k,
            m.sum_ws2 as s2,
            m.n_clusters - 1.0 as df,
            q.t as t_exact,
        from measures as m
        left join quantiles as q on q.df = m.n_clusters - 1
    ),

    centred as (
        select
            *,
            k / (w + 3) as nps_mid,
            z * sqrt(((s2 + 1.5) / (w + 3) - k * k / ((w + 3) * (w + 3))) / (w + 3)) as nps_half,
            (k + z * z / 2) / (w + z * z) as wilson_mid,
            z / (w + z * z) * sqrt(greatest(k * (w - k) / nullif(w, 0), 0) + z * z / 4) as wilson_half,
            coalesce(
                t_exact, z + (z * z * z + z) / (4 * df) + (5 * power(z, 5) + 16 * power(z, 3) + 3 * z) / (96 * df * df)
            ) * se as t_half,
            case when k > 0 then k * power(1 - 1 / (9 * k) - z / (3 * sqrt(k)), 3) else 0 end as byar_low,
            (k + 1) * power(1 - 1 / (9 * (k + 1)) + z / (3 * sqrt(k + 1)), 3) as byar_high,
        from counted
    )

select
    * exclude (z, w, k, s2, df, t_exact),  -- The cell and the steps to its interval.
    case
        when n = 0 or (method = 't' and se is null) then null
        when method = 'adjusted_wald' then greatest(100 * (nps_mid - nps_half), -100)
        when method = 'wilson' then greatest(least(wilson_mid - wilson_half, mean), 0)
        when method = 't' then greatest(mean - t_half, coalesce(scale_low, mean - t_half))
        when method = 'poisson_byar' then byar_low / w
        when method = 'order_statistics' then median_low
        when method = 'mean_of_parts' then total_low
    end as ci_low,  -- Lower bound.
    case
        when n = 0 or (method = 't' and se is null) then null
        when method = 'adjusted_wald' then least(100 * (nps_mid + nps_half), 100)
        when method = 'wilson' then least(greatest(wilson_mid + wilson_half, mean), 1)
        when method = 't' then least(mean + t_half, coalesce(scale_high, mean + t_half))
        when method = 'poisson_byar' then byar_high / w
        when method = 'order_statistics' then median_high
        when method = 'mean_of_parts' then total_high
    end as ci_high,  -- Upper bound.
from centred

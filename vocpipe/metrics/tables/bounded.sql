-- Confidence interval of every cell, before anything is hidden. One row per metric, period, unit and segment.
-- adjusted_wald: NPS with 3/4 added to promoters and detractors and 3 to n, clipped to -100..100. wilson: Wilson's
-- score interval. Both take n / design effect for n. t: Student (beyond 200 degrees of freedom by Cornish-Fisher,
-- Abramowitz and Stegun 26.7.5), clipped to the scale. poisson_byar: Byar's approximation of the exact Poisson bounds
-- of the numerator over the design effect. order_statistics, kaplan_meier, mean_of_parts: see order_statistic,
-- survival_median, total.
with
    cells as (select * from effective),

    counted as (
        select
            *,
            n / design_effect as n_eff,
            mean * n / design_effect as k,
            sum_ws2 / nullif(sum_w, 0) * n / design_effect as s2,
            sum_ws / design_effect as events,
            t * se * sqrt(unequal) as t_half,
        from cells
    ),

    centred as (
        select
            *,
            k / (n_eff + 3) as nps_mid,
            z * sqrt(((s2 + 1.5) / (n_eff + 3) - k * k / ((n_eff + 3) * (n_eff + 3))) / (n_eff + 3)) as nps_half,
            (k + z * z / 2) / (n_eff + z * z) as wilson_mid,
            z / (n_eff + z * z) * sqrt(greatest(k * (n_eff - k) / nullif(n_eff, 0), 0) + z * z / 4) as wilson_half,
            case
                when events > 0 then events * power(1 - 1 / (9 * events) - z / (3 * sqrt(events)), 3) else 0
            end as byar_low,
            (events + 1) * power(1 - 1 / (9 * (events + 1)) + z / (3 * sqrt(events + 1)), 3) as byar_high,
        from counted
    )

select
    * exclude (z, t, unequal, k, s2, events),  -- The cell and the steps to its interval.
    case
        when n = 0 or (method = 't' and se is null) then null
        when method = 'adjusted_wald' then greatest(100 * (nps_mid - nps_half), -100)
        when method = 'wilson' then greatest(least(wilson_mid - wilson_half, mean), 0)
        when method = 't' then greatest(mean - t_half, coalesce(scale_low, mean - t_half))
        when method = 'poisson_byar' then byar_low * design_effect / sum_w
        when method in ('order_statistics', 'kaplan_meier') then median_low
        when method = 'mean_of_parts' then total_low
    end as ci_low,  -- Lower bound.
    case
        when n = 0 or (method = 't' and se is null) then null
        when method = 'adjusted_wald' then least(100 * (nps_mid + nps_half), 100)
        when method = 'wilson' then least(greatest(wilson_mid + wilson_half, mean), 1)
        when method = 't' then least(mean + t_half, coalesce(scale_high, mean + t_half))
        when method = 'poisson_byar' then byar_high * design_effect / sum_w
        when method in ('order_statistics', 'kaplan_meier') then median_high
        when method = 'mean_of_parts' then total_high
    end as ci_high,  -- Upper bound.
from centred

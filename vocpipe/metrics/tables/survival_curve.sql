-- Kaplan-Meier curve of the times of every series: a time (numerator) with denominator 0 had not
-- come to its end when last seen. One row per series, period and time.
with
    events as (
        select series_no, period_no, cast(numerator as double) as days, cast(denominator as double) as ended
        from segmented
    ),

    counted as (
        select
            series_no,
            period_no,
            days,
            sum(ended) as ended,
            sum(sum(1.0)) over (partition by series_no, period_no order by days desc) as at_risk,
        from events
        group by series_no, period_no, days
    )

select
    *,  -- Series, period, time, how many ended then, and to how many it could still happen.
    sum(case when ended < at_risk then ln(1 - ended / at_risk) else -1000 end) over earlier
        as log_survival,  -- Logarithm of the share that is left; below -700: nobody is.
    sum(ended / (at_risk * nullif(at_risk - ended, 0))) over earlier as spread,  -- Greenwood's sum.
from counted
window earlier as (partition by series_no, period_no order by days)

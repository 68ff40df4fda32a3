-- Kaplan-Meier curve of the times of one metric by one type of segment: a time (numerator) with denominator 0 had not
-- come to its end when last seen. One row per period, segment and time.
with
    events as (
        select period_no, segment, cast(numerator as double) as days, cast(denominator as double) as ended
        from segmented
    ),

    counted as (
        select
            period_no,
            segment,
            days,
            sum(ended) as ended,
            sum(sum(1.0)) over (partition by period_no, segment order by days desc) as at_risk,
        from events
        group by period_no, segment, days
    )

select
    *,  -- Period, segment, time, how many ended then, and to how many it could still happen.
    sum(case when ended < at_risk then ln(1 - ended / at_risk) else -1000 end) over earlier
        as log_survival,  -- Logarithm of the share that is left; below -700: nobody is.
    sum(ended / (at_risk * nullif(at_risk - ended, 0))) over earlier as spread,  -- Greenwood's sum.
from counted
window earlier as (partition by period_no, segment order by days)

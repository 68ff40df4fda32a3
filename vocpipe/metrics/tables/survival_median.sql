-- Kaplan-Meier median of the times of one metric by one type of segment, and its bounds. One row per period and segment.
-- The bounds are the first times at which
-- the ends of the log(-log) interval are down to one half (Brookmeyer and Crowley 1982). Greenwood's variance is widened
-- by the design effect between customers at the median: their summed influences on the curve over its independent part.
with
    events as (
        select period_no, segment, customer_no, cast(numerator as double) as days, cast(denominator as double) as ended
        from segmented
    ),

    curve as (select * from survival_curve),

    middles as (
        select period_no, segment, min(days) as median_days
        from curve
        where log_survival <= ln(0.5) + 1e-9
        group by period_no, segment
    ),

    influences as (
        select
            e.period_no, e.segment,
            sum(cast(
                case when e.days <= m.median_days then e.ended / nullif(t.at_risk - t.ended, 0) else 0 end
                - case when e.days <= m.median_days then t.spread else h.spread end as decimal(38, 18)
            )) as influence,
        from events as e
        join middles as m on m.period_no = e.period_no and m.segment = e.segment
        join curve as t on t.period_no = e.period_no and t.segment = e.segment and t.days = e.days
        join curve as h on h.period_no = e.period_no and h.segment = e.segment and h.days = m.median_days
        group by e.period_no, e.segment, e.customer_no
    ),

    effects as (
        select
            period_no, segment,
            sum(power(cast(influence as double), 2) order by influence) * count(*) / nullif(count(*) - 1.0, 0) as variance,
        from influences
        group by period_no, segment
    ),

    bounded as (
        select
            c.*,
            m.median_days,
            case
                when h.log_survival > -700 and e.variance is not null then greatest(e.variance / h.spread, 1)
            end as design_effect,
        from curve as c
        join middles as m on m.period_no = c.period_no and m.segment = c.segment
        join curve as h on h.period_no = c.period_no and h.segment = c.segment and h.days = m.median_days
        left join effects as e on e.period_no = c.period_no and e.segment = c.segment
        where c.log_survival < 0
    ),

    widths as (
        select *, getvariable('z') * sqrt(spread * design_effect) / abs(log_survival) as width
        from bounded
    )

select
    getvariable('metric') as metric,  -- The metric.
    period_no,  -- The period.
    getvariable('segment_type') as segment_type,  -- By what is cut.
    segment,  -- The segment.
    max(median_days) as median,  -- First time at which half are left at most.
    min(case when log_survival > -700 and log_survival * exp(width) <= ln(0.5) then days end)
        as median_low,  -- Lower bound; null where one customer alone is there, or nobody is left at the median.
    min(case when log_survival > -700 and log_survival * exp(-width) <= ln(0.5) then days end)
        as median_high,  -- Upper bound; null where the curve does not get so far.
    max(design_effect) as design_effect,  -- Variance between customers over that of gaps of different ones.
from widths
group by period_no, segment

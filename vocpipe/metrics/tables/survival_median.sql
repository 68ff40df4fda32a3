-- Kaplan-Meier median of the times of every series, and its bounds. One row per series and period. The bounds are the
-- first times at which the ends of the log(-log) interval are down to one half (Brookmeyer and Crowley 1982).
-- Greenwood's variance is widened by the design effect between customers at the median: their summed influences on the
-- curve over its independent part.
with
    events as (
        select series_no, period_no, customer_no, cast(numerator as double) as days, cast(denominator as double) as ended
        from segmented
    ),

    curve as (select * from survival_curve),

    middles as (
        select series_no, period_no, min(days) as median_days
        from curve
        where log_survival <= ln(0.5) + 1e-9
        group by series_no, period_no
    ),

    influences as (
        select
            e.series_no, e.period_no,
            sum(cast(
                case when e.days <= m.median_days then e.ended / nullif(t.at_risk - t.ended, 0) else 0 end
                - case when e.days <= m.median_days then t.spread else h.spread end as decimal(38, 18)
            )) as influence,
        from events as e
        join middles as m on m.series_no = e.series_no and m.period_no = e.period_no
        join curve as t on t.series_no = e.series_no and t.period_no = e.period_no and t.days = e.days
        join curve as h on h.series_no = e.series_no and h.period_no = e.period_no and h.days = m.median_days
        group by e.series_no, e.period_no, e.customer_no
    ),

    effects as (
        select
            series_no, period_no,
            sum(power(cast(influence as double), 2) order by influence) * count(*) / nullif(count(*) - 1.0, 0) as variance,
        from influences
        group by series_no, period_no
    ),

    bounded as (
        select
            c.*,
            m.median_days,
            case
                when h.log_survival > -700 and e.variance is not null then greatest(e.variance / h.spread, 1)
            end as design_effect,
        from curve as c
        join middles as m on m.series_no = c.series_no and m.period_no = c.period_no
        join curve as h on h.series_no = c.series_no and h.period_no = c.period_no and h.days = m.median_days
        left join effects as e on e.series_no = c.series_no and e.period_no = c.period_no
        where c.log_survival < 0
    ),

    widths as (
        select *, getvariable('z') * sqrt(spread * design_effect) / abs(log_survival) as width
        from bounded
    )

select
    s.metric,  -- The metric.
    w.period_no,  -- The period.
    s.unit,  -- The event's own unit.
    s.segment_type,  -- By what is cut.
    s.within,  -- Cut that is never pooled.
    s.segment,  -- The segment.
    max(w.median_days) as median,  -- First time at which half are left at most.
    min(case when w.log_survival > -700 and w.log_survival * exp(w.width) <= ln(0.5) then w.days end)
        as median_low,  -- Lower bound; null where one customer alone is there, or nobody is left at the median.
    min(case when w.log_survival > -700 and w.log_survival * exp(-w.width) <= ln(0.5) then w.days end)
        as median_high,  -- Upper bound; null where the curve does not get so far.
    max(w.design_effect) as design_effect,  -- Variance between customers over that of gaps of different ones.
from widths as w
join series as s on s.series_no = w.series_no
group by all

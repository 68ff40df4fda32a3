-- Every figure with its interval: one row per metric, version, period, unit and segment.
-- Figures of small cells are hidden, their rows are not. Definitions and their edge cases: docs/metrics-decisions.md.
with
    figures as (select * from figure)

select
    metric,  -- Name of the metric; its file vocpipe/metrics/<metric>.sql holds the definition.
    metric_version,  -- Version of the definition; figures of two versions are not one series.
    grain,  -- What n counts: response, invitation, customer, conversation, interaction, order, purchase, journey, employee.
    period,  -- all, month; where asked for quarter, week, day, trailing_…d; stocks hold at its end.
    period_start,  -- First day of the period in the business time zone, at midnight (a local day, not a UTC time).
    period_end,  -- The day after the last one, likewise; for all, the day after the last one before as_of.
    segment_type,  -- all; an attribute of the customer; a segment of the response; a dimension such as topic; channel+…
    segment,  -- The segment; (unknown) without a known customer or value, (none) where the event has no such thing.
    n,  -- Events counted, in the words of grain: the base of the figure.
    n_customers,  -- Different known customers among them.
    case when not is_hidden then n_eff end as n_eff,  -- n / design effect: as many answers of different customers tell as much.
    case when not is_hidden then value end as value,  -- The figure; null when n is 0 or the cell is hidden.
    case when not is_hidden then se end as se,  -- Standard error clustered by customer; null for medians and totals.
    case when not is_hidden then ci_low end as ci_low,  -- Lower bound of the interval.
    case when not is_hidden then ci_high end as ci_high,  -- Upper bound of the interval.
    case when method <> 'none' then cast(getvariable('conf') as double) end as conf,  -- Confidence, 0..1.
    method,  -- Of the interval: adjusted_wald, wilson, t, poisson_byar, order_statistics, kaplan_meier, mean_of_parts or none.
    unit,  -- points (-100..100), share (0..1; of retention: share, month k), mean, minutes, days, or the currency.
    direction,  -- up: higher is better; down: lower is better.
    case
        when grain = 'employee' then null
        when method = 'poisson_byar' then sum_ws_linked / nullif(sum_ws, 0)
        else cast(n_linked as double) / nullif(n, 0)
    end as coverage,  -- Share of n that has a known customer; for a rate, share of its numerator.
    n < getvariable('low_base_n') as low_base,  -- Fewer than low_base_n (30): read with care.
    is_hidden as suppressed,  -- Hidden: fewer than min_n_show (10), or it would give away such a neighbour.
    is_provisional as provisional,  -- Ends less than watermark_days (14) before as_of: late answers may change it.
    getvariable('as_of') as as_of,  -- What was known at this time (UTC).
    getvariable('run_id') as run_id,  -- The run that made it.
    getvariable('code_version') as code_version,  -- Version of vocpipe that made it.
from figures
order by metric, period, period_start, segment_type, segment, unit

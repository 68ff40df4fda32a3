-- The additive parts of every figure, so that any other grouping is recomputed, never averaged from rates:
-- one row per metric, version, period, unit and segment, as in metric_value, and small cells are not hidden.
with
    figures as (select * from figure)

select
    metric,  -- Name of the metric.
    metric_version,  -- Version of the definition.
    grain,  -- What n counts.
    period,  -- Kind of period.
    period_start,  -- First day of the period in the business time zone, at midnight.
    period_end,  -- The day after the last one, likewise.
    segment_type,  -- By what is cut.
    segment,  -- The segment.
    unit,  -- Unit of the value.
    timing,  -- flow: what happened in the period; stock: how things stood at its end.
    n,  -- Events counted.
    n_linked,  -- Of these with a known customer.
    n_customers,  -- Different known customers among them (does not add up over segments or periods).
    case when method = 'adjusted_wald' then (sum_ws2 + sum_ws) / 2 end as promoters,  -- Answers 9-10, weighted.
    case when method = 'adjusted_wald' then sum_w - sum_ws2 end as passives,  -- Answers 7-8, weighted.
    case when method = 'adjusted_wald' then (sum_ws2 - sum_ws) / 2 end as detractors,  -- Answers 0-6, weighted.
    sum_w,  -- Sum of weights.
    sum_ws,  -- Sum of weight times value.
    sum_w2,  -- Sum of squared weights.
    sum_ws2,  -- Sum of weight times squared value.
    case
        when method not in ('order_statistics', 'kaplan_meier', 'mean_of_parts') then sum_ws
    end as numerator,  -- What is divided, or the total itself; null for medians and means of parts.
    case
        when method not in ('order_statistics', 'kaplan_meier', 'mean_of_parts', 'none') then sum_w
    end as denominator,  -- What it is divided by (NPS: times 100); null for totals, medians and means of parts.
    n_clusters,  -- G: known customers, and each event without one.
    cluster_ww,  -- Sum over G of (sum of weights) squared.
    cluster_wws,  -- Likewise, weights times values.
    cluster_ws2,  -- Likewise, values squared. G and these do not add up where a customer is in several cells.
    getvariable('as_of') as as_of,  -- What was known at this time (UTC).
    getvariable('run_id') as run_id,  -- The run that made it.
from figures
order by metric, period, period_start, segment_type, segment, unit

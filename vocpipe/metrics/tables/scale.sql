-- The scale of the values of a metric. One row per metric and unit of its own.
with
    profiles as (select * from profile)

select
    metric,  -- The metric.
    unit,  -- The event's own unit.
    min(scale_low) as scale_low,  -- Lowest value possible; null without bound.
    max(scale_high) as scale_high,  -- Highest value possible; null without bound.
from profiles
group by metric, unit

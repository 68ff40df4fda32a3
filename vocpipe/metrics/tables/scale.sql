-- The scale of the values of one metric. One row per unit of its own.
with
    events as (select * from event)

select
    getvariable('metric') as metric,  -- The metric.
    unit,  -- The event's own unit.
    min(scale_low) as scale_low,  -- Lowest value possible; null without bound.
    max(scale_high) as scale_high,  -- Highest value possible; null without bound.
from events
group by unit

-- What events have in common beside customer and time. One row per metric and such combination. Events of one base are
-- pooled under `all`: those of one metric, of one unit of its own, and of one channel where channels are never pooled.
with
    combinations as (select * from about),

    definitions as (select * from definition),

    bases as (
        select
            c.*,
            case when d.within = 'channel' then coalesce(c.channel, '(none)') end as within,
        from combinations as c
        join definitions as d on d.metric = c.metric
    )

select
    profile_no,  -- Number of the profile.
    cast(dense_rank() over (order by metric, unit, within) as integer) as base_no,  -- Number of the base.
    metric,  -- The metric.
    unit,  -- The event's own unit, where a metric has several.
    within,  -- Cut that is never pooled.
    part,  -- The part of a total that it belongs to.
    channel,  -- Where.
    topic,  -- About what.
    journey_stage,  -- At which stage of the journey.
    experience,  -- product, transaction or interaction.
    need,  -- meaning, value or accommodation.
    language,  -- In which language.
    segments,  -- Segments of the response's own, as JSON.
    scale_low,  -- Lowest value possible; null without bound.
    scale_high,  -- Highest value possible; null without bound.
from bases

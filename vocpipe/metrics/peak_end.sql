-- Peak and end of journeys: mean of (most extreme sentiment + last sentiment) / 2, -1 to 1. One row per journey with a
-- text that was scored. Channels of one journey are taken together (see marts.journeys).
-- unit: mean
-- direction: up
-- grain: journey
-- method: t
-- timing: flow
-- version: 1
with
    visits as (
        select *
        from marts.journeys
        where peak_end is not null
    )

select
    journey_id as event_id,  -- What is counted.
    customer_id,  -- Whose journey.
    peak_end as numerator,  -- Its score.
    1 as denominator,  -- One journey.
    -1 as scale_low,  -- Surely negative.
    1 as scale_high,  -- Surely positive.
    ended_at as event_at,  -- When the customer last spoke of it (UTC).
from visits

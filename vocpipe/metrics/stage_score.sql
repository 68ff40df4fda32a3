-- Score of a journey's stage: mean sentiment of what the customer said at it, -1 to 1, each journey and stage once
-- however much was said. One row per journey and stage. Channels of one journey are taken together (marts.journeys).
-- unit: mean
-- direction: up
-- grain: journey
-- method: t
-- timing: flow
-- version: 1
with
    visits as (
        select *
        from marts.journey_stages
        where stage_score is not null and journey_stage is not null
    )

select
    concat(journey_id, ' ', journey_stage) as event_id,  -- What is counted.
    customer_id,  -- Whose journey.
    journey_stage,  -- The stage.
    stage_score as numerator,  -- Its score.
    1 as denominator,  -- One stage of a journey.
    -1 as scale_low,  -- Surely negative.
    1 as scale_high,  -- Surely positive.
    last_at as event_at,  -- When the customer last spoke of it (UTC).
from visits

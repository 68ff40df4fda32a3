-- What told of customers in distress, with the time for which it counted; what is over, too. Marketing pauses by those in
-- force (actions.suppressions). A ticket counts until it is solved, an answer and a text for the days of the settings.
-- One row per customer, reason and interaction.
with turns as (

    select
        turns.*,
        is_distress is distinct from 'no'
            and (is_negative or (not is_solicited and coalesce(sentiment_score <= guarantee.threshold, false)))
            as is_unhappy,
    from facts.distress_turns as turns
    left join scores.text_guarantee as guarantee on true
    where customer_id is not null

),

low_scores as (

    select distinct customer_id, interaction_id, occurred_at, greatest(known_at, occurred_at) as starts_at
    from facts.low_scores
    where customer_id is not null

),

-- The turn by which a customer has been unhappy several times, on two channels or more, within some days.
repeated as (

    select
        latest.customer_id,
        latest.interaction_id,
        latest.occurred_at,
        max(earlier.starts_at) as starts_at,
    from turns as latest
    inner join turns as earlier
        on latest.customer_id = earlier.customer_id
        and earlier.occurred_at <= latest.occurred_at
        and earlier.occurred_at > latest.occurred_at - to_days(cast(getvariable('several_days') as integer))
    where latest.is_unhappy and earlier.is_unhappy
    group by latest.customer_id, latest.interaction_id, latest.occurred_at
    having count(*) >= getvariable('several_turns') and count(distinct earlier.channel) > 1

),

signals as (

    select
        customer_id, 'detractor' as reason, interaction_id, starts_at,
        occurred_at + to_days(cast(getvariable('detractor_days') as integer)) as expires_at,
    from low_scores
    union all
    select
        customer_id, case when channel = 'ticket' then 'unsolved negative ticket' else 'fresh negative text' end,
        interaction_id, starts_at, ends_at,
    from turns
    where is_unhappy and not is_solicited and (channel <> 'ticket' or is_opening)
    union all
    select customer_id, concat('stated distress: ', urgency), interaction_id, starts_at, ends_at
    from turns
    where urgency is not null and is_distress is distinct from 'no'
    union all
    select customer_id, 'in distress, says a person', interaction_id, starts_at, ends_at
    from turns
    where is_distress = 'yes'
    union all
    select
        customer_id, 'several negative turns over channels', interaction_id, starts_at,
        occurred_at + to_days(cast(getvariable('negative_days') as integer)),
    from repeated

)

select
    customer_id,  -- Who is in distress.
    reason,  -- Why, in plain words.
    interaction_id,  -- What was said or answered; of an answer without a text the response.
    starts_at,  -- From when on the company could know it (UTC).
    expires_at,  -- Until when it counts (UTC); null: until the ticket is solved.
from signals
where expires_at is null or expires_at > starts_at

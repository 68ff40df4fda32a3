-- Events of one metric in the periods that they belong to. One row per event and period.
-- A metric that names the period itself (stocks, latest answers) is taken at its word.
with
    customers as (select * from customer),

    events as (
        select
            e.event_at,
            e.period_no,
            u.customer_no,
            e.channel,
            e.topic,
            e.journey_stage,
            e.experience,
            e.unit,
            e.numerator,
            e.denominator,
        from event as e
        left join customers as u on u.customer_id = e.customer_id
    )

select
    c.period_no,  -- The period.
    e.customer_no,  -- The customer; null when unknown.
    e.channel,  -- Where.
    e.topic,  -- About what.
    e.journey_stage,  -- At which stage of the journey.
    e.experience,  -- product, transaction or interaction.
    e.unit,  -- The event's own unit, where a metric has several.
    e.numerator,  -- What is counted or averaged.
    e.denominator,  -- Its weight.
from events as e
join calendar as c on e.event_at >= c.starts_at and e.event_at < c.ends_at
where e.period_no is null
union all
select period_no, customer_no, channel, topic, journey_stage, experience, unit, numerator, denominator
from events
where period_no is not null

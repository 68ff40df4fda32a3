-- Events of one metric in the periods that they belong to. One row per event and period.
-- A metric that names the period itself (stocks, latest answers) is taken at its word. Attributes of the customer are
-- those of the time of the event; where it has none, of the period's end.
with
    customers as (select * from customer),

    spells as (select * from spell),

    known as (
        select
            e.*,
            u.customer_no,
        from event as e
        left join customers as u on u.customer_id = e.customer_id
    ),

    flows as (
        select
            e.*,
            s.spell_no,
        from known as e
        left join spells as s
            on s.customer_no = e.customer_no and s.starts_at <= e.event_at and s.ends_at > e.event_at
        where e.period_no is null
    ),

    stocks as (
        select
            e.*,
            coalesce(e.event_at, c.ends_at - interval 1 microsecond) as holds_at,
        from known as e
        join calendar as c on c.period_no = e.period_no
    )

select
    c.period_no,  -- The period.
    e.customer_no,  -- The customer; null when unknown.
    coalesce(e.spell_no, 0) as spell_no,  -- The time between changes of the customer's attributes; 0: they never did.
    e.channel,  -- Where.
    e.topic,  -- About what.
    e.journey_stage,  -- At which stage of the journey.
    e.experience,  -- product, transaction or interaction.
    e.need,  -- meaning, value or accommodation.
    e.language,  -- In which language.
    e.segments,  -- Segments of the response's own, as JSON.
    e.part,  -- The part of a total that it belongs to.
    e.unit,  -- The event's own unit, where a metric has several.
    e.numerator,  -- What is counted or averaged.
    e.denominator,  -- Its weight.
from flows as e
join calendar as c on e.event_at >= c.starts_at and e.event_at < c.ends_at
union all
select
    e.period_no,
    e.customer_no,
    coalesce(s.spell_no, 0),
    e.channel,
    e.topic,
    e.journey_stage,
    e.experience,
    e.need,
    e.language,
    e.segments,
    e.part,
    e.unit,
    e.numerator,
    e.denominator,
from stocks as e
left join spells as s on s.customer_no = e.customer_no and s.starts_at <= e.holds_at and s.ends_at > e.holds_at
